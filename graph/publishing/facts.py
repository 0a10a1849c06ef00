"""Defines what readers see of a thing: values, facts and relations, with their sources."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """A text, or a thing with its label and IRI, and the IRIs of the sources that state it."""

    text: str
    iri: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """All values of a property; several may disagree."""

    property: str
    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Relation:
    """A relation of the thing: its roles, the others involved, the time, and further facts.

    ``kind`` is the name of its class ``type``.
    """

    iri: str
    kind: str
    roles: tuple[Value, ...]
    others: tuple[Value, ...]
    when: str
    details: tuple[Fact, ...]
    sources: tuple[str, ...]
    type: str = ""


@dataclass(frozen=True)
class Source:
    """A document: its IRI, its title, its URL, and what tells how far to trust it.

    ``kind``, ``issued`` and ``strength`` are words, empty if unknown.
    """

    iri: str
    label: str
    page: str
    kind: str = ""
    issued: str = ""
    strength: str = ""
    weak: bool = False

    @property
    def words(self) -> str:
        """Kind, date and strength as ``News item, 2018-06-27 · press``; empty if unknown."""
        dated = ", ".join(filter(None, (self.kind, self.issued)))
        return " · ".join(filter(None, (dated, self.strength.lower())))
