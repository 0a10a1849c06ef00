"""Compiles shapes, and the shapes within them, to expressions that are true where they may fail.

Covers SHACL Core (W3C Recommendation 2017): what it does not cover, and what pySHACL refuses,
may fail wherever it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.constraint_component import ConstraintComponent
from pyshacl.constraints.core.shape_based_constraints import PropertyConstraintComponent
from pyshacl.errors import ConstraintLoadWarning
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib import SH
from rdflib.term import Node

from .checks import (
    FINE,
    UNKNOWN,
    Check,
    Uncompiled,
    Values,
    all_hold,
    is_optional,
    members,
    negated,
    one_holds,
    only_one_holds,
    path_text,
)
from .constraints import CONSTRAINTS, Functions, closed

__all__ = ["ShapeCompiler"]

_NESTED = 6
"""Shapes within shapes beyond this depth are not compiled; pySHACL refuses 15."""

_Within: TypeAlias = tuple[Node, ...]
"""The shapes within which one is compiled, the outermost first."""


class ShapeCompiler:
    """Compiles the shapes of a graph.

    ``functions`` are called by the expressions; ``unknown`` says what cannot be compiled of each
    shape. Raises what pySHACL raises for shapes that it cannot read.
    """

    def __init__(self, shapes: ShapesGraph) -> None:
        self.functions = Functions()
        self.unknown: dict[Node, list[str]] = {}
        self._shapes = shapes
        self._known = {shape.node: shape for shape in shapes.shapes}
        self._handlers: dict[Node, Callable[[Any, Values, _Within], Check]] = {
            SH.closed: self._closed,
            SH["not"]: lambda c, v, within: self._all(c.not_list, v, within, _opposite),
            SH["and"]: lambda c, v, within: self._lists(c.and_list, v, within, all_hold),
            SH["or"]: lambda c, v, within: self._lists(c.or_list, v, within, one_holds),
            SH.xone: lambda c, v, within: self._lists(c.xone_nodes, v, within, only_one_holds),
            SH.node: self._node,
            SH.property: self._property,
            SH.qualifiedValueShape: self._qualified,
        }

    def checks(self, node: Node, focus: str) -> Iterator[tuple[Node, Check]]:
        """Whether a shape holds at ``focus``, a variable, but for its :meth:`queries`.

        The properties of a node shape have checks of their own: their results are those of the
        shape.
        """
        shape = self._known[node]
        if shape.deactivated:
            return
        if shape.is_property_shape or shape.find_custom_constraints():
            yield node, self._shape(node, focus, ())
            return
        kinds = self._kinds(shape, (node,))
        values = Values(focus, "", itself=True)
        own = kinds - {PropertyConstraintComponent}
        yield node, all_hold([self._constraint(kind, shape, values, (node,)) for kind in own])
        if PropertyConstraintComponent in kinds:
            for property in dict.fromkeys(shape.property_shapes()):
                inner = self._known.get(property)
                if inner is None or not inner.is_property_shape:
                    yield node, self._give_up((node,), "sh:property takes a property shape")
                else:
                    yield property, self._shape(property, focus, (node,))

    def queries(self, node: Node) -> Iterator[str]:
        """The SPARQL queries of a shape, as pySHACL runs them with ``$this`` bound.

        Raises :class:`Uncompiled` for a query that is not well-formed.
        """
        shape = self._known[node]
        if shape.deactivated or not any(shape.objects(SH.sparql)):
            return
        try:
            component: Any = CONSTRAINT_PARAMETERS_MAP[SH.sparql](shape)
            for query in component.sparql_constraints:
                if not query.deactivated:
                    bound, body = query.pre_bind_variables(SH.this)
                    if set(bound) != {"this"}:
                        raise Uncompiled("a query without $this, or of $currentShape")
                    yield query.apply_prefixes(body)
        except Exception as error:  # pySHACL will say so, where it comes to it
            raise Uncompiled(f"sh:sparql: {error}") from error

    def _shape(self, node: Node, focus: str, within: _Within) -> Check:
        shape = self._known.get(node)
        if shape is not None and shape.deactivated:
            return FINE
        within = (*within, node)
        try:
            if shape is None or node in within[:-1] or len(within) > _NESTED:
                raise Uncompiled(f"a shape that is missing, recursive or too deep: {node}")
            if shape.find_custom_constraints():
                raise Uncompiled("a constraint component of one's own")
            values = self._values(shape, focus)
            kinds = self._kinds(shape, within)
            return all_hold([self._constraint(kind, shape, values, within) for kind in kinds])
        except Uncompiled as reason:
            return self._give_up(within, str(reason))

    def _kinds(self, shape: Shape, within: _Within) -> set[type[ConstraintComponent]]:
        """The kinds of constraints of a shape; queries of the outermost are compiled apart."""
        parameters = {parameter for parameter in self._shapes.graph.predicates(shape.node)}
        return {
            CONSTRAINT_PARAMETERS_MAP[parameter]
            for parameter in parameters & CONSTRAINT_PARAMETERS_MAP.keys()
            if not (parameter == SH.sparql and len(within) == 1)
        }

    def _constraint(
        self, kind: type[ConstraintComponent], shape: Shape, values: Values, within: _Within
    ) -> Check:
        parameter = kind.constraint_parameters()[0]
        try:
            component = kind(shape)
            if parameter in CONSTRAINTS:
                return CONSTRAINTS[parameter](component, values, self.functions)
            if parameter in self._handlers:
                return self._handlers[parameter](component, values, within)
        except ConstraintLoadWarning:  # pySHACL leaves it out as well
            return FINE
        except Exception as error:  # pySHACL will say so, where it comes to it
            return self._give_up(within, f"{parameter.fragment}: {error}")
        return self._give_up(within, f"sh:{parameter.fragment}")

    def _give_up(self, within: _Within, reason: str) -> Check:
        self.unknown.setdefault(within[0], []).append(reason)
        return UNKNOWN

    def _values(self, shape: Shape, focus: str) -> Values:
        if not shape.is_property_shape:
            return Values(focus, "", itself=True)
        path = self._path(shape)
        graph = self._shapes.graph
        return Values(focus, path_text(graph, path), itself=is_optional(graph, path))

    def _path(self, shape: Shape) -> Node:
        path: Node = shape.path()  # type: ignore[no-untyped-call]
        return path

    def _closed(self, component: Any, values: Values, _: _Within) -> Check:
        self._must_be_properties(component.property_shapes)
        paths = (self._path(self._known[each]) for each in component.property_shapes)
        return closed(paths, component, values)

    def _property(self, component: Any, values: Values, within: _Within) -> Check:
        self._must_be_properties(component.property_shapes)
        return self._all(component.property_shapes, values, within)

    def _node(self, component: Any, values: Values, within: _Within) -> Check:
        if any(self._known[shape].is_property_shape for shape in component.node_shapes):
            raise Uncompiled("sh:node takes a node shape")
        return self._all(component.node_shapes, values, within)

    def _must_be_properties(self, shapes: Iterable[Node]) -> None:
        if not all(self._known[shape].is_property_shape for shape in shapes):
            raise Uncompiled("sh:property takes a property shape")

    def _all(
        self,
        shapes: Iterable[Node],
        values: Values,
        within: _Within,
        turned: Callable[[Check], Check] = lambda check: check,
    ) -> Check:
        each = list(shapes)
        return values.each(
            lambda value: all_hold(turned(self._shape(shape, value, within)) for shape in each)
        )

    def _lists(
        self,
        lists: Iterable[Node],
        values: Values,
        within: _Within,
        joined: Callable[[Iterable[Check]], Check],
    ) -> Check:
        each = [members(self._shapes.graph, list_) for list_ in lists]
        if not all(each):
            raise Uncompiled("an empty list")
        return values.each(
            lambda value: all_hold(
                joined([self._shape(shape, value, within) for shape in list_]) for list_ in each
            )
        )

    def _qualified(self, component: Any, values: Values, within: _Within) -> Check:
        if component.is_disjoint:
            raise Uncompiled("sh:qualifiedValueShapesDisjoint")
        return all_hold(
            check
            for shape in component.value_shapes
            for check in self._counts(component, values, shape, within)
        )

    def _counts(
        self, component: Any, values: Values, shape: Node, within: _Within
    ) -> Iterator[Check]:
        """The check of how many values conform to a shape, by its least and greatest number."""
        known: dict[str, Check] = {}

        def at(value: str) -> Check:
            return known.setdefault(value, self._shape(shape, value, within))

        def may(number: int) -> str:
            return values.at_least(number, lambda value: at(value).conforms)

        def must(number: int) -> str:
            return values.at_least(number, lambda value: negated(at(value).fails))

        is_exact = at("?value").is_exact
        if component.max_count is not None:
            many = component.max_count + 1
            yield Check(may(many), negated(must(many)), is_exact)
        if component.min_count is not None:
            few = component.min_count
            yield Check(negated(must(few)), may(few), is_exact)


def _opposite(check: Check) -> Check:
    return Check(check.conforms, check.fails, check.is_exact)
