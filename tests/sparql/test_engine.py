"""The engine: strings in, bytes out; and the tables that a MissionGraph makes of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

import missiongraph.sparql.results as results
from missiongraph import Answer, LocalEngine, MissionGraph, Query, Table
from missiongraph.errors import NotAcceptable, QueryError
from missiongraph.sparql.bindings import bind, parsed, term
from missiongraph.sparql.engine import SOLUTIONS, TRIPLES
from missiongraph.sparql.scanner import tokens

DATA = """
<a:1> <p:p> 1 , "x"@en , 2.5 , "2020-01-02"^^<http://www.w3.org/2001/XMLSchema#date> .
<g:1> { <a:1> <p:p> 2 . } <g:2> { <a:1> <p:p> 2 , 3 . <a:2> <p:p> 3 . }
"""
CSV = "text/csv"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


@pytest.fixture
def store() -> ox.Store:
    store = ox.Store()
    store.load(DATA, ox.RdfFormat.TRIG)
    return store


@pytest.fixture
def small(store: ox.Store) -> MissionGraph:
    return MissionGraph(store, "f00d")


def answer(store: ox.Store, text: str, **asked: object) -> Answer:
    query = Query(text, **asked)  # type: ignore[arg-type]
    return LocalEngine(store).run(query, solutions=CSV, triples="text/turtle")


def cells(store: ox.Store, text: str, **asked: object) -> list[str]:
    """The rows of a one-column answer."""
    return answer(store, text, **asked).read().decode().split("\r\n")[1:-1]


@pytest.mark.parametrize("media_type", SOLUTIONS)
def test_solutions_come_in_every_media_type(store: ox.Store, media_type: str) -> None:
    made = LocalEngine(store).run(Query(COUNT), solutions=media_type, triples=None)
    assert (made.media_type, made.form) == (media_type, "select")
    assert b"4" in made.read()


@pytest.mark.parametrize("media_type", TRIPLES)
def test_triples_come_in_every_media_type(store: ox.Store, media_type: str) -> None:
    query = Query("DESCRIBE <a:1>")
    made = LocalEngine(store).run(query, solutions=None, triples=media_type)
    format = TRIPLES[media_type]
    assert (made.media_type, made.form) == (media_type, "describe")
    assert len(list(ox.parse(made.read(), format))) == 4


@pytest.mark.parametrize(
    ("text", "solutions", "triples"),
    [(COUNT, "text/html", "text/turtle"), ("CONSTRUCT WHERE { ?s ?p ?o }", CSV, None)],
)
def test_another_media_type_is_not_acceptable(
    store: ox.Store, text: str, solutions: str, triples: str | None
) -> None:
    with pytest.raises(NotAcceptable):
        LocalEngine(store).run(Query(text), solutions=solutions, triples=triples)


def test_turtle_declares_only_the_prefixes_it_uses(store: ox.Store) -> None:
    assert answer(store, "DESCRIBE <a:1>").read().count(b"@prefix") == 1


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({"default_graphs": ["g:1"]}, ["1"]),
        ({"default_graphs": ["g:1", "g:2"]}, ["3"]),
        ({"named_graphs": ["g:1"]}, ["0"]),
        ({}, ["4"]),
    ],
)
def test_the_protocol_chooses_the_dataset(
    store: ox.Store, asked: dict[str, list[str]], rows: list[str]
) -> None:
    assert cells(store, COUNT, **asked) == rows


def test_the_protocol_beats_the_query(store: ox.Store) -> None:
    text = COUNT.replace("WHERE", "FROM <g:2> WHERE")
    assert cells(store, text) == ["3"]
    assert cells(store, text, default_graphs=["g:1"]) == ["1"]


@pytest.mark.parametrize("clauses", ["FROM <g:1> FROM <g:2>", "FROM g:1 FROM <g:2>"])
def test_a_triple_of_two_chosen_graphs_counts_once(store: ox.Store, clauses: str) -> None:
    text = "PREFIX g: <g:> " + COUNT.replace("WHERE", f"{clauses} FROM NAMED <g:2> WHERE")
    assert cells(store, text) == ["3"]


def test_only_the_named_graphs_of_the_protocol_are_there(store: ox.Store) -> None:
    text = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
    assert cells(store, text) == ["g:1", "g:2"]
    assert cells(store, text, named_graphs=["g:2"]) == ["g:2"]
    assert cells(store, text, default_graphs=["g:1"]) == []


def test_a_relative_graph_name_is_refused(store: ox.Store) -> None:
    with pytest.raises(QueryError, match="absolute IRI"):
        cells(store, COUNT, default_graphs=["city"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT ?s WHERE {\n ?s ?p }", "line 2, column 9 is not SPARQL"),
        ("SELECT ?s WHERE { ?s foaf:name ?o }", "line 1, column 31: declare the prefix foaf:"),
        ("", "a query needs SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("INSERT DATA { <a:> <p:> 1 }", "INSERT is an update"),
        ("PREFIX x: <select:> DELETE WHERE { ?s ?p ?o }", "DELETE is an update"),
        ("LOAD <http://example.org/>", "LOAD is an update"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "SERVICE is refused"),
        ("PREFIX : <http://127.0.0.1/> SELECT*{SERVICE:x{}}", "SERVICE is refused"),
        ("SELECT * WHERE { service silent <http://127.0.0.1/> {} }", "SERVICE is refused"),
        ("SELECT * WHERE " + "{" * 300 + "}" * 300, "nest 256 deep, not 300"),
        ("SELECT (" + "(" * 5000 + "1" + ")" * 5000 + " AS ?x) {}", "nest 256 deep"),
        ("ASK { FILTER(" + "1 + " * 10_000 + "1 = 2) }", "500 operators and clauses, not 10001"),
        ("ASK { " + "{} UNION " * 10_000 + "{} }", "500 operators and clauses"),
        ("ASK { " + "?s ?p ?o . " * 10_000 + "}", "500 operators and clauses"),
        ("SELECT * WHERE {} #" + " " * 1_000_001, "1,000,000 characters"),
    ],
    ids=lambda text: text[:24],
)
def test_a_query_that_may_not_run_says_why(store: ox.Store, text: str, complaint: str) -> None:
    with pytest.raises(QueryError, match=complaint):
        answer(store, text)


@pytest.mark.parametrize(
    "text",
    [
        "# SERVICE\nASK {}",
        "ASK { FILTER('SERVICE {' = \"SERVICE {\") }",
        "ASK { <http://example.org/SERVICE/((((> ?service ?o }".replace("((((", ""),
        "ASK { FILTER('" + "{(" * 300 + "' = '') }",
        "PREFIX s: <http://schema.org/> ASK { ?s s:serviceType ?o }",
        "ASK { FILTER(1 < 2 && '#' = '#') } # INSERT",
    ],
)
def test_what_stands_in_strings_and_comments_is_no_keyword(store: ox.Store, text: str) -> None:
    assert answer(store, text).form == "ask"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?o WHERE { ?s ?p ?o FILTER(?o = ?x) }",
        "SELECT ?o WHERE { { ?s ?p ?o FILTER(?o = ?x) } UNION { ?s ?q ?o FILTER(false) } }",
        "SELECT ?o WHERE { { SELECT ?o WHERE { ?s ?p ?o FILTER(?o = ?x) } } }",
        "SELECT ?o WHERE { ?s ?p ?o MINUS { ?s ?p ?o FILTER(?o != ?x) } }",
        "SELECT ?o WHERE { ?s ?p ?o FILTER EXISTS { ?s ?p ?o FILTER(?o = ?x) } }",
        "SELECT ?o WHERE { VALUES (?y ?z) { (1 2) } ?s ?p ?o OPTIONAL {} FILTER(?o = ?x) }",
        "SELECT ?o WHERE { ?s ?p ?o BIND(COALESCE(?x, 7) AS ?y) FILTER(?o = ?y) }",
        "SELECT (?x AS ?o) WHERE { ?s ?p ?x }",
    ],
)
def test_a_parameter_reaches_every_group_that_uses_it(store: ox.Store, text: str) -> None:
    assert cells(store, text, parameters={"x": term(1)}) == ["1"]


def test_a_parameter_may_be_projected(store: ox.Store) -> None:
    assert cells(store, "SELECT ?x WHERE { <a:1> ?p ?x }", parameters={"x": term(1)}) == ["1"]


def test_a_parameter_that_the_query_lacks_is_refused(store: ox.Store) -> None:
    with pytest.raises(QueryError, match=r"no variable \?y"):
        cells(store, COUNT, parameters={"y": term(1)})


@pytest.mark.parametrize(
    "text", ["1) } DROP ALL", "<a:> . <b:> <c:> <d:>", "?x", "_:b", "<<>>", ""]
)
def test_nothing_but_one_term_is_bound(text: str) -> None:
    with pytest.raises(QueryError):
        parsed(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_binds_as_itself(value: str) -> None:
    text = bind(
        "SELECT ?x WHERE { ?x ?y ?z }".replace("?x ?y ?z", "BIND(?x AS ?z)"), {"x": term(value)}
    )
    found = ox.Store().query(text)
    assert isinstance(found, ox.QuerySolutions)
    assert [row["x"] for row in found] == [ox.Literal(value)]


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("mission/net-zero", "iri", "<https://w3id.org/missiongraph/id/mission/net-zero>"),
        ("mission:net-zero", "iri", "<https://w3id.org/missiongraph/id/mission/net-zero>"),
        ("https://ror.org/02jx3x895", "iri", "<https://ror.org/02jx3x895>"),
        ("<urn:x>", "iri", "<urn:x>"),
        ("2021-06", "date", '"2021-06"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>'),
        ("12", "integer", '"12"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("1.50", "decimal", '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
        ("True", "boolean", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        ("a", "text", '"a"'),
        (rdflib.URIRef("urn:x"), "", "<urn:x>"),
        (rdflib.Literal("a", lang="en"), "iri", '"a"@en'),
        (ox.NamedNode("urn:x"), "text", "<urn:x>"),
        (date(2021, 6, 2), "", '"2021-06-02"^^<http://www.w3.org/2001/XMLSchema#date>'),
        (True, "", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
    ],
)
def test_values_become_terms_by_their_type(value: object, type_: str, expected: str) -> None:
    assert term(value, type_) == expected


@pytest.mark.parametrize(
    ("value", "type_"),
    [("a b", "iri"), ("June", "date"), ("2021-02-30", "date"), ("x", "integer"), ([], "")],
)
def test_a_value_of_the_wrong_type_is_refused(value: object, type_: str) -> None:
    with pytest.raises(QueryError):
        term(value, type_)


def test_rows_hold_python_values(small: MissionGraph) -> None:
    table = small.query("SELECT ?s ?o ?none WHERE { ?s ?p ?o } ORDER BY ?o")
    assert isinstance(table, Table)
    assert table.columns == ("s", "o", "none")
    assert {row["o"] for row in table} == {1, Decimal("2.5"), "x", date(2020, 1, 2)}
    assert {(row["s"], row["none"]) for row in table} == {("a:1", None)}


def test_terms_keep_type_and_language(small: MissionGraph) -> None:
    table = small.query("SELECT ?o WHERE { ?s ?p ?o FILTER(LANG(?o) = 'en') }")
    assert isinstance(table, Table)
    assert table.terms == [(rdflib.Literal("x", lang="en"),)]


def test_an_ask_is_true_or_false(small: MissionGraph) -> None:
    assert small.query("ASK { ?s ?p 1 }") is True
    assert small.query("ASK { ?s ?p 9 }") is False


def test_a_construct_is_an_rdflib_graph(small: MissionGraph) -> None:
    graph = small.query("CONSTRUCT WHERE { ?s ?p ?o }")
    assert isinstance(graph, rdflib.Graph)
    assert len(graph) == 4


def test_parameters_are_python_values(small: MissionGraph) -> None:
    table = small.query("SELECT ?s WHERE { ?s ?p ?o }", o=date(2020, 1, 2))
    assert isinstance(table, Table)
    assert table.rows == (("a:1",),)


TABLE = Table(("name", "n"), (("a|b", Decimal("2.50")), (None, True), ("<i>", date(2020, 1, 2))))


def test_a_table_is_written_as_csv() -> None:
    assert TABLE.to_csv() == "name,n\na|b,2.50\n,true\n<i>,2020-01-02\n"


def test_a_table_is_written_as_json() -> None:
    assert [row["n"] for row in json.loads(TABLE.to_json())] == [2.5, True, "2020-01-02"]


def test_a_table_is_written_as_markdown() -> None:
    assert TABLE.to_markdown().splitlines()[:3] == [
        "| name | n |",
        "| --- | --- |",
        r"| a\|b | 2.50 |",
    ]


def test_a_table_becomes_a_data_frame() -> None:
    pandas = pytest.importorskip("pandas")
    frame = Table(("n",), ((Decimal("2.5"),), (Decimal("1"),))).to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["n"].sum() == 3.5


def test_a_long_table_shows_its_first_rows_and_its_size() -> None:
    table = Table(("n",), tuple((number,) for number in range(100)))
    assert repr(table).splitlines()[-2:] == ["19", "100 rows, the first 20 shown"]
    assert table._repr_html_().count("<tr>") == 21


def test_a_table_in_a_notebook_is_escaped() -> None:
    assert "<i>" not in TABLE._repr_html_()


def test_a_literal_that_its_type_does_not_allow_stays_a_string() -> None:
    literal = ox.Literal("soon", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date"))
    assert results.python_value(literal) == "soon"


def test_the_engine_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import pyoxigraph as ox; from missiongraph import *; s = ox.Store();"
        "s.update('INSERT DATA { <http://purl.org/dc/terms/a> <http://www.w3.org/ns/org#b> 1 }');"
        "q = Query('CONSTRUCT WHERE { ?s ?p ?o }');"
        "print([LocalEngine(s).run(q, solutions=None, triples=t).read() for t in"
        " ('text/turtle', 'application/rdf+xml')])"
    )
    made = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(3)}
    assert len(made) == 1


# --- scanning takes time in proportion to the text


@pytest.mark.parametrize(
    "piece",
    ['\\"', "a-", "a.", '\\"""', "\\'''", "<a", "1.", ".", "-", "a:", "a-b:", "'", "?", "_"],
)
@pytest.mark.parametrize("start", ["", '"', "'", '"""', "'''"])
def test_no_text_is_slow_to_scan(start: str, piece: str) -> None:
    begin = time.process_time()
    sum(1 for _ in tokens(start + piece * 50_000))
    assert time.process_time() - begin < 1
