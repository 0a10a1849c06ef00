"""What a page tells search engines: JSON-LD in the terms of schema.org, in its head.

A block of data is no script: the content security policy, which is about what runs, lets it be.
"""

from __future__ import annotations

from flask import Flask, request
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from missiongraph.publishing import schemaorg
from missiongraph.publishing.entity import Portrait

_SUFFIX = " · MissionGraph"


def register(app: Flask) -> None:
    """Give templates the functions."""
    app.jinja_env.globals.update(
        embedded=embedded, embedded_site=embedded_site, schema_of=schemaorg.thing
    )


def embedded(
    title: str, about: schemaorg.Told | None = None, thing: Portrait | None = None
) -> Markup:
    """The current page, what it is about, and the documents that it rests on."""
    cited = schemaorg.cited(thing) if thing else ()
    name, here, base = title.removesuffix(_SUFFIX), request.base_url, request.root_url
    return _block(schemaorg.page(name, here, base, about, cited))


def embedded_site() -> Markup:
    """The site and its search."""
    return _block(schemaorg.site(request.root_url))


def _block(told: schemaorg.Told) -> Markup:
    """The element; no text in it can end it, as ``<`` is spelt as an escape of JSON."""
    return Markup('<script type="application/ld+json">{}</script>').format(
        htmlsafe_json_dumps(told, ensure_ascii=False)
    )
