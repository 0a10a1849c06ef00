"""Runs pySHACL with SPARQL's comparisons; all its exceptions become :class:`DataError`.

Values that cannot be compared, or are ill-formed, violate a constraint and do not stop validation
(SHACL 1.0, sections 4.1.2, 4.3 and 4.5.3 to 4.5.4). The log output of pySHACL and rdflib about
such values is suppressed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import rdflib
from pyshacl import Validator
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.constraint_component import ConstraintComponent
from pyshacl.constraints.core.property_pair_constraints import (
    LessThanConstraintComponent,
    LessThanOrEqualsConstraintComponent,
)
from pyshacl.constraints.core.value_constraints import DatatypeConstraintComponent
from pyshacl.constraints.core.value_range_constraints import (
    MaxExclusiveConstraintComponent,
    MaxInclusiveConstraintComponent,
    MinExclusiveConstraintComponent,
    MinInclusiveConstraintComponent,
)
from pyshacl.graph_abstraction import DataGraph
from pyshacl.rdfutil import clone
from pyshacl.shapes_graph import ShapesGraph
from rdflib import Literal, URIRef
from rdflib.term import IdentifiedNode, Node

from missiongraph.errors import DataError
from missiongraph.rdf.literals import is_less, is_well_formed, quietly

__all__ = ["run", "run_at", "runnable"]

Term: TypeAlias = IdentifiedNode | Literal

_SILENT = logging.getLogger("missiongraph.validation.shacl")
_SILENT.setLevel(logging.CRITICAL)  # pySHACL raises what it logs as well


def run(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    """Validate ``data`` against ``shapes``; the result is a ``sh:ValidationReport`` graph.

    Raises :class:`DataError` for shapes that cannot be run over these data.
    """
    with runnable():
        _, report, _ = _validator(data, shapes).run()
    assert isinstance(report, rdflib.Graph)
    return report


def run_at(
    data: rdflib.Graph, shapes: ShapesGraph, nodes: Iterable[tuple[Node, Collection[Node] | None]]
) -> rdflib.Graph:
    """Validate some nodes alone: those given for each shape, all of its targets for None.

    The report and the exceptions are those of :func:`run`.
    """
    with runnable():
        validator = _validator(data, shapes.graph)
        executor = validator.make_executor()
        conforms, results = True, []
        for node, chosen in nodes:
            if chosen is None or chosen:
                shape = shapes.lookup_shape_from_node(node)
                focus: Any = None if chosen is None else list(chosen)
                fine, found = shape.validate(executor, validator.data_graph, focus=focus)
                conforms = conforms and fine
                results += found
        report: rdflib.Graph
        report, _ = Validator.create_validation_report(shapes, conforms, results)
    return report


def _validator(data: rdflib.Graph, shapes: rdflib.Graph) -> Any:
    options = {"inplace": True, "logger": _SILENT}
    return Validator(DataGraph.from_rdflib(data), shacl_graph=shapes, options=options)


@contextmanager
def runnable() -> Iterator[None]:
    """Turn exceptions of pySHACL, rdflib and the shapes' queries into :class:`DataError`."""
    try:
        with quietly():
            yield
    except (MemoryError, DataError):
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise DataError(f"the shapes cannot be run over these data: {reason}") from error


class _Datatype(DatatypeConstraintComponent):
    def _assert_actual_datatype(self, value_node: Literal, datatype_rule: URIRef) -> bool:
        return is_well_formed(str(value_node), datatype_rule)


class _Ordered(ConstraintComponent):
    """A constraint on the order of two values."""

    or_equal = False

    def _broken(self, graph: Any, ordered: Iterable[_Order]) -> tuple[bool, list[Any]]:
        """Whether any pair is out of order, and a validation result for each that is."""
        results = [
            self.make_v_result(graph, each.focus, value_node=each.value)
            for each in ordered
            if not is_less(each.first, each.second, or_equal=self.or_equal)
        ]
        return bool(results), results


class _Order(NamedTuple):
    """A value at a focus node, and the two values of which ``first`` must be less."""

    focus: Term
    value: Term
    first: Term
    second: Term


class _Least(_Ordered):
    def _evaluate_min_rule(self, least: Term, graph: Any, values: Mapping[Term, Any]) -> Any:
        _must_be(Literal, least, self)
        return self._broken(graph, (_Order(f, v, least, v) for f, vs in values.items() for v in vs))


class _Most(_Ordered):
    def _evaluate_max_rule(self, most: Term, graph: Any, values: Mapping[Term, Any]) -> Any:
        _must_be(Literal, most, self)
        return self._broken(graph, (_Order(f, v, v, most) for f, vs in values.items() for v in vs))


class _Pair(_Ordered):
    property_compare_set: set[Term]

    def __init__(self, shape: Any) -> None:
        super().__init__(shape)
        for predicate in self.property_compare_set:
            _must_be(URIRef, predicate, self)

    def _compare_lt(self, values: Any, others: Any, graph: Any, focus: Term) -> Any:
        return self._broken(graph, (_Order(focus, v, v, o) for v in values for o in others))

    _compare_ltoe = _compare_lt


class _MinExclusive(_Least, MinExclusiveConstraintComponent):
    pass


class _MinInclusive(_Least, MinInclusiveConstraintComponent):
    or_equal = True


class _MaxExclusive(_Most, MaxExclusiveConstraintComponent):
    pass


class _MaxInclusive(_Most, MaxInclusiveConstraintComponent):
    or_equal = True


class _LessThan(_Pair, LessThanConstraintComponent):
    pass


class _LessThanOrEquals(_Pair, LessThanOrEqualsConstraintComponent):
    or_equal = True


def _must_be(
    kind: type[URIRef] | type[Literal], node: Term, constraint: ConstraintComponent
) -> None:
    if not isinstance(node, kind):
        parameter = constraint.constraint_parameters()[0].fragment
        wanted = "an IRI" if kind is URIRef else "a literal"
        raise DataError(f"sh:{parameter} takes {wanted}, not {node.n3()}")


def _filled(_: ConstraintComponent, message: str, bound: Any) -> str:
    """A message with its variables replaced by their values, which are not read as patterns."""
    values = dict(bound) if isinstance(bound, Mapping) else {}
    if isinstance(bound, tuple | list):
        values |= bound[3] if len(bound) > 3 else {}
        values |= dict(zip(("this", "path", "value"), bound, strict=False))
    for name, value in values.items():
        for sign in "?$" if value is not None else "":
            message = message.replace(f"{{{sign}{name}}}", str(value))
    return message


def _itself(graph: rdflib.Graph, node: Literal, target_graph: rdflib.Graph) -> Literal:
    return node


_COMPONENTS = (
    _Datatype,
    _MinExclusive,
    _MinInclusive,
    _MaxExclusive,
    _MaxInclusive,
    _LessThan,
    _LessThanOrEquals,
)
for _component in _COMPONENTS:
    for _parameter in _component.constraint_parameters():
        CONSTRAINT_PARAMETERS_MAP[_parameter] = _component
# the originals read values as patterns, and expand 1E999999999 to all its digits
ConstraintComponent._format_sparql_based_result_message = _filled  # type: ignore[method-assign]
clone.clone_literal = _itself
