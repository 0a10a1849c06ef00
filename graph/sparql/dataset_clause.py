"""Finds the graphs that a query names in its FROM and GRAPH clauses.

SPARQL 1.1 Query, section 13.2 and rule 13 of the grammar: FROM follows SELECT, CONSTRUCT, DESCRIBE
or ASK with their variables, and precedes WHERE or the group. The engine itself resolves the names,
so that both mean the same graphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import pyoxigraph as ox

from missiongraph.errors import QueryError

from .scanner import Token, prefixes

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_DECLARATIONS = {"BASE": 2, "PREFIX": 3, "VERSION": 2}  # tokens of each


def from_clauses(scanned: Sequence[Token], base: str = "") -> tuple[list[str], list[str]]:
    """The IRIs of the FROM clauses and of the FROM NAMED clauses of a query, given its tokens.

    A relative IRI is resolved against the BASE of the query, or else against ``base``. Raises
    :class:`QueryError` for a keyword without a space after it, and for a name that is not an
    IRI; other syntax errors are left to the engine.
    """
    graphs: tuple[list[str], list[str]] = ([], [])
    clauses = list(_clauses(scanned))
    resolved = _resolved([name for _, name in clauses], scanned, base)
    for (named, _), iri in zip(clauses, resolved, strict=True):
        graphs[named].append(iri)
    return graphs


def graph_clauses(scanned: Sequence[Token], base: str = "") -> tuple[list[str], bool]:
    """The IRIs in GRAPH clauses, and whether any GRAPH clause has a variable instead.

    A relative IRI is resolved as in :func:`from_clauses`.
    """
    names = [name for word, name in pairwise(scanned) if word.is_word("GRAPH")]
    variable = any(name.kind == "variable" for name in names)
    iris = [name for name in names if name.kind in ("iri", "name")]
    return list(_resolved(iris, scanned, base)), variable


def names_graphs(scanned: Iterable[Token]) -> bool:
    """Whether a word, or a prefix, is or contains the keyword GRAPH or FROM.

    The engine accepts a keyword without a space after it: it reads ``GRAPH:x{}`` as ``GRAPH :x``.
    """
    heads = (t.text.partition(":")[0].upper() for t in scanned if t.kind in ("word", "name"))
    return any("GRAPH" in head or "FROM" in head for head in heads)


def _clauses(scanned: Sequence[Token]) -> Iterator[tuple[bool, Token]]:
    """The name in each FROM clause, and whether the clause is FROM NAMED."""
    known = prefixes(scanned)
    rest = iter(_before_the_group(scanned))
    for token in rest:
        if not token.is_word("FROM"):
            _check_apart(token, "FROM", known)
            continue
        name = next(rest, None)
        if named := bool(name and name.is_word("NAMED")):
            name = next(rest, None)
        if name and not named:
            _check_apart(name, "NAMED", known)
        if name and name.kind in ("iri", "name"):
            yield named, name


def _before_the_group(scanned: Sequence[Token]) -> Iterator[Token]:
    """The tokens between SELECT, ASK etc. and the query's group, outside all brackets."""
    place = _end_of_prologue(scanned)
    form = scanned[place].text.upper() if place < len(scanned) else ""
    level, template = 0, form == "CONSTRUCT"
    for token in scanned[place + 1 :]:
        if level == 0 and (token.is_word("WHERE") or (token.text == "{" and not template)):
            return
        if token.text == "{":
            template = False
        level += (token.kind == "open") - (token.kind == "close")
        if level == 0 and token.kind != "close":
            yield token


def _end_of_prologue(scanned: Sequence[Token]) -> int:
    place = 0
    while place < len(scanned) and scanned[place].is_word(*_DECLARATIONS):
        place += _DECLARATIONS[scanned[place].text.upper()]
    return place


def _check_apart(token: Token, keyword: str, known: dict[str, str]) -> None:
    """Raise :class:`QueryError` for a token that the engine would split after ``keyword``."""
    head = token.text.partition(":")[0]
    if token.kind in ("word", "name") and head.upper().startswith(keyword) and head not in known:
        raise QueryError(f"write {keyword} with a space after it, not {token.text}")


def _resolved(names: Sequence[Token], scanned: Sequence[Token], base: str) -> Iterator[str]:
    """The full IRIs of IRIs and prefixed names, as the engine resolves them."""
    if not names:
        return
    prologue = " ".join(token.text for token in scanned[: _end_of_prologue(scanned)])
    columns = " ".join(f"({name.text} AS ?n{place})" for place, name in enumerate(names))
    try:
        (row,) = ox.Store().query(f"{prologue} SELECT {columns} {{}}", base_iri=base or None)  # type: ignore[misc]
    except (SyntaxError, ValueError) as error:
        wrong = " or ".join(name.text for name in names)
        raise QueryError(
            f"a graph name must be an absolute IRI or a prefixed name, not {wrong}"
        ) from error
    yield from (term.value for term in row)
