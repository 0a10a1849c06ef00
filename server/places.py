"""Where things are on this site."""

from __future__ import annotations

from missiongraph.namespaces import BASE, GRAPH, ID, NETWORK, VOCAB

from .iris import path, uri

_DIRECT = (VOCAB.removeprefix(BASE), NETWORK.removeprefix(BASE))
"""Places of things whose IRIs lie directly below the base."""


def local(iri: str) -> str:
    """Where an IRI leads: what is ours to its page here, all else to where it lives."""
    if iri.startswith((ID, VOCAB, NETWORK)):
        return "/page/" + place(iri)
    if not iri.startswith(BASE):
        return iri
    document = iri.removeprefix(BASE)
    whole = iri.startswith(GRAPH) and not {"?", "#"}.isdisjoint(document)  # no query, no fragment
    return "/" + (path(document) if whole else uri(document))


def place(iri: str) -> str:
    """Where below ``/page/`` and ``/data/`` a thing of ours is, as a part of an address."""
    return path(iri.removeprefix(ID).removeprefix(BASE))


def iri_of(place: str) -> str:
    """The thing at a place, decoded as a path is: what :func:`place` is the way back from."""
    return (BASE if place.startswith(_DIRECT) else ID) + place
