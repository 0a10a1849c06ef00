"""The words for terms of other vocabularies, and the order in which properties are shown."""

from __future__ import annotations

import re

from missiongraph.namespaces import DCTERMS, FOAF, MOI, ORG, SKOS

__all__ = ["NAMES", "rank", "spelt"]

NAMES = {
    SKOS + "Concept": "Concept",
    SKOS + "ConceptScheme": "Vocabulary",
    SKOS + "altLabel": "also called",
    SKOS + "hiddenLabel": "also found as",
    SKOS + "broader": "broader",
    SKOS + "narrower": "narrower",
    SKOS + "closeMatch": "close to",
    SKOS + "inScheme": "vocabulary",
    DCTERMS + "license": "licence",
    SKOS + "note": "note",
    SKOS + "exactMatch": "the same as",
    SKOS + "notation": "code",
    SKOS + "definition": "definition",
    ORG + "classification": "kind",
    ORG + "subOrganizationOf": "part of",
    ORG + "postIn": "post in",
    FOAF + "homepage": "home page",
    FOAF + "page": "address",
    DCTERMS + "issued": "published",
    DCTERMS + "publisher": "publisher",
    DCTERMS + "language": "language",
    DCTERMS + "isPartOf": "part of",
    ORG + "FormalOrganization": "Organisation",
    ORG + "Organization": "Organisation",
    ORG + "OrganizationalUnit": "Part of an organisation",
    FOAF + "Person": "Person",
}
"""Labels for properties and classes of other vocabularies, which the graph does not contain."""

_FIRST = (
    SKOS + "altLabel",
    ORG + "classification",
    MOI + "hasKind",
    MOI + "hasStatus",
    MOI + "hasField",
    MOI + "hasCountry",
    MOI + "place",
    MOI + "hasScope",
    MOI + "start",
    MOI + "end",
    MOI + "dueBy",
)
"""The properties that are shown first, in order; notes come last."""


def spelt(iri: str) -> str:
    """The last part of an IRI as words, for things without a label."""
    last = re.split(r"[/#]", iri.rstrip("/#"))[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])|-+", " ", last.removeprefix("has"))


def rank(name: str) -> tuple[int, str]:
    """The place of a property among others, to sort by: some come first, notes last."""
    if name == SKOS + "note":
        return len(_FIRST) + 1, name
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST)), name
