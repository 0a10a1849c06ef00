"""OpenAPI path items of pages and linked data."""

from __future__ import annotations

from missiongraph.namespaces import CODE, KINDS, SLUG
from missiongraph.publishing.dumps import FILES, SUMS
from missiongraph.server.http.negotiation import HTML, TRIPLES
from missiongraph.server.http.rdf_documents import TYPES
from missiongraph.server.http.signposts import LINKSET

from .parts import JSON, OBJECT, RUNNING, STRING, TEXT, Object, ok, operation, parameter

_DATA = ok(*TYPES)
_SEE_OTHER: Object = {
    "303": {"description": "See other", "headers": {"Location": {"schema": STRING}}}
}
_KIND = parameter("kind", "path", {"enum": sorted(KINDS)}, "Kind of thing")
_SLUG = parameter("slug", "path", STRING | {"pattern": f"^{SLUG}$"}, "Its key")
_SCHEME = parameter("scheme", "path", STRING | {"pattern": f"^{CODE}$"}, "Concept scheme")
_CODE = parameter("code", "path", STRING | {"pattern": f"^{CODE}$"}, "Notation of the concept")
_PAGES: Object = {"type": "integer", "minimum": 1, "maximum": 10**8 - 1}
_PAGE = parameter("page", "query", _PAGES, "Page of a long description")


def pages() -> Object:
    """The paths of pages and linked data."""
    return _readers() | _citations() | _things() | _concepts() | _documents() | _dataset()


def _readers() -> Object:
    """Pages for readers."""
    return {
        "/": _get("Start page", ok(HTML)),
        "/missions": _page("Missions by type, field, country, status and SDG"),
        "/browse": _page("Kinds of things, with their numbers"),
        "/browse/{kind}": _page("A list of things of one kind", _path("kind")),
        "/search": _page("Search for things by their words", _text("q"), _text("kind")),
        "/network": _page("An interactive picture of a network, and the table of its nodes"),
        "/rankings": _page("Ranking of the nodes of a network, with its uncertainty"),
        "/network-limits": _page("What a network can and can't say, with its figures"),
        "/progress": _page("How far the targets have come, by state, on a day"),
        "/compare": _page("The policy instruments of two missions, compared kind by kind"),
        "/toolkit": _page("Missions similar to one, with their instruments, results and lessons"),
        "/query": _page("The query editor, with the answer to a query"),
        "/validate": _page("A form to validate data against the SHACL shapes") | {"post": _check()},
        "/validate/{id}": _page("The report on validated data", _path("id")),
        "/terms": _page("The ontology as a page"),
        "/terms.json": _get("Prefixes and terms, for editors", ok({JSON: OBJECT})),
        "/about": _page("Licence, method, quality, downloads"),
        "/sure": _page("How sure we are: strength of sources, checks, coverage"),
    }


def _citations() -> Object:
    """Pages on how to cite an answer, and cited answers."""
    return {
        "/cite": _get("How to cite an answer", ok(HTML), 400),
        "/cite/{name}": _get(
            "How to cite the answer to a library query",
            ok(HTML),
            404,
            parameters=[_path("name")],
        ),
        "/result": _page("A cited answer", _text("q"), _text("query"), _needed("state")),
        "/result/{name}": _page(
            "A cited answer to a library query", _path("name"), _needed("state")
        ),
    }


def _things() -> Object:
    """Things: their IRIs, pages, data and links."""
    return {
        "/id/{kind}/{slug}": _get(
            "The IRI of a thing: redirects to its page or data",
            _SEE_OTHER,
            300,
            404,
            410,
            parameters=[_KIND, _SLUG],
        ),
        "/page/{kind}/{slug}": _get(
            "The page of a thing", ok(HTML), 404, 410, parameters=[_KIND, _SLUG]
        ),
        "/data/{kind}/{slug}": _get(
            "Statements about a thing", _DATA, 404, 410, parameters=[_KIND, _SLUG, _PAGE]
        ),
        "/network/{place}": _get(
            "The IRI of a measured network, or a part of it: redirects to its page or data",
            _SEE_OTHER,
            300,
            404,
            parameters=[_path("place")],
        ),
        "/page/network/{place}": _page(
            "The page of a measured network, or of a part of it", _path("place")
        ),
        "/data/network/{place}": _get(
            "Statements about a measured network, or a part of it",
            _DATA,
            404,
            parameters=[_path("place"), _PAGE],
        ),
        "/linkset/{place}": _get(
            "All links of a thing (RFC 9264)",
            ok({LINKSET: {"type": "object"}}),
            404,
            410,
            parameters=[_path("place")],
        ),
    }


def _concepts() -> Object:
    """Concept schemes and their concepts."""
    return {
        "/vocab/{scheme}": _get(
            "A concept scheme", _DATA | _SEE_OTHER, 300, 404, parameters=[_SCHEME]
        ),
        "/page/vocab/{scheme}": _page("The page of a concept scheme", _SCHEME),
        "/vocab/{scheme}/{code}": _get(
            "The IRI of a concept: redirects to its page or data",
            _SEE_OTHER,
            300,
            404,
            410,
            parameters=[_SCHEME, _CODE],
        ),
        "/page/vocab/{scheme}/{code}": _page("The page of a concept", _SCHEME, _CODE),
        "/data/vocab/{scheme}/{code}": _get(
            "Statements about a concept", _DATA, 404, 410, parameters=[_SCHEME, _CODE, _PAGE]
        ),
    }


def _documents() -> Object:
    """Documents in RDF: ontology, shapes, graphs, queries."""
    return {
        "/ontology": _get("The ontology", _DATA | _SEE_OTHER),
        "/ontology.{extension}": _get(
            "The ontology in a format", _DATA | _SEE_OTHER, 404, parameters=[_path("extension")]
        ),
        "/ontology/{version}": _get(
            "A version of the ontology", _DATA | _SEE_OTHER, 404, parameters=[_path("version")]
        ),
        "/shapes": _get("The SHACL shapes", _DATA | _SEE_OTHER),
        "/shapes.{extension}": _get(
            "The SHACL shapes in a format", _DATA | _SEE_OTHER, 404, parameters=[_path("extension")]
        ),
        "/context.jsonld": _get("The JSON-LD context", ok({"application/ld+json": OBJECT})),
        "/graph/{name}": _get(
            "The triples of a named graph",
            ok(*sorted(set(TRIPLES.values()))) | _SEE_OTHER,
            300,
            404,
            parameters=[_path("name")],
        ),
        "/query/{name}": _get(
            "A library query in RDF; redirects browsers to its page",
            _DATA | _SEE_OTHER,
            404,
            parameters=[_path("name")],
        ),
    }


def _dataset() -> Object:
    """The dataset, its description and its downloads."""
    return {
        "/dataset": _get("The dataset in VoID, DCAT and DQV", _DATA | _SEE_OTHER),
        "/dataset.{extension}": _get(
            "The dataset in a format", _DATA | _SEE_OTHER, 404, parameters=[_path("extension")]
        ),
        "/.well-known/void": _get("The dataset in VoID, DCAT and DQV", _DATA),
        "/.well-known/sparql-examples": _get("The query library in RDF", _DATA),
        "/sitemap.xml": _get(
            "Site map: the addresses of all pages of things", ok("application/xml")
        ),
        "/dumps/{name}": _get(
            "Redirects to a file of the present data", _found(), 404, parameters=[_file()]
        ),
        "/dumps/{state}/{name}": _get(
            "A file of all data in one state",
            ok("application/gzip", TEXT),
            404,
            410,
            parameters=[_path("state"), _file()],
        ),
    }


def _get(
    summary: str, answers: Object, *problems: int, parameters: list[Object] | None = None
) -> Object:
    statuses = sorted({*problems, *RUNNING})
    return {"get": operation(summary, answers, *statuses, parameters=parameters)}


def _page(summary: str, *parameters: Object) -> Object:
    """A page; also answers 303, 302, 404 and 410."""
    return _get(
        summary, ok(HTML, JSON) | _SEE_OTHER | _found(), 404, 410, parameters=list(parameters)
    )


def _check() -> Object:
    """The POST of the form with data to validate."""
    fields: Object = {name: STRING for name in ("data", "format", "mapping")}
    fields |= {name: STRING | {"format": "binary"} for name in ("data-file", "mapping-file")}
    form = {"multipart/form-data": {"schema": {"type": "object", "properties": fields}}}
    return operation("Validate data against the SHACL shapes", _SEE_OTHER, *RUNNING, body=form)


def _text(name: str) -> Object:
    return parameter(name, "query", STRING, name.capitalize())


def _needed(name: str) -> Object:
    return parameter(name, "query", STRING | {"minLength": 1}, name.capitalize()) | {
        "required": True
    }


def _path(name: str) -> Object:
    return parameter(name, "path", STRING | {"minLength": 1}, name.capitalize())


def _file() -> Object:
    return parameter("name", "path", {"enum": [*FILES, SUMS]}, "Name of the file")


def _found() -> Object:
    return {"302": _SEE_OTHER["303"] | {"description": "Found"}}
