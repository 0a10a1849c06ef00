"""Whether an answer depends on the observations of networks, so that they have to be measured.

What observations describe (networks, their nodes' scores, communities) occurs in no other graph,
and they share only three predicates with those: types, labels and sources. So a pattern whose
subject stands beside any other predicate in its group cannot match an observation. The verdict errs
on the side of yes.

Patterns and their joins are those of the SPARQL algebra (SPARQL 1.1 Query Language, section 18.2),
as rdflib translates it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rdflib import PROV, RDF, RDFS, BNode, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, SequencePath
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern, translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from missiongraph.namespaces import NETWORK, NETWORKS_GRAPH, QB
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.engine import Query

from .terms import TERMS

_SHARED = {RDF.type, RDFS.label, PROV.wasDerivedFrom}
_NAMES = frozenset[Any]
_NONE: _NAMES = frozenset()
_EXISTS = ("Builtin_EXISTS", "Builtin_NOTEXISTS")  # rdflib translates what is in them late
_JOINS = ("Join", "LeftJoin", "Minus")
_ALONE = ("Project", "Group", "ToMultiSet", "Slice", "SelectQuery")  # see no names from outside


def depends(query: Query) -> bool:
    """Whether the answer to a query may depend on observations; true if that is not clear."""
    graphs = (*query.default_graphs, *query.named_graphs)
    if graphs and NETWORKS_GRAPH not in graphs:
        return False
    try:
        parsed = parseQuery(bind(query.text, query.parameters))
        algebra = translateQuery(parsed, base=query.base or None).algebra
        named = [term for term in _terms(algebra) if isinstance(term, URIRef)]
        return any(map(_is_observed, named)) or _reads(algebra, _NONE)
    except Exception:  # rdflib knows SPARQL 1.1 alone, and raises errors of many types
        return True


def _is_observed(term: Any) -> bool:
    """Whether an IRI occurs only in observations."""
    return str(term).startswith((NETWORK, QB)) or str(term) in TERMS


def _reads(part: Any, sure: _NAMES) -> bool:
    """Whether part of a query may match observations; ``sure`` are variables that cannot."""
    if isinstance(part, list | tuple | set):
        return any(_reads(each, sure) for each in part)
    if not isinstance(part, CompValue):
        return False
    if part.name in _EXISTS:
        return _reads(translateGroupGraphPattern(part.graph), sure)
    if part.name in _ALONE:
        sure = _NONE
    if part.name == "ServiceGraphPattern":
        return False
    if part.name == "BGP":
        known = sure | _sure(part)
        return any(_matches(s, p, o, known) for s, p, o in part.triples or ())
    if part.name == "Graph" and isinstance(part.term, Variable) and _fits_any_graph(part.p):
        return True
    if part.name == "Graph":
        return _reads(part.p, sure | {part.term})
    if part.name == "Join":
        sure |= _sure(part)
        return _reads(part.p1, sure) or _reads(part.p2, sure)
    if part.name in _JOINS:
        inside = sure | _sure(part.p1)
        return _reads(part.p1, sure) or _reads([part.p2, part.expr], inside)
    if part.name == "Filter":
        return _reads(part.p, sure) or _reads(part.expr, sure | _sure(part.p))
    return any(_reads(value, sure) for value in part.values())


def _sure(part: Any) -> _NAMES:
    """The variables that part of a query binds to nothing that observations describe."""
    if not isinstance(part, CompValue):
        return _NONE
    match part.name:
        case "BGP":
            return frozenset(_described(part.triples or ()))
        case "Join":
            return _sure(part.p1) | _sure(part.p2)
        case "Union":
            return _sure(part.p1) & _sure(part.p2)
        case "LeftJoin" | "Minus":
            return _sure(part.p1)
        case "Graph":
            return _sure(part.p) | {part.term}
        case "Extend":
            inside = _sure(part.p)
            return inside | {part.var} if _is_in(part.expr, inside) else inside
        case "AggregateJoin":
            inside = _sure(part.p)
            return frozenset(each.res for each in part.A if _is_in(_sample(each), inside))
        case "values":
            return frozenset(name for name in part.res[0] if _are_others(name, part.res))
        case "Group" | "Filter" | "Distinct" | "Reduced" | "OrderBy" | "ToMultiSet" | "Slice":
            return _sure(part.p)
        case "Project":
            return _sure(part.p) & frozenset(part.PV)
    return _NONE


def _is_in(expression: Any, names: _NAMES) -> bool:
    """Whether an expression is one of some variables."""
    return isinstance(expression, Variable) and expression in names


def _are_others(name: Any, rows: Sequence[Any]) -> bool:
    """Whether VALUES gives a variable terms that observations do not describe."""
    return all(isinstance(row[name], URIRef) and not _is_observed(row[name]) for row in rows)


def _sample(aggregate: CompValue) -> Any:
    """The variable by which a query groups, if ``aggregate`` stands for it."""
    return aggregate.vars if aggregate.name == "Aggregate_Sample" else None


def _described(triples: Iterable[Any]) -> Iterator[Any]:
    """What patterns bind that observations do not describe."""
    for subject, predicate, object in triples:
        if not _may_match(_first(predicate)) or _is_of_other_class(predicate, object):
            yield subject
        if isinstance(predicate, URIRef) and not _is_observed(predicate):
            yield object  # a class, a label, a source, or part of another statement
        elif not _may_match(predicate):
            yield object


def _first(predicate: Any) -> Any:
    """The first step of a path."""
    return _first(predicate.args[0]) if isinstance(predicate, SequencePath) else predicate


def _is_of_other_class(predicate: Any, object: Any) -> bool:
    """Whether a pattern gives its subject a class that is not one of observations."""
    return isinstance(object, URIRef) and not _is_observed(object) and _is_class(predicate)


def _is_class(predicate: Any) -> bool:
    """Whether a path is ``a`` or ``a/rdfs:subClassOf*``; classes of ours have no superclass."""
    if not isinstance(predicate, SequencePath) or len(predicate.args) != 2:
        return bool(predicate == RDF.type)
    kind, up = predicate.args
    return kind == RDF.type and isinstance(up, MulPath) and up.path == RDFS.subClassOf


def _matches(subject: Any, predicate: Any, object: Any, sure: _NAMES) -> bool:
    """Whether a triple pattern may match an observation."""
    if subject in sure:
        return False
    if _is_class(predicate) and isinstance(object, URIRef):
        return _is_observed(object)
    if isinstance(predicate, InvPath):
        return _matches(object, predicate.arg, subject, sure)
    if isinstance(predicate, SequencePath):
        first, *others = predicate.args
        then = Variable("then")
        return _matches(subject, first, then if others else object, sure) and all(
            _may_match(step) for step in others
        )
    if isinstance(predicate, AlternativePath):
        return any(_matches(subject, each, object, sure) for each in predicate.args)
    if isinstance(predicate, MulPath):
        open_ = isinstance(subject, Variable | BNode) and isinstance(object, Variable | BNode)
        if predicate.zero and open_ and object not in sure:
            return True  # a path of no steps leads from everything to itself
        return _matches(subject, predicate.path, Variable("then"), sure)
    if not isinstance(subject, Variable | BNode):
        return _is_observed(subject)
    return _may_match(predicate)


def _may_match(predicate: Any) -> bool:
    """Whether a predicate, path or variable may match within observations."""
    if isinstance(predicate, URIRef):
        return predicate in _SHARED or _is_observed(predicate)
    if isinstance(predicate, AlternativePath):
        return any(map(_may_match, predicate.args))
    return True


def _fits_any_graph(part: Any) -> bool:
    """Whether patterns may match in a graph without a statement: none, or paths of no steps."""
    if isinstance(part, CompValue) and part.name == "BGP":
        return all(isinstance(p, MulPath) and p.zero for _, p, _ in part.triples or ())
    parts = part.values() if isinstance(part, CompValue) else part
    return isinstance(part, CompValue | list) and any(map(_fits_any_graph, parts))


def _terms(part: Any) -> Iterator[Any]:
    """All terms in a query, those in paths included."""
    if isinstance(part, dict):  # as a CompValue is
        part = list(part.values())
    elif isinstance(part, SequencePath | AlternativePath | NegatedPath):
        part = part.args
    elif isinstance(part, InvPath):
        part = [part.arg]
    elif isinstance(part, MulPath):
        part = [part.path]
    if isinstance(part, list | tuple | set | frozenset):
        for each in part:
            yield from _terms(each)
    else:
        yield part
