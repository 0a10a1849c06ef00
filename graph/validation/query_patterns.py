"""The triple patterns that a SPARQL query reads, each with the patterns it depends on.

Follows the algebra of SPARQL 1.1 Query (W3C Recommendation 2013, section 18) as rdflib parses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rdflib import BNode, Literal, URIRef, Variable
from rdflib.paths import Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

__all__ = ["THIS", "Pattern", "Step", "patterns", "patterns_of"]

THIS = Variable("this")
"""The variable of the focus node in a query of SHACL-SPARQL."""

Step = tuple[URIRef | Path | None, bool]
"""A predicate or path, None for any predicate, and whether it is walked from object to subject."""

_Triple = tuple[Any, Any, Any]
_Triples = tuple[_Triple, ...]
_Names = frozenset[Variable]
_PASSING = ("Filter", "Extend", "Project", "Distinct", "Reduced", "OrderBy")
_COUNTING = ("Slice", "Group", "AggregateJoin")


@dataclass(frozen=True)
class Pattern:
    """A triple pattern of a query.

    ``context`` are the patterns that must match as well for this one to matter. If ``certain``
    is None, a match can only add solutions; otherwise (in OPTIONAL, MINUS, EXISTS) ``certain``
    are the variables bound in every solution that a match can add or remove.
    """

    triple: _Triple
    context: _Triples
    certain: _Names | None

    def steps(self, start: Variable = THIS) -> tuple[Step, ...] | None:
        """The shortest path from ``start`` through the context and over this pattern.

        None if no path leads there.
        """
        ways: dict[Any, tuple[Step, ...]] = {start: ()}
        for end in (waiting := [start]):
            for subject, predicate, object in self.context:
                for here, there, inverse in ((subject, object, False), (object, subject, True)):
                    if here == end and _is_variable(there) and there not in ways:
                        ways[there] = (*ways[end], (_predicate(predicate), inverse))
                        waiting.append(there)
        subject, predicate, object = self.triple
        ends = [(end, end != subject) for end in (subject, object) if end in ways]
        if not ends:
            return None
        end, inverse = min(ends, key=lambda end: len(ways[end[0]]))
        return (*ways[end], (_predicate(predicate), inverse))

    def bindings(self, triple: tuple[Node, ...]) -> dict[str, Node] | None:
        """The bindings of all solutions that a change of ``triple`` can add or remove.

        None if it cannot affect any; empty if it can affect all.
        """
        if isinstance(self.triple[1], Path):
            return {}
        bound: dict[str, Node] = {}
        for part, term in zip(self.triple, triple, strict=True):
            if isinstance(part, URIRef) and part != term:
                return None
            # literals are not compared: they may match by value
            if isinstance(part, Variable) and bound.setdefault(str(part), term) != term:
                return None
        sure = {str(name) for name in self.certain} if self.certain is not None else bound
        return {name: term for name, term in bound.items() if name in sure}


def patterns(query: str) -> tuple[Pattern, ...] | None:
    """All triple patterns of a SELECT query; None if it has operators that are not supported."""
    return patterns_of(prepareQuery(query).algebra.p)


def patterns_of(algebra: CompValue) -> tuple[Pattern, ...] | None:
    """As :func:`patterns`, for the algebra of a WHERE clause."""
    reader = _Reader(algebra)
    try:
        reader.read(algebra, (), None)
    except _Unknown:
        return None
    return tuple(reader.patterns)


class _Unknown(Exception):
    """An operator, such as GRAPH, whose reads are not analysed."""


class _Reader:
    """Collects the patterns of a query's algebra from the top down."""

    def __init__(self, root: CompValue) -> None:
        self.patterns: list[Pattern] = []
        self._root = root

    def read(self, part: CompValue, context: _Triples, certain: _Names | None) -> None:
        """Collect the patterns of ``part``; ``context`` are the patterns that match beside it."""
        if part.name == "BGP":
            own = tuple(part.triples)
            self.patterns += [Pattern(triple, context + own, certain) for triple in own]
        elif part.name == "Join":
            self.read(part.p1, context + _required(part.p2), certain)
            self.read(part.p2, context + _required(part.p1), certain)
        elif part.name == "Union":
            self.read(part.p1, context, certain)
            self.read(part.p2, context, certain)
        elif part.name in ("LeftJoin", "Minus"):
            self.read(part.p1, context, certain)
            self._read_beside(part.p1, part.p2, context, certain)
        elif part.name == "ToMultiSet":
            if part.p.name != "values":
                self._check_hidden(part)
                self.read(part.p, (), certain)
        elif part.name in _PASSING:
            self.read(part.p, context, certain)
        elif part.name in _COUNTING:
            # one row more or less may change any row of the result
            self.read(part.p, context, frozenset())
        else:
            raise _Unknown(part.name)
        for exists in _exists([part[key] for key in part if key not in ("p", "p1", "p2")]):
            self._read_beside(part, exists.graph, context, certain)

    def _read_beside(
        self, left: CompValue, part: CompValue, context: _Triples, certain: _Names | None
    ) -> None:
        """Collect the patterns of ``part``, which can add or remove solutions of ``left``."""
        bound = frozenset(_variables(context)) | _certain(left)
        self.read(part, context + _required(left), bound if certain is None else certain)

    def _check_hidden(self, subquery: CompValue) -> None:
        """Refuse a subquery whose hidden variable has the name of another one outside."""
        project = next(part for part in _parts(subquery) if part.name == "Project")
        hidden = set(_variables(project.p)) - set(project.PV)
        if hidden & set(_variables(self._root, without=subquery)):
            raise _Unknown("two variables of one name")


def _required(part: CompValue) -> _Triples:
    """The patterns that match in every solution of ``part``."""
    if part.name == "BGP":
        return tuple(part.triples)
    if part.name == "Join":
        return _required(part.p1) + _required(part.p2)
    if part.name in ("LeftJoin", "Minus"):
        return _required(part.p1)
    if part.name in _PASSING:
        return _required(part.p)
    return ()


def _certain(part: CompValue) -> _Names:
    """The variables that every solution of ``part`` binds, wherever it is evaluated."""
    if part.name == "BGP":
        return frozenset(_variables(part.triples))
    if part.name == "Join":
        return _certain(part.p1) | _certain(part.p2)
    if part.name == "Union":
        return _certain(part.p1) & _certain(part.p2)
    if part.name in ("LeftJoin", "Minus"):
        return _certain(part.p1)
    if part.name == "Project":
        return _certain(part.p) & frozenset(part.PV)
    if part.name in (*_PASSING, "Slice", "ToMultiSet"):
        return _certain(part.p)
    return frozenset()


def _exists(values: Any) -> Iterator[CompValue]:
    """EXISTS and NOT EXISTS within expressions, at any depth."""
    for part in _parts(values):
        if part.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            yield part


def _parts(value: Any) -> Iterator[CompValue]:
    if isinstance(value, CompValue):
        yield value
        if value.name not in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            yield from _parts(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)


def _variables(value: Any, without: CompValue | None = None) -> Iterator[Variable]:
    if value is without:
        return
    if isinstance(value, Variable):
        yield value
    elif isinstance(value, CompValue | list | tuple):
        inner: Iterable[Any] = value.values() if isinstance(value, CompValue) else value
        for item in inner:
            yield from _variables(item, without)


def _is_variable(term: Any) -> bool:
    """Whether a term of a pattern matches any node: a variable or a blank node."""
    return isinstance(term, Variable | BNode) and not isinstance(term, Literal)


def _predicate(term: Any) -> URIRef | Path | None:
    return None if isinstance(term, Variable) else term
