"""Every IRI of ours leads somewhere, in every format, and says where to go on."""

from __future__ import annotations

import json
import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from missiongraph import MissionGraph, Table
from missiongraph.namespaces import BASE

ENDS = ("ttl", "jsonld", "nt", "rdf", "trig", "nq")
HTML, TURTLE = {"Accept": "text/html"}, {"Accept": "text/turtle"}
EACH_SORT = f"""
SELECT (SAMPLE(?thing) AS ?one) {{
  {{ SELECT DISTINCT ?thing {{ {{ ?thing a ?class }} UNION {{ GRAPH ?thing {{ ?s ?p ?o }} }} }} }}
  FILTER(STRSTARTS(STR(?thing), "{BASE}"))
  BIND(REPLACE(STR(?thing), "^{BASE}([^/#]*[/#]?[^/#]*).*$", "$1") AS ?sort)
}} GROUP BY ?sort"""
DOCUMENTS = ("/ontology", "/ontology/0.1.0", "/shapes", "/dataset", "/vocab/country")
OTHERS = (
    "/graph/vocabularies",
    "/query/who-funds-whom",
    "/id/mission/us-apollo",
    "/network/funding",
)


def one_of_each_sort(graph: MissionGraph) -> list[str]:
    answer = graph.query(EACH_SORT)
    assert isinstance(answer, Table)
    return [row["one"].removeprefix(BASE.rstrip("/")).partition("#")[0] for row in answer]


def typed(client: FlaskClient, path: str, rel: str) -> set[str]:
    """What the ``Link`` header of an answer leads to as ``rel``."""
    header = client.get(path, headers=HTML if path.startswith("/page/") else TURTLE).headers["Link"]
    return set(re.findall(rf'<([^>]*)>; rel="{rel}"', header))


def test_an_iri_of_every_sort_leads_to_data_and_to_a_page(
    client: FlaskClient, graph: MissionGraph
) -> None:
    paths = one_of_each_sort(graph)
    assert len(paths) > 50
    for path in sorted(set(paths)):
        data = client.get(path, headers=TURTLE, follow_redirects=True)
        assert (data.status_code, data.mimetype) == (200, "text/turtle"), path
        page = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"}, follow_redirects=True)
        assert page.status_code == 200, path


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("path", [*DOCUMENTS, *OTHERS])
def test_an_extension_goes_before_accept(client: FlaskClient, path: str, end: str) -> None:
    if path.startswith("/graph/") and end in ("trig", "nq"):
        pytest.skip("what one graph says has no graphs")
    reply = client.get(f"{path}.{end}", headers=HTML, follow_redirects=True)
    format = ox.RdfFormat.from_extension(end)
    assert format and (reply.status_code, reply.mimetype) == (200, format.media_type)
    assert any(ox.parse(reply.data, format))


@pytest.mark.parametrize("path", [*DOCUMENTS, "/query/who-funds-whom", "/network/funding"])
def test_readers_of_pages_are_sent_to_one(client: FlaskClient, path: str) -> None:
    for asked in (path, f"{path}.html"):
        reply = client.get(asked, headers=HTML)
        assert reply.status_code == 303
        assert client.get(reply.headers["Location"], headers=HTML).status_code == 200


@pytest.mark.parametrize("path", [*DOCUMENTS, *OTHERS])
def test_who_takes_none_of_the_formats_is_told_them(client: FlaskClient, path: str) -> None:
    reply = client.get(path, headers={"Accept": "image/png"})
    assert reply.status_code == 406 and "urtle" in reply.get_json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/network/none", "/data/network/none.ttl", "/page/network/none", "/query/none", "/id/x"],
)
def test_what_there_is_not_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_pages_of_a_description_hold_all_of_it_together(
    client: FlaskClient, graph: MissionGraph
) -> None:
    path, found = "/data/vocab/organisation-kind/company.nt", set[ox.Triple]()
    while path:
        reply = client.get(path)
        found |= {quad.triple for quad in ox.parse(reply.data, ox.RdfFormat.N_TRIPLES)}
        path = "".join(re.findall(r'<([^>]*)>; rel="next"', reply.headers["Link"]))
    kind = f"{BASE}vocab/organisation-kind/company"
    answer = graph.query(f"SELECT ?s {{ ?s ?p <{kind}> FILTER(isIRI(?s)) }}")
    assert isinstance(answer, Table) and len(answer) > 200
    subjects = {str(triple.subject) for triple in found}
    assert {f"<{row['s']}>" for row in answer} <= subjects


def test_page_data_and_links_say_of_what_type_a_thing_is(client: FlaskClient) -> None:
    mission = f"{BASE}ontology#Mission"
    assert {mission, "https://schema.org/AboutPage"} <= typed(
        client, "/page/mission/us-apollo", "type"
    )
    assert mission in typed(client, "/data/mission/us-apollo.ttl", "type")
    [told] = json.loads(client.get("/linkset/mission/us-apollo").data)["linkset"]
    assert {"href": mission} in told["type"]


def test_signposts_of_a_page_lead_to_what_there_is(client: FlaskClient) -> None:
    page = "/page/organisation/ucl-iipp"
    assert typed(client, page, "cite-as") == {f"{BASE}id/organisation/ucl-iipp"}
    assert typed(client, page, "license") == {"https://creativecommons.org/licenses/by/4.0/"}
    for rel in ("describedby", "collection", "linkset"):
        for path in typed(client, page, rel):
            assert client.get(path).status_code == 200, path


def test_the_dataset_leads_to_its_files(client: FlaskClient) -> None:
    files = typed(client, "/dataset", "item")
    assert len(files) == 4
    for address in files:
        with client.head(address) as reply:
            assert reply.status_code == 200 and reply.content_length


@pytest.mark.long
def test_every_sort_of_address_in_the_site_map_answers(client: FlaskClient) -> None:
    found = re.findall("<loc>http://localhost([^<]*)</loc>", client.get("/sitemap.xml").text)
    things = [path for path in found if path.startswith("/page/")]
    places = [path for path in found if not path.startswith("/page/") and path != "/network"]
    first = {path.split("/")[2]: path for path in reversed(things)}
    for path in [*places, *first.values(), *things[::400]]:
        assert client.get(path, headers=HTML).status_code == 200, path


@pytest.mark.parametrize(
    "path",
    ["/", "/about", "/page/mission/us-apollo", "/data/mission/us-apollo.jsonld", "/ontology.ttl",
     "/vocab/country.ttl", "/dataset.ttl", "/sitemap.xml", "/linkset/mission/us-apollo"],
)  # fmt: skip
def test_what_has_not_changed_is_not_sent_again(client: FlaskClient, path: str) -> None:
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_concept_page_says_what_the_vocabulary_says(client: FlaskClient) -> None:
    text = client.get("/page/vocab/aim-status/abandoned", headers=HTML).text
    assert "Definition" in text or "Code" in text
