"""JSON-LD with schema.org terms in the head of pages, for search engines.

The block holds data, not a script, so the content security policy does not forbid it.
"""

from __future__ import annotations

from flask import Flask, request
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from missiongraph.publishing import schemaorg
from missiongraph.publishing.entity import Portrait

_SUFFIX = " · MissionGraph"


def register(app: Flask) -> None:
    """Add the functions to the templates."""
    app.jinja_env.globals.update(
        embedded=embedded, embedded_site=embedded_site, schema_of=schemaorg.thing
    )


def embedded(
    title: str, about: schemaorg.Told | None = None, thing: Portrait | None = None
) -> Markup:
    """JSON-LD for the current page, its subject, and the documents it cites."""
    cited = schemaorg.cited(thing) if thing else ()
    name, here, base = title.removesuffix(_SUFFIX), request.base_url, request.root_url
    return _block(schemaorg.page(name, here, base, about, cited))


def embedded_site() -> Markup:
    """JSON-LD for the site and its search."""
    return _block(schemaorg.site(request.root_url))


def _block(data: schemaorg.Told) -> Markup:
    """The script element; ``<`` is escaped, so that no text can end the element."""
    return Markup('<script type="application/ld+json">{}</script>').format(
        htmlsafe_json_dumps(data, ensure_ascii=False)
    )
