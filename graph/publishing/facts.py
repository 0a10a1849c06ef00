"""What a reader is shown of a thing: values, facts, relations, and the sources that say so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """What is said: a text, or a thing by its label, and the sources that say it."""

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
    """A relation of the thing: in what role, with whom, when, and what else is said of it.

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
    """A document: its IRI, what it is called and where it can be read."""

    iri: str
    label: str
    page: str
