"""The dataset of a query, read by the grammar and the same whatever was asked before."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.rdf.store import default_graph, merge
from missiongraph.sparql.dataset_clause import from_clauses, graph_clauses, names_graphs
from missiongraph.sparql.engine import Query
from missiongraph.sparql.local import LocalEngine
from missiongraph.sparql.scanner import tokens

DATA = "<a:1> <p:p> 0 . <g:1> { <a:1> <p:p> 1 } <g:2> { <a:1> <p:p> 1 , 2 }"
N_TRIPLES, CSV = "application/n-triples", "text/csv"


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    store.load(DATA, ox.RdfFormat.TRIG)
    merge(store)
    return store


@pytest.mark.parametrize(
    ("text", "default", "named"),
    [
        ("SELECT * { ?s ?p ?o }", [], []),
        ("SELECT * FROM <g:1> { ?s ?p ?o }", ["g:1"], []),
        ("SELECT * FROM<g:1>FROM NAMED<g:2>{ ?s ?p ?o }", ["g:1"], ["g:2"]),
        ("DESCRIBE <a:1> FROM <g:1>", ["g:1"], []),
        ("DESCRIBE <a:1> FROM <g:1> # the end", ["g:1"], []),
        ("DESCRIBE <a:1> <a:2> FROM NAMED <g:1> LIMIT 1", [], ["g:1"]),
        ("DESCRIBE * FROM <g:1> WHERE { ?s ?p ?o }", ["g:1"], []),
        ("PREFIX g: <g:> DESCRIBE <a:1> FROM g:1", ["g:1"], []),
        ("PREFIX FROM: <g:> DESCRIBE FROM:1", [], []),
        ("PREFIX from: <g:> SELECT * FROM from:1 { ?s a from:2 }", ["g:1"], []),
        ("PREFIX named: <g:> SELECT * FROM named:1 {}", ["g:1"], []),
        ("CONSTRUCT { ?s ?p ?o } FROM <g:1> WHERE { ?s ?p ?o }", ["g:1"], []),
        ("CONSTRUCT FROM <g:1> WHERE { ?s ?p ?o }", ["g:1"], []),
        ("ASK FROM <g:1> FROM <g:2> {}", ["g:1", "g:2"], []),
        ("SELECT (EXISTS { ?s ?p ?o } AS ?x) FROM <g:1> {}", ["g:1"], []),
        ("SELECT ?from WHERE { ?from ?FROM 'FROM <g:1>' }", [], []),
        ("BASE <http://h.test/d/> SELECT * FROM <../é> {}", ["http://h.test/é"], []),
        ("BASE <x://h/d/> SELECT * FROM <g> {}", ["x://h/d/g"], []),
        ("PREFIX : <g:> SELECT * FROM :a\\,b {}", ["g:a,b"], []),
        ("SELECT * FROM <g:\\u0041> {}", ["g:A"], []),
    ],
)
def test_from_is_read_where_the_grammar_has_it(
    store: ox.Store, text: str, default: list[str], named: list[str]
) -> None:
    assert from_clauses([*tokens(text)]) == (default, named)
    ox.Store().query(text)  # the engine takes it, too


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("PREFIX : <g:> DESCRIBE <a:1> FROM:1", "write FROM with a space"),
        ("PREFIX : <g:> SELECT * FROMNAMED:1 {}", "write FROM with a space"),
        ("PREFIX : <g:> SELECT * FROM NAMED:1 {}", "write NAMED with a space"),
        ("SELECT * FROMNAMED<g:1> {}", "write FROM with a space"),
        ("SELECT * FROM <1> {}", "absolute IRI or a prefixed name, not <1>"),
        ("SELECT * FROM no:1 {}", "absolute IRI or a prefixed name, not no:1"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, told: str) -> None:
    with pytest.raises(QueryError, match=told):
        from_clauses([*tokens(text)])


def test_the_graphs_of_graph_clauses() -> None:
    text = "BASE <x://h/> PREFIX g: <g:> SELECT * { GRAPH g:1 {} GRAPH <2> {} GRAPH ?g {} }"
    assert graph_clauses([*tokens(text)]) == (["g:1", "x://h/2"], True)


def answer(engine: LocalEngine, text: str) -> list[bytes]:
    return sorted(engine.run(Query(text), solutions=CSV, triples=N_TRIPLES).read().splitlines())


BEFORE, AFTER = st.sampled_from(["", "#\n", "\n\t"]), st.sampled_from(["", " ", " LIMIT 9", " # x"])
FROM = st.lists(st.sampled_from(["FROM <g:1>", "from g:2", "FROM NAMED <g:1>"]), max_size=3)
ASKED = st.sampled_from(
    [("DESCRIBE <a:1>", ""), ("DESCRIBE ?s", " WHERE { ?s ?p 2 }"), ("SELECT *", " { ?s ?p ?o }"),
     ("CONSTRUCT { ?s ?p ?o }", " { GRAPH ?g { ?s ?p ?o } }"),
     ("SELECT ?s", "{GRAPH g:1{?s ?p 1}}")]
)  # fmt: skip


@given(BEFORE, ASKED, FROM, AFTER)
@examples(80)
def test_an_answer_does_not_depend_on_queries_before(
    store: ox.Store, before: str, asked: tuple[str, str], clauses: list[str], after: str
) -> None:
    """An engine that has made its copy of the default graph, and one that has none yet."""
    text = f"PREFIX g: <g:>{before} {asked[0]} {' '.join(clauses)}{asked[1]}{after}"
    with_copy = LocalEngine(store, default=default_graph(store))
    assert answer(with_copy, text) == answer(LocalEngine(store), text)


def test_a_described_thing_with_from_at_the_end(store: ox.Store) -> None:
    engine = LocalEngine(store, default=default_graph(store))
    assert len(answer(engine, "DESCRIBE <a:1> FROM <g:2>")) == 2
    assert names_graphs(tokens("DESCRIBE <a:1> FROM <g:2>"))
