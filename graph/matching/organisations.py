"""What is known of an organisation for matching, and the datasets that it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from missiongraph.namespaces import ID

from .names import Name, Reading, fold, is_acronym, read
from .places import place
from .rules import rules

ORGANISATION = ID + "organisation/"
ROR = "https://ror.org/"
_ROR_KEY = re.compile(re.escape(ORGANISATION) + "ror-(0[0-9a-z]{8})")
_SCHEME = re.compile(r"https?://(?:www\.)?([^/]+)/(?:entity/|wiki/)?(.+)")
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Organisation:
    """An organisation as one dataset describes it; what is not known is empty."""

    iri: str
    label: str
    names: tuple[str, ...] = ()
    """Further names."""
    acronyms: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """Codes as in ISO 3166."""
    cities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Notations of the vocabulary organisation-kind."""
    identifiers: frozenset[str] = frozenset()
    status: str = ""
    successors: tuple[str, ...] = ()
    line: int = 0
    """The length of the lines at whose end names have lost a blank; 0 if they have not."""

    @property
    def country(self) -> str:
        """Its country, or the first of several."""
        return self.countries[0] if self.countries else ""

    @cached_property
    def reading(self) -> Reading:
        """Its names as they are compared, and its acronyms."""
        names: dict[Name, None] = {}
        acronyms = {fold(each) for each in self.acronyms if len(each.split()) == 1}
        for text in (self.label, *self.names):
            if text != self.label and is_acronym(text):
                acronyms.add(fold(text))
                continue
            found = read(text, self.country, self.line)
            names |= dict.fromkeys(found.names)
            acronyms |= found.acronyms
        return Reading(tuple(names), frozenset(acronyms))

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Its cities as they are compared."""
        return tuple(filter(None, map(place, self.cities)))

    @cached_property
    def place_words(self) -> frozenset[str]:
        """The words of its cities."""
        return frozenset(word for city in self.places for word in city.split())

    @cached_property
    def brands(self) -> frozenset[str]:
        """Single words by which it is known: its acronyms, and names of one word."""
        names = (name.words for name in self.reading.names)
        return self.reading.acronyms.union(words[0] for words in names if len(words) == 1)

    @cached_property
    def families(self) -> frozenset[str]:
        """The families of its kinds."""
        families = rules().families
        return frozenset(families[kind] for kind in self.kinds if kind in families)

    @cached_property
    def known_as(self) -> dict[str, str]:
        """Its identifiers by their scheme; a scheme with several is left out."""
        found: dict[str, set[str]] = {}
        for identifier in self.identifiers:
            if parts := _SCHEME.fullmatch(identifier):
                found.setdefault(parts[1], set()).add(parts[2])
        return {scheme: values.pop() for scheme, values in found.items() if len(values) == 1}


@dataclass(frozen=True)
class Dataset:
    """The organisations of one dataset, by their IRI."""

    name: str
    organisations: Mapping[str, Organisation]

    def successor(self, organisation: Organisation) -> Organisation | None:
        """What a withdrawn record has become: itself if it is not, none if nothing is known."""
        seen: set[str] = set()
        while organisation.status == WITHDRAWN:
            seen.add(organisation.iri)
            there = [self.organisations.get(iri) for iri in organisation.successors]
            following = [each for each in there if each and each.iri not in seen]
            if len(following) != 1 or len(organisation.successors) != 1:
                return None
            organisation = following[0]
        return organisation


def canonical(iri: str) -> str:
    """The IRI of an organisation: that of ROR for a record of ROR, else as it is."""
    found = _ROR_KEY.fullmatch(iri)
    return ROR + found[1] if found else iri
