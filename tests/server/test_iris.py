"""Whatever characters an IRI of ours holds, it leads to what is said of it, and to nothing else."""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_to_bytes

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.examples import examples
from werkzeug.test import TestResponse

from missiongraph import LocalEngine, MissionGraph
from missiongraph.namespaces import BASE, GRAPH, ID, NETWORK, RDF, RDFS, VOCAB
from missiongraph.server import create_app
from missiongraph.server.http.addresses import iri_of, local, place
from missiongraph.server.http.iris import meant, path, uri

TURTLE, HTML = {"Accept": "text/turtle"}, {"Accept": "text/html"}
WORD = "語"
CLASS = ox.NamedNode("http://types.test/類?%20")


class Site:
    """One application over data that change; whose state has no name, so that nothing is kept."""

    def __init__(self) -> None:
        self.store = ox.Store()
        graph = MissionGraph(engine=LocalEngine(self.store))
        self.client: FlaskClient = create_app(graph).test_client()

    def say(self, iris: list[str]) -> None:
        self.store.clear()
        for iri in iris:
            for predicate, object in ((RDF + "type", CLASS), (RDFS + "label", ox.Literal(iri))):
                node, name = ox.NamedNode(iri), ox.NamedNode(predicate)
                for graph in (ox.DefaultGraph(), ox.NamedNode(GRAPH + "g")):
                    self.store.add(ox.Quad(node, name, object, graph))

    def get(self, address: str, headers: dict[str, str]) -> TestResponse:
        path, mark, query = address.partition("?")
        as_sent = {  # as servers have it
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "REQUEST_URI": path + mark + query,
        }
        reply = self.client.get(address, headers=headers, environ_overrides=as_sent)
        assert all(value.isascii() for value in reply.headers.values())
        return reply


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def is_iri(text: str) -> bool:
    try:
        return bool(ox.NamedNode(text))
    except ValueError:
        return False


PIECES = st.sampled_from(
    [*"aZ0-_~éع:@!$&'()*+,;=?#/", "𐐀", WORD, "%20", "%2F", "%3f", "%25", "%41", "%23", "%C3", "%00",
     ".ttl", ".html", ".", "page=2"]
)  # fmt: skip
STARTS = st.sampled_from(
    [ID + "person/", ID + "mission/", ID + "kind-of-its-own/", VOCAB + "scheme/", NETWORK + "n/"]
)
TAILS = st.lists(PIECES, min_size=1, max_size=5).map("".join)
IRIS = st.builds(str.__add__, STARTS, TAILS).filter(
    lambda iri: is_iri(iri) and not re.search(r"/\.\.?(/|$|[?#])|/$|/[?#]|\?.*%C3", iri)
)  # no client sends . and .. ; a query that is not UTF-8 is refused whatever it asks


@given(st.lists(IRIS, min_size=1, max_size=3, unique=True))
@examples(15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_iri_leads_to_itself(site: Site, iris: list[str]) -> None:
    leads(site, iris)


@pytest.mark.parametrize(
    "iris",
    [
        [ID + "person/" + WORD],
        [ID + "person/%E8%AA%9E"],
        [ID + "person/" + WORD, ID + "person/%E8%AA%9E"],  # twins: of one address
        [ID + "person/a?b=c", ID + "person/a", ID + "person/a%3Fb=c"],
        [ID + "person/a#b"],
        [ID + "person/a#b", ID + "person/a#c"],
        [ID + "person/a", ID + "person/a.ttl#", VOCAB + "scheme/a?b#c"],
        [ID + "person/a#b", ID + "person/a"],
        [ID + "person/a%20b", ID + "person/100%25"],
        [ID + "person/a/b", ID + "person/a%2Fb", ID + "person/a//b"],
        [ID + "person/a", ID + "person/a.ttl", ID + "person/a.ttl.ttl"],
        [ID + "mission/a.html"],
        [VOCAB + "scheme/" + WORD, VOCAB + "scheme/b.c"],
        [VOCAB + WORD],
        [NETWORK + "n/observation/" + WORD],
    ],
    ids=ascii,
)
def test_iris_of_every_sort(site: Site, iris: list[str]) -> None:
    leads(site, iris)


def leads(site: Site, iris: list[str]) -> None:
    site.say(iris)
    for iri in iris:
        address = uri(iri).partition("#")[0].removeprefix(BASE.rstrip("/"))
        same = [other for other in iris if uri(other).partition("#")[0] == BASE[:-1] + address]
        exact = [other for other in same if "#" not in other] or same
        for headers, mimetype in ((TURTLE, "text/turtle"), (HTML, "text/html")):
            reply = site.get(address, headers)
            if len(exact) > 1:
                assert reply.status_code == 300 and local(iri) in reply.text.replace("&#39;", "'")
            elif iri in exact and reply.status_code != 200:
                assert reply.status_code == 303, (iri, reply.text)
                says(site, reply.headers["Location"], headers, mimetype, iri)
            says(site, local(iri), HTML, "text/html", iri)
            says(site, f"/data/{place(iri)}.nt", TURTLE, "application/n-triples", iri)
        linked = site.get(f"/linkset/{place(iri)}", {})
        assert linked.status_code == 200 and linked.json
        assert linked.json["linkset"][0]["anchor"] == uri(iri)
        assert {"href": uri(CLASS.value)} in linked.json["linkset"][0]["type"]


def says(site: Site, address: str, headers: dict[str, str], mimetype: str, iri: str) -> None:
    reply = site.get(address, headers)
    assert (reply.status_code, reply.mimetype) == (200, mimetype), (iri, address)
    assert f'<{uri(iri)}>; rel="cite-as"' in reply.headers["Link"]
    if mimetype != "text/html":
        format = ox.RdfFormat.from_media_type(mimetype)
        subjects = {str(quad.subject) for quad in ox.parse(reply.data, format)}
        assert subjects == {f"<{iri}>"}


GRAPHS = [
    GRAPH + "file/my%20data.ttl",
    GRAPH + WORD,
    GRAPH + "a?b",
    GRAPH + "a#b%20",
    GRAPH + "x/y",
]


@pytest.mark.parametrize("name", GRAPHS, ids=ascii)
def test_graphs_of_any_name_are_documents(site: Site, name: str) -> None:
    site.store.clear()
    node = ox.NamedNode(name)
    site.store.add(ox.Quad(node, ox.NamedNode(RDFS + "label"), ox.Literal("x"), node))
    for address in (local(name), local(name) + ".ttl"):
        reply = site.get(address, TURTLE)
        assert reply.status_code == 200 and name in reply.text


def test_no_iri_is_not_found(site: Site) -> None:
    site.say([ID + "person/a"])
    for address in ("/id/person/b", "/id/person/%FF", "/id/person/a%20b", "/id/nothing/x",
                    "/data/person/%00", "/page/person/%E8%AA", "/linkset/person/%7B",
                    "/vocab/%22", "/graph/%3E"):  # fmt: skip
        assert site.get(address, {}).status_code in (400, 404), address


@given(IRIS)
@examples(200)
def test_places_lead_back(iri: str) -> None:
    assert iri_of(unquote(place(iri))) == iri
    assert unquote(path(iri)) == iri
    assert uri(iri).isascii() and iri in {
        each for reading in meant(uri(iri).removeprefix(BASE)) for each in reading
    }
