"""The dataset that a query names: its FROM clauses where the grammar has them, and GRAPH clauses.

SPARQL 1.1 Query, section 13.2 and rule 13 of the grammar: FROM stands after SELECT, CONSTRUCT,
DESCRIBE or ASK and what these ask for, before WHERE or the group. The engine itself resolves
the names, so that it and we mean the same graphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import pyoxigraph as ox

from missiongraph.errors import QueryError

from .scanner import Token, prefixes

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_DECLARATIONS = {"BASE": 2, "PREFIX": 3, "VERSION": 2}  # tokens of each


def from_clauses(found: Sequence[Token], base: str = "") -> tuple[list[str], list[str]]:
    """The graphs that the FROM and FROM NAMED clauses of a query of these tokens name.

    A relative IRI is resolved against the BASE of the query, or else against ``base``. Raises
    :class:`QueryError` for a keyword that touches what follows it, or a name that is no IRI;
    what else is no SPARQL is the engine's to say.
    """
    graphs: tuple[list[str], list[str]] = ([], [])
    clauses = list(_clauses(found))
    resolved = _resolved([name for _, name in clauses], found, base)
    for (named, _), iri in zip(clauses, resolved, strict=True):
        graphs[named].append(iri)
    return graphs


def graph_clauses(found: Sequence[Token], base: str = "") -> tuple[list[str], bool]:
    """The graphs that GRAPH clauses among the tokens name, and whether one has a variable instead.

    A relative IRI is resolved as in :func:`from_clauses`.
    """
    names = [name for word, name in pairwise(found) if word.is_word("GRAPH")]
    variable = any(name.kind == "variable" for name in names)
    iris = [name for name in names if name.kind in ("iri", "name")]
    return list(_resolved(iris, found, base)), variable


def names_graphs(found: Iterable[Token]) -> bool:
    """Whether a word, or a name before its colon, is or holds the keyword GRAPH or FROM.

    The engine takes a keyword that touches what follows it: ``GRAPH:x{}`` is GRAPH and :x.
    """
    heads = (t.text.partition(":")[0].upper() for t in found if t.kind in ("word", "name"))
    return any("GRAPH" in head or "FROM" in head for head in heads)


def _clauses(found: Sequence[Token]) -> Iterator[tuple[bool, Token]]:
    """The name of each graph, and whether it is a named one."""
    known = prefixes(found)
    rest = iter(_before_the_group(found))
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


def _before_the_group(found: Sequence[Token]) -> Iterator[Token]:
    """The tokens between what a query asks for and its group, outside all brackets."""
    place = _end_of_prologue(found)
    form = found[place].text.upper() if place < len(found) else ""
    level, template = 0, form == "CONSTRUCT"
    for token in found[place + 1 :]:
        if level == 0 and (token.is_word("WHERE") or (token.text == "{" and not template)):
            return
        if token.text == "{":
            template = False
        level += (token.kind == "open") - (token.kind == "close")
        if level == 0 and token.kind != "close":
            yield token


def _end_of_prologue(found: Sequence[Token]) -> int:
    place = 0
    while place < len(found) and found[place].is_word(*_DECLARATIONS):
        place += _DECLARATIONS[found[place].text.upper()]
    return place


def _check_apart(token: Token, keyword: str, known: dict[str, str]) -> None:
    """Raise :class:`QueryError` for a keyword that the engine would see in a longer token."""
    head = token.text.partition(":")[0]
    if token.kind in ("word", "name") and head.upper().startswith(keyword) and head not in known:
        raise QueryError(f"write {keyword} with a space after it, not {token.text}")


def _resolved(names: Sequence[Token], found: Sequence[Token], base: str) -> Iterator[str]:
    """What IRIs and prefixed names stand for."""
    if not names:
        return
    prologue = " ".join(token.text for token in found[: _end_of_prologue(found)])
    columns = " ".join(f"({name.text} AS ?n{place})" for place, name in enumerate(names))
    try:
        (row,) = ox.Store().query(f"{prologue} SELECT {columns} {{}}", base_iri=base or None)  # type: ignore[misc]
    except (SyntaxError, ValueError) as error:
        told = " or ".join(name.text for name in names)
        raise QueryError(
            f"a graph's name is an absolute IRI or has a prefix, not {told}"
        ) from error
    yield from (term.value for term in row)
