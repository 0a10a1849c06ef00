"""SPARQL Update: whatever the request, the store becomes what the engine makes of it, or what
the official suites say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError, Refused, UpdateError
from missiongraph.writing.update import update

SUITES = Path(__file__).parents[3] / "shared" / "w3c" / "rdf-tests" / "sparql"
PREFIX = """
PREFIX a: <a:> PREFIX p: <p:> PREFIX g: <g:> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
IRIS = ("a:1", "a:2", "p:", "g:1")
WHERES = (
    "{}",
    "{ ?s ?p ?o }",
    "{ ?s ?p _:b }",
    "{ ?s ?p ?o FILTER(isIRI(?o)) }",
    "{ GRAPH ?g { ?s ?p ?o } }",
    "{ ?s ?p ?o OPTIONAL { GRAPH ?g { ?o ?p ?x } } }",
    "{ { ?s ?p ?x } UNION { GRAPH g:1 { ?x ?p ?o } } }",
    "{ SELECT ?s (COUNT(*) AS ?o) { ?s ?p ?x } GROUP BY ?s }",
    "{ VALUES (?s ?p ?o ?g) { (a:1 p: '01'^^xsd:integer g:1) (a:2 p: 1.50 UNDEF) } }",
)
literals = st.sampled_from(["1", "01", "'x'", "'x'@EN", "2.50", "true"])
iris = st.sampled_from(IRIS)
places = st.sampled_from(["DEFAULT", "g:1", "g:2"])
silence = st.sampled_from(["", "SILENT "])


def canonical(quads: ox.Store) -> set[ox.Quad]:
    """The quads with blank nodes named by where they stand."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return set(dataset)


def graph_names(store: ox.Store) -> list[str]:
    """The named graphs, with or without quads; all blank nodes look alike."""
    names = store.named_graphs()
    return sorted(name.value if isinstance(name, ox.NamedNode) else "_:" for name in names)


def triples(*, variables: bool, nodes: bool) -> st.SearchStrategy[str]:
    names = st.sampled_from(["?s", "?p", "?o", "?x", "?g"]) if variables else iris
    blank = st.sampled_from(["_:b", "_:c", "[]"]) if nodes else iris
    objects = st.one_of(names, literals, blank, iris)
    subjects = names | iris | blank
    if variables:  # grammatical, and illegal: such a triple is skipped (Update, section 3.1.3)
        subjects = subjects | literals
    triple = st.tuples(subjects, names | iris, objects).map(" ".join)
    block = st.lists(triple, max_size=3).map(" . ".join)
    graph = st.tuples(names if variables else iris, block).map(
        lambda pair: f"GRAPH {pair[0]} {{ {pair[1]} }}"
    )
    return st.tuples(block, graph | st.just("")).map(lambda pair: f"{{ {pair[0]} {pair[1]} }}")


def requests() -> st.SearchStrategy[str]:
    ground, patterns = triples(variables=False, nodes=True), triples(variables=True, nodes=True)
    removed, deleted = triples(variables=False, nodes=False), triples(variables=True, nodes=False)
    dataset = st.sampled_from(["", "USING g:1", "USING NAMED g:2", "USING g:2 USING NAMED g:1"])
    wheres = st.sampled_from(WHERES)
    scope = st.sampled_from(["", "WITH g:1 ", "WITH g:3 "])
    operation = st.one_of(
        ground.map("INSERT DATA {}".format),
        removed.map("DELETE DATA {}".format),
        # in a pattern, GRAPH ?g {} asks for a graph to exist; the engine overlooks it here
        deleted.filter(lambda block: "{  }" not in block).map("DELETE WHERE {}".format),
        st.builds("{}INSERT {} {} WHERE {}".format, scope, patterns, dataset, wheres),
        st.builds("{}DELETE {} {} WHERE {}".format, scope, deleted, dataset, wheres),
        st.builds(
            "{}DELETE {} INSERT {} {} WHERE {}".format, scope, deleted, patterns, dataset, wheres
        ),
        st.builds(
            "{} {}{}".format,
            st.sampled_from(["CLEAR", "DROP"]),
            silence,
            st.sampled_from(["DEFAULT", "NAMED", "ALL", "GRAPH g:1", "GRAPH g:9"]),
        ),
        st.builds("CREATE {}GRAPH {}".format, silence, iris),
        st.builds(
            "CREATE SILENT GRAPH g:1 ; CREATE SILENT GRAPH g:2 ; {} {}{} TO {}".format,
            st.sampled_from(["ADD", "MOVE", "COPY"]), silence, places, places,
        ),
    )  # fmt: skip
    return st.lists(operation, min_size=1, max_size=4).map(joined)


def joined(operations: list[str]) -> str:
    """A request; no two operations of one may share a blank node."""
    return " ;\n".join(text.replace("_:", f"_:n{n}") for n, text in enumerate(operations))


def stores() -> st.SearchStrategy[list[ox.Quad]]:
    nodes = [ox.NamedNode(iri) for iri in IRIS]
    blank: list[ox.NamedNode | ox.BlankNode] = [ox.BlankNode("b"), ox.BlankNode("c")]
    values = [ox.Literal(1), ox.Literal("x")]
    return st.lists(
        st.builds(
            ox.Quad,
            st.sampled_from([*nodes, *blank]),
            st.sampled_from(nodes),
            st.sampled_from([*nodes, *blank, *values]),
            st.sampled_from([ox.DefaultGraph(), ox.NamedNode("g:1"), ox.NamedNode("g:2")]),
        ),
        max_size=6,
    )


@given(stores(), requests())
@examples(400)
def test_the_store_becomes_what_the_engine_makes_of_it(quads: list[ox.Quad], text: str) -> None:
    ours, theirs = ox.Store(), ox.Store()
    ours.extend(quads)
    theirs.extend(quads)
    text = PREFIX + text
    try:
        theirs.update(text)
    except RuntimeError:
        with pytest.raises(UpdateError):
            update(ours, text)
        return
    before = set(ours)
    change = update(ours, text)
    assert canonical(ours) == canonical(theirs)
    assert graph_names(ours) == graph_names(theirs)
    assert set(change.removed) == before - set(ours)
    assert set(change.added) == set(ours) - before


TESTS = """
PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>
PREFIX ut: <http://www.w3.org/2009/sparql/tests/test-update#>
SELECT ?test ?kind ?request WHERE {
  ?test a ?kind ; mf:action ?action . OPTIONAL { ?action ut:request ?evaluated }
  BIND(COALESCE(?evaluated, ?action) AS ?request)
  FILTER(REGEX(STR(?kind), "Update.*Test(11)?$"))
} ORDER BY ?test
"""
DATASET = """
PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>
PREFIX ut: <http://www.w3.org/2009/sparql/tests/test-update#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?file ?graph WHERE {
  <TEST> mf:STAGE ?stage .
  { ?stage ut:data ?file } UNION { ?stage ut:graphData [ ut:graph ?file ; rdfs:label ?graph ] }
}
"""
Case = tuple[ox.Store, str, str, Path]


def official() -> Iterator[Case]:
    """Every update test of SPARQL 1.1 and 1.2: its manifest, IRI, kind and request."""
    for path in sorted(SUITES.glob("sparql1[12]/*/manifest.ttl")):
        manifest = ox.Store()
        manifest.load(path=path, format=ox.RdfFormat.TURTLE, base_iri=path.as_uri())
        for row in rows(manifest, TESTS):
            yield manifest, row["test"].value, row["kind"].value, local(row["request"].value)


def rows(manifest: ox.Store, text: str) -> ox.QuerySolutions:
    found = manifest.query(text)
    assert isinstance(found, ox.QuerySolutions)
    return found


def local(iri: str) -> Path:
    return Path(unquote(iri.removeprefix("file://")))


def dataset(manifest: ox.Store, test: str, stage: str) -> ox.Store:
    """What stands in the store before (action) or after (result) a test."""
    store = ox.Store()
    for row in rows(manifest, DATASET.replace("TEST", test).replace("STAGE", stage)):
        path, graph = local(row["file"].value), row["graph"] and ox.NamedNode(row["graph"].value)
        store.load(path=path, base_iri=path.as_uri(), to_graph=graph)
    return store


def named(case: Case) -> str:
    return case[1].rsplit("/", 2)[1] + "-" + case[1].rsplit("#", 1)[1]


def kind(*names: str) -> list[Case]:
    return [case for case in CASES if case[2].rsplit("#", 1)[1].removesuffix("11") in names]


CASES = list(official())
suites = pytest.mark.skipif(not CASES, reason="the official suites are not at ../shared/w3c")


@suites
def test_the_official_suites_are_all_there() -> None:
    syntax = kind("PositiveUpdateSyntaxTest", "NegativeUpdateSyntaxTest")
    assert (len(kind("UpdateEvaluationTest")), len(syntax)) == (97, 75)


@pytest.mark.parametrize("case", kind("UpdateEvaluationTest"), ids=named)
def test_an_official_update_leaves_what_it_should(case: Case) -> None:
    manifest, test, _, request = case
    store = dataset(manifest, test, "action")
    before = set(store)
    change = update(store, f"BASE <{request.as_uri()}>\n{request.read_text('utf-8')}")
    assert canonical(store) == canonical(dataset(manifest, test, "result"))
    assert (set(change.removed), set(change.added)) == (before - set(store), set(store) - before)


@pytest.mark.parametrize("case", kind("PositiveUpdateSyntaxTest"), ids=named)
def test_an_official_update_is_read(case: Case) -> None:
    text = f"BASE <{case[3].as_uri()}>\n{case[3].read_text('utf-8')}"
    with suppress(UpdateError, Refused):  # SPARQL, but LOAD, or about graphs that are not there
        update(ox.Store(), text)


@pytest.mark.parametrize("case", kind("NegativeUpdateSyntaxTest"), ids=named)
def test_an_official_mistake_is_refused(case: Case) -> None:
    with pytest.raises(QueryError) as refused:
        update(ox.Store(), case[3].read_text("utf-8"))
    assert not isinstance(refused.value, UpdateError | Refused)
