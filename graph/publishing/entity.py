"""Arranges a description for readers: facts, relations and mentions, each with its sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

import pyoxigraph as ox

from missiongraph.namespaces import (
    BASE,
    DCTERMS,
    FOAF,
    ID,
    MOI,
    NETWORK,
    ORG,
    PROV,
    RDF,
    RDFS,
    SKOS,
    SOURCE_GRAPH,
    SOURCE_ID,
    VOCAB,
    XSD,
)

from .description import RELATIONS, Description
from .facts import Fact, Relation, Source, Value
from .terms import NAMES, rank, spelt
from .time_spans import span

_LABELS = (RDFS + "label", SKOS + "prefLabel", FOAF + "name", DCTERMS + "title")
_ROLES = (MOI + "hasRole", ORG + "role")
_AMOUNT = ID + "amount/"
_WEAK = VOCAB + "source-strength/weak"
_HELPERS = frozenset(
    {
        *(RDF + "type", PROV + "wasDerivedFrom", MOI + "earliest", MOI + "latest"),
        *(MOI + "holdsFrom", MOI + "holdsUntil"),
        *(SKOS + "topConceptOf", *_LABELS),  # the first repeats inScheme
    }
)
"""Properties that are not shown."""

_FIGURES = (MOI + "value", MOI + "minValue", MOI + "maxValue")
_NUMBERS = (XSD + "integer", XSD + "decimal")
_DATES = (MOI + "start", MOI + "end", MOI + "date")
_OPEN = re.compile("^(from|until) ")


class Portrait:
    """A thing as it is shown to readers, from its description."""

    def __init__(self, description: Description) -> None:
        self.iri = description.iri
        self.description = description
        self._said: dict[str, dict[str, dict[object, set[str]]]] = {}
        for quad in description.quads:
            properties = self._said.setdefault(_text(quad.subject), {})
            values = properties.setdefault(quad.predicate.value, {})
            values.setdefault(quad.object, set()).add(_text(quad.graph_name))

    @property
    def label(self) -> str:
        """The label of the thing."""
        return self.name(self.iri)

    @cached_property
    def kinds(self) -> tuple[Value, ...]:
        """The classes that a source states; all classes if no source states any."""
        kinds = self._values(self.iri, RDF + "type")
        return tuple(kind for kind in kinds if kind.sources) or tuple(kinds)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that sources state about the thing itself; inferred ones are not shown."""
        return tuple(self._facts(self.iri, lambda name: name not in _HELPERS))

    @cached_property
    def relations(self) -> Mapping[str, list[Relation]]:
        """Its relations by kind: memberships from the latest, others by role and name."""
        relations: dict[str, list[Relation]] = {}
        own = {_text(amount) for amount in self._said.get(self.iri, {}).get(MOI + "hasAmount", {})}
        others = {*self._amounts} - own  # shown with the relations that have them
        for iri in self._said:
            if iri not in (self.iri, *others) and (kind := self._relation_kind(iri)):
                relations.setdefault(self.name(kind), []).append(self._relation(iri, kind))
        return {kind: _in_order(each) for kind, each in sorted(relations.items())}

    @cached_property
    def mentions(self) -> tuple[Fact, ...]:
        """The things that link to it, by property; only our own vocabularies need no source."""
        subjects: dict[str, list[Value]] = {}
        me = ox.NamedNode(self.iri)
        for iri, properties in self._said.items():
            if iri == self.iri or self._relation_kind(iri):
                continue
            for name, values in properties.items():
                sources = _sources(values.get(me, ()))
                stated = sources or (me in values and iri.startswith(VOCAB))
                if stated and name not in _HELPERS:
                    subjects.setdefault(name, []).append(Value(self.name(iri), iri, sources))
        return tuple(
            Fact(name, self.name(name), tuple(sorted(values, key=lambda value: value.text)))
            for name, values in sorted(subjects.items())
        )

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The documents that state any of this or are cited beside it, sorted by label."""
        facts = [*self.facts, *self.mentions]
        relations = [relation for each in self.relations.values() for relation in each]
        values = [value for fact in facts for value in fact.values]
        values += [value for r in relations for value in (*r.others, *r.roles)] + [*self.kinds]
        iris = {iri for value in values for iri in value.sources}
        iris |= {iri for relation in relations for iri in relation.sources}
        iris |= {*self.description.cited}
        sources = (self._source(iri) for iri in iris)
        return tuple(sorted(sources, key=lambda source: (source.label, source.iri)))

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each source in ``sources``, from 1, by IRI."""
        return {source.iri: place for place, source in enumerate(self.sources, start=1)}

    @cached_property
    def weak(self) -> frozenset[str]:
        """The IRIs of those of its sources that are weak."""
        return frozenset(source.iri for source in self.sources if source.weak)

    @property
    def is_ours(self) -> bool:
        """Whether it belongs to our vocabularies or networks, whose facts need no source."""
        return self.iri.startswith((VOCAB, NETWORK))

    def money(self, iri: str) -> tuple[list[str], str]:
        """The figures of a sum of money, from lowest to highest, and its currency code.

        There are several for a range, or where sources differ, and none if no figure is known.
        """
        currency = self._first(iri, MOI + "hasCurrency").rpartition("/")[2]
        said = self._said.get(iri, {})
        figures = {_text(figure) for name in _FIGURES for figure in said.get(name, {})}
        return sorted(figures, key=lambda figure: (_size(figure), figure)), currency

    def name(self, iri: str) -> str:
        """The label of an IRI; without one, the last part of the IRI as words."""
        for label in _LABELS:
            if text := self._first(iri, label):
                return text
        if iri in NAMES:
            return NAMES[iri]
        return spelt(iri)

    def _source(self, iri: str) -> Source:
        kind, strength = self._first(iri, MOI + "hasKind"), self._first(iri, MOI + "hasStrength")
        return Source(
            iri,
            self.name(iri),
            self._first(iri, FOAF + "page"),
            kind and self.name(kind),
            self._first(iri, DCTERMS + "issued"),
            strength and self.name(strength),
            strength == _WEAK,
        )

    def _called(self, iri: str) -> str:
        """The label of a thing; the IRI itself if it is external and has none."""
        name = self.name(iri)
        return name if iri.startswith(BASE) or iri in NAMES or self._said.get(iri) else iri

    def _relation(self, iri: str, kind: str) -> Relation:
        derived = self._said[iri].get(PROV + "wasDerivedFrom", {})
        return Relation(
            iri,
            self.name(kind),
            tuple(value for role in _ROLES for value in self._values(iri, role)),
            tuple(self._others(iri)),
            span(*(self._texts(iri, name) for name in _DATES)),
            tuple(self._facts(iri, self._is_detail)),
            tuple(sorted(_text(source) for source in derived)),
            kind,
        )

    def _others(self, iri: str) -> Iterator[Value]:
        """The things that a relation connects with this one."""
        for name in sorted(self._said[iri]):
            if name not in _HELPERS and name not in _ROLES:
                for value in self._values(iri, name):
                    mine = value.iri == self.iri or value.iri.startswith(_AMOUNT)
                    if value.iri.startswith(ID) and not mine:
                        yield value

    def _is_detail(self, name: str) -> bool:
        return name not in _HELPERS and name not in _ROLES and name not in _DATES

    def _texts(self, iri: str, name: str) -> list[str]:
        return [_text(value) for value in self._said[iri].get(name, {})]

    def _relation_kind(self, iri: str) -> str:
        """The class of a relation, as specific as it is known; empty for other things."""
        kinds = [_text(kind) for kind in self._said.get(iri, {}).get(RDF + "type", {})]
        if not set(kinds) & set(RELATIONS):
            return ""
        named = [kind for kind in sorted(kinds) if kind.startswith((MOI, ORG))]
        return next((kind for kind in named if kind != MOI + "Relation"), kinds[0])

    def _facts(self, iri: str, wanted: Callable[[str], bool]) -> Iterator[Fact]:
        for name in sorted(self._said.get(iri, {}), key=rank):
            if not wanted(name):
                continue
            values = [v for v in self._values(iri, name) if v.iri != self.iri]
            if iri != self.iri:
                values = [value for value in values if not self._is_other(value)]
            if iri != self.iri or not self.is_ours:
                values = [value for value in values if value.sources]
            if values:
                yield Fact(name, self.name(name), tuple(values))

    def _is_other(self, value: Value) -> bool:
        return value.iri.startswith(ID) and value.iri not in self._amounts

    @cached_property
    def _amounts(self) -> Mapping[str, str]:
        """The amounts of money in the description, in words, by IRI."""
        return {
            iri: self._money(iri)
            for iri, properties in self._said.items()
            if ox.NamedNode(MOI + "MonetaryAmount") in properties.get(RDF + "type", {})
        }

    def _money(self, iri: str) -> str:
        """An amount as ``EUR 20,000 (awarded)`` or ``GBP 541 to 610 (budget, per year)``."""
        figures, currency = self.money(iri)
        said = (self._first(iri, MOI + name) for name in ("hasKind", "hasBasis"))
        kind = ", ".join(self.name(concept).lower() for concept in said if concept)
        value = " to ".join(map(_grouped, dict.fromkeys((*figures[:1], *figures[-1:]))))
        return f"{currency} {value or 'unknown'} ({kind})"

    def _values(self, iri: str, name: str) -> list[Value]:
        values = self._said.get(iri, {}).get(name, {})
        shown = (self._value(term, graphs) for term, graphs in values.items())
        return sorted(shown, key=lambda value: (value.text, value.iri))

    def _value(self, term: object, graphs: Iterable[str]) -> Value:
        if isinstance(term, ox.NamedNode):
            text = self._amounts.get(term.value) or self._called(term.value)
            return Value(text, term.value, _sources(graphs))
        if isinstance(term, ox.Literal) and term.datatype.value == XSD + "boolean":
            return Value("yes" if term.value == "true" else "no", "", _sources(graphs))
        return Value(_words(term), "", _sources(graphs))

    def _first(self, iri: str, name: str) -> str:
        return min(map(_text, self._said.get(iri, {}).get(name, {})), default="")


def _in_order(relations: list[Relation]) -> list[Relation]:
    ordered = sorted(relations, key=_by_role)
    if ordered[0].type == ORG + "Membership":
        ordered.sort(key=lambda relation: _OPEN.sub("", relation.when), reverse=True)
    return ordered


def _by_role(relation: Relation) -> tuple[str, str, str]:
    first, others = relation.roles[:1], relation.others[:1]
    return first[0].text if first else "", others[0].text if others else "", relation.iri


def _sources(graphs: Iterable[str]) -> tuple[str, ...]:
    """The IRIs of the sources that own these graphs, sorted; graphs of no source are skipped."""
    own = (graph for graph in graphs if graph.startswith(SOURCE_GRAPH))
    return tuple(sorted(SOURCE_ID + graph.removeprefix(SOURCE_GRAPH) for graph in own))


def _words(term: object) -> str:
    """The text of a literal; the digits of large numbers in groups of three."""
    text = _text(term)
    number = isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS
    return re.sub(r"(?<=\d)(?=(\d{3})+(?!\d))", ",", text) if number and "." not in text else text


def _grouped(number: str) -> str:
    """A number with its digits in groups of three; other text is returned as it is."""
    try:
        return f"{float(number):,.0f}"
    except ValueError:
        return number


def _size(number: str) -> float:
    """A number to sort by; other text and NaN come first."""
    try:
        size = float(number)
    except ValueError:
        return float("-inf")
    return size if size == size else float("-inf")


def _text(term: object) -> str:
    return str(getattr(term, "value", term))


__all__ = ["Fact", "Portrait", "Relation", "Source", "Value"]
