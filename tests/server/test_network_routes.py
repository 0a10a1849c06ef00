"""Networks over HTTP: what there is, what comes back in which format, and what goes wrong."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import networkx as nx
import polars as pl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from missiongraph import MissionGraph
from missiongraph.networks import MEASURES, centrality, load_network, network_queries, to_networkx
from missiongraph.networks.extract.counts import in_words
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.server import create_app
from missiongraph.server.settings import Settings
from missiongraph.server.state.context import Context

PATIENT = Settings(network_wait_seconds=60)
QUERY = "application/sparql-query"
VINNOVA = "https://w3id.org/missiongraph/id/organisation/vinnova"


@pytest.fixture(scope="module")
def client(graph: MissionGraph) -> Iterator[FlaskClient]:
    app = create_app(graph, PATIENT)
    yield app.test_client()
    served(app.test_client()).jobs.close()


def served(client: FlaskClient) -> Context:
    found: Context = client.application.extensions["missiongraph"]
    return found


def rows(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json["rows"] if response.json else []
    return found


def problem(response: TestResponse) -> str:
    assert response.content_type == "application/problem+json"
    body = json.loads(response.data)
    assert body["status"] == response.status_code
    return str(body["detail"])


# --- what there is


def test_every_network_is_listed_with_working_links(client: FlaskClient) -> None:
    listed = json.loads(client.get("/networks").data)["networks"]
    assert [entry["name"] for entry in listed] == [query.name for query in network_queries()]
    links = {entry["name"]: entry["links"] for entry in listed}["funding"]
    assert client.get(links["nodes"]).status_code == 200
    assert set(links) == {"self", *OPERATIONS} - {"summary"}


def test_a_weight_is_a_strength_or_a_distance(client: FlaskClient) -> None:
    for entry in json.loads(client.get("/networks").data)["networks"]:
        assert ("strength" in entry) != ("distance" in entry)


def test_every_measure_is_listed(client: FlaskClient) -> None:
    measures = json.loads(client.get("/networks").data)["measures"]
    assert set(measures) == set(MEASURES)
    assert all(measure["says"] and measure["defined_in"] for measure in measures.values())


def test_a_network_says_what_it_is_and_what_was_left_out(client: FlaskClient) -> None:
    found = json.loads(client.get("/networks/organisations-missions?at=2022-01-01").data)
    assert found["kind"] == "two-mode" and found["view"]["at"] == "2022-01-01"
    assert found["statements"] >= found["ties"] > 0
    assert found["undated"] <= found["statements"] and found["rejected"] == {}
    assert "lead" in " ".join(found["layers"])


# --- the same numbers as in Python


def test_nodes_are_those_of_the_library(client: FlaskClient, graph: MissionGraph) -> None:
    drawn = load_network(graph.engine, "funding", at="2022-01-01")
    found = rows(client, "/networks/funding/nodes?at=2022-01-01&attribute=country")
    assert [row["node"] for row in found] == list(drawn.nodes)
    assert [row["label"] for row in found] == [drawn.label(node) for node in drawn.nodes]
    assert {row["country"] for row in found} > {None, "Sweden"}


def test_ties_are_those_of_the_library(client: FlaskClient, graph: MissionGraph) -> None:
    drawn = to_networkx(load_network(graph.engine, "shared-missions", method="newman"))
    found = rows(client, "/networks/shared-missions/ties?method=newman")
    assert len(found) == drawn.number_of_edges()
    for row in found[:100]:
        strength = drawn[row["source"]][row["target"]]["strength"]
        assert row["strength"] == pytest.approx(strength, rel=1e-12)


def test_a_projection_says_its_method_and_what_two_share(client: FlaskClient) -> None:
    base = "/networks/shared-missions/ties?at=2023-01-01"
    newman = json.loads(client.get(base).data)
    count = json.loads(client.get(f"{base}&method=count").data)
    assert newman["method"] == "newman" and "1 / (n - 1)" in newman["weighing"]
    assert count["method"] == "count" and "method" not in json.loads(
        client.get("/networks/funding/ties").data
    )
    assert [tie["shared"] for tie in newman["rows"]] == [tie["strength"] for tie in count["rows"]]
    assert [tie["shared"] for tie in count["rows"]] == [tie["strength"] for tie in count["rows"]]


def test_ranks_come_with_and_without_each_large_list(client: FlaskClient) -> None:
    base = "/networks/shared-missions/rankings?measure=degree&top=3&lists=2&at=2023"
    found = json.loads(client.get(base).data)
    names = [variant["column"] for variant in found["variants"]]
    assert len(names) == 3 and names[-1] == "with layer city-contract"
    assert set(found["rows"][0]) == {"node", "label", "rank", *names}
    assert found["statements"] and found["single_day"] and found["left_out"]["undated"]
    table = list(csv.DictReader(io.StringIO(client.get(f"{base}&format=csv").text)))
    assert [row["label"] for row in table] == [row["label"] for row in found["rows"]]


@pytest.mark.parametrize(
    "path", ["export?format=gexf&", "export?format=graphml&", "picture?format=svg&"]
)
@pytest.mark.parametrize("view", ["since=2020&until=2022", "since=2020&until=2022&undated=true"])
def test_files_and_pictures_of_a_time_tell_what_they_rest_on(
    client: FlaskClient, path: str, view: str
) -> None:
    counts = in_words(json.loads(client.get(f"/networks/organisations-missions?{view}").data))
    assert "of a single day" in counts and "left out" in counts
    text = unescape(client.get(f"/networks/organisations-missions/{path}{view}").text)
    assert counts.lower() in text.lower()


def test_layers_may_be_several(client: FlaskClient) -> None:
    one, two, both = (
        len(rows(client, f"/networks/multiplex/ties?{layers}"))
        for layers in ("layer=funding", "layer=membership", "layer=funding&layer=membership")
    )
    assert max(one, two) < both <= one + two


def test_scores_and_ranks_are_those_of_the_library(
    client: FlaskClient, graph: MissionGraph
) -> None:
    ranking = centrality(load_network(graph.engine, "shared-missions"), ["betweenness"])
    found = rows(client, "/networks/shared-missions/centrality/betweenness?top=5")
    for row, wanted in zip(found, ranking.rows(5), strict=True):
        assert row.pop("betweenness") == pytest.approx(wanted.pop("betweenness"), rel=1e-9)
        assert row == wanted


def test_ranks_may_come_with_how_sure_they_are(client: FlaskClient) -> None:
    path = "/networks/memberships/centrality/closeness?sure=sources&top=5"
    for row in rows(client, path):
        assert row["closeness_best"] <= row["closeness_rank"] <= row["closeness_worst"]


def test_the_same_seed_gives_the_same_ranks(client: FlaskClient) -> None:
    path = "/networks/memberships/centrality/closeness?sure=resampling&runs=5&seed=3"
    first = client.get(path)
    served(client).cache._entries.clear()
    assert client.get(path).data == first.data


def test_communities_are_those_of_the_library(client: FlaskClient, graph: MissionGraph) -> None:
    from missiongraph.networks.analysis.communities import communities

    wanted = communities(load_network(graph.engine, "partnerships"), "louvain", seed=7, runs=3)
    path = "/networks/partnerships/communities?algorithm=louvain&seed=7&runs=3"
    found = json.loads(client.get(path).data)
    assert [row["community"] for row in found["rows"]] == wanted.members.tolist()
    assert [entry["members"] for entry in found["communities"]] == wanted.sizes.tolist()
    assert found["modularity"] == pytest.approx(wanted.modularity, rel=1e-9)


def test_brokers_stand_between_kinds_or_countries(client: FlaskClient) -> None:
    path = "/networks/shared-missions/brokers?by=country&role=liaison&top=3"
    found = rows(client, path)
    assert [row["liaison"] for row in found] == sorted(row["liaison"] for row in found)[::-1]
    assert len(found) == 3 and all(row["group"] for row in found)


def test_those_around_a_node(client: FlaskClient) -> None:
    by_name = rows(client, "/networks/shared-missions/ego?node=vinnova")
    assert by_name == rows(client, f"/networks/shared-missions/ego?node={VINNOVA}")
    strengths = [row["strength"] for row in by_name]
    assert strengths == sorted(strengths, reverse=True) and strengths


def test_a_path_between_two_nodes(client: FlaskClient) -> None:
    path = "/networks/organisations-missions/paths?from=vinnova&to=City of Turin"
    found = rows(client, path)
    assert found[0]["node"] == VINNOVA and found[-1]["label"] == "City of Turin"
    assert [row["step"] for row in found] == list(range(len(found)))


# --- formats


def test_csv_and_parquet_have_the_rows_of_json(client: FlaskClient) -> None:
    path = "/networks/funding/centrality/closeness"
    wanted = rows(client, path)
    csv = client.get(path, headers={"Accept": "text/csv"})
    parquet = client.get(f"{path}?format=parquet")
    assert csv.content_type == "text/csv; charset=utf-8"
    assert pl.read_csv(io.BytesIO(csv.data)).to_dicts() == wanted
    assert pl.read_parquet(io.BytesIO(parquet.data)).to_dicts() == wanted


def exported(client: FlaskClient, format: str, more: str = "") -> TestResponse:
    response = client.get(f"/networks/funding/export?format={format}{more}")
    assert response.status_code == 200, response.text
    return response


def test_graphml_is_read_by_networkx(client: FlaskClient, graph: MissionGraph) -> None:
    read = nx.read_graphml(io.BytesIO(exported(client, "graphml").data))
    wanted = graph.network("funding")
    assert nx.utils.graphs_equal(nx.DiGraph(read.edges), nx.DiGraph(wanted.edges))
    assert set(read) == set(wanted)


def test_gexf_has_every_node_and_tie(client: FlaskClient, graph: MissionGraph) -> None:
    tree = ElementTree.fromstring(exported(client, "gexf").data)
    wanted = graph.network("funding")
    assert len(tree.findall(".//{*}node")) == len(wanted)
    assert len(tree.findall(".//{*}edge")) == wanted.number_of_edges()


def test_pajek_is_read_by_networkx(client: FlaskClient, graph: MissionGraph) -> None:
    read = nx.parse_pajek(exported(client, "pajek").text)
    assert len(read) == len(graph.network("funding"))


def test_parquet_is_read_by_polars(client: FlaskClient, graph: MissionGraph) -> None:
    read = pl.read_parquet(io.BytesIO(exported(client, "parquet").data))
    assert len(read) == graph.network("funding").number_of_edges()


def test_a_file_of_a_node_has_who_is_around_it(client: FlaskClient, graph: MissionGraph) -> None:
    whole = graph.network("funding")
    around = {node: nx.ego_graph(whole, node, radius=2, undirected=True) for node in whole}
    node = max(whole, key=lambda node: len(around[node]) - whole.degree(node))
    assert whole.degree(node) + 1 < len(around[node]) < len(whole)
    more = f"&focus={quote(node)}&depth=2"
    read = nx.read_graphml(io.BytesIO(exported(client, "graphml", more).data))
    assert set(read) == set(around[node])
    assert set(read.edges) == set(around[node].edges)
    assert len(exported(client, "gexf", more).data) < len(exported(client, "gexf").data)


def test_a_file_with_a_depth_needs_a_focus(client: FlaskClient) -> None:
    response = client.get("/networks/funding/export?format=gexf&depth=2")
    assert response.status_code == 400
    assert "depth needs focus" in response.text


def test_a_file_has_a_name(client: FlaskClient) -> None:
    name = exported(client, "graphml").headers["Content-Disposition"]
    assert name == 'inline; filename="funding.graphml"'


@pytest.mark.parametrize(
    ("format", "mimetype"),
    [("CSV", "text/csv"), ("text/csv", "text/csv"), ("application/json", "application/json")],
)
def test_a_format_may_be_a_media_type(client: FlaskClient, format: str, mimetype: str) -> None:
    reply = client.get("/networks/funding/nodes", query_string={"format": format})
    assert (reply.status_code, reply.mimetype) == (200, mimetype)


def test_no_acceptable_format_is_406(client: FlaskClient) -> None:
    response = client.get("/networks/funding/nodes", headers={"Accept": "image/png"})
    assert response.status_code == 406 and "text/csv" in problem(response)


# --- a network of one's own

PARTNERS = """# Who works with whom in projects?
# network: projection of sources
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
SELECT ?source ?target { ?via moi:hasParticipant ?source ; moi:concerns ?target }
"""


def posted(client: FlaskClient, path: str, text: str, kind: str = QUERY) -> TestResponse:
    return client.post(f"/own-network{path}", data=text.encode(), content_type=kind)


def test_a_network_that_is_posted_is_ranked_as_the_library_does(
    client: FlaskClient, graph: MissionGraph
) -> None:
    response = posted(client, "/centrality/pagerank?top=5", PARTNERS)
    assert response.status_code == 200, response.text
    found = {row["node"]: row["pagerank"] for row in json.loads(response.data)["rows"]}
    expected = centrality(load_network(graph.engine, PARTNERS), ["pagerank"]).rows(top=5)
    assert found == pytest.approx({row["node"]: row["pagerank"] for row in expected})


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("backbone?by=sdsm", "not a projection"),
        ("compare?other=nothing", "no network is named 'nothing'"),
        ("compare", "Set other"),
        ("brokers-between?one=Foundation&other=Nobody", "no node has the group 'Nobody'"),
        ("nestedness", "one mode"),
        ("statistics?by=kind", "by needs chance"),
        ("dethroning?limit=9999", "limit is a whole number from 1 up to 2000"),
        ("missing-sources?measure=fame", "measure is one of"),
    ],
)
def test_what_a_method_does_not_suit_is_told(client: FlaskClient, path: str, says: str) -> None:
    response = client.get(f"/networks/funding/{path}")
    assert response.status_code == 400 and says in problem(response)


def test_closeness_in_the_order_of_time_tells_its_periods(client: FlaskClient) -> None:
    path = "/networks/shared-missions/temporal-closeness?since=2018&until=2020&top=3"
    found = json.loads(client.get(path).data)
    assert [each["period"] for each in found["periods"]] == [
        f"{y}-01-01" for y in (2018, 2019, 2020)
    ]
    assert len(found["rows"]) == 3 < found["of"]
    assert "not a day" in problem(client.get("/networks/funding/temporal-closeness?at=2020-05-01"))
    long = "/networks/funding/temporal-closeness?since=1000&until=2020&every=month"
    assert "more than 1,200 periods" in problem(client.get(long))


def test_figures_that_are_undefined_are_null(client: FlaskClient) -> None:
    found = {
        row["name"]: row["value"] for row in rows(client, "/networks/money/statistics?at=2035")
    }
    assert found["ties"] == 0 and None in found.values()
    core = client.get("/networks/money/core-periphery?at=2035")
    assert core.status_code == 200 and core.json and core.json["within_core"] is None


NEEDED = {
    "brokers": "?by=kind",
    "brokers-between": "?one=Research+institute&other=Foundation",
    "compare": "?other=partnerships&runs=10",
    "temporal-closeness": "?since=2020&until=2021&undated=true",
}
"""What some operations have to be told."""

SOURCED = ("dethroning", "missing-sources")
"""What can be asked only of a network that names the graph of each statement."""


SMALL = PARTNERS.replace("{ ?via", "{ ?target a moi:Mission . ?via")
"""A network that all methods can take in time."""


SLOW = ("temporal-closeness", "core-periphery", "nestedness", "rich-club", "positions")
"""Operations that are compiled anew in the process of each request."""


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(name, marks=pytest.mark.long) if name in SLOW else name
        for name in sorted(OPERATIONS.keys() - {"centrality", "paths", "ego", *SOURCED})
    ],
)
def test_all_can_be_asked_of_a_network_that_is_posted(client: FlaskClient, operation: str) -> None:
    path = "" if operation == "summary" else f"/{operation}"
    text = SMALL if operation == "positions" else PARTNERS
    response = posted(client, path + NEEDED.get(operation, ""), text)
    assert response.status_code == 200, response.text


LARGE = """# What is of which class?
# network: directed
SELECT ?source ?target { ?source a ?target }
"""


def test_a_network_too_large_for_a_method_is_refused(client: FlaskClient) -> None:
    response = posted(client, "/positions", LARGE)
    assert response.status_code == 413 and "the most are 5,000" in problem(response)


@pytest.mark.parametrize("operation", SOURCED)
def test_what_rests_on_sources_can_be_asked_of_a_network_that_names_them(
    client: FlaskClient, operation: str
) -> None:
    named = PARTNERS.replace("?target {", "?target ?graph { GRAPH ?graph {") + "}"
    assert posted(client, f"/{operation}", named).status_code == 200
    assert "no ?graph" in problem(posted(client, f"/{operation}", PARTNERS))


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        ("SELECT ?a { ?a ?b ?c }", 400, "?source ?target"),
        ("# network: knotted\nSELECT ?source ?target { ?source ?p ?target }", 400, "knotted"),
        ("SELECT ?source ?target { SERVICE <http://x.test/> { ?source ?p ?target } }", 403, "SERV"),
        ("SELECT ?source ?target { ?source ?p", 400, "line 1"),
        ("#" * 100_001, 413, "characters"),
    ],
)
def test_what_is_no_network_is_refused(
    client: FlaskClient, text: str, status: int, says: str
) -> None:
    response = posted(client, "", text)
    assert response.status_code == status, response.text
    assert says in problem(response)


def test_a_network_comes_as_a_query(client: FlaskClient) -> None:
    assert posted(client, "", PARTNERS, "text/plain").status_code == 415
    assert client.get("/own-network").status_code == 200  # a form


# --- what HTTP asks


def test_who_holds_the_answer_hears_that_nothing_changed(client: FlaskClient) -> None:
    path = "/networks/funding/nodes?since=2020-01-01&until=2024-12-31"
    tag = client.get(path).headers["ETag"]
    other_order = "/networks/funding/nodes?until=2024-12-31&since=2020-01-01"
    again = client.get(other_order, headers={"If-None-Match": tag})
    assert again.status_code == 304 and again.headers["ETag"] == tag and not again.data


def test_another_view_or_format_is_another_answer(client: FlaskClient) -> None:
    path = "/networks/funding/nodes"
    paths = (path, f"{path}?at=2022-01-01", f"{path}?format=csv")
    assert len({client.get(p).headers["ETag"] for p in paths}) == 3


def test_an_answer_is_kept(client: FlaskClient) -> None:
    path = "/networks/partnerships/nodes"
    first = client.get(path)
    hits = served(client).cache.hits
    assert client.get(path).data == first.data and served(client).cache.hits == hits + 1


def test_head_is_get_without_body(client: FlaskClient) -> None:
    head, get = client.head("/networks/funding/ties"), client.get("/networks/funding/ties")
    assert head.status_code == 200 and not head.data
    assert head.headers["ETag"] == get.headers["ETag"]


def test_pages_of_any_origin_may_read(client: FlaskClient) -> None:
    response = client.options("/networks/funding/ties")
    assert response.status_code == 200 and "GET" in response.headers["Allow"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept" in client.get("/networks").headers["Vary"]


# --- what goes wrong


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/networks/nothing", 404, "shared-missions"),
        ("/networks/nothing/nodes", 404, "shared-missions"),
        ("/networks/funding/centrality/closenes", 404, "closeness"),
        ("/networks/funding/nothing", 404, ""),
        ("/networks/funding/nodes?color=red", 400, "layer"),
        ("/networks/funding/nodes?format=pdf", 400, "parquet"),
        ("/networks/funding/nodes?at=yesterday", 400, "2022-06-30"),
        ("/networks/funding/nodes?at=2022-01-01&since=2021-01-01", 400, "not both"),
        ("/networks/funding/nodes?at=2022-01-01&at=2022-01-02", 400, "once"),
        ("/networks/funding/nodes?backbone=2", 400, "up to 1"),
        ("/networks/shared-missions/nodes?layer=nothing", 400, "adviser"),
        ("/networks/shared-missions/nodes?method=nothing", 400, "newman"),
        ("/networks/funding/centrality/closeness?top=0", 400, "from 1"),
        ("/networks/funding/centrality/closeness?damping=0.5", 400, "top"),
        ("/networks/funding/centrality/closeness?runs=5", 400, "resampling"),
        ("/networks/funding/ego", 400, "node"),
        ("/networks/funding/ego?node=nobody-at-all", 400, "nobody-at-all"),
        ("/jobs/nothing", 404, "no such job"),
    ],
)
def test_a_fault_names_what_there_is(
    client: FlaskClient, path: str, status: int, named: str
) -> None:
    response = client.get(path)
    assert response.status_code == status and named in problem(response)


@pytest.mark.parametrize(
    ("limits", "status", "limit"),
    [
        ({"network_nodes": 10}, 413, "network_nodes"),
        ({"network_ties": 10}, 413, "network_ties"),
        ({"network_megabytes": 1}, 503, "network_megabytes"),
    ],
)
def test_what_is_too_large_is_a_problem_that_names_the_limit(
    graph: MissionGraph, limits: dict[str, Any], status: int, limit: str
) -> None:
    client = create_app(graph, replace(PATIENT, **limits)).test_client()
    response = client.get("/networks/shared-missions/ties")
    served(client).jobs.close()
    assert response.status_code == status, response.text
    assert json.loads(response.data)["limit"] == limit
    assert json.loads(response.data)["allowed"] == next(iter(limits.values()))


WEIGHED = """# Who is tied to whom, and how strongly?
# network: directed
SELECT ?source ?target ?strength {{
  VALUES (?source ?target ?strength) {{ (<x:a> <x:b> {0}) (<x:b> <x:c> {0}) (<x:c> <x:a> {0}) }}
}}"""


@pytest.mark.parametrize(
    ("measure", "given", "status", "says"),
    [
        *(("pagerank", f"damping={value}", 422, "damping") for value in ("5", "-1", "1e200")),
        ("katz", "alpha=5", 422, "did not converge"),
        ("betweenness-sampled", "seed=-1", 400, "seed is a whole number from 0"),
    ],
)
def test_what_a_measure_cannot_work_with_is_told(
    client: FlaskClient, measure: str, given: str, status: int, says: str
) -> None:
    response = posted(client, f"/centrality/{measure}?{given}", WEIGHED.format("1.0"))
    assert response.status_code == status and says in problem(response)


@pytest.mark.parametrize("weight", ["1.7e308", "1e155", "1e-320"])
@pytest.mark.parametrize("path", ["/centrality/pagerank", "/communities", "/picture"])
def test_weights_that_cannot_be_counted_with_are_told(
    client: FlaskClient, path: str, weight: str
) -> None:
    response = posted(client, path, WEIGHED.format(weight))
    assert response.status_code == 422 and "another unit" in problem(response)
