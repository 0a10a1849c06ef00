"""Signposting: typed links that lead machines through the site (https://signposting.org/FAIR/)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response

from .documents import TYPES
from .places import at, iri_of

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
"""Of the data."""

LINKSET = "application/linkset+json"
PAGE = "https://schema.org/AboutPage"
"""What the page of a thing is."""


@dataclass(frozen=True)
class Link:
    """A link from what is answered to ``href``, absolute or a path of its host."""

    rel: str
    href: str
    type: str = ""

    def __str__(self) -> str:
        return f'<{self.href}>; rel="{self.rel}"' + (f'; type="{self.type}"' if self.type else "")


def signposted(response: Response, links: Iterable[Link]) -> Response:
    """The answer with a ``Link`` header."""
    response.headers["Link"] = ", ".join(map(str, links))
    return response


def described(place: str, classes: Iterable[str] = ()) -> list[Link]:
    """The links of a thing, by its place below ``/page/`` and ``/data/``, to what describes it."""
    return [
        Link("cite-as", iri_of(place)),
        *(Link("type", each) for each in classes),
        Link("describedby", at(f"/page/{place}"), "text/html"),
        *(Link("describedby", at(f"/data/{place}.{end}"), type) for type, end in TYPES.items()),
        Link("license", LICENCE),
        Link("collection", at("/dataset")),
        Link("linkset", at(f"/linkset/{place}"), LINKSET),
    ]


def linkset(anchor: str, links: Iterable[Link]) -> Response:
    """The links as a document (RFC 9264)."""
    told: dict[str, object] = {"anchor": anchor}
    for link in links:
        target = {"href": link.href} | ({"type": link.type} if link.type else {})
        told.setdefault(link.rel, []).append(target)  # type: ignore[attr-defined]
    return Response(json.dumps({"linkset": [told]}), mimetype=LINKSET)
