"""Signposting: typed links between pages and data, for programs (https://signposting.org/FAIR/)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response

from missiongraph.publishing.dataset import LICENCE

from .addresses import at, place
from .iris import uri
from .rdf_documents import TYPES

LINKSET = "application/linkset+json"
PAGE = "https://schema.org/AboutPage"
"""The class of the page of a thing."""


@dataclass(frozen=True)
class Link:
    """A link from the response's resource to ``href``, an absolute IRI or a path of its host.

    It is written as a URI, because headers are ASCII (RFC 8288, section 3.1).
    """

    rel: str
    href: str
    type: str = ""

    def __str__(self) -> str:
        type = f'; type="{self.type}"' if self.type else ""
        return f'<{uri(self.href)}>; rel="{self.rel}"{type}'


def signposted(response: Response, links: Iterable[Link]) -> Response:
    """Add a ``Link`` header to the response."""
    response.headers["Link"] = ", ".join(map(str, links))
    return response


def described(iri: str, classes: Iterable[str] = ()) -> list[Link]:
    """The links from a thing to its page, its data, its licence and its collection."""
    here = place(iri)
    return [
        Link("cite-as", iri),
        *(Link("type", each) for each in classes),
        Link("describedby", at(f"/page/{here}"), "text/html"),
        *(Link("describedby", at(f"/data/{here}.{end}"), type) for type, end in TYPES.items()),
        Link("license", LICENCE),
        Link("collection", at("/dataset")),
        Link("linkset", at(f"/linkset/{here}"), LINKSET),
    ]


def linkset(anchor: str, links: Iterable[Link]) -> Response:
    """The links as a document (RFC 9264)."""
    context: dict[str, object] = {"anchor": uri(anchor)}
    for link in links:
        target = {"href": uri(link.href)} | ({"type": link.type} if link.type else {})
        context.setdefault(link.rel, []).append(target)  # type: ignore[attr-defined]
    return Response(json.dumps({"linkset": [context]}), mimetype=LINKSET)
