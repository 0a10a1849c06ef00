"""SPARQL Update whose change is known: what it does, and what it refuses."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from contextlib import suppress

import pyoxigraph as ox
import pytest

from missiongraph.errors import QueryError, Refused, UpdateError
from missiongraph.writing.update import update

DATA = """
<a:1> <p:> 1 , 2 . <a:2> <p:> 2 .
<g:1> { <a:1> <p:> 2 . } <g:2> { <a:1> <p:> 2 , 3 . <a:2> <p:> _:b . }
"""
XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIX = f"PREFIX a: <a:> PREFIX p: <p:> PREFIX g: <g:> PREFIX xsd: <{XSD}> "


@pytest.fixture
def store() -> ox.Store:
    return filled(DATA)


def filled(trig: str) -> ox.Store:
    store = ox.Store()
    store.load(trig, ox.RdfFormat.TRIG)
    return store


def lines(quads: tuple[ox.Quad, ...]) -> list[str]:
    return sorted(map(str, quads))


def changed(
    store: ox.Store, text: str, using: Sequence[str] = (), using_named: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """What an update removed and added, and that this is the difference that it made."""
    before = set(store)
    change = update(store, PREFIX + text, using=using, using_named=using_named)
    after = set(store)
    assert set(change.removed) == before - after and set(change.added) == after - before
    assert len(list(change)) == len(set(change))
    return lines(change.removed), lines(change.added)


ONE, TWO, THREE = (f'"{n}"^^<{XSD}integer>' for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("text", "removed", "added"),
    [
        ("INSERT DATA { a:1 p: 1 , 'new' }", [], ['<a:1> <p:> "new"']),
        ("INSERT DATA { a:3 p: '01'^^xsd:integer }", [], [f"<a:3> <p:> {ONE}"]),
        ("DELETE DATA { a:1 p: 1 , 7 }", [f"<a:1> <p:> {ONE}"], []),
        ("DELETE DATA { GRAPH g:1 { a:1 p: 2 } }", [f"<a:1> <p:> {TWO} <g:1>"], []),
        ("DELETE WHERE { a:1 p: ?o }", [f"<a:1> <p:> {ONE}", f"<a:1> <p:> {TWO}"], []),
        ("DELETE WHERE { GRAPH ?g { ?s p: 3 } }", [f"<a:1> <p:> {THREE} <g:2>"], []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_only_what_really_changes_is_the_change(
    store: ox.Store, text: str, removed: list[str], added: list[str]
) -> None:
    assert changed(store, text) == (removed, added)


def test_what_comes_and_goes_within_a_request_is_no_change(store: ox.Store) -> None:
    new, old = "DATA { a:9 p: 9 }", "DATA { a:1 p: 1 }"
    text = f"INSERT {new} ; DELETE {new} ; DELETE {old} ; INSERT {old}"
    assert changed(store, text) == ([], [])


def test_deletes_go_before_inserts(store: ox.Store) -> None:
    text = "DELETE { a:2 p: ?o } INSERT { a:2 p: ?o , 'seen' } WHERE { a:2 p: ?o }"
    assert changed(store, text) == ([], ['<a:2> <p:> "seen"'])


def test_a_later_operation_sees_what_an_earlier_one_did(store: ox.Store) -> None:
    text = "INSERT DATA { a:9 p: 'x' } ; INSERT { ?s p: 'y' } WHERE { ?s p: 'x' }"
    assert changed(store, text) == ([], ['<a:9> <p:> "x"', '<a:9> <p:> "y"'])


def test_each_operation_has_a_prologue_that_adds_to_those_before(store: ox.Store) -> None:
    text = "CLEAR DEFAULT ; PREFIX b: <b:> INSERT DATA { b:1 p: a:1 } ; "
    text += "BASE <c:/d/> PREFIX a: <e> INSERT DATA { b:1 a:1 <f> }"
    assert changed(store, text)[1] == ["<b:1> <c:/d/e1> <c:/d/f>", "<b:1> <p:> <a:1>"]


def test_relative_iris_rest_on_the_base(store: ox.Store) -> None:
    text = "INSERT DATA { <s> <p> <o> } ; BASE <d/> INSERT DATA { GRAPH <g> { <s> <p> <o> } }"
    change = update(store, text, base="http://example.org/a")
    parts = [str(quad).replace("http://example.org/", "") for quad in change.added]
    assert parts == ["<s> <p> <o>", "<d/s> <d/p> <d/o> <d/g>"]


@pytest.mark.parametrize("base", ["relative", "http://example.org/> DROP ALL ; BASE <x:"])
def test_a_base_that_is_no_iri_is_refused(store: ox.Store, base: str) -> None:
    with pytest.raises(QueryError, match="absolute IRI"):
        update(store, "CLEAR ALL", base=base)


def test_a_prefix_does_not_reach_the_operations_before_it(store: ox.Store) -> None:
    with pytest.raises(QueryError, match="line 1, column 1: declare prefixes"):
        update(store, "INSERT DATA { b:1 b:2 b:3 } ; PREFIX b: <b:> CLEAR ALL")


@pytest.mark.parametrize(
    ("where", "graphs"),
    [
        ("WHERE { ?s p: ?o }", ["<g:0>"] * 3),
        ("WHERE { GRAPH g:2 { ?s p: 3 } }", ["<g:0>"]),
        ("USING g:2 WHERE { ?s p: 3 }", ["<g:0>"]),
        ("USING g:2 WHERE { GRAPH g:2 { ?s p: 3 } }", []),
        ("USING NAMED g:2 WHERE { GRAPH ?g { ?s p: 3 } }", ["<g:0>"]),
        ("USING NAMED g:2 WHERE { ?s p: ?o }", []),
    ],
)
def test_using_is_the_dataset_of_the_pattern(
    store: ox.Store, where: str, graphs: list[str]
) -> None:
    _, added = changed(store, f"INSERT {{ GRAPH g:0 {{ ?s p: ?s , ?o }} }} {where}")
    assert [line.rsplit(" ", 1)[1] for line in added if "<a:" in line.split()[2]] == graphs[:2]


def test_with_is_the_graph_of_templates_and_pattern(store: ox.Store) -> None:
    where = "{ ?s p: ?o GRAPH g:2 { ?s p: ?n FILTER(?n = 3) } }"
    text = f"WITH g:1 DELETE {{ ?s p: ?o }} INSERT {{ ?s p: ?n }} WHERE {where}"
    assert changed(store, text) == ([f"<a:1> <p:> {TWO} <g:1>"], [f"<a:1> <p:> {THREE} <g:1>"])


def test_a_triple_of_two_used_graphs_is_one_solution(store: ox.Store) -> None:
    text = "INSERT { a:n p: ?n } USING g:1 USING g:2 WHERE { SELECT (COUNT(*) AS ?n) { ?s p: 2 } }"
    assert changed(store, text) == ([], [f"<a:n> <p:> {ONE}"])


def test_the_protocol_names_the_dataset(store: ox.Store) -> None:
    text = "INSERT { a:n p: ?n } WHERE { SELECT (COUNT(*) AS ?n) { ?s p: 2 } }"
    assert changed(store, text, using=["g:1", "g:2"]) == ([], [f"<a:n> <p:> {ONE}"])
    text = "INSERT { ?s p: ?g } WHERE { GRAPH ?g { ?s p: 2 } }"
    assert changed(store, text, using_named=["g:2"]) == ([], ["<a:1> <p:> <g:2>"])
    assert changed(store, "DELETE WHERE { a:1 p: ?o }", using=["g:1"])[0] == [f"<a:1> <p:> {TWO}"]


@pytest.mark.parametrize(
    "text", ["WITH g:1 INSERT { a:1 p: 2 } WHERE {}", "INSERT { a:1 p: 2 } USING g:1 WHERE {}"]
)
def test_the_protocol_and_the_text_may_not_both_name_it(store: ox.Store, text: str) -> None:
    with pytest.raises(QueryError, match="using-graph-uri"):
        update(store, PREFIX + text, using=["g:1"])


def test_a_blank_node_is_one_per_solution_in_all_graphs(store: ox.Store) -> None:
    _, added = changed(store, "INSERT { _:b p: 1 GRAPH g:1 { _:b p: ?s } } WHERE { ?s p: 2 }")
    nodes = [line.split()[0] for line in added]
    assert (len(added), len(set(nodes))) == (4, 2)
    assert all(nodes.count(node) == 2 for node in nodes)


def test_solutions_that_look_alike_make_blank_nodes_of_their_own(store: ox.Store) -> None:
    assert len(changed(store, "INSERT { [] p: 'of' , ?o } WHERE { ?s p: ?o }")[1]) == 6


def test_a_list_in_a_template_is_written_out(store: ox.Store) -> None:
    assert len(changed(store, "INSERT { a:9 p: (?s 'end') } WHERE { ?s p: 1 }")[1]) == 5


@pytest.mark.parametrize(
    "template",
    [
        "?o p: ?s",
        "?s ?o 1",
        "?s p: ?none",
        "GRAPH ?o { ?s p: 1 }",
        "GRAPH ?none { ?s p: 9 }",
        "?s p: <<( ?o p: 1 )>>",
    ],
)
def test_what_would_be_no_quad_is_left_out(store: ox.Store, template: str) -> None:
    text = f"INSERT {{ {template} . a:done p: 'well' }} WHERE {{ ?s p: ?o FILTER(?s = a:1) }}"
    assert changed(store, text) == ([], ['<a:done> <p:> "well"'])


def test_triples_about_triples_are_filled_in(store: ox.Store) -> None:
    _, added = changed(store, "INSERT { ?s p: 9 ~ ?s {| p: 'said' |} } WHERE { ?s p: 1 }")
    nine = ONE.replace("1", "9", 1)
    reifies = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies>"
    assert added[0] == f"<a:1> {reifies} <<( <a:1> <p:> {nine} )>>"
    assert added[1:] == [f"<a:1> <p:> {nine}", '<a:1> <p:> "said"']


@pytest.mark.parametrize(
    ("text", "left", "graphs"),
    [
        ("CLEAR DEFAULT", 4, 2),
        ("CLEAR NAMED", 3, 2),
        ("CLEAR ALL", 0, 2),
        ("CLEAR GRAPH g:1", 6, 2),
        ("DROP DEFAULT", 4, 2),
        ("DROP NAMED", 3, 0),
        ("DROP ALL", 0, 0),
        ("DROP GRAPH g:1", 6, 1),
        ("DROP SILENT GRAPH g:9", 7, 2),
        ("CREATE GRAPH g:3", 7, 3),
        ("CREATE SILENT GRAPH g:1", 7, 2),
        ("COPY g:1 TO g:2", 5, 2),
        ("COPY DEFAULT TO g:3", 10, 3),
        ("COPY g:1 TO g:1", 7, 2),
        ("COPY SILENT g:9 TO g:1", 7, 2),
        ("MOVE g:1 TO DEFAULT", 4, 1),
        ("MOVE GRAPH g:2 TO GRAPH g:3", 7, 2),
        ("MOVE g:1 TO g:1", 7, 2),
        ("ADD g:1 TO g:2", 7, 2),
        ("ADD DEFAULT TO g:1", 9, 2),
        ("LOAD SILENT <http://example.org/>", 7, 2),
    ],
)
def test_graphs_are_managed(store: ox.Store, text: str, left: int, graphs: int) -> None:
    changed(store, text)
    assert (len(store), len(list(store.named_graphs()))) == (left, graphs)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("CLEAR GRAPH g:9", "CLEAR: there is no graph <g:9>"),
        ("DROP GRAPH g:9", "DROP: there is no graph <g:9>"),
        ("CREATE GRAPH g:1", "CREATE: the graph <g:1> exists already"),
        ("COPY g:9 TO g:1", "COPY: there is no graph <g:9>"),
        ("CLEAR ALL;\nLOAD <http://example.org/>", "line 2, column 1: LOAD is refused"),
    ],
)
def test_an_update_that_cannot_be_carried_out_says_why(
    store: ox.Store, text: str, complaint: str
) -> None:
    with pytest.raises(QueryError, match=complaint):
        update(store, PREFIX + text)
    assert len(store) == 7


@pytest.mark.parametrize(
    "text",
    [
        "DELETE DATA { GRAPH g:1 { a:1 p: 2 } } ; INSERT DATA { GRAPH g:1 { a:1 p: 9 } }",
        "DELETE WHERE { GRAPH ?g { a:1 p: 2 } }",
        "MOVE g:1 TO g:2",
        "CLEAR NAMED",
        "DROP ALL",
    ],
)
def test_a_merged_default_graph_follows_the_named_ones(store: ox.Store, text: str) -> None:
    store.update("CLEAR DEFAULT ; INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    update(store, PREFIX + text, merged=True)
    named = {quad.triple for quad in store if quad.graph_name != ox.DefaultGraph()}
    merged = {quad.triple for quad in store if quad.graph_name == ox.DefaultGraph()}
    assert merged == named


def test_a_merged_default_graph_is_not_written_to_by_itself(store: ox.Store) -> None:
    with pytest.raises(UpdateError, match="name the graph to write to"):
        update(store, PREFIX + "INSERT DATA { a:1 p: 'new' }", merged=True)


MANY = 20_000


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("INSERT DATA {\n <a:> <b:> }", "line 2, column 12 is not SPARQL"),
        ("PREFIX p: <p:> CLEAR ALL; INSERT DATA { p:a p:b foaf:c }", "declare the prefix foaf:"),
        ("SELECT * { ?s ?p ?o }", "is not SPARQL; expected CREATE or DELETE or INSERT"),
        ("INSERT DATA { ?s <p:> 1 }", "is not SPARQL"),
        ("DELETE { _:b <p:> 1 } WHERE {}", "is not SPARQL"),
        ("INSERT DATA { _:b <p:> 1 } ; INSERT DATA { _:b <p:> 1 }", "_:b cannot be shared"),
        ("INSERTDATA { <a:> <p:> 1 }", "line 1, column 1: expected an operation, and spaces"),
        ("PREFIX : <g:> WITH:g DELETE {} WHERE {}", "line 1, column 15: expected an operation"),
        ("CLEAR ALL; INSERT {} WHERE { SERVICE <http://127.0.0.1/> {} }", "SERVICE is refused"),
        ("INSERT DATA { " + "[ <p:> " * 5000 + "1" + " ]" * 5000 + "}", "nest 256 deep, not 5001"),
        ("INSERT DATA { <a:> <p:> " + "(" * 5000 + ")" * 5000 + "}", "nest 256 deep"),
        ("INSERT DATA { " + "<< " * 5000 + "}", "nest 256 deep"),
        ("INSERT DATA { <a:> <p:> 1 " + "{| <p:> 1 " * 5000 + "|}" * 5000 + "}", "256 deep"),
        ("INSERT {} WHERE " + "{" * 5000 + "}" * 5000, "nest 256 deep"),
        ("INSERT {} WHERE { FILTER(" + "1 + " * MANY + "1 = 2) }", "500 operators and clauses"),
        ("INSERT {} WHERE { " + "{} UNION " * MANY + "{} }", "500 operators and clauses"),
        ("INSERT {} WHERE { " + "FILTER(1) " * MANY + "}", "500 operators and clauses"),
        ("DELETE WHERE { " + "?s ?p ?o . " * MANY + "}", "500 operators and clauses"),
        ("DELETE WHERE { ?s ?p " + ",".join(["1"] * MANY) + " }", "2,000 words and terms outside"),
        ("INSERT {} WHERE { ?s ?p (" + " 1" * MANY + ") }", "2,000 words and terms outside"),
        ("INSERT {} WHERE { SELECT " + "(1 AS ?x) " * MANY + "{} }", "2,000 words and terms"),
        ("INSERT {} WHERE { FILTER('' = ''@values) {" + "?s ?p ?o . " * MANY + "} }", "500 oper"),
        ("CLEAR ALL;" * MANY, "500 operators and clauses"),
        ("#" * 10_000_001, "10,000,000 characters"),
    ],
    ids=lambda text: text[:24],
)
def test_a_text_that_may_not_run_says_why_and_changes_nothing(
    store: ox.Store, text: str, complaint: str
) -> None:
    with pytest.raises(QueryError, match=complaint):
        update(store, text)
    assert len(store) == 7


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { " + ".".join(f"<a:> <p:> {n}" for n in range(MANY)) + "}",
        "INSERT DATA { <a:> <p:> " + ",".join(map(str, range(MANY))) + "}",
        "INSERT DATA { <a:> <p:> (" + " ".join(map(str, range(MANY))) + ") }",
        "INSERT { <a:> <p:> " + ",".join(map(str, range(MANY))) + "} WHERE {}",
        "INSERT { <a:> <p:> ?x } WHERE { VALUES ?x {" + " ".join(map(str, range(MANY))) + "} }",
        "INSERT DATA { " + " ".join(f"GRAPH <g:{n}> {{ <a:> <p:> 1 }}" for n in range(MANY)) + "}",
    ],
    ids=lambda text: text[:24],
)
def test_data_may_be_long(text: str) -> None:
    assert len(update(ox.Store(), text).added) >= MANY


@pytest.mark.parametrize("text", ["." * 200_000, "a." * 200_000, "<" * 200_000, "'''" * 66_666])
def test_nonsense_is_refused_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(QueryError):
        update(ox.Store(), text)
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { a:x\\;y p: <a:\\u0041;#> } ; INSERT DATA { a:2 p: 'done' }",
        "CREATE GRAPH g:3 # ; }\n; INSERT DATA { a:2 p: 'done' }",
        "INSERT DATA { a:é·x p: '''a';}''' , \"b;{\" } ; INSERT DATA { a:2 p: 'done' }",
        "INSERT { a:2 p: ?é·x } WHERE { VALUES ?é·x { 'done' } }",
        "insert{a:2 p: $x}where{values ?x{'done'}}",
        "INSERT { a:2 p: 'done' } WHERE { FILTER(1<<http://example.org/> || true) }",
        "INSERT { a:2 p: ?service } WHERE { BIND('done' AS ?service) }",
    ],
)
def test_operations_end_where_sparql_says(store: ox.Store, text: str) -> None:
    changed(store, text)
    assert ox.Quad(ox.NamedNode("a:2"), ox.NamedNode("p:"), ox.Literal("done")) in store


def test_load_sends_no_request(store: ox.Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"<http://127.0.0.1:{listener.getsockname()[1]}/>"
        for load in (f"LOAD {address}", f"LOAD SILENT {address}", f"CLEAR ALL; LOAD {address}"):
            with suppress(UpdateError, Refused):
                update(store, load)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize(
    "text",
    [
        "CLEAR",
        "PREFIX a: <b:>\nCLEAR ALL ALL",
        "\n\n CLEAR ALL; é INSERT DATA { a b c }",
        "PREFIX é: <é:/> INSERT DATA { é:é é }",
    ],
)
def test_a_complaint_names_the_place_that_the_engine_names(text: str) -> None:
    with pytest.raises(SyntaxError) as engine:
        ox.Store().update(text)
    line, column = engine.value.msg.removeprefix("error at ").split(": ")[0].split(":")
    with pytest.raises(QueryError, match=f"line {line}, column {column} is not SPARQL"):
        update(ox.Store(), text)


def test_a_triple_that_no_graph_can_hold_is_left_out_of_a_template() -> None:
    """SPARQL 1.1 Update, section 3.1.3; in DATA, which has no template, it is an error."""
    store = ox.Store()
    text = "PREFIX ex: <x:> INSERT { GRAPH ex:g { 'a' ex:p ?s . 1 ex:p [] . ?s ex:ok ?none, 2 } }"
    update(store, f"{text} WHERE {{ VALUES ?s {{ ex:a 'b' }} }}")
    assert [str(quad) for quad in store] == [
        '<x:a> <x:ok> "2"^^<http://www.w3.org/2001/XMLSchema#integer> <x:g>'
    ]
    delete = "PREFIX ex: <x:> DELETE { GRAPH ex:g { 'a' ex:p ?s . ?s ?p ?o } }"
    assert len(update(store, f"{delete} WHERE {{ GRAPH ex:g {{ ?s ?p ?o }} }}").removed) == 1
    with pytest.raises(QueryError):
        update(store, "INSERT DATA { 'a' <x:p> <x:b> }")
