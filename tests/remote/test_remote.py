"""A service elsewhere answers as our own engine does; the services are real ones."""

from __future__ import annotations

import io
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib
from click.testing import CliRunner
from support import peers
from support.examples import every_third

import missiongraph
from missiongraph import MissionGraph, Query
from missiongraph.errors import QueryError, RemoteError
from missiongraph.networks import network_queries
from missiongraph.remote.copy import fetch
from missiongraph.remote.credentials import Credentials
from missiongraph.remote.engine import RemoteEngine
from missiongraph.server.app import create_app
from missiongraph.server.cli.program import main
from missiongraph.sparql.engine import SOLUTIONS, TRIPLES
from missiongraph.sparql.library import queries
from missiongraph.sparql.local import LocalEngine
from missiongraph.sparql.results import Table

JSON = "application/sparql-results+json"
MOI = "https://w3id.org/missiongraph/ontology#"
EXPECTED = tomllib.loads(
    (Path(__file__).parents[1] / "fixtures" / "expected_rows.toml").read_text("utf-8")
)
PARAMETERS: dict[str, dict[str, Any]] = {
    name: expected.get("parameters", {}) for name, expected in EXPECTED.items()
}
MISSIONS = next(
    int(row["things"])
    for row in EXPECTED["things-by-class"]["rows"]
    if row["class"] == MOI + "Mission"
)
TERMS = """SELECT ?property ?value WHERE {
  ?amount a <https://w3id.org/missiongraph/ontology#MonetaryAmount> ; ?property ?value .
}"""


@pytest.fixture(scope="module")
def graph() -> MissionGraph:
    """Without the scores of networks: this machine measures them, no service does.

    Virtuoso would write them with six digits, and cuts answers below their number.
    """
    return missiongraph.open(networks=False)


@pytest.fixture(scope="module")
def oxigraph(graph: MissionGraph) -> Iterator[peers.Peer]:
    if not (command := peers.find_oxigraph()):
        pytest.skip("no oxigraph server: pip install oxigraph")
    with peers.oxigraph(command, graph) as peer:
        yield peer


@pytest.fixture(scope="module")
def virtuoso(graph: MissionGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[peers.Peer]:
    if not peers.find_virtuoso():
        pytest.skip("no Virtuoso: apt-get install virtuoso-opensource-7")
    with peers.virtuoso(graph, tmp_path_factory.mktemp("virtuoso")) as peer:
        yield peer


@pytest.fixture(
    scope="module", params=["oxigraph", pytest.param("virtuoso", marks=pytest.mark.long)]
)
def peer(request: pytest.FixtureRequest) -> peers.Peer:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, peers.Peer)
    return found


@pytest.fixture(scope="module")
def remote(peer: peers.Peer) -> MissionGraph:
    return missiongraph.open(peer.address, default_graph=peer.default_graph)


def engine(peer: peers.Peer, **more: Any) -> RemoteEngine:
    return RemoteEngine(
        peer.address, default_graph=peer.default_graph, update_address=peer.updates, **more
    )


def number(graph: MissionGraph, query: str) -> int:
    table = graph.query(query)
    assert isinstance(table, Table)
    return int(table.rows[0][0])


def rows(graph: MissionGraph, name: str) -> Counter[tuple[tuple[str, object], ...]]:
    """The rows as a bag: SPARQL leaves open how ties are ordered."""
    table = graph.query(name, **PARAMETERS[name])
    assert isinstance(table, Table)
    return Counter(tuple(map(cell, row)) for row in table.rows)


def cell(value: object) -> tuple[str, object]:
    """A value with its type; SPARQL leaves open in which order GROUP_CONCAT joins."""
    joined = sorted(re.split("; |, ", value)) if isinstance(value, str) else value
    return type(value).__name__, repr(joined)


# --- the same answers


@pytest.mark.parametrize("name", every_third(query.name for query in queries()))
def test_a_query_gives_the_same_rows(graph: MissionGraph, remote: MissionGraph, name: str) -> None:
    assert rows(remote, name) == rows(graph, name)


@pytest.mark.parametrize("name", [query.name for query in network_queries()])
def test_a_network_is_the_same(graph: MissionGraph, remote: MissionGraph, name: str) -> None:
    assert nx.utils.graphs_equal(remote.network(name), graph.network(name))


def test_the_numbers_are_the_same(graph: MissionGraph, remote: MissionGraph) -> None:
    ours, theirs = vars(graph.info()), vars(remote.info())
    assert theirs | {"fingerprint": ours["fingerprint"]} == ours


@pytest.mark.long
def test_the_export_is_the_same_but_for_blank_nodes(
    graph: MissionGraph, remote: MissionGraph
) -> None:
    def named(exported: MissionGraph) -> set[bytes]:
        file = io.BytesIO()
        exported.export(file, "nq")
        return {line for line in file.getvalue().splitlines() if b"_:" not in line}

    assert named(remote) == named(graph)


@pytest.mark.long
def test_what_is_fetched_has_as_many_blank_nodes(graph: MissionGraph, remote: MissionGraph) -> None:
    assert isinstance(graph.engine, LocalEngine)
    assert len(remote.store) == len(graph.engine.held)


def test_rdflib_sees_the_same(graph: MissionGraph, remote: MissionGraph) -> None:
    mission = rdflib.URIRef(MOI + "Mission")
    ours, theirs = graph.dataset, remote.dataset
    assert len(theirs) == len(ours)
    assert set(theirs.subjects(rdflib.RDF.type, mission)) == set(
        ours.subjects(rdflib.RDF.type, mission)
    )
    name = rdflib.URIRef("https://w3id.org/missiongraph/graph/inferred")
    assert len(theirs.graph(name)) == len(ours.graph(name)) > 0
    assert {graph.identifier for graph in ours.graphs()} <= {g.identifier for g in theirs.graphs()}
    query = f"ASK {{ ?mission a <{mission}> }}"
    assert bool(theirs.query(query)) and not theirs.query("ASK { ?thing a <urn:nothing> }")


# --- the contract of an engine


@pytest.mark.parametrize("media_type", SOLUTIONS)
def test_a_table_comes_in_every_format(
    graph: MissionGraph, remote: MissionGraph, media_type: str
) -> None:
    answers = [
        graph.engine.run(Query(TERMS), solutions=media_type, triples=None).read()
        for graph in (graph, remote)
    ]
    ours, theirs = (lines(answer, media_type) for answer in answers)
    assert theirs == ours and len(ours) > 10


def lines(answer: bytes, media_type: str) -> set[str]:
    """What the rows of a table say, in any order."""
    if media_type == "text/csv":
        return set(answer.decode().splitlines())
    found = ox.parse_query_results(answer, SOLUTIONS[media_type])
    assert isinstance(found, ox.QuerySolutions)
    return {str([str(term) for term in row]) for row in found}


@pytest.mark.parametrize("media_type", SOLUTIONS)
@pytest.mark.parametrize("query", ["ASK { ?mission a ?class }", "ASK { ?mission a <urn:none> }"])
def test_an_ask_comes_in_every_format(
    graph: MissionGraph, remote: MissionGraph, query: str, media_type: str
) -> None:
    ours = graph.engine.run(Query(query), solutions=media_type, triples=None)
    theirs = remote.engine.run(Query(query), solutions=media_type, triples=None)
    assert (theirs.form, theirs.media_type) == ("ask", media_type)
    assert theirs.read() == ours.read()


@pytest.mark.parametrize("media_type", TRIPLES)
def test_a_graph_comes_in_every_format(remote: MissionGraph, media_type: str) -> None:
    query = Query(f"CONSTRUCT {{ ?m a ?c }} WHERE {{ ?m a ?c . FILTER(?c = <{MOI}Mission>) }}")
    answer = remote.engine.run(query, solutions=None, triples=media_type)
    assert (answer.form, answer.media_type) == ("construct", media_type)
    read = rdflib.Dataset().parse(data=answer.read(), format=media_type)
    assert len(list(read.quads())) == MISSIONS


def test_a_large_answer_is_lazy_and_can_be_given_up(remote: MissionGraph) -> None:
    everything = Query("SELECT * WHERE { ?s ?p ?o } LIMIT 5000")
    for _ in range(12):
        answer = remote.engine.run(everything, solutions="text/csv", triples=None)
        assert answer.size is None and next(answer.chunks)
        answer.close()
    assert number(remote, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") > 60_000


def test_a_small_answer_knows_its_size(remote: MissionGraph) -> None:
    few = Query(TERMS + " LIMIT 9")
    answer = remote.engine.run(few, solutions=JSON, triples=None)
    assert answer.size == len(answer.read())


def test_blank_nodes_can_be_read(remote: MissionGraph) -> None:
    table = remote.query("SELECT ?node { ?node a ?class FILTER(isBlank(?node)) } LIMIT 3")
    assert isinstance(table, Table)
    assert [type(row[0]) for row in table.terms] == [rdflib.BNode] * 3


def test_the_default_graph_holds_a_statement_once(remote: MissionGraph) -> None:
    everything = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    distinct = "SELECT (COUNT(*) AS ?n) WHERE { { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } } }"
    assert number(remote, everything) == number(remote, distinct)


def test_a_dataset_that_is_asked_for_goes_first(graph: MissionGraph, remote: MissionGraph) -> None:
    inferred = "https://w3id.org/missiongraph/graph/inferred"
    count, all_ = "SELECT (COUNT(*) AS ?n)", "WHERE { ?s ?p ?o }"
    for query in (
        Query(f"{count} {all_}", default_graphs=[inferred]),
        Query(f"{count} FROM <{inferred}> {all_}"),
    ):
        ours, theirs = (
            Table.from_json(g.engine.run(query, solutions=JSON, triples=None).read()).rows
            for g in (graph, remote)
        )
        assert theirs == ours


GRAPHS = """PREFIX graph: <https://w3id.org/missiongraph/graph/>
SELECT (COUNT(*) AS ?n) WHERE { %s }"""


@pytest.mark.parametrize(
    "pattern",
    [
        "GRAPH graph:inferred { ?s ?p ?o }",
        "?s a ?class . GRAPH graph:ontology { ?class ?p ?o }",
        "GRAPH <urn:none> { ?s ?p ?o }",
        "VALUES ?graph { graph:inferred } GRAPH ?graph { ?s ?p ?o }",
        "GRAPH ?graph { ?s ?p ?o } FILTER(STRSTARTS(STR(?graph), STR(graph:source)))",
    ],
)
def test_named_graphs_are_seen(graph: MissionGraph, remote: MissionGraph, pattern: str) -> None:
    query = GRAPHS.replace("%s", pattern)
    assert number(remote, query) == number(graph, query)


def test_relative_iris_are_resolved(remote: MissionGraph) -> None:
    query = Query("ASK { ?m a <#Mission> }", base=MOI.removesuffix("#"))
    assert b"true" in remote.engine.run(query, solutions=JSON, triples=None).read()


def test_a_graph_that_is_not_there_says_nothing(remote: MissionGraph) -> None:
    assert remote.query("ASK { GRAPH <urn:none> { <urn:a> <urn:b> <urn:c> } }") is False


def test_two_kinds_of_graph_clauses_are_refused_on_virtuoso(virtuoso: peers.Peer) -> None:
    with pytest.raises(QueryError, match="VALUES"):
        MissionGraph(engine=engine(virtuoso)).query(
            "ASK { GRAPH ?g { ?s ?p ?o } GRAPH <urn:a> { ?s ?p ?o } }"
        )


def test_a_parameter_is_bound(remote: MissionGraph) -> None:
    table = remote.query("SELECT ?class { ?class a ?kind }", kind=rdflib.OWL.Class)
    assert isinstance(table, Table)
    assert len(table) > 20


def test_the_fault_of_a_query_is_told(remote: MissionGraph) -> None:
    with pytest.raises(QueryError) as raised:
        remote.query("SELECT ?x WHERE { ?x oops }")
    assert 10 < len(str(raised.value)) <= 300 and "\n" not in str(raised.value)


# --- updates and credentials


def test_an_update_changes_the_service(peer: peers.Peer) -> None:
    engine_ = engine(peer, update_credentials=Credentials("dba", "dba"))
    graph = MissionGraph(engine=engine_)
    data = 'DATA { GRAPH <urn:test> { <urn:a> <urn:b> "é東" } }'
    said = "SELECT ?said WHERE { GRAPH <urn:test> { <urn:a> <urn:b> ?said } }"
    engine_.update(f"INSERT {data}")
    found = graph.query(said)
    engine_.update(f"DELETE {data}")
    assert isinstance(found, Table) and found.rows == (("é東",),)
    assert not len(graph.query(said))  # type: ignore[arg-type]


@pytest.mark.parametrize("credentials", [Credentials(), Credentials("dba", "wrong-password")])
def test_a_refusal_says_what_to_do_and_no_password(
    virtuoso: peers.Peer, credentials: Credentials
) -> None:
    with pytest.raises(RemoteError, match="credentials") as raised:
        engine(virtuoso, update_credentials=credentials).update("INSERT DATA { <x:> <x:> <x:> }")
    assert "wrong-password" not in str(raised.value)


def test_queries_take_digest_credentials_from_the_environment(
    virtuoso: peers.Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISSIONGRAPH_STORE_USER", "dba")
    monkeypatch.setenv("MISSIONGRAPH_STORE_PASSWORD", "dba")
    graph = missiongraph.open(virtuoso.updates, default_graph=virtuoso.default_graph)
    for _ in range(3):
        assert number(graph, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") > 60_000


# --- traps of Virtuoso


def test_an_answer_that_virtuoso_cuts_is_an_error(virtuoso: peers.Peer) -> None:
    join = "SELECT ?s ?t WHERE { ?s ?p ?o . ?t ?p ?q } LIMIT 140000"
    with pytest.raises(RemoteError, match="cuts results at 130000 rows"):
        engine(virtuoso).run(Query(join), solutions="application/sparql-results+xml", triples=None)


def test_its_union_default_graph_counts_twice_what_two_sources_say(virtuoso: peers.Peer) -> None:
    union = missiongraph.open(virtuoso.address)
    one = f"SELECT (COUNT(*) AS ?n) WHERE {{ ?mission a <{MOI}Mission> }}"
    assert number(union, one) > MISSIONS


# --- the command line and the server over a service


def test_the_command_line_asks_a_service(peer: peers.Peer) -> None:
    where = ["--store", peer.address]
    where += ["--default-graph", peer.default_graph] if peer.default_graph else []
    printed = CliRunner().invoke(main, ["query", "funded-posts", "--format", "csv", *where])
    assert printed.exit_code == 0, printed.stderr
    assert printed.stdout.startswith("funder,post,") and "Rockefeller Foundation" in printed.stdout
    shown = CliRunner().invoke(main, ["info", *where])
    assert shown.exit_code == 0 and "fingerprint unknown" in shown.stdout


def test_the_server_serves_a_service(remote: MissionGraph) -> None:
    client = create_app(remote).test_client()
    assert client.get("/").status_code == 200
    page = client.get("/queries/funded-posts?run=1", headers={"Accept": "text/html"})
    assert "Rockefeller Foundation" in page.text
    asked = {"query": f"SELECT (COUNT(?m) AS ?n) {{ ?m a <{MOI}Mission> }}", "format": "csv"}
    answer = client.get("/sparql", query_string=asked)
    assert answer.data.split() == [b"n", str(MISSIONS).encode()] and "ETag" not in answer.headers


class Ontology(RemoteEngine):
    """A service that holds the ontology and has no named graphs."""

    def run(self, query: Query, **more: Any) -> missiongraph.Answer:
        one = Query(query.text, default_graphs=["https://w3id.org/missiongraph/graph/ontology"])
        return super().run(one, **more)


def test_a_graph_without_named_graphs_is_fetched_into_one(oxigraph: peers.Peer) -> None:
    store = fetch(Ontology(oxigraph.address))
    names = {str(quad.graph_name) for quad in store}
    assert names == {"<https://w3id.org/missiongraph/graph/file/default>", "DEFAULT"}


def test_a_service_can_be_validated(oxigraph: peers.Peer) -> None:
    assert MissionGraph(engine=Ontology(oxigraph.address)).validate().conforms
