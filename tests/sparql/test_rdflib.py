"""The graph as a dataset of rdflib: what is asked, what is bound, and what lends the store out."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib import BNode, Literal, URIRef

import missiongraph
from missiongraph import LocalEngine, MissionGraph
from missiongraph.sparql.rdflib_store import EngineStore

A, P, B = (URIRef(f"http://example.org/{name}") for name in "apb")
DATA = """@prefix ex: <http://example.org/> .
ex:a ex:p ex:b, 1, 2 . ex:c ex:p ex:b . _:x ex:q ex:b .
"""


@pytest.fixture
def mine(tmp_path: Path) -> MissionGraph:
    path = tmp_path / "mini.ttl"
    path.write_text(DATA, "utf-8")
    return missiongraph.open(path)


def reference() -> rdflib.Graph:
    return rdflib.Graph().parse(data=DATA, format="turtle")


def rows(found: Any) -> Any:
    """What was found; blank nodes are called, and columns ordered, as it comes."""
    if found.type == "ASK":
        return found.askAnswer
    said = (row.asdict().items() for row in found)
    return sorted(
        sorted((n, "_:" if isinstance(v, BNode) else repr(v)) for n, v in r) for r in said
    )


@pytest.mark.parametrize("of", ["local", "remote"])
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("SELECT ?o { ?s ?p ?o }", {"s": A}),
        ("SELECT ?s ?o { ?s ?p ?o }", {"s": A}),
        ("SELECT * { ?s ?p ?o }", {"o": B}),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", {"s": A}),
        ("SELECT ?p (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?p", {"s": A}),
        ("SELECT ?o { { ?s ?p ?o } UNION { ?o ?p ?s } }", {"s": B}),
        ("SELECT ?s { ?s ?p ?o }", {"o": Literal(1)}),
        ("SELECT ?o { ?s ?p ?o }", {"s": A, "nothing": B}),
        ("ASK { ?s ?p ?o }", {"s": B}),
        ("SELECT ?o { ?s ex:p ?o }", {"s": A}),
    ],
)
def test_a_variable_has_the_value_it_is_given(
    mine: MissionGraph, of: str, text: str, values: dict[str, Any]
) -> None:
    dataset = mine.dataset if of == "local" else rdflib.Dataset(store=EngineStore(mine.engine))
    names = {"ex": URIRef("http://example.org/")}
    expected = reference().query(text, initBindings=values, initNs=names)
    assert rows(dataset.query(text, initBindings=values, initNs=names)) == rows(expected)


def test_a_blank_node_may_be_a_value(mine: MissionGraph) -> None:
    (blank,) = (s for s in mine.dataset.default_graph.subjects() if isinstance(s, BNode))
    found = mine.dataset.query("SELECT ?o { ?s ?p ?o }", initBindings={"s": blank})
    assert rows(found) == [[("o", repr(B))]]


READING: dict[str, Callable[[MissionGraph], Any]] = {
    "export": lambda graph: graph.export(io.BytesIO(), "nq"),
    "validate": lambda graph: graph.validate(),
    "info": lambda graph: graph.info(),
    "query": lambda graph: graph.query("ASK {}"),
    "dataset": lambda graph: len(graph.dataset),
    "dataset, asked": lambda graph: list(graph.dataset.query("SELECT * { ?s ?p ?o }")),
    "dataset, a graph": lambda graph: list(graph.dataset.graph(_named(graph))),
}
WRITING: dict[str, Callable[[MissionGraph], Any]] = {
    "store": lambda graph: graph.store,
    "add": lambda graph: graph.dataset.add((A, P, A)),
    "addN": lambda graph: graph.dataset.addN([(A, P, A, graph.dataset.default_graph)]),
    "remove": lambda graph: graph.dataset.remove((A, P, B)),
    "update": lambda graph: graph.dataset.update("CLEAR ALL"),
    "a new graph": lambda graph: graph.dataset.graph(A),
    "remove a graph": lambda graph: graph.dataset.remove_graph(_named(graph)),
}


def _named(graph: MissionGraph) -> URIRef:
    assert isinstance(graph.engine, LocalEngine)
    return URIRef(next(iter(graph.engine.held.named_graphs())).value)


@pytest.fixture
def named(tmp_path: Path) -> MissionGraph:
    path = tmp_path / "mini.trig"
    path.write_text("<x:g> { <x:a> <x:p> <x:b> }", "utf-8")
    return missiongraph.open(path)


def lent(graph: MissionGraph) -> bool:
    assert isinstance(graph.engine, LocalEngine)
    return graph.engine.handed_out


@pytest.mark.parametrize("how", READING)
def test_who_reads_does_not_have_the_store_lent_out(named: MissionGraph, how: str) -> None:
    READING[how](named)
    assert not lent(named)


@pytest.mark.parametrize("how", WRITING)
def test_who_may_write_has_it_lent_out(named: MissionGraph, how: str) -> None:
    WRITING[how](named)
    assert lent(named)


def test_what_is_written_through_rdflib_is_found(named: MissionGraph) -> None:
    assert named.dataset.graph(URIRef("x:g")) is not None
    named.dataset.add((A, P, Literal("new")))
    assert named.query('ASK { ?s ?p "new" }') is True
