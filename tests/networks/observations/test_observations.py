"""Scores as data: what is stated of a network, where it is kept, and when it is stale."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyoxigraph as ox
import pytest
from support.running import Running, serving

from missiongraph import MissionGraph
from missiongraph.ingest.build import Build
from missiongraph.namespaces import BASE, ID, MOI, NETWORKS_GRAPH, QB, SOURCE_GRAPH
from missiongraph.networks import centrality, load_network
from missiongraph.networks.observations.archive import (
    add,
    digest,
    path_for,
    read_digest,
    stale_digest,
    state_name,
)
from missiongraph.networks.observations.cube import Observations
from missiongraph.networks.observations.observe import observe
from missiongraph.networks.observations.publish import publish
from missiongraph.networks.observations.terms import MEASURES, SURE
from missiongraph.rdf.store import load
from missiongraph.sparql.local import LocalEngine
from missiongraph.sparql.results import Table
from missiongraph.validation.shapes import read, validate

PARTNERS = [("a", "b", "p"), ("b", "c", "p"), ("c", "d", "q"), ("b", "c", "q"), ("e", "f", "r")]
PREFIXES = f"PREFIX moi: <{MOI}> PREFIX qb: <{QB}> "
ONE = f"<{BASE}network/partnerships/organisation/"


def quads(partners: list[tuple[str, str, str]] = PARTNERS) -> str:
    """Partnerships of organisations, each in the graph of a source."""
    lines = []
    for one, other, source in partners:
        for partner in (one, other):
            tie = f"<{ID}partnership/{one}--{other}> <{MOI}hasPartner> <{ID}organisation/{partner}>"
            lines.append(f"{tie} <{SOURCE_GRAPH}{source}> .\n")
    return "".join(lines)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.nq"
    path.write_text(quads())
    return path


@pytest.fixture
def engine(data: Path) -> LocalEngine:
    return LocalEngine(load(data))


@pytest.fixture
def observed(data: Path) -> MissionGraph:
    """The partnerships with what is observed of them."""
    store = load(data)
    file = data.with_name("observed.nq")
    file.write_bytes(observe(LocalEngine(store), ["partnerships"]))
    add(store, file)
    return MissionGraph(store)


def rows(graph: MissionGraph, query: str) -> list[tuple[object, ...]]:
    found = graph.query(PREFIXES + query)
    assert isinstance(found, Table)
    return list(found.rows)


@pytest.mark.parametrize("measure", MEASURES)
def test_scores_and_ranks_are_those_of_python(observed: MissionGraph, measure: str) -> None:
    found = rows(
        observed,
        f"SELECT ?node ?score ?rank {{ ?o moi:node ?node ; moi:{measure} ?score ;"
        f" moi:{measure}Rank ?rank }}",
    )
    ranking = centrality(load_network(observed.engine, "partnerships"), [measure])
    wanted = {row["node"]: (row[measure], row[f"{measure}_rank"]) for row in ranking.rows()}
    assert {str(node) for node, *_ in found} == set(wanted)
    for node, score, rank in found:
        assert score == pytest.approx(wanted[str(node)][0], rel=1e-9)
        assert rank == wanted[str(node)][1]


@pytest.mark.parametrize("measure", SURE)
def test_an_interval_is_stated_and_holds_the_rank(observed: MissionGraph, measure: str) -> None:
    found = rows(
        observed,
        f"SELECT ?best ?rank ?worst {{ ?o moi:{measure}Rank ?rank ;"
        f" moi:{measure}BestRank ?best ; moi:{measure}WorstRank ?worst }}",
    )
    assert len(found) == 6 and all(best <= rank <= worst for best, rank, worst in found)  # type: ignore[operator]


def test_the_graph_that_keeps_a_rank_is_stated(observed: MissionGraph) -> None:
    query = f"SELECT ?graph {{ <{ID}organisation/d> ^moi:node/moi:degreeRestsOn ?graph }}"
    assert rows(observed, query) == [(f"{SOURCE_GRAPH}q",)]


def test_those_that_are_tied_share_a_community(observed: MissionGraph) -> None:
    query = (
        f"ASK {{ <{ID}organisation/e> ^moi:node/moi:community ?same ."
        f" <{ID}organisation/f> ^moi:node/moi:community ?same . ?same a moi:Community }}"
    )
    assert observed.query(PREFIXES + query) is True


def test_a_data_set_says_how_it_came_about(observed: MissionGraph) -> None:
    found = rows(
        observed,
        "SELECT ?nodes ?ties ?settings ?query { ?set a qb:DataSet ; moi:nodeCount ?nodes ;"
        " moi:tieCount ?ties ; moi:settings ?settings ; moi:queryText ?query }",
    )
    ((nodes, ties, settings, query),) = found
    assert (nodes, ties) == (6, 4)
    assert "Leiden" in str(settings) and "# network: undirected" in str(query)


def test_what_is_stated_keeps_to_the_shapes(tmp_path: Path, engine: LocalEngine) -> None:
    path = tmp_path / "observed.nq"
    path.write_bytes(observe(engine, ["partnerships"]))
    broken = validate(read(path)).violations
    assert not [result for result in broken if result.focus.startswith(f"{BASE}network/")]


def test_the_structure_names_every_property_that_an_observation_has(observed: MissionGraph) -> None:
    query = (
        "SELECT DISTINCT ?property { ?o a qb:Observation ; ?property ?value"
        f" FILTER(STRSTARTS(STR(?property), '{MOI}')) MINUS {{ ?set qb:structure ?structure ."
        " ?structure qb:component/(qb:dimension|qb:measure|qb:attribute) ?property } }"
    )
    assert rows(observed, query) == []


def test_every_observation_has_every_measure_that_the_structure_demands(
    observed: MissionGraph,
) -> None:
    # integrity constraint IC-14 of the RDF Data Cube
    query = (
        "ASK { ?o a qb:Observation ; qb:dataSet/qb:structure/qb:component/qb:measure ?measure"
        " FILTER NOT EXISTS { ?o ?measure ?value } }"
    )
    assert observed.query(PREFIXES + query) is False


def test_two_stores_of_the_same_data_give_the_same_bytes(data: Path, engine: LocalEngine) -> None:
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join(reversed(lines)))
    assert observe(LocalEngine(load(data))) == observe(engine)


def test_a_network_without_nodes_is_left_out(engine: LocalEngine) -> None:
    assert b"network/funding" not in observe(engine)
    assert observe(LocalEngine(ox.Store())) == b""


def test_a_network_whose_ties_are_the_same_is_taken_over(engine: LocalEngine) -> None:
    known = observe(engine, ["partnerships"]).replace(b'degreeRank> "1"', b'degreeRank> "7"')
    assert observe(engine, ["partnerships"], known=known) == known


def test_a_network_whose_ties_changed_is_measured_again(data: Path, engine: LocalEngine) -> None:
    known = observe(engine, ["partnerships"])
    data.write_text(quads([*PARTNERS, ("a", "f", "p")]))
    changed = LocalEngine(load(data))
    assert observe(changed, known=known) == observe(changed) != known


def test_what_is_no_number_is_not_stated_nor_ranked() -> None:
    of = Observations("x", ["urn:a", "urn:b"])
    scores = np.array([np.nan, 0.5])
    stated = [
        *of.scores("constraint", scores),
        *of.ranks("constraintRank", np.array([2, 1]), scores),
    ]
    assert len(stated) == 2 and all('"0.5"' in line or '"1"' in line for line in stated)


def test_nodes_from_elsewhere_have_an_address_too() -> None:
    (line,) = Observations("x", ["urn:a", "_:b", "no iri"]).heads()
    assert line.startswith(f"<{BASE}network/x/node/") and "<urn:a>" in line


# --- kept


def test_observations_are_kept_beside_a_build_and_made_once(data: Path) -> None:
    built = Build(data, "state")
    path = publish(built)
    written = path.stat().st_mtime_ns
    assert path == path_for(data) == publish(built) and path.stat().st_mtime_ns == written
    assert read_digest(path, "state") and not read_digest(path, "another state")


def test_a_file_that_is_none_of_ours_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "x.nq").write_bytes(b"\xff\xfe")
    assert (
        read_digest(tmp_path / "x.nq", "state")
        == read_digest(tmp_path / "missing.nq", "state")
        == ""
    )


def test_a_state_is_named_after_data_and_observations() -> None:
    one, two = digest(b"one"), digest(b"two")
    assert (
        len(
            {
                state_name("s", ""),
                state_name("s", one),
                state_name("s", two),
                state_name("s", stale_digest(one)),
            }
        )
        == 4
    )


def test_the_curated_graph_has_them(graph: MissionGraph) -> None:
    counted = graph.query(f"ASK {{ GRAPH <{NETWORKS_GRAPH}> {{ ?set a <{QB}DataSet> }} }}")
    assert counted is True and graph.info().statements["networks"] > 1000


# --- served

SETS = PREFIXES + "SELECT ?set ?stale { ?set a qb:DataSet OPTIONAL { ?set moi:stale ?stale } }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "data.nq").write_text(quads())
    options = ("--data", str(folder / "data.nq"), "--no-shapes")
    with serving(folder / "graph", *options, networks=True) as running:
        until(running, lambda: bool(sets(running)))
        yield running


def sets(server: Running) -> list[str]:
    """The data sets, each with ``true`` behind it if it is stale."""
    reply = server.client(30)(
        "POST", "/sparql", SETS, Content_Type="application/sparql-query", Accept="text/csv"
    )
    return reply.body.decode().split()[1:]


def until(server: Running, so: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, server.log.read_text()
        time.sleep(0.3)


def state(server: Running) -> str:
    return str(server.client(30)("GET", "/health").json["fingerprint"])


def insert(server: Running, one: str, other: str) -> str:
    """Write a partnership; the state that the write is answered with."""
    tie = f"<{ID}partnership/{one}--{other}> <{MOI}hasPartner>"
    text = "".join(f"{tie} <{ID}organisation/{partner}> . " for partner in (one, other))
    reply = server.client(30).update(f"INSERT DATA {{ GRAPH <{SOURCE_GRAPH}s> {{ {text} }} }}")
    assert reply.status == 200, reply.body
    return str(reply.json["fingerprint"])


def test_a_write_marks_networks_as_stale_in_its_own_state_until_they_are_measured(
    server: Running,
) -> None:
    before = state(server)
    written = insert(server, "x", "y")
    assert written == state(server) != before
    assert sets(server) and all(line.endswith(",true") for line in sets(server))
    until(server, lambda: not any(line.endswith(",true") for line in sets(server)))
    fresh = state(server)
    assert fresh != written and fresh.partition("-")[0] == written.partition("-")[0]
    asked = f"ASK {{ <{ID}organisation/x> ^<{MOI}node>/<{MOI}degree> ?score }}"
    reply = server.client(30)("POST", "/sparql", asked, Content_Type="application/sparql-query")
    assert reply.json["boolean"] is True


def test_no_journal_holds_what_is_derived(server: Running) -> None:
    insert(server, "x", "z")
    until(server, lambda: not any(line.endswith(",true") for line in sets(server)))
    held = b"".join(
        p.read_bytes() for p in (server.folder / "base.nq", server.folder / "journal.rdfp")
    )
    assert NETWORKS_GRAPH.encode() not in held


@pytest.mark.long
def test_a_directory_that_is_served_again_has_them_at_once(tmp_path: Path) -> None:
    (tmp_path / "data.nq").write_text(quads())
    with serving(tmp_path / "graph", "--data", str(tmp_path / "data.nq"), networks=True) as first:
        until(first, lambda: bool(sets(first)))
        before = state(first)
    with serving(tmp_path / "graph", networks=True) as again:
        assert sets(again) and state(again) == before
