"""Turns a query that SHACL-SPARQL runs for each focus node into one for all of them at once.

Oxigraph joins the triples; expressions are evaluated by rdflib, as pySHACL does, in functions
that the query calls. Only queries without variables that change meaning when ``$this`` is not
bound beforehand are turned (SHACL 1.0, section 5.3.1): triple patterns, joins, UNION, OPTIONAL,
FILTER, BIND for filters, and subqueries that only select. Others raise :class:`Uncompiled`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib import BNode, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.plugins.sparql.evalutils import _ebv, _eval
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import FrozenBindings, QueryContext, SPARQLError

from missiongraph.rdf.exact import told
from missiongraph.rdf.rdflib_view import prepared

from .checks import Uncompiled
from .constraints import Function, Functions, boolean, text
from .query_patterns import THIS

__all__ = ["SetQuery", "set_query"]

_UNBOUND = "<urn:x-missiongraph:unbound>"
_MOVING = {"NOW", "RAND", "UUID", "STRUUID", "BNODE", "IRI", "URI", "EXISTS", "NOTEXISTS"}

_Names = frozenset[Variable]
_NONE: _Names = frozenset()


@dataclass(frozen=True)
class SetQuery:
    """The body of a query; without ``of_this``, it has the same rows for all focus nodes."""

    body: str
    of_this: bool


def set_query(query: str, functions: Functions) -> SetQuery:
    """The query for all values of ``$this``; raises :class:`Uncompiled`."""
    algebra = prepared(query).algebra
    if algebra.name != "SelectQuery" or algebra.get("datasetClause"):
        raise Uncompiled("a query that is no plain SELECT")
    part = _Translator(algebra, functions).part(_selected(algebra.p))
    if THIS in part.maybe:
        raise Uncompiled("a query that does not always bind $this")
    return SetQuery(part.text, THIS in part.certain)


@dataclass(frozen=True)
class _Part:
    """A group in SPARQL, with the variables that each, or only some, of its rows bind."""

    text: str
    certain: _Names
    maybe: _Names = _NONE

    @property
    def names(self) -> _Names:
        return self.certain | self.maybe


class _Translator:
    def __init__(self, root: CompValue, functions: Functions) -> None:
        self._functions = functions
        self._uses = Counter(_variables(root))

    def part(self, part: CompValue) -> _Part:
        """A part of the algebra as text."""
        if part.name == "BGP":
            return _patterns(part.triples)
        if part.name in ("Filter", "Extend"):
            return self._filtered(part)
        if part.name == "Join":
            _refuse_optionals(part.p2)
            one, other = self.part(part.p1), self.part(part.p2)
            if (one.maybe & other.names) or (other.maybe & one.names):
                raise Uncompiled("a join on a variable that may be unbound")
            certain, maybe = one.certain | other.certain, one.maybe | other.maybe
            return _Part(f"{{ {one.text} }} {{ {other.text} }}", certain, maybe)
        if part.name == "Union":
            one, other = self.part(part.p1), self.part(part.p2)
            both = one.certain & other.certain
            joined = f"{{ {one.text} }} UNION {{ {other.text} }}"
            return _Part(joined, both, (one.names | other.names) - both)
        if part.name == "LeftJoin":
            return self._optional(part)
        if part.name == "ToMultiSet" and part.p.name != "values":
            return self._subquery(part.p)
        raise Uncompiled(f"{part.name} in a query")

    def _filtered(self, part: CompValue) -> _Part:
        """A group with all its filters and the BINDs that they read, evaluated together."""
        steps: list[CompValue] = []
        while part.name in ("Filter", "Extend"):
            steps.insert(0, part)
            part = part.p
        base = self.part(part)
        bound = {step.var for step in steps if step.name == "Extend"}
        inner: Counter[Variable] = Counter()
        read: set[Variable] = set()
        for step in steps:
            names = list(_variables(step.expr))
            inner.update(names)
            read.update(names)
            inner.update([step.var] if step.name == "Extend" else [])
            _refuse_moving(step.expr)
        if read - bound - base.names or bound & base.names or THIS in bound:
            raise Uncompiled("a filter that reads a variable of another group")
        if any(self._uses[name] != inner[name] for name in bound):
            raise Uncompiled("BIND for more than a filter")
        if not any(step.name == "Filter" for step in steps):
            return base
        name, arguments = self._keeps(steps, read - bound), []
        for variable in sorted(read - bound):
            name_of = _text(variable)
            arguments.append(
                name_of if variable in base.certain else f"COALESCE({name_of}, {_UNBOUND})"
            )
        filter_ = f"FILTER({name}({', '.join(arguments)}))"
        return _Part(f"{base.text} {filter_}", base.certain, base.maybe)

    def _keeps(self, steps: list[CompValue], read: Iterable[Variable]) -> str:
        return self._functions.add(_keeping(steps, sorted(read)))

    def _optional(self, part: CompValue) -> _Part:
        _refuse_optionals(part.p2)
        one, other = self.part(part.p1), self.part(part.p2)
        new = other.names - one.names
        if other.names & one.maybe or THIS in new:
            raise Uncompiled("OPTIONAL on a variable that may be unbound")
        filter_ = ""
        if not _is_true(part.expr):
            _refuse_moving(part.expr)
            read = set(_variables(part.expr))
            if read - one.certain - other.certain or other.maybe:
                raise Uncompiled("a filter that reads a variable of another group")
            step = CompValue("Filter", expr=part.expr)
            names = ", ".join(map(_text, sorted(read)))
            filter_ = f"FILTER({self._keeps([step], read)}({names}))"
        joined = f"{one.text} OPTIONAL {{ {other.text} {filter_} }}"
        return _Part(joined, one.certain, one.maybe | new)

    def _subquery(self, part: CompValue) -> _Part:
        projected: _Names | None = None
        while part.name in ("Distinct", "Reduced", "Project", "OrderBy"):
            if part.name == "Project":
                projected = frozenset(part.PV)
            part = part.p
        inner = self.part(part)
        if projected is None:
            raise Uncompiled("a subquery without a projection")
        hidden = inner.names - projected
        if any(self._uses[name] != Counter(_variables(part))[name] for name in hidden):
            raise Uncompiled("two variables of one name")
        shown = " ".join(map(_text, sorted(inner.names & projected)))
        if not shown:
            raise Uncompiled("a subquery that selects nothing")
        found = f"{{ SELECT DISTINCT {shown} WHERE {{ {inner.text} }} }}"
        return _Part(found, inner.certain & projected, inner.maybe & projected)


def _selected(part: CompValue) -> CompValue:
    while part.name in ("Distinct", "Reduced", "Project", "OrderBy"):
        part = part.p
    return part


def _patterns(triples: Iterable[tuple[Any, Any, Any]]) -> _Part:
    all_triples = list(triples)
    names = frozenset(_variables(all_triples))
    texts = [" ".join((_text(s), _predicate(p), _text(o))) for s, p, o in all_triples]
    return _Part(" . ".join(texts) + (" . " if texts else ""), names)


def _predicate(path: Any) -> str:
    _refuse_optional(path)
    return f"({path.n3()})" if isinstance(path, Path) else _text(path)


def _refuse_optional(path: Any) -> None:
    """Refuse paths that may have no step, and negated ones."""
    if isinstance(path, MulPath) and path.mod == "+":
        _refuse_optional(path.path)
    elif isinstance(path, InvPath):
        _refuse_optional(path.arg)
    elif isinstance(path, AlternativePath | SequencePath):
        for each in path.args:
            _refuse_optional(each)
    elif isinstance(path, Path):
        raise Uncompiled(f"the path {path.n3()}")


def _text(node: Any) -> str:
    if isinstance(node, Variable):
        return f"?{node}"
    return f"?blank_{node}" if isinstance(node, BNode) else text(node)


def _keeping(steps: list[CompValue], names: list[Variable]) -> Function:
    """A function of the values of ``names`` that tells whether filters and BINDs keep a row."""
    context = QueryContext(rdflib.Graph(), initBindings={})

    def keeps(*values: Any) -> ox.Literal:
        bound = {name: told(value) for name, value in zip(names, values, strict=True)}
        row = FrozenBindings(
            context, {name: node for name, node in bound.items() if node != URIRef(_UNBOUND[1:-1])}
        )
        for step in steps:
            if step.name == "Filter":
                if not _ebv(step.expr, row):
                    return boolean(False)
                continue
            try:
                value = _eval(step.expr, row)
                if not isinstance(value, SPARQLError):
                    row = row.merge({step.var: value})
            except SPARQLError:
                pass  # the variable stays unbound
        return boolean(True)

    return keeps


def _refuse_optionals(part: CompValue) -> None:
    """Refuse OPTIONAL where rdflib's has bound variables, which its filter then does not see."""
    if any(each.name == "LeftJoin" for each in _parts(part)):
        raise Uncompiled("OPTIONAL within a join or another one")


def _refuse_moving(expression: Any) -> None:
    for part in _parts(expression):
        if part.name.removeprefix("Builtin_") in _MOVING or part.name == "Function":
            iri = part.get("iri")
            if not (
                isinstance(iri, URIRef) and iri.startswith("http://www.w3.org/2001/XMLSchema#")
            ):
                raise Uncompiled(f"{part.name} in a filter")


def _is_true(expression: Any) -> bool:
    return isinstance(expression, CompValue) and expression.name == "TrueFilter"


def _parts(value: Any) -> Iterator[CompValue]:
    if isinstance(value, CompValue):
        yield value
        for key, item in value.items():
            if key != "_vars":
                yield from _parts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)


def _variables(value: Any) -> Iterator[Variable]:
    """Each use of a variable but for the lists of what a query selects."""
    if isinstance(value, Variable):
        yield value
    elif isinstance(value, CompValue):
        for key, item in value.items():
            if key not in ("_vars", "PV"):
                yield from _variables(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _variables(item)
