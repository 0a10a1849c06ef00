"""The bank of hostile requests, as data: what is sent, and what may come back.

Queries nest or repeat one construct of SPARQL's grammar, or ask for more than there is time
and memory for. Requests are the bytes of HTTP as a client may send them; those of writes,
uploads among them, join the same list.
"""

from __future__ import annotations

from collections.abc import Callable

Nest = Callable[[int], str]
"""A query that nests or repeats a construct so many times."""


def _repeat(head: str, piece: str, tail: str, between: str = " ") -> Nest:
    return lambda times: head + between.join([piece] * times) + tail


def _wrap(head: str, left: str, core: str, right: str, tail: str = "") -> Nest:
    return lambda times: head + left * times + core + right * times + tail


def _numbered(head: str, piece: str, tail: str, between: str = " ") -> Nest:
    """Pieces in which ``#`` is a number of their own, and ``@`` the one before."""
    return lambda times: (
        head
        + between.join(piece.replace("#", str(n + 1)).replace("@", str(n)) for n in range(times))
        + tail
    )


NESTED: dict[str, Nest] = {
    "groups": _wrap("SELECT * ", "{", "", "}"),
    "open groups": _wrap("SELECT * ", "{", "", ""),
    "parentheses": _wrap("SELECT (", "(", "1", ")", " AS ?x) {}"),
    "open parentheses": _wrap("SELECT ", "(", "", ""),
    "blank nodes": _wrap("ASK { ?s ?p ", "[ ?p ", "?o", "]", " }"),
    "open blank nodes": _wrap("ASK { ?s ?p ", "[ ?p ", "", ""),
    "lists": _wrap("ASK { ?s ?p ", "(", "?o", ")", " }"),
    "long list": _repeat("ASK { ?s ?p (", "?o", ") }"),
    "unions": _repeat("SELECT * { ", "{ ?s ?p ?o }", " }", " UNION "),
    "nested unions": _wrap("SELECT * ", "{ {} UNION ", "{}", " }"),
    "optionals": _wrap("SELECT * { ?s ?p ?o ", "OPTIONAL { ?s ?p ?o ", "", "}", " }"),
    "row of optionals": _repeat("SELECT * { ?s ?p ?o ", "OPTIONAL { ?s ?p ?o }", " }"),
    "minus": _wrap("SELECT * { ?s ?p ?o ", "MINUS { ?s ?p ?o ", "", "}", " }"),
    "graphs": _wrap("SELECT * { ", "GRAPH ?g { ", "?s ?p ?o", " }", " }"),
    "not": _wrap("ASK { FILTER(", "!", "true", "", ") }"),
    "or": _repeat("ASK { FILTER(", "false", ") }", " || "),
    "and": _repeat("ASK { FILTER(", "true", ") }", " && "),
    "sum": _repeat("SELECT (", "1", " AS ?x) {}", "+"),
    "product": _repeat("SELECT (", "1", " AS ?x) {}", "*"),
    "signs": _wrap("SELECT (", "- ", "1", "", " AS ?x) {}"),
    "filters": _repeat("ASK { ?s ?p ?o ", "FILTER(?o != 1)", " }"),
    "not exists": _wrap(
        "ASK { ?s ?p ?o ", "FILTER NOT EXISTS { ?s ?p ?o ", "", "}", " }"
    ),
    "sequence path": _repeat("ASK { ?s ", "<x:next>", " ?o }", "/"),
    "alternative path": _repeat("ASK { ?s ", "<x:next>", " ?o }", "|"),
    "inverse path": _wrap("ASK { ?s ", "^(", "<x:next>", ")", " ?o }"),
    "starred path": _wrap("ASK { ?s ", "(", "<x:next>", ")*", " ?o }"),
    "negated path": _repeat("ASK { ?s !(", "<x:next>", ") ?o }", "|"),
    "subselects": _wrap("SELECT * { ", "{ SELECT * { ", "", "} }", " }"),
    "binds": _numbered("SELECT * { BIND(1 AS ?v0) ", "BIND(?v@ + 1 AS ?v#)", " }"),
    "ifs": _wrap("SELECT (", "IF(true, ", "1", ", 2)", " AS ?x) {}"),
    "coalesces": _wrap("SELECT (", "COALESCE(", "1", ")", " AS ?x) {}"),
    "in": _wrap("ASK { FILTER(1 IN ", "(1 IN ", "(1)", ")", ") }"),
    "long in": _repeat("ASK { FILTER(0 IN (", "1", ")) }", ","),
    "triple patterns": _numbered("ASK { ", "?s@ ?p ?s#", " }", " . "),
    "predicates": _numbered("ASK { ?s ", "?p# ?o#", " }", " ; "),
    "objects": _numbered("ASK { ?s ?p ", "?o#", " }", ", "),
    "reified triples": _wrap("ASK { ", "<< ", "?s", " ?p ?o >>", " ?p ?o }"),
    "triple terms": _wrap("ASK { ?s ?p ", "<<( ?s ?p ", "?o", " )>>", " }"),
    "annotations": _wrap("ASK { ?s ?p ?o ", "{| ?p ?o ", "", "|}", " }"),
    "template": _wrap("CONSTRUCT { ?s ?p ", "[ ?p ", "?o", "]", " } WHERE { ?s ?p ?o }"),
    "lists in values": _wrap("ASK { VALUES ?x { ", "(", "1", ")", " } }"),
    "values": _numbered("SELECT (COUNT(*) AS ?n) { VALUES ?x { ", "#", " } }"),
    "columns": _numbered("SELECT ", "(1 AS ?x#)", " {}"),
    "orders": _repeat("SELECT * { ?s ?p ?o } ORDER BY ", "?o", ""),
    "groupings": _numbered("SELECT (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ", "?o", ""),
    "described": _numbered("DESCRIBE ", "<x:#>", ""),
    "prefixes": _numbered("", "PREFIX p#: <x:#>", " ASK {}"),
    "from": _numbered("SELECT * ", "FROM <x:#>", " {}"),
    "aggregates": _numbered("SELECT ", "(COUNT(?s) AS ?x#)", " { ?s ?p ?o }"),
    "nested functions": _wrap("SELECT (", "UCASE(", '"a"', ")", " AS ?x) {}"),
    "services": _wrap("ASK { ", "SERVICE <x:s> { ", "", "}", " }"),
}  # fmt: skip

CHAINS = ("?a <x:next> ?b . ?c <x:next> ?d . ?e <x:next> ?f", "?s ?p ?o . ?t ?q ?u . ?v ?r ?w")
