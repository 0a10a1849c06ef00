"""Compiles constraints on values, pairs and counts (SHACL 1.0, section 4) to SPARQL expressions.

What concerns one value alone, such as a pattern or a datatype, is asked of pySHACL's own
constraint by a function that the query calls, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any, TypeAlias

import pyoxigraph as ox
from rdflib import RDF, RDFS, SH, XSD, BNode, Literal, URIRef
from rdflib.term import Node

from missiongraph.rdf.exact import held, told
from missiongraph.rdf.literals import is_less

from .checks import FINE, Check, Uncompiled, Values, all_of, any_of, fails_if, negated

__all__ = ["CONSTRAINTS", "Function", "Functions", "boolean", "closed", "text"]

Function: TypeAlias = Callable[..., ox.Literal]

_YES, _NO = ox.Literal(True), ox.Literal(False)
_CACHED = 1024
_KINDS = {
    SH.IRI: ("isIRI",),
    SH.BlankNode: ("isBlank",),
    SH.Literal: ("isLiteral",),
    SH.BlankNodeOrIRI: ("isBlank", "isIRI"),
    SH.BlankNodeOrLiteral: ("isBlank", "isLiteral"),
    SH.IRIOrLiteral: ("isIRI", "isLiteral"),
}


class Functions:
    """The functions that expressions call, by IRI.

    Those of ``classes`` tell whether a class is the given one or below it, which depends on the
    data.
    """

    def __init__(self) -> None:
        self.called: dict[str, Function] = {}
        self.classes: dict[str, Node] = {}
        self.failed = False
        self._caches: list[Callable[[], None]] = []

    def add(self, function: Function) -> str:
        """Make a function known; gives the name by which an expression calls it.

        Where the function raises an exception, ``failed`` is set: pySHACL may raise it as well.
        """
        cached = lru_cache(_CACHED)(function)
        self._caches.append(cached.cache_clear)

        def safe(*values: Any) -> ox.Literal:
            try:
                return cached(*values)
            except Exception:
                self.failed = True
                return _YES

        name = self._name()
        self.called[name] = safe
        return f"<{name}>"

    def forget(self) -> None:
        """Free the memory of answers that are kept for values that recur."""
        for clear in self._caches:
            clear()

    def add_class(self, kind: Node) -> str:
        """The name of the function for a class."""
        name = self._name()
        self.classes[name] = kind
        return f"<{name}>"

    def _name(self) -> str:
        return f"urn:x-missiongraph:function:{len(self.called) + len(self.classes)}"


def text(node: Node) -> str:
    """A term in SPARQL, as the store holds it; raises :class:`Uncompiled` for a blank node."""
    if isinstance(node, BNode):
        raise Uncompiled("a blank node of the shapes")
    return str(held(node))


def boolean(value: object) -> ox.Literal:
    """Whether a value is true, as a literal."""
    return _YES if value else _NO


def closed(paths: Iterable[Node], component: Any, values: Values) -> Check:
    """``sh:closed`` of a shape whose properties have the paths."""
    if not component.is_closed:
        return FINE
    allowed = {path for path in (*paths, *component.ignored_props) if isinstance(path, URIRef)}
    ignored = f"?p = {text(RDF.type)} && sameTerm(?o, {text(RDFS.Resource)})"
    others = [f"!sameTerm(?p, {text(path)})" for path in sorted(allowed)]
    test = all_of([*others, negated(ignored)])
    return values.each(lambda value: fails_if(f"EXISTS {{ {value} ?p ?o FILTER({test}) }}"))


def _of_value(component: Any, values: Values, functions: Functions) -> Check:
    """A constraint that looks at each value alone; pySHACL answers."""
    name = functions.add(_asking(component))
    return values.each(lambda value: fails_if(f"!{name}({value})"))


def _asking(component: Any) -> Function:
    """A function that asks a constraint of pySHACL whether a value conforms."""
    component.make_v_result = lambda *_, **__: None  # results are not used here

    def conforms(value: Any) -> ox.Literal:
        node = told(value)
        return boolean(component.evaluate(_Executor, None, {node: (node,)}, [])[0])

    return conforms


class _Executor:
    """What pySHACL's constraints on single values ask of an executor."""

    sparql_mode = False


def _datatype(component: Any, values: Values, functions: Functions) -> Check:
    datatype = component.datatype_rule
    if datatype not in (XSD.string, RDF.langString):
        return _of_value(component, values, functions)
    # every such literal is well-formed; held() tells how the store holds explicit strings
    forms = {text(datatype), str(held(Literal("", datatype=datatype)).datatype)}
    test = "!(isLiteral({0}) && DATATYPE({0}) IN ({1}))".format
    return values.each(lambda value: fails_if(test(value, ", ".join(sorted(forms)))))


def _node_kind(component: Any, values: Values, functions: Functions) -> Check:
    kinds = _KINDS.get(component.nodekind_rule)
    if kinds is None:
        return _of_value(component, values, functions)
    return values.each(
        lambda value: fails_if(negated(any_of(f"{kind}({value})" for kind in kinds)))
    )


def _class(component: Any, values: Values, functions: Functions) -> Check:
    names = [functions.add_class(kind) for kind in component.class_rules]
    return values.each(
        lambda value: fails_if(
            any_of(
                f"NOT EXISTS {{ {value} {text(RDF.type)} ?kind FILTER({name}(?kind)) }}"
                for name in names
            )
        )
    )


def _least(component: Any, values: Values, _: Functions) -> Check:
    return fails_if(negated(values.at_least(int(component.min_count.value))))


def _most(component: Any, values: Values, _: Functions) -> Check:
    return fails_if(values.at_least(int(component.max_count.value) + 1))


def _less(component: Any, values: Values, functions: Functions) -> Check:
    less = partial(is_less, or_equal=component.or_equal)
    name = functions.add(lambda one, other: boolean(less(told(one), told(other))))

    def out_of_order(other: str, value: str) -> str:
        return f"EXISTS {{ {values.focus} {other} ?other FILTER(!{name}({value}, ?other)) }}"

    others = map(text, component.property_compare_set)
    return fails_if(any_of(values.some(partial(out_of_order, other)) for other in others))


def _unique_language(component: Any, values: Values, _: Functions) -> Check:
    if True not in component.string_rules:
        return FINE

    def twice(one: str, other: str) -> str:
        return (
            f'!sameTerm({one}, {other}) && isLiteral({one}) && LANG({one}) != "" && '
            f"isLiteral({other}) && LANG({one}) = LANG({other})"
        )

    return fails_if(values.some(lambda one: values.some(partial(twice, one))))


def _equals(component: Any, values: Values, _: Functions) -> Check:
    tests = []
    for other in map(text, component.property_compare_set):
        tests.append(values.some(partial("NOT EXISTS {{ {} {} {} }}".format, values.focus, other)))
        missing = [negated(each) for each in _among(values, "?other")]
        tests.append(f"EXISTS {{ {values.focus} {other} ?other FILTER({all_of(missing)}) }}")
    return fails_if(any_of(tests))


def _disjoint(component: Any, values: Values, _: Functions) -> Check:
    others = map(text, component.property_compare_set)
    return fails_if(
        any_of(
            values.some(partial("EXISTS {{ {} {} {} }}".format, values.focus, other))
            for other in others
        )
    )


def _has_value(component: Any, values: Values, _: Functions) -> Check:
    wanted = map(text, component.has_value_set)
    return fails_if(any_of(negated(any_of(_among(values, each))) for each in wanted))


def _among(values: Values, wanted: str) -> list[str]:
    """Expressions of which one is true if a variable or term is among the values."""
    found = [f"EXISTS {{ {values.to(wanted)} }}"] if values.path else []
    return [*found, f"sameTerm({values.focus}, {wanted})"] if values.itself else found


CONSTRAINTS: dict[Node, Callable[[Any, Values, Functions], Check]] = {
    SH["class"]: _class,
    SH.datatype: _datatype,
    SH.nodeKind: _node_kind,
    SH.minCount: _least,
    SH.maxCount: _most,
    SH.uniqueLang: _unique_language,
    SH.equals: _equals,
    SH.disjoint: _disjoint,
    SH.lessThan: _less,
    SH.lessThanOrEquals: _less,
    SH.hasValue: _has_value,
    **dict.fromkeys((SH.minInclusive, SH.minExclusive, SH.maxInclusive), _of_value),
    **dict.fromkeys((SH.maxExclusive, SH.minLength, SH.maxLength), _of_value),
    **dict.fromkeys((SH.pattern, SH.languageIn, SH["in"]), _of_value),
}
"""What compiles each constraint that asks for no other shape, by its first parameter."""
