"""SPARQL expressions that tell whether a node may fail a shape, and whether it may conform.

The two of a :class:`Check` are opposites where a check is exact. Where it is not, both may be
true: then nothing that fails is missed, even under ``sh:not``. No expression raises an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations, count
from typing import NamedTuple

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node

__all__ = [
    "FINE",
    "UNKNOWN",
    "Check",
    "Uncompiled",
    "Values",
    "all_hold",
    "all_of",
    "any_of",
    "fails_if",
    "is_optional",
    "members",
    "negated",
    "one_holds",
    "only_one_holds",
    "path_text",
]

_TRUE, _FALSE = "true", "false"
_DEEPEST = 8  # pySHACL refuses paths nested ten deep
_LONGEST = 1000
_MOST = 4
"""A count above this is not compiled: its query compares each value with each other."""

_numbers = count()


class Uncompiled(Exception):
    """A constraint, path or query that cannot be compiled; the message says which."""


class Check(NamedTuple):
    """Expressions that are true wherever a node may fail, and wherever it may conform.

    With ``is_exact``, no node may do both.
    """

    fails: str
    conforms: str
    is_exact: bool = True


FINE = Check(_FALSE, _TRUE)
UNKNOWN = Check(_TRUE, _TRUE, is_exact=False)


def fails_if(test: str) -> Check:
    """The exact check that fails where an expression is true."""
    return Check(test, negated(test))


@dataclass(frozen=True)
class Values:
    """The value nodes of a shape at a focus node, of which ``focus`` is the variable.

    ``path`` is the text of a path, empty for a node shape; with ``itself``, the focus node is a
    value as well.
    """

    focus: str
    path: str
    itself: bool

    def some(self, test: Callable[[str], str]) -> str:
        """Whether any value passes a test."""
        found = []
        if self.itself:
            found.append(test(self.focus))
        if self.path:
            value = _fresh()
            if (passes := test(value)) != _FALSE:
                also = "" if passes == _TRUE else f" FILTER({passes})"
                found.append(f"EXISTS {{ {self.to(value)}{also} }}")
        return any_of(found)

    def each(self, check: Callable[[str], Check]) -> Check:
        """Whether all values conform."""
        known: dict[str, Check] = {}

        def at(value: str) -> Check:
            if value not in known:
                known[value] = check(value)
            return known[value]

        value = _fresh()
        scopes = ([self.focus] if self.itself else []) + ([value] if self.path else [])
        fails = any_of(self._exists(scope, at(scope).fails) for scope in scopes)
        fine = any_of(self._exists(scope, negated(at(scope).conforms)) for scope in scopes)
        return Check(fails, negated(fine), all(each.is_exact for each in known.values()))

    def at_least(self, number: int, test: Callable[[str], str] = lambda _: _TRUE) -> str:
        """Whether at least ``number`` different values pass a test.

        Raises :class:`Uncompiled` for a large number and for a path that may have no step.
        """
        if number <= 0:
            return _TRUE
        if not self.path:
            return test(self.focus) if number == 1 else _FALSE
        if self.itself or number > _MOST:
            raise Uncompiled(f"a count of {number}")
        values = [_fresh() for _ in range(number)]
        distinct = [f"!sameTerm({one}, {other})" for one, other in combinations(values, 2)]
        passes = all_of([*distinct, *map(test, values)])
        also = "" if passes == _TRUE else f" FILTER({passes})"
        return f"EXISTS {{ {' . '.join(map(self.to, values))}{also} }}"

    def to(self, value: str) -> str:
        """The triple pattern from the focus node to a value, a variable or a term."""
        return f"{self.focus} {self.path} {value}"

    def _exists(self, value: str, test: str) -> str:
        if value == self.focus or test == _FALSE:
            return test
        return f"EXISTS {{ {self.to(value)} FILTER({test}) }}"


def negated(test: str) -> str:
    """The opposite of an expression."""
    return {_TRUE: _FALSE, _FALSE: _TRUE}.get(test) or f"!({test})"


def any_of(tests: Iterable[str]) -> str:
    """Whether any of the expressions is true."""
    parts = [test for test in dict.fromkeys(tests) if test != _FALSE]
    return _TRUE if _TRUE in parts else " || ".join(f"({each})" for each in parts) or _FALSE


def all_of(tests: Iterable[str]) -> str:
    """Whether all of the expressions are true."""
    parts = [test for test in dict.fromkeys(tests) if test != _TRUE]
    return _FALSE if _FALSE in parts else " && ".join(f"({each})" for each in parts) or _TRUE


def all_hold(checks: Iterable[Check]) -> Check:
    """Whether a node conforms to all: it fails if any check does."""
    each = list(checks)
    exact = all(check.is_exact for check in each)
    return Check(any_of(c.fails for c in each), all_of(c.conforms for c in each), exact)


def one_holds(checks: Iterable[Check]) -> Check:
    """Whether a node conforms to at least one (``sh:or``)."""
    each = list(checks)
    exact = all(check.is_exact for check in each)
    return Check(all_of(c.fails for c in each), any_of(c.conforms for c in each), exact)


def only_one_holds(checks: Iterable[Check]) -> Check:
    """Whether a node conforms to exactly one (``sh:xone``)."""
    each = list(checks)
    if not all(check.is_exact for check in each):
        return UNKNOWN
    conforming = " + ".join(f"IF({check.conforms}, 1, 0)" for check in each)
    return fails_if(f"({conforming}) != 1")


def path_text(shapes: Graph, node: Node, inverse: bool = False, depth: int = 0) -> str:
    """A property path in SPARQL, walked as pySHACL walks it.

    pySHACL walks an inverted sequence in the order in which it is written. Raises
    :class:`Uncompiled` for a path that may have no step, and for one that is nested deeply or is
    no path.
    """
    if isinstance(node, URIRef):
        return f"^{node.n3()}" if inverse else node.n3()
    if depth > _DEEPEST:
        raise Uncompiled("a deep path")
    (one, kind) = _only_path(shapes, node)
    if kind == RDF.first:
        return _joined(shapes, node, "/", inverse, depth)
    if kind == SH.alternativePath:
        return _joined(shapes, one, "|", inverse, depth)
    inner = path_text(shapes, one, inverse != (kind == SH.inversePath), depth + 1)
    if kind == SH.inversePath:
        return inner
    if kind == SH.oneOrMorePath or depth == 0:
        return f"({inner})+" if kind != SH.zeroOrOnePath else f"({inner})"
    raise Uncompiled("a path that may have no step within another")


def is_optional(shapes: Graph, node: Node) -> bool:
    """Whether a path may have no step, so that a focus node is a value as well."""
    return any((node, kind, None) in shapes for kind in (SH.zeroOrMorePath, SH.zeroOrOnePath))


def _only_path(shapes: Graph, node: Node) -> tuple[Node, Node]:
    kinds = (
        RDF.first, SH.inversePath, SH.alternativePath,
        SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath,
    )  # fmt: skip
    found = [(one, kind) for kind in kinds for one in shapes.objects(node, kind)]
    if len(found) != 1:
        raise Uncompiled("a path that is not well-formed")
    return found[0]


def _joined(shapes: Graph, list_: Node, sign: str, inverse: bool, depth: int) -> str:
    items = members(shapes, list_)
    if len(items) < 2:
        raise Uncompiled("a path of one part")
    parts = [path_text(shapes, item, inverse, depth + len(items)) for item in items]
    return f"({sign.join(parts)})"


def members(shapes: Graph, list_: Node) -> list[Node]:
    """The members of a list; raises :class:`Uncompiled` if it is not well-formed."""
    found: list[Node] = []
    while list_ != RDF.nil:
        firsts, rests = (list(shapes.objects(list_, p)) for p in (RDF.first, RDF.rest))
        if len(firsts) != 1 or len(rests) != 1 or len(found) > _LONGEST:
            raise Uncompiled("a list that is not well-formed")
        found.append(firsts[0])
        list_ = rests[0]
    return found


def _fresh() -> str:
    return f"?v{next(_numbers)}"
