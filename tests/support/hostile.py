"""The bank of hostile requests, as data: what is sent, and what may come back.

Queries nest or repeat one construct of SPARQL's grammar, or ask for more than there is time
and memory for. Requests are the bytes of HTTP as a client may send them; those of writes,
uploads among them, join the same list.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

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


HARMLESS = frozenset({"long in", "values", "orders", "from", "prefixes"})
"""Constructs that may be as long as a query may."""

TRIPLE = "?a <x:next> ?b . ?c <x:next> ?d . ?e <x:next> ?f"
MONSTROUS = {
    "count of a product": f"SELECT (COUNT(*) AS ?n) {{ {TRIPLE} }}",
    "product in order": f"SELECT ?a {{ {TRIPLE} }} ORDER BY CONCAT(STR(?a), STR(?c))",
    "distinct product": f"SELECT DISTINCT ?a ?c ?e {{ {TRIPLE} }} ORDER BY ?a",
    "product in groups": f"SELECT ?a ?c (COUNT(*) AS ?n) {{ {TRIPLE} }} GROUP BY ?a ?c",
    "concatenated product": f"SELECT (STRLEN(GROUP_CONCAT(?a)) AS ?n) {{ {TRIPLE} }}",
    "random order": f"SELECT ?a {{ {TRIPLE} }} ORDER BY RAND()",
    "exploding path": "SELECT (COUNT(*) AS ?n) { ?a (<x:next>|^<x:next>)* ?b . "
    "?b (<x:next>/<x:next>)* ?c }",
    "path both ways": "ASK { ?a (<x:next>/^<x:next>)* ?b . ?c <x:next>* ?d . ?e <x:next>* ?f . "
    "FILTER(?a = ?b && ?c != ?c) }",
    "regex on a product": f"SELECT (COUNT(*) AS ?n) {{ {TRIPLE} "
    'FILTER(REGEX(CONCAT(STR(?a), STR(?c), STR(?e)), "z$")) }',
    "replacing tenfold": "SELECT (STRLEN("
    + "REPLACE(" * 10 + '"0123456789"' + f', ".+", "{"$0" * 10}")' * 10 + ") AS ?n) {}",
}  # fmt: skip
"""Queries that never end, or not within any memory."""


def _doubling(times: int) -> str:
    chain = " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(times))
    return f'SELECT (STRLEN(?v{times}) AS ?n) {{ BIND("0123456789" AS ?v0) {chain} }}'


MONSTROUS["doubling"] = _doubling(28)


@dataclass(frozen=True)
class Hostile:
    """What is sent, and the statuses of which the answer has one.

    ``closed``: the server may just as well close the connection without a word.
    """

    name: str
    sent: bytes
    statuses: frozenset[int]
    closed: bool = False


def message(
    method: str, target: str, body: bytes = b"", *headers: str, host: str | None = "127.0.0.1"
) -> bytes:
    """A request as it goes over the wire; the server closes after it."""
    lines = [f"{method} {target} HTTP/1.1", "Connection: close", *headers]
    lines += [f"Host: {host}"] if host is not None else []
    names = {line.partition(":")[0].lower() for line in headers}
    if body and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def bank(token: str) -> list[Hostile]:
    """All hostile requests; ``token`` opens the writes among them."""
    groups = (_queries(), _encodings(), _paths(), _headers(), _framing(), _writes(token))
    return [request for group in groups for request in group]


GET = "/sparql?query="
ASK = GET + quote("ASK {}")
DIRECT = "Content-Type: application/sparql-query"
FORM = "Content-Type: application/x-www-form-urlencoded"
LIMITED = frozenset({503, 504})
BAD = frozenset({400})
REFUSED = frozenset({403})
LARGE = frozenset({413})
FINE = frozenset({200})


def _queries() -> Iterator[Hostile]:
    for name, nest in NESTED.items():
        allowed = BAD | LIMITED | (FINE if name in HARMLESS else frozenset())
        times = 20_000 * 95_000 // max(len(nest(20_000)), 95_000)
        yield _asked(f"deep: {name}", nest(times), allowed)
        yield _asked(f"nested: {name}", nest(240), BAD | REFUSED | LIMITED | FINE)
    for name, text in MONSTROUS.items():
        yield _asked(f"monstrous: {name}", text, LIMITED)
    yield _asked("query too long", f"ASK {{}} # {'x' * 100_000}", LARGE)
    yield _asked("giant VALUES", NESTED["values"](200_000), LARGE)
    yield _asked("huge literal", f'ASK {{ ?s ?p "{"x" * 99_000}" }}', FINE)
    yield _asked("regex that backtracks", 'ASK { FILTER(REGEX("' + "a" * 5000 + '", "(a+)+$b")) }',
                 FINE)  # fmt: skip
    yield _asked("regex of a billion states", 'ASK { FILTER(REGEX("a", "((a{999}){999}){999}")) }',
                 FINE | LIMITED)  # fmt: skip
    for name, piece in {"quotes": '\\"', "words": "a-", "dots": "a.", "IRIs": "<a"}.items():
        yield _asked(f"slow to scan: {name}", '"' + piece * 40_000, BAD)
    yield _asked("SERVICE", "SELECT*{SERVICE:x{}}", REFUSED)
    yield _asked("SERVICE of this machine", "ASK { SERVICE <http://127.0.0.1:22/> {} }", REFUSED)
    yield _asked("FROM a file", "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", FINE)
    yield _asked("an update", "DROP ALL", BAD)
    yield _asked("nothing", "", BAD)
    page = ("Accept: text/html",)
    rows = "SELECT * { ?a <x:next> ?b . ?c <x:next> ?d }"
    yield Hostile("a page of a million rows", message("GET", GET + quote(rows), b"", *page), LARGE)
    endless = MONSTROUS["product in order"].replace("ORDER BY", "#")
    yield Hostile("an endless page", message("GET", GET + quote(endless), b"", *page),
                  LARGE | LIMITED)  # fmt: skip
    graphs = "&default-graph-uri=x:g"
    yield Hostile("thousands of graphs", message("GET", ASK + graphs * 3000), BAD)
    yield Hostile("hundreds of graphs", message("GET", ASK + graphs * 300), BAD)
    yield Hostile("two queries", message("GET", ASK + "&query=ASK+{}"), BAD)
    yield Hostile("a million fields", message("POST", "/sparql", b"a&" * 500_000, FORM), BAD)
    large = b"query=" + b"x" * 2_000_000
    yield Hostile("a large form", message("POST", "/sparql", large, FORM), LARGE)
    yield Hostile("a large query", message("POST", "/sparql", large, DIRECT), LARGE)


def _asked(name: str, text: str, statuses: frozenset[int]) -> Hostile:
    return Hostile(name, message("POST", "/sparql", text.encode() or b" ", DIRECT), statuses)


def _encodings() -> Iterator[Hostile]:
    bad = {
        "a byte that is no UTF-8": b"\xff",
        "an overlong slash": b"\xc0\xaf",
        "half a surrogate pair": b"\xed\xa0\x80",
        "a cut character": b"\xe2\x82",
    }
    for name, piece in bad.items():
        text = b"ASK { ?s ?p '" + piece + b"' }"
        yield Hostile(f"{name}, in the URL", message("GET", GET + quote(text)), BAD)
        form = b"query=" + quote(text).encode()
        yield Hostile(f"{name}, in a form", message("POST", "/sparql", form, FORM), BAD)
        yield Hostile(f"{name}, direct", message("POST", "/sparql", text, DIRECT), BAD)
    utf16 = "ASK {}".encode("utf-16")
    yield Hostile("UTF-16", message("POST", "/sparql", utf16, DIRECT), BAD)
    charset = DIRECT + "; charset=utf-7"
    yield Hostile("UTF-7", message("POST", "/sparql", b"ASK {}", charset), BAD)
    for broken in (
        "%",
        "%zz",
        "%%%",
        "%u0041SK",
        "%2541SK%2520%257B%257D",
        "%00",
        "ASK{}%00",
        "%0",
    ):
        yield Hostile(f"the query {broken}", message("GET", GET + broken), BAD)
    yield _asked("an escaped surrogate", 'ASK { ?s ?p "\\uD800" }', BAD)
    yield _asked("an escaped keyword", "\\u0053ELECT * { ?s ?p ?o }", BAD)
    bomb = gzip.compress(b"ASK {} #" + b"x" * 10_000_000)
    for coding in ("gzip", "deflate", "br", "gzip, gzip"):
        sent = message("POST", "/sparql", bomb, DIRECT, f"Content-Encoding: {coding}")
        yield Hostile(f"a body packed with {coding}", sent, frozenset({415}))
    for kind in ("multipart/form-data; boundary=x", "text/plain", "application/json", ""):
        sent = message("POST", "/sparql", b"query=ASK{}", f"Content-Type: {kind}")
        yield Hostile(f"a body of type {kind or 'none'}", sent, frozenset({415}))


def _paths() -> Iterator[Hostile]:
    missing = frozenset({400, 404})
    up = ("../" * 8, "..%2f" * 8, "%2e%2e/" * 8, "%252e%252e%252f" * 8, "..%5c" * 8, "....//" * 8,
          "%c0%ae%c0%ae/" * 8, ".%00./" * 8)  # fmt: skip
    for place in ("/", "/static/", "/queries/", "/graphs/"):
        for step in up:
            path = f"{place}{step}etc/passwd"
            yield Hostile(f"path {path}", message("GET", path), missing)
    for path in ("//etc/passwd", "/queries/%00", "/%ff", "/queries/x%0d%0aX-Evil:%201"):
        yield Hostile(f"path {path}", message("GET", path), missing)
    yield Hostile("a long path", message("GET", "/" + "a" * 100_000), missing)
    evil = "..%2f..%2fetc%2fpasswd"
    broken = "x%0d%0aX-Evil:%201%0d%0a%0d%0aX"
    for value in (evil, broken, "file:%2f%2f%2fetc%2fpasswd%0d%0aX-Evil:%201"):
        for name in ("format", "default-graph-uri", "named-graph-uri"):
            yield Hostile(f"{name}={value}", message("GET", f"{ASK}&{name}={value}"), BAD)
        yield Hostile(f"query={value}", message("GET", GET + value), BAD)
        path = f"/graphs?graph={value}"
        yield Hostile(path, message("GET", path), frozenset({400, 404}))
        path = f"/queries/network-members-on-date?run=1&day={value}&body={value}"
        yield Hostile(path, message("GET", path), BAD)
    for value in ("1e999999999", "9" * 5000, "-0", "%22%20}%20DROP%20ALL"):
        path = f"/queries/network-members-on-date?run=1&day={value}"
        yield Hostile(path[:80], message("GET", path), BAD)


def _headers() -> Iterator[Hostile]:
    too_large = frozenset({431})
    yield Hostile("a huge header", message("GET", ASK, b"", "X-A: " + "a" * 300_000), too_large)
    yield Hostile("a large header", message("GET", ASK, b"", "X-A: " + "a" * 20_000), too_large)
    many = [f"X-{n}: a" for n in range(50_000)]
    yield Hostile("very many headers", message("GET", ASK, b"", *many), too_large)
    yield Hostile("many headers", message("GET", ASK, b"", *many[:2000]), FINE)
    for name in ("Accept", "If-None-Match", "Accept-Encoding", "Range", "Cookie", "Content-Type"):
        for piece in ("a/b;q=0.1,", '"a",', ",", ";", " a", "a=b;", "*/*;q=nan,"):
            long = f"{name}: {piece * (200_000 // len(piece))}"
            yield Hostile(f"long {name} of {piece}", message("GET", ASK, b"", long), too_large)
            short = f"{name}: {piece * (8000 // len(piece))}"
            allowed = frozenset({200, 304, 400, 406})
            yield Hostile(f"{name} of {piece}", message("GET", ASK, b"", short), allowed)
    ranges = "Range: bytes=" + ",".join(f"{n}-{n + 1}" for n in range(900))
    yield Hostile("many ranges", message("GET", ASK, b"", ranges), FINE)
    yield Hostile("a backward range", message("GET", ASK, b"", "Range: bytes=9-1,-0"), FINE)
    yield Hostile("any tag", message("GET", ASK, b"", "If-None-Match: *"), frozenset({200, 304}))
    yield Hostile("nothing accepted", message("GET", ASK, b"", "Accept: image/png"),
                  frozenset({406}))  # fmt: skip
    for method in ("TRACE", "CONNECT", "PATCH", "DELETE", "PUT", "FOO", "QUERY", "A" * 5000):
        yield Hostile(f"method {method[:9]}", message(method, "/sparql"), frozenset({400, 405}))
    for host in (None, "", "a b", "a,b", "a/b", "<script>", "x" * 9000, "a:999999", "a\x00b"):
        sent = message("GET", ASK, host=host)
        yield Hostile(f"host {str(host)[:9]!r}", sent, frozenset({400, 431}))
    two = message("GET", ASK, b"", "Host: a.test")
    yield Hostile("two hosts", two, BAD)
    for line in ("X : a", "X", ": a", "X\x00: a", "X: a\x00b", "X: a\nY: b", "X: a\r\n folded"):
        sent = message("GET", ASK, b"", line)
        yield Hostile(f"header {line!r}", sent, frozenset({200, 400}), closed=True)


def _framing() -> Iterator[Hostile]:
    def posted(*headers: str, body: bytes = b"ASK {}") -> bytes:
        return message("POST", "/sparql", body, DIRECT, *headers)

    for length in ("-1", "+6", "6, 7", "0x6", "six", "6 6", "1_0"):
        sent = posted(f"Content-Length: {length}")
        yield Hostile(f"length {length}", sent, BAD)
    yield Hostile("two lengths", posted("Content-Length: 6", "Content-Length: 7"), BAD)
    yield Hostile("an exabyte", posted("Content-Length: 1000000000000000000"), LARGE)
    both = posted(
        "Content-Length: 3", "Transfer-Encoding: chunked", body=b"6\r\nASK {}\r\n0\r\n\r\n"
    )
    yield Hostile("length and chunks", both, frozenset({200, 400}))
    for coding in ("gzip", "chunked, identity", "xchunked"):
        sent = posted(f"Transfer-Encoding: {coding}", body=b"6\r\nASK {}\r\n0\r\n\r\n")
        yield Hostile(f"transfer coding {coding}", sent, frozenset({400, 501}))
    chunks = {
        "no size": b"zz\r\nASK {}\r\n0\r\n\r\n",
        "a negative size": b"-6\r\nASK {}\r\n0\r\n\r\n",
        "no end of line": b"6\r\nASK {}XX0\r\n\r\n",
    }
    for name, body in chunks.items():
        yield Hostile(f"chunk with {name}", posted("Transfer-Encoding: chunked", body=body), BAD)
    lines = {
        "HTTP/0.9": b"GET /sparql?query=ASK%7B%7D\r\n\r\n",
        "HTTP/9.9": b"GET /sparql?query=ASK%7B%7D HTTP/9.9\r\nHost: a\r\n\r\n",
        "no path": b"GET\r\n\r\n",
        "no method": b" / HTTP/1.1\r\nHost: a\r\n\r\n",
        "a space in the path": b"GET / / HTTP/1.1\r\nHost: a\r\n\r\n",
        "a lower case method": b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
        "noise": bytes(range(256)) * 4 + b"\r\n\r\n",
        "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
        "an absolute target": message("GET", "http://[::1/"),
        "a proxied target": message("GET", "http://example.org/"),
    }
    for name, sent in lines.items():
        yield Hostile(name, sent, frozenset({200, 400, 404, 405}), closed=True)


ENTITIES = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a0 "0123456789">{}]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">
<rdf:Description rdf:about="x:s"><x:p>&a{};</x:p></rdf:Description></rdf:RDF>"""


def _writes(token: str) -> Iterator[Hostile]:
    key = f"Authorization: Bearer {token}"

    def put(kind: str, body: bytes, *headers: str) -> bytes:
        target = "/graphs?graph=x:hostile"
        return message("PUT", target, body, f"Content-Type: {kind}", key, *headers)

    refused = BAD | LARGE | LIMITED
    laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(10))
    bomb = put("application/rdf+xml", ENTITIES.format(laughs, 10).encode())
    yield Hostile("a billion laughs", bomb, refused)
    quadratic = f'<!ENTITY b "{"x" * 100_000}">'
    blown = ENTITIES.format(quadratic, 0).replace("&a0;", "&b;" * 10_000).encode()
    yield Hostile("a quadratic blowup", put("application/rdf+xml", blown), refused)
    for source in ("file:///etc/passwd", "http://127.0.0.1:22/"):
        outside = ENTITIES.format(f'<!ENTITY a1 SYSTEM "{source}">', 1).encode()
        yield Hostile(f"entity from {source}", put("application/rdf+xml", outside), refused)
        context = f'{{"@context": "{source}", "@id": "x:s", "p": 1}}'.encode()
        yield Hostile(f"context from {source}", put("application/ld+json", context), refused)
        load = f"LOAD <{source}>".encode()
        sent = message("POST", "/sparql", load, "Content-Type: application/sparql-update", key)
        yield Hostile(f"LOAD from {source}", sent, frozenset({400, 403}))
    deep = {
        "text/turtle: lists": b"<x:s> <x:p> " + b"(" * 200_000,
        "text/turtle: blank nodes": b"<x:s> <x:p> " + b"[ <x:p> " * 200_000,
        "application/ld+json: arrays": b"[" * 1_000_000,
        "application/ld+json: objects": b'{"x:p":' * 200_000,
        "application/rdf+xml: elements": b"<a>" * 300_000,
        "application/n-triples: bytes": b"\xff" * 100_000,
    }
    for name, body in deep.items():
        yield Hostile(f"deep {name}", put(name.partition(":")[0], body), refused)
    packed = gzip.compress(b" " * 50_000_000)
    yield Hostile("a packed upload", put("text/turtle", packed, "Content-Encoding: gzip"),
                  frozenset({415}))  # fmt: skip
    yield Hostile("an unknown format", put("text/html", b"<p>"), frozenset({415}))
    insert = f"INSERT {{ ?a <x:h> ?f }} WHERE {{ {TRIPLE} }}".encode()
    sent = message("POST", "/sparql", insert, "Content-Type: application/sparql-update", key)
    yield Hostile("an exploding insert", sent, LIMITED)
    service = b"INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:22/> { ?s ?p ?o } }"
    sent = message("POST", "/sparql", service, "Content-Type: application/sparql-update", key)
    yield Hostile("an insert from a service", sent, frozenset({400, 403}))
    for given in ("", "Bearer", "Bearer x", "Basic eDp5", "Bearer " + "x" * 7000, "Bearer \xff"):
        sent = message("POST", "/sparql", b"DROP ALL", "Content-Type: application/sparql-update",
                       f"Authorization: {given}")  # fmt: skip
        yield Hostile(f"token {given[:10]!r}", sent, frozenset({401}))
