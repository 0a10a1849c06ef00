"""The copy of the default graph: who asks it sees what the store says, also after changes."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

import missiongraph
from missiongraph import LocalEngine, MissionGraph, Query
from missiongraph.networks.observations.curated import CuratedEngine
from missiongraph.rdf.changes import Change, apply, follow
from missiongraph.rdf.store import default_graph, merge
from missiongraph.resources import Inputs
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.library import queries

SMALL = Path(__file__).parents[1] / "fixtures" / "small"
DATA = "<a:1> <p:> 0 . <g:1> { <a:1> <p:> 1 } <g:2> { <a:1> <p:> 1 , 2 }"
CSV, N_TRIPLES = "text/csv", "application/n-triples"

names = st.sampled_from(["a:1", "a:2", "a:3"]).map(ox.NamedNode)
graphs = st.sampled_from(["g:1", "g:2"]).map(ox.NamedNode)
quads = st.builds(ox.Quad, names, st.just(ox.NamedNode("p:")), names, graphs)


@pytest.fixture
def store() -> ox.Store:
    store = ox.Store()
    store.load(DATA, ox.RdfFormat.TRIG)
    return store


def rows(engine: LocalEngine, text: str, **asked: object) -> list[bytes]:
    query = Query(text, **asked)  # type: ignore[arg-type]
    answer = engine.run(query, solutions=CSV, triples=N_TRIPLES)
    return sorted(answer.read().splitlines())


literals = st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"])))
terms = names | literals | st.sampled_from(["a", "b"]).map(ox.BlankNode)


@given(st.lists(st.builds(ox.Quad, names, names, terms)), st.integers(1, 200))
def test_it_holds_the_same_triples_in_the_same_order(said: list[ox.Quad], block: int) -> None:
    store = ox.Store()
    store.extend(said)
    with patch("missiongraph.rdf.store._BLOCK", block):
        assert list(default_graph(store)) == list(store)


@given(st.lists(quads), st.lists(st.tuples(st.booleans(), quads)))
def test_it_follows_every_change_of_a_merged_graph(
    before: list[ox.Quad], changes: list[tuple[bool, ox.Quad]]
) -> None:
    store = ox.Store()
    store.extend(before)
    merge(store)
    copy = default_graph(store)
    for adds, quad in changes:
        if adds != (quad in store):
            change = Change(added=(quad,)) if adds else Change(removed=(quad,))
            apply(store, change, merged=True)
            follow(copy, store, change)
    assert set(copy) == set(default_graph(store))


def test_it_follows_a_graph_that_is_not_merged(store: ox.Store) -> None:
    copy = default_graph(store)
    node = ox.NamedNode("a:1")
    change = Change(
        removed=(ox.Quad(node, ox.NamedNode("p:"), ox.Literal(0)),),
        added=(
            ox.Quad(node, ox.NamedNode("p:"), ox.Literal(3)),
            ox.Quad(node, ox.NamedNode("p:"), ox.Literal(4), ox.NamedNode("g:1")),
        ),
    )
    apply(store, change, merged=False)
    follow(copy, store, change)
    assert [quad.object.value for quad in copy] == ["3"]


def test_rows_without_an_order_come_in_that_of_the_store() -> None:
    store = missiongraph.open(networks=False).store
    text = "SELECT * { ?s a ?class ; ?p ?o } LIMIT 1000"
    answers = [
        engine.run(Query(text), solutions=CSV, triples=None).read()
        for engine in (LocalEngine(store), LocalEngine(store, default=default_graph(store)))
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", {}),
        ("PREFIX : <g:> SELECT * { GRAPH:1 { ?s ?p ?o } }", {}),
        ("BASE <g:1> SELECT*{grApH<>{?s ?p ?o}}", {}),
        ("SELECT * FROM <g:2> { ?s ?p ?o }", {}),
        ("SELECT * FROM NAMED <g:2> { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", {}),
        ("SELECT * { ?s ?p ?o }", {"default_graphs": ["g:1", "g:2"]}),
        ("SELECT * { ?s ?p ?o }", {}),
        ("SELECT * { ?s <p:>* ?o }", {}),
        ("DESCRIBE <a:1>", {}),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o OPTIONAL { GRAPH ?s { ?s ?p ?o } } }", {}),
    ],
)
def test_answers_are_the_same_with_it(
    store: ox.Store, text: str, asked: dict[str, list[str]]
) -> None:
    with_copy = LocalEngine(store, default=default_graph(store))
    assert rows(with_copy, text, **asked) == rows(LocalEngine(store), text, **asked)


def test_only_queries_that_name_no_graph_are_asked_of_it(store: ox.Store) -> None:
    engine = LocalEngine(store, default=ox.Store())
    assert len(rows(engine, "SELECT * { ?s ?p ?o }")) == 1
    assert len(rows(engine, "SELECT * { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?s { } } }")) == 2


def test_a_kept_store_gets_one_once_it_pays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISSIONGRAPH_CACHE", str(tmp_path))
    inputs = Inputs(SMALL / "data", SMALL / "mappings", SMALL / "rules", SMALL / "ontology")
    graph = MissionGraph(engine=CuratedEngine(inputs=inputs, networks=False))
    assert isinstance(graph.engine, LocalEngine)
    assert graph.engine._default is None
    while not graph.engine._is_copy_due():
        graph.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?s ?q ?r }")
    graph.query("ASK {}")
    assert graph.engine._default is not None
    assert set(graph.engine._default) == set(default_graph(graph.engine.held))


def test_a_store_that_is_lent_loses_it(store: ox.Store) -> None:
    engine = LocalEngine(store, default=default_graph(store))
    engine.hand_out().add(ox.Quad(ox.NamedNode("a:9"), ox.NamedNode("p:"), ox.Literal(9)))
    assert b"a:9" in b"".join(rows(engine, "SELECT ?s { ?s <p:> 9 }"))


@pytest.mark.long
def test_the_library_gives_the_same_rows_with_it() -> None:
    store = missiongraph.open().store
    whole, copied = LocalEngine(store), LocalEngine(store, default=default_graph(store))
    for query in queries():
        text = bind(query.text, query.bindings({}))
        assert len(rows(copied, text)) == len(rows(whole, text)), query.name
