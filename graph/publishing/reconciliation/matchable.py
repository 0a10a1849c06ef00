"""What people match their lists against: kinds of things, and properties that tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from missiongraph.namespaces import ID, INITIATIVES, VOCAB
from missiongraph.publishing.search_rank import kind_of

from .spelling import Spelling, spellings

INITIATIVE = "initiative"
"""The type of all kinds of initiatives."""

KINDS: Mapping[str, str] = {
    "organisation": "Organisation",
    **{kind: kind.replace("-", " ").capitalize() for kind in (*INITIATIVES, "project")},
    "instrument": "Policy instrument",
    "person": "Person",
    "source": "Source",
}
"""The kinds that can be matched, with their names."""

TYPES: Mapping[str, frozenset[str]] = {
    INITIATIVE: frozenset((*INITIATIVES, "project")),
    **{kind: frozenset((kind,)) for kind in KINDS},
}
"""The kinds of each type that a query may ask for."""


@dataclass(frozen=True)
class Property:
    """A property by which things can be matched, and with which a list can be extended.

    A thing is found by one that ``identifies``. The values of a ``dated`` one are days, months or
    years. ``of`` are the kinds that have it.
    """

    id: str
    name: str
    description: str
    of: frozenset[str]
    identifies: bool = False
    dated: bool = False


_NOTHING: frozenset[str] = frozenset()
_ORGANISATION = TYPES["organisation"]
_INSTRUMENT = TYPES["instrument"]
_SOURCE = TYPES["source"]
_INITIATIVE = TYPES[INITIATIVE]
_ALL = frozenset(KINDS)
_PLACED = _ORGANISATION | _INITIATIVE
_LASTING = _INITIATIVE | _INSTRUMENT
_KINDRED = _ALL - TYPES["person"]
_ONLINE = _PLACED | _SOURCE

PROPERTIES: Mapping[str, Property] = {
    each.id: each
    for each in (
        Property("country", "Country", "Name or ISO 3166 code of the country", _PLACED),
        Property("country-code", "Country code", "ISO 3166 code of the country", _PLACED),
        Property("kind", "Kind", "What kind of body, mission, instrument or source", _KINDRED),
        Property("place", "Place", "City, region or country of a mission", _INITIATIVE),
        Property("field", "Field", "The field of a mission, such as health", _INITIATIVE),
        Property("status", "Status", "Whether it is planned, active, completed", _INITIATIVE),
        Property("part-of", "Part of", "The body or initiative that it belongs to", _PLACED),
        Property(
            "member-of", "Member of", "A body that it belongs to", _ORGANISATION | TYPES["person"]
        ),
        Property("serves", "Serves", "The initiative that an instrument serves", _INSTRUMENT),
        Property("provider", "Provider", "Who provides an instrument", _INSTRUMENT),
        Property("founded", "Founded", "When it was founded", _ORGANISATION, dated=True),
        Property("start", "Start", "When it began", _LASTING, dated=True),
        Property("end", "End", "When it ended or will end", _LASTING, dated=True),
        Property("publisher", "Publisher", "Who published a source", _SOURCE),
        Property("issued", "Issued", "When a source was published", _SOURCE, dated=True),
        Property("ror", "ROR ID", "Its identifier at ror.org", _ORGANISATION, identifies=True),
        Property(
            "wikidata", "Wikidata item", "Its item at Wikidata", _ORGANISATION, identifies=True
        ),
        Property("homepage", "Web address", "Its home page, or a source itself", _ONLINE, True),
        Property("other-name", "Other names", "Other names and acronyms", _ALL),
        Property("iri", "IRI", "Its IRI in the graph", _ALL, identifies=True),
    )
}
"""The properties, by identifier."""


@dataclass(frozen=True)
class Value:
    """A value of a property: its text and, if it is a thing or a concept, its IRI."""

    text: str
    iri: str = ""

    @property
    def id(self) -> str:
        """The identifier of a thing that can be matched; empty for other values."""
        return short(self.iri) if kind_of(self.iri) in KINDS else ""


@dataclass
class Thing:
    """A thing with its names, the first of which is its own, and the values of its properties."""

    iri: str
    kind: str
    names: list[str] = field(default_factory=list)
    facts: dict[str, list[Value]] = field(default_factory=dict)
    _keys: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its identifier: kind and key."""
        return short(self.iri)

    @property
    def name(self) -> str:
        """Its own name."""
        return self.names[0]

    @cached_property
    def spellings(self) -> tuple[Spelling, ...]:
        """The spellings under which it is known."""
        return tuple(spellings(self.names))

    @property
    def description(self) -> str:
        """What tells it from others of its name: its kind, where, whose, since when."""
        told = (self.facts.get(name, ())[:1] for name in ("kind", "country", "publisher"))
        dates = (self.facts.get(name, ())[:1] for name in ("founded", "start", "issued"))
        texts = [KINDS[self.kind], *(value.text for each in told for value in each)]
        return " · ".join([*texts, *(value.text[:4] for each in dates for value in each)])

    def values(self, name: str) -> list[Value]:
        """The values of a property; those of an unknown one are none."""
        if name == "iri":
            return [Value(self.iri)]
        if name == "other-name":
            return [Value(text) for text in self.names[1:]]
        if name == "country-code":
            return [Value(value.iri.rpartition("/")[2]) for value in self.facts.get("country", ())]
        return self.facts.get(name, [])

    def agrees(self, name: str, asked: frozenset[str]) -> bool | None:
        """Whether a value of a property is one of ``asked`` (:func:`key`); None if none is known.

        Of dates, a year agrees with each of its days.
        """
        if not (held := self.held(name)):
            return None
        if PROPERTIES[name].dated:
            return any(a.startswith(b) or b.startswith(a) for a in asked for b in held if a)
        return not asked.isdisjoint(held)

    def held(self, name: str) -> frozenset[str]:
        """The texts under which the values of a property are recognised (:func:`key`)."""
        if name not in self._keys:
            every = (key for value in self.values(name) for key in keys(name, value))
            self._keys[name] = frozenset(every) - {""} or _NOTHING
        return self._keys[name]


def things(
    names: Iterable[Mapping[str, Any]], facts: Iterable[Mapping[str, Any]]
) -> dict[str, Thing]:
    """The things that can be matched, by IRI.

    ``names`` and ``facts`` are the rows of the queries ``names`` and ``facts-to-match``. Things
    without a name are left out.
    """
    called: dict[str, dict[str, list[str]]] = {}
    for row in names:
        text = str(row["text"]).strip()
        if text and kind_of(row["thing"]) in KINDS and row["as"] != "note":
            called.setdefault(row["thing"], {}).setdefault(row["as"], []).append(text)
    known = {
        iri: Thing(
            iri, kind_of(iri), [*dict.fromkeys((*texts.get("name", ()), *texts.get("other", ())))]
        )
        for iri, texts in called.items()
    }
    for row in facts:
        if thing := known.get(row["thing"]):
            value, text = str(row["value"]), row["text"]
            linked = value.startswith((ID, VOCAB))
            held = Value(str(text or value), value if linked else "")
            thing.facts.setdefault(row["property"], []).append(held)
    return known


def short(iri: str) -> str:
    """The identifier of one of our things: what follows ``…/id/``."""
    return iri.removeprefix(ID)


def iri_of(id: str) -> str:
    """The IRI for an identifier; also for an IRI, and for ``kind:key``."""
    return id if id.startswith(ID) else ID + id.strip().replace(":", "/", 1)


def keys(name: str, value: Value) -> Iterator[str]:
    """The texts under which a value of a property is recognised."""
    yield key(name, value.text)
    if value.iri:
        yield key(name, value.iri)
        yield key(name, short(value.iri))
        yield key(name, value.iri.rpartition("/")[2])


def key(name: str, text: str) -> str:
    """A value of a property as it is compared with others; empty if nothing can be compared."""
    text = text.strip()
    if PROPERTIES[name].dated or name == "iri":
        return iri_of(text) if name == "iri" else text
    if name in ("ror", "wikidata"):
        return text.rstrip("/").rpartition("/")[2].casefold()
    if name == "homepage":
        return re.sub(r"^https?://(www\.)?", "", text.casefold()).rstrip("/")
    return Spelling(text).folded
