"""Describes pages for search engines, as JSON-LD with the terms of schema.org.

Only terms that fit are used: a thing without a matching class is a ``Thing`` with a name. The
context is part of the document, so that clients need not load one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from missiongraph.namespaces import DCTERMS, FOAF, MOI, ORG, SKOS

from .dataset import ABOUT, AUTHORS, DATASET, KEYWORDS, LICENCE, TITLE, Distribution
from .entity import Portrait, Value
from .statistics import Info

Told: TypeAlias = dict[str, Any]

_ADDRESSES = ("url", "sameAs", "license", "contentUrl", "citation", "inDefinedTermSet")
CONTEXT: Mapping[str, Any] = {
    "@vocab": "https://schema.org/",
    **{name: {"@type": "@id"} for name in _ADDRESSES},
}
"""The JSON-LD context: terms of schema.org, some of which have IRIs as values, not texts."""

CLASSES = {
    FOAF + "Person": "Person",
    MOI + "FundingScheme": "FundingScheme",
    MOI + "FundingAward": "MonetaryGrant",
    MOI + "Network": "Organization",
    ORG + "Organization": "Organization",
    ORG + "FormalOrganization": "Organization",
    ORG + "OrganizationalUnit": "Organization",
    MOI + "Mission": "Project",
    MOI + "MissionFramework": "Project",
    MOI + "LocalMission": "Project",
    MOI + "ChallengePrize": "Project",
    MOI + "Programme": "Project",
    MOI + "Project": "Project",
    MOI + "Event": "Event",
    MOI + "Source": "CreativeWork",
    SKOS + "Concept": "DefinedTerm",
    SKOS + "ConceptScheme": "DefinedTermSet",
}
"""The classes of schema.org for ours; the first that applies to a thing counts."""

_OF_ALL = {
    SKOS + "altLabel": "alternateName",
    SKOS + "note": "description",
    SKOS + "definition": "description",
    DCTERMS + "description": "description",
    SKOS + "exactMatch": "sameAs",
    FOAF + "homepage": "url",
    FOAF + "page": "url",
}
_OF_CLASS: Mapping[str, Mapping[str, str]] = {
    "Organization": {
        MOI + "founded": "foundingDate",
        MOI + "hasCountry": "address",
        ORG + "subOrganizationOf": "parentOrganization",
    },
    "Event": {
        MOI + "date": "startDate",
        MOI + "place": "location",
        MOI + "organisedBy": "organizer",
    },
    "CreativeWork": {DCTERMS + "issued": "datePublished", DCTERMS + "publisher": "publisher"},
    "MonetaryGrant": {
        MOI + "hasFunder": "funder",
        MOI + "hasRecipient": "fundedItem",
        MOI + "hasAmount": "amount",
    },
    "DefinedTerm": {SKOS + "notation": "termCode", SKOS + "inScheme": "inDefinedTermSet"},
}
"""The properties of schema.org for ours, for all classes and for single ones."""


def page(
    title: str, address: str, base: str, about: Told | None = None, cited: Iterable[str] = ()
) -> Told:
    """A page of the site at ``base``, with its subject and the URLs of the documents it cites."""
    site = {"@type": "WebSite", "@id": f"{base}#site", "name": "MissionGraph", "url": base}
    document: Told = {"@context": CONTEXT, "@type": "WebPage", "name": title, "url": address}
    document |= {"inLanguage": "en", "license": LICENCE, "isPartOf": site}
    more = {"mainEntity": about, "citation": list(cited)}
    return document | {name: value for name, value in more.items() if value}


def site(base: str) -> Told:
    """The site, and how to search it."""
    search = {"@type": "EntryPoint", "urlTemplate": base + "search?q={search_term_string}"}
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "@id": f"{base}#site",
        "name": "MissionGraph",
        "description": ABOUT,
        "url": base,
        "inLanguage": "en",
        "potentialAction": {
            "@type": "SearchAction",
            "target": search,
            "query-input": "required name=search_term_string",
        },
    }


def dataset(info: Info, base: str, distributions: Sequence[Distribution]) -> Told:
    """The dataset, with the same facts as in the catalogue."""
    return {
        "@type": "Dataset",
        "@id": DATASET,
        "name": TITLE,
        "description": ABOUT,
        "url": f"{base}about",
        "license": LICENCE,
        "creator": {"@type": "Organization", "name": AUTHORS},
        "keywords": list(KEYWORDS),
        "version": info.version,
        "identifier": info.fingerprint,
        "isAccessibleForFree": True,
        "distribution": [_download(each) for each in distributions],
    }


def thing(portrait: Portrait) -> Told:
    """A thing and its facts; several values where sources disagree."""
    kind = _kind(portrait)
    document: Told = {"@type": kind, "@id": portrait.iri, "name": portrait.label}
    names = {**_OF_ALL, **_OF_CLASS.get(kind, {})}
    properties: dict[str, list[Any]] = {}
    for fact in portrait.facts:
        if name := names.get(fact.property):
            properties.setdefault(name, []).extend(_converted(name, fact.values, portrait))
    if kind == "Person":
        properties["memberOf"] = list(_memberships(portrait))
    return document | {name: _one(values) for name, values in properties.items() if values}


def cited(portrait: Portrait) -> Iterator[str]:
    """The URLs of the documents that a thing's page cites."""
    yield from (source.page for source in portrait.sources if source.page)


def _kind(portrait: Portrait) -> str:
    classes = {kind.iri for kind in portrait.kinds}
    return next((theirs for ours, theirs in CLASSES.items() if ours in classes), "Thing")


def _converted(name: str, values: Iterable[Value], portrait: Portrait) -> Iterator[Any]:
    """Values in the form that schema.org expects for the property ``name``."""
    for value in values:
        if name in _ADDRESSES:
            yield value.iri or value.text
        elif name == "address":
            yield {"@type": "PostalAddress", "addressCountry": value.iri.rpartition("/")[2]}
        elif name == "amount":
            figures, currency = portrait.money(value.iri)
            if len(figures) == 1:
                yield {"@type": "MonetaryAmount", "value": figures[0], "currency": currency}
            elif figures:
                ends = {"minValue": figures[0], "maxValue": figures[-1]}
                yield {"@type": "MonetaryAmount", **ends, "currency": currency}
        elif name == "publisher":
            yield {"@type": "Organization", "name": value.text}
        else:
            yield {"@id": value.iri, "name": value.text} if value.iri else value.text


def _memberships(portrait: Portrait) -> Iterator[Told]:
    """The organisations that a person is a member of, each once."""
    others = {
        other.iri: other.text
        for relation in portrait.relations.get("Membership", [])
        for other in relation.others
    }
    for iri, name in others.items():
        yield {"@type": "Organization", "@id": iri, "name": name}


def _download(distribution: Distribution) -> Told:
    document: Told = {
        "@type": "DataDownload",
        "contentUrl": distribution.address,
        "encodingFormat": [distribution.media_type, *["application/gzip"] * distribution.packed],
    }
    if distribution.digest:
        document |= {"contentSize": f"{distribution.size} B", "sha256": distribution.digest}
    return document


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
