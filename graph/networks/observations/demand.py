"""Whether an answer depends on the observations of networks, so that they have to be measured.

Observations share only three predicates with other statements: types, labels and sources. What they
describe (networks, scores of nodes, communities) occurs nowhere else, neither as a subject nor as
an object. So a pattern with another predicate cannot match an observation, nor can one whose
subject is certain to be a term of other statements. Forms of patterns for which that is not clear
count as dependent: the verdict errs on the side of yes.

Patterns and their joins are those of the SPARQL algebra (SPARQL 1.1 Query Language, section 18.2),
as rdflib translates it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox
from rdflib import PROV, RDF, RDFS, BNode, Literal, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath
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
_MODIFIERS = ("Distinct", "Reduced", "OrderBy", "Slice", "ToMultiSet")
_CLOSED = {"LeftJoin", "Minus", "Project", "Group", "AggregateJoin", *_MODIFIERS}
"""Parts of which a further match can take away solutions, or hide what it binds."""


def depends(query: Query) -> bool:
    """Whether the answer to a query may depend on observations; true if that is not clear."""
    graphs = (*query.default_graphs, *query.named_graphs)
    if graphs and NETWORKS_GRAPH not in graphs:
        return False
    text = bind(query.text, query.parameters)
    if not _is_sparql(text, query.base):
        return False  # the answer is an error
    if "\\" in text:  # rdflib keeps the backslash of an escape in a local name
        return True
    try:
        algebra = translateQuery(parseQuery(text), base=query.base or None).algebra
        names_them = any(_is_observed(term) for term in _terms(algebra))
        return names_them or _reads(algebra, _NONE)
    except Exception:  # rdflib knows SPARQL 1.1 alone, and raises errors of many types
        return True


def _is_sparql(text: str, base: str) -> bool:
    """Whether Oxigraph can parse a query."""
    try:
        ox.Store().query(text, base_iri=base or None)
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        return True
    return True


def _is_observed(term: Any) -> bool:
    """Whether an IRI occurs only in observations, or names their graph."""
    name = str(term)
    return isinstance(term, URIRef) and (
        name.startswith((NETWORK, QB)) or name in TERMS or name == NETWORKS_GRAPH
    )


def _reads(part: Any, sure: _NAMES) -> bool:
    """Whether part of a query may match observations.

    ``sure`` are variables that the rest of the query is certain to bind to other terms; they hold
    only where further solutions of this part would bind them, too.
    """
    if isinstance(part, list | tuple | set):
        return any(_reads(each, sure) for each in part)
    if not isinstance(part, CompValue):
        return False
    if part.name in _CLOSED:
        sure = _NONE
    match part.name:
        case "BGP":
            known = sure | _sure(part)
            return any(_matches(s, p, o, known) for s, p, o in part.triples or ())
        case "Join":
            return _reads(part.p1, sure | _sure(part.p2)) or _reads(part.p2, sure | _sure(part.p1))
        case "LeftJoin" | "Minus":
            return _reads(part.p1, _NONE) or _reads([part.p2, part.expr], _sure(part.p1))
        case "Filter":
            kept = sure | _excluding(part.expr)
            return _reads(part.p, kept) or _reads(part.expr, _sure(part))
        case "Graph":
            anywhere = isinstance(part.term, Variable) and not _needs_statement(part.p)
            return anywhere or _reads(part.p, sure | {part.term})
        case "Builtin_EXISTS" | "Builtin_NOTEXISTS":  # rdflib translates what is in them late
            return _reads(translateGroupGraphPattern(part.graph), sure)
        case "ServiceGraphPattern":
            return False
    return any(_reads(value, sure) for value in part.values())


def _sure(part: Any) -> _NAMES:
    """The variables that are bound in each solution of a part, to terms of other statements."""
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
        case "Filter":
            return _sure(part.p) | _excluding(part.expr)
        case "values":
            return frozenset(name for name in part.res[0] if _are_others(name, part.res))
        case "AggregateJoin":
            return frozenset(each.res for each in part.A if _is_key(each, part.p))
        case "Project":
            return _sure(part.p) & frozenset(part.PV)
    return _sure(part.p) if part.name in _MODIFIERS else _NONE


def _excluding(test: Any) -> _NAMES:
    """The variable that a filter keeps away from observations by the beginning of its IRI."""
    match test:
        case CompValue(
            name="UnaryNot",
            expr=CompValue(
                name="Builtin_STRSTARTS",
                arg1=CompValue(name="Builtin_STR", arg=Variable() as name),
                arg2=Literal() as begin,
            ),
        ) if NETWORK.startswith(str(begin)):
            return frozenset([name])
    return _NONE


def _is_in(expression: Any, names: _NAMES) -> bool:
    """Whether an expression is one of some variables."""
    return isinstance(expression, Variable) and expression in names


def _are_others(name: Any, rows: Any) -> bool:
    """Whether VALUES gives a variable IRIs that observations do not describe."""
    return all(isinstance(row[name], URIRef) and not _is_observed(row[name]) for row in rows)


def _is_key(aggregate: CompValue, group: CompValue) -> bool:
    """Whether an aggregate stands for a variable of GROUP BY that is sure."""
    keys = frozenset(key for key in group.expr or () if isinstance(key, Variable))
    return aggregate.name == "Aggregate_Sample" and _is_in(aggregate.vars, keys & _sure(group.p))


def _described(triples: Iterable[Any]) -> Iterator[Any]:
    """What patterns bind that observations do not describe."""
    for subject, predicate, object in triples:
        first, last = _ends(predicate)
        if _is_other(first) or _is_of_other_class(predicate, object):
            yield subject
        if _is_other(last) or (isinstance(last, URIRef) and not _is_observed(last)):
            yield object  # a class, a label, a source, or part of another statement


def _ends(predicate: Any) -> tuple[Any, Any]:
    """The first and the last step of a path."""
    if isinstance(predicate, SequencePath):
        return _ends(predicate.args[0])[0], _ends(predicate.args[-1])[1]
    return predicate, predicate


def _is_other(path: Any) -> bool:
    """Whether a path of one step or more can only pass through other statements.

    Then both of its ends are terms of other statements.
    """
    if isinstance(path, MulPath):
        return not path.zero and _is_other(path.path)
    if isinstance(path, InvPath):
        return _is_other(path.arg)
    if isinstance(path, AlternativePath | SequencePath):
        return all(map(_is_other, path.args))
    return isinstance(path, URIRef) and path not in _SHARED and not _is_observed(path)


def _is_of_other_class(predicate: Any, object: Any) -> bool:
    """Whether a pattern gives its subject a class that is not one of observations.

    The path is ``a`` or ``a/rdfs:subClassOf*``: classes of observations have no superclass.
    """
    up = predicate.args[1] if _is_class_path(predicate) else None
    alone = isinstance(predicate, URIRef) and predicate == RDF.type
    is_class = alone or (isinstance(up, MulPath) and up.path == RDFS.subClassOf)
    return is_class and isinstance(object, URIRef) and not _is_observed(object)


def _is_class_path(predicate: Any) -> bool:
    is_pair = isinstance(predicate, SequencePath) and len(predicate.args) == 2
    return is_pair and predicate.args[0] == RDF.type


def _matches(subject: Any, predicate: Any, object: Any, sure: _NAMES) -> bool:
    """Whether a triple pattern may match an observation."""
    if _is_other(predicate) or _is_of_other_class(predicate, object):
        return False
    elsewhere = not _is_open(subject, sure)
    if isinstance(predicate, MulPath) and predicate.zero and _is_other(_repeated(predicate)):
        # no step leads from each term to itself, also from those of observations
        return not elsewhere and _is_open(object, sure)
    if isinstance(predicate, AlternativePath):
        return any(_matches(subject, each, object, sure) for each in predicate.args)
    if isinstance(predicate, SequencePath):
        # what a step forward leads to is no subject of an observation
        first, *others = predicate.args
        begins = _is_other(first) or (elsewhere and _is_forward(first))
        return not (begins and all(_is_other(step) or _is_forward(step) for step in others))
    return not (elsewhere and not isinstance(predicate, Path))


def _is_open(term: Any, sure: _NAMES) -> bool:
    """Whether a term of a pattern may be one that observations describe."""
    if isinstance(term, Variable | BNode):
        return term not in sure
    return _is_observed(term) or not isinstance(term, URIRef | Literal)


def _repeated(path: MulPath) -> Any:
    return path.path


def _is_forward(step: Any) -> bool:
    """Whether a step leads from the subject of a statement to its object."""
    return isinstance(step, URIRef) and not _is_observed(step)


def _needs_statement(part: Any) -> bool:
    """Whether each solution of a part rests on a statement of the graph that it is matched with."""
    if not isinstance(part, CompValue):
        return False
    match part.name:
        case "BGP":
            return any(isinstance(p, URIRef | Variable) for _, p, _ in part.triples or ())
        case "Join":
            return _needs_statement(part.p1) or _needs_statement(part.p2)
        case "Union":
            return _needs_statement(part.p1) and _needs_statement(part.p2)
        case "LeftJoin" | "Minus":
            return _needs_statement(part.p1)
    return part.name in ("Filter", "Extend") and _needs_statement(part.p)


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
