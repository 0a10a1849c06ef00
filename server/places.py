"""Where things are on this site."""

from __future__ import annotations

from missiongraph.namespaces import BASE, ID, NETWORK, VOCAB

_DIRECT = (VOCAB.removeprefix(BASE), NETWORK.removeprefix(BASE))
"""Places of things whose IRIs lie directly below the base."""


def local(iri: str) -> str:
    """Where an IRI leads: what is ours to its page here, all else to where it lives."""
    if iri.startswith(ID):
        return "/page/" + iri.removeprefix(ID)
    if iri.startswith((VOCAB, NETWORK)):
        return "/page/" + iri.removeprefix(BASE)
    return "/" + iri.removeprefix(BASE) if iri.startswith(BASE) else iri


def place(iri: str) -> str:
    """Where below ``/page/`` and ``/data/`` a thing of ours is."""
    return iri.removeprefix(ID).removeprefix(BASE)


def iri_of(place: str) -> str:
    """The thing at a place: what :func:`place` is the way back from."""
    return (BASE if place.startswith(_DIRECT) else ID) + place
