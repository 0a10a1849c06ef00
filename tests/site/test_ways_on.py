"""Ways on: pages lead to what they say, and what there is not is told with where to go instead."""

from __future__ import annotations

import re
from html import unescape

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from missiongraph import MissionGraph
from missiongraph.namespaces import ID, MOI, RDF, RDFS, SOURCE_GRAPH, SOURCE_ID
from missiongraph.publishing.search import Index
from missiongraph.publishing.time_spans import span
from missiongraph.server import create_app
from missiongraph.sparql.library import queries

PAGE = {"Accept": "text/html"}
MANY = 450
"""Participations of the mission of a small graph, which make three pages."""

UNKNOWN = [
    ("/missions?field=nope", "nope", "/missions"),
    ("/missions?page=99", "99", "/missions"),
    ("/browse/organisations?kind=nope", "nope", "/browse/organisations"),
    ("/browse/organisations?page=99", "99", "/browse/organisations"),
    ("/browse/nope", "nope", "/browse"),
    ("/progress?state=nope", "nope", "/progress"),
    ("/toolkit?mission=nope", "nope", "/toolkit"),
    ("/toolkit?field=nope", "nope", "/toolkit"),
    ("/compare?one=nope", "nope", "/compare"),
    ("/rankings?network=nope", "nope", "/browse"),
    ("/rankings?measure=nope", "measure", "/browse"),
    ("/network?network=nope", "nope", "/browse"),
    ("/network?colour=nope", "colour", "/browse"),
    ("/page/mission/us-apollo?page=9", "9", "/page/mission/us-apollo"),
    ("/page/organisation/ucl-iipp?page=9", "9", "/page/organisation/ucl-iipp"),
    ("/queries/nope", "nope", "/browse"),
    ("/queries/mission-aims?run=1&initiative=Nowhere", "Nowhere", "/browse"),
    ("/queries/mission-aims?run=1&colour=red", "colour", "/browse"),
]


@pytest.fixture(scope="module")
def small() -> FlaskClient:
    """A mission in which many take part, two organisations of one name, one without."""
    store = ox.Store()
    graph = ox.NamedNode(SOURCE_GRAPH + "s")

    def say(subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> None:
        for where in (graph, ox.DefaultGraph()):
            quad = ox.Quad(ox.NamedNode(ID + subject), ox.NamedNode(predicate), value, where)
            store.add(quad)

    def thing(name: str, kind: str, label: str) -> None:
        say(name, RDF + "type", ox.NamedNode(kind))
        say(name, RDFS + "label", ox.Literal(label))

    thing("mission/m", MOI + "Mission", "The mission")
    for name in ("organisation/a", "organisation/b"):
        thing(name, "http://www.w3.org/ns/org#Organization", "Twins")
        thing(name, MOI + "Network", "Twins")
    for number in range(MANY):
        part, who = f"participation/p{number:03}", f"organisation/o{number:03}"
        thing(who, "http://www.w3.org/ns/org#Organization", f"Organisation {number:03}")
        for kind in ("Relation", "Participation"):
            say(part, RDF + "type", ox.NamedNode(MOI + kind))
        say(part, MOI + "concerns", ox.NamedNode(ID + "mission/m"))
        say(part, MOI + "hasParticipant", ox.NamedNode(ID + who))
        say(part, "http://www.w3.org/ns/prov#wasDerivedFrom", ox.NamedNode(SOURCE_ID + "s"))
    return create_app(MissionGraph(store, "small")).test_client()


@pytest.mark.parametrize(("path", "named", "there"), UNKNOWN)
def test_what_there_is_not_is_told_with_a_way_on(
    client: FlaskClient, path: str, named: str, there: str
) -> None:
    text = client.get(path, headers=PAGE)
    assert text.status_code in (400, 404) and f'href="{there}"' in text.text.partition("<main")[2]
    said = client.get(path, headers={"Accept": "text/html;q=0.1, application/json"})
    if said.mimetype == "application/problem+json":
        assert named in said.get_json(force=True)["detail"]


def test_next_leads_to_the_next_page_until_all_is_shown(small: FlaskClient) -> None:
    path, seen, pages = "/page/mission/m", list[str](), 0
    while path:
        text = small.get(path, headers=PAGE).text
        seen += re.findall(r">(Organisation \d{3})</a>", text)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        path, pages = unescape(found[1]) if found else "", pages + 1
    assert pages == 3 and len(seen) == len(set(seen)) == MANY


def test_a_name_that_is_offered_is_taken(client: FlaskClient) -> None:
    taking = {each.of: (query.name, each.name) for query in queries() for each in query.parameters}
    for group, (query, parameter) in taking.items():
        if not group:
            continue
        offered = client.get("/queries/choices.json", query_string={"group": group})
        rows = offered.get_json(force=True)["results"]["bindings"]
        names = [row["name"]["value"] for row in rows]
        once = next(name for name in names if names.count(name) == 1)
        reply = client.get(f"/queries/{query}.csv", query_string={parameter: once.upper()})
        assert reply.status_code == 200, (query, parameter, once)


def test_a_name_of_several_is_asked_back(small: FlaskClient) -> None:
    reply = small.get("/queries/network-members.csv?body=twins")
    detail = reply.get_json(force=True)["detail"]
    assert reply.status_code == 400 and "organisation:a, organisation:b" in detail


def test_a_network_of_ones_own_has_a_page(small: FlaskClient) -> None:
    text = small.get("/own-network", headers=PAGE).text
    places = re.findall(r'formaction="([^"]+)"', text)
    assert {place.partition("?")[0] for place in places} >= {"/own-network/ties", "/own-network"}
    defined = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.S)
    assert defined
    form = {"query": unescape(defined[1]).replace("\n", "\r\n")}
    reply = small.post(places[0], data=form)
    assert reply.status_code in (200, 202), reply.text
    for bad in (" ", "# A graph\nCONSTRUCT { ?source ?p ?target } WHERE { ?source ?p ?target }"):
        assert small.post("/own-network", data={"query": bad}).status_code == 400


def test_what_has_no_name_is_not_found() -> None:
    rows = [{"thing": ID + "award/nasa--us-apollo", "as": "note", "text": "for the moon"}]
    index = Index(rows)
    assert not index.find("for the moon").hits
    index.close()


@pytest.mark.parametrize(
    ("starts", "ends", "days", "words"),
    [
        (["2016"], ["2021-07"], [], "2016 to 2021-07"),
        (["2021"], ["2021"], [], "2021"),
        (["2016"], [], [], "from 2016"),
        ([], ["2021"], [], "until 2021"),
        (["2022", "2021-07"], [], [], "from 2021-07 or 2022"),
        (["2022"], ["2021-07"], [], "from 2022, until 2021-07"),
        (["2021"], ["2021-07"], [], "2021 to 2021-07"),
        ([], [], ["2020-05-01"], "2020-05-01"),
        ([], [], [], ""),
    ],
)
def test_spans_read_as_they_are_meant(
    starts: list[str], ends: list[str], days: list[str], words: str
) -> None:
    assert span(starts, ends, days) == words


years = st.integers(1000, 9999).map(str)


@given(years, years)
def test_to_never_leads_back(start: str, end: str) -> None:
    assert (" to " in span([start], [end])) == (start < end)
