"""Which queries depend on observations of networks: none that is called independent may."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from missiongraph import MissionGraph
from missiongraph.errors import QueryError
from missiongraph.namespaces import BASE, ID, MOI, NETWORKS_GRAPH, PROV, QB, RDF, RDFS
from missiongraph.networks.model.definition import network_queries
from missiongraph.networks.observations.curated import CuratedEngine
from missiongraph.networks.observations.demand import depends
from missiongraph.networks.observations.terms import TERMS
from missiongraph.rdf.store import merge
from missiongraph.sparql.engine import Query
from missiongraph.sparql.library import LibraryQuery, queries
from missiongraph.sparql.local import LocalEngine
from missiongraph.sparql.media_types import JSON

SHARED = {RDF + "type", RDFS + "label", PROV + "wasDerivedFrom"}
PREFIXES = f"""PREFIX moi: <{MOI}> PREFIX qb: <{QB}> PREFIX rdfs: <{RDFS}>
PREFIX prov: <{PROV}> PREFIX id: <{ID}> PREFIX network: <{BASE}network/>
"""


class TestOfTheCuratedGraph:
    """What the verdicts rest on."""

    @pytest.fixture(scope="class")
    @staticmethod
    def observed(graph: MissionGraph) -> list[ox.Quad]:
        store = _held(graph)
        return list(store.quads_for_pattern(None, None, None, ox.NamedNode(NETWORKS_GRAPH)))

    @pytest.fixture(scope="class")
    @staticmethod
    def unobserved(graph: MissionGraph) -> MissionGraph:
        """The same graph without observations."""
        return MissionGraph(engine=CuratedEngine(networks=False))

    def test_predicates_are_listed(self, observed: list[ox.Quad]) -> None:
        used = {str(quad.predicate)[1:-1] for quad in observed}
        assert {name for name in used if not name.startswith(QB)} <= SHARED | TERMS

    def test_classes_are_listed(self, observed: list[ox.Quad]) -> None:
        kind = ox.NamedNode(RDF + "type")
        classes = {str(quad.object)[1:-1] for quad in observed if quad.predicate == kind}
        assert {name for name in classes if not name.startswith(QB)} <= TERMS

    def test_nothing_else_describes_or_names_their_subjects(
        self, unobserved: MissionGraph, observed: list[ox.Quad]
    ) -> None:
        subjects = {quad.subject for quad in observed}
        assert all(str(subject).startswith(f"<{BASE}network/") for subject in subjects)
        others = list(_held(unobserved).quads_for_pattern(None, None, None, ox.DefaultGraph()))
        assert not subjects & {quad.subject for quad in others}
        assert not subjects & {quad.object for quad in others}

    def test_their_classes_have_no_superclass(self, graph: MissionGraph) -> None:
        up = f"ASK {{ <{MOI}Community> <{RDFS}subClassOf> ?other }}"
        assert graph.query(up) is False

    @pytest.mark.long
    def test_an_independent_query_of_the_library_gives_the_same_rows(
        self, graph: MissionGraph, unobserved: MissionGraph
    ) -> None:
        chosen = [query for query in queries() if not depends(_asked(query))]
        assert len(chosen) > 40
        for query in chosen:
            assert _rows(unobserved, _asked(query)) == _rows(graph, _asked(query)), query.name

    def test_no_network_depends_on_them(self) -> None:
        assert not [query.name for query in network_queries() if depends(Query(query.text))]


def _held(graph: MissionGraph) -> ox.Store:
    assert isinstance(graph.engine, LocalEngine)
    return graph.engine.held


def _asked(query: LibraryQuery) -> Query:
    return Query(query.text, parameters=query.bindings({}))


def _rows(graph: MissionGraph, query: Query) -> list[str]:
    result = ox.parse_query_results(
        graph.engine.run(query, solutions=JSON, triples=None).read(), ox.QueryResultsFormat.JSON
    )
    return sorted(str(row) for row in result) if isinstance(result, ox.QuerySolutions) else []


INDEPENDENT = [
    "SELECT * { ?s a moi:Mission }",
    "SELECT * { ?s a moi:Mission . OPTIONAL { ?s rdfs:label ?label } }",
    "SELECT * { ?s a/rdfs:subClassOf* moi:Initiative ; rdfs:label ?label }",
    "SELECT * { GRAPH ?g { ?s moi:serves ?o } ?g prov:wasDerivedFrom ?source }",
    "SELECT * { id:a ?p ?o }",
    "SELECT ?s (COUNT(*) AS ?n) { ?s moi:serves ?o } GROUP BY ?s",
    "SELECT * { { SELECT ?s { ?s moi:serves ?o } GROUP BY ?s } ?s rdfs:label ?label }",
    "SELECT * { ?s moi:serves ?o MINUS { ?s rdfs:label 'x' } }",
    "SELECT * { ?s moi:serves ?o FILTER EXISTS { ?o rdfs:label ?label } }",
    f"SELECT * {{ ?s rdfs:label ?label FILTER(!STRSTARTS(STR(?s), '{BASE}network/')) }}",
    "DESCRIBE id:a",
    "SELECT * { SERVICE <https://example.org/sparql> { ?s ?p ?o } }",
]
DEPENDENT = [
    "SELECT * { ?s ?p ?o }",
    "SELECT * { ?s rdfs:label ?label }",
    "SELECT * { ?s a ?class }",
    "SELECT * { ?s !moi:serves ?o }",
    "SELECT * { ?s moi:serves* ?o }",
    "SELECT * { ?o ^rdfs:label ?s }",
    "SELECT * { ?s ?p id:a }",
    "SELECT * { GRAPH ?g { } }",
    "SELECT * { ?s rdfs:label? 'a' }",
    "SELECT * { ?s rdfs:label ?label FILTER(STRSTARTS(STR(?s), 'x')) }",
    "SELECT * { ?s rdfs:label ?label FILTER(!STRSTARTS(STR(?s), 'x')) }",
    f"SELECT * {{ ?s ?p ?o FILTER(!STRSTARTS(STR(?o), '{BASE}network/')) }}",
    "SELECT * { { SELECT ?s { ?s rdfs:label ?l } LIMIT 1 }"
    f" FILTER(!STRSTARTS(STR(?s), '{BASE}network/')) }}",
    "SELECT * { GRAPH ?g { id:a moi:serves* ?x } }",
    "SELECT * { ?s moi:pagerankRank 1 }",
    "SELECT * { ?s a qb:Observation }",
    "SELECT * { ?s a id:x . OPTIONAL { ?other rdfs:label ?label } }",
    "SELECT * { { SELECT ?s ?label { ?s rdfs:label ?label } LIMIT 1 } ?s moi:serves ?o }",
    "SELECT * { { ?s moi:serves ?o } UNION { ?s rdfs:label ?label } ?s a ?class }",
    "SELECT * { ?o moi:serves ?p FILTER NOT EXISTS { ?s rdfs:label ?label } }",
    "SELECT * { ?x prov:wasDerivedFrom/rdfs:label ?label }",
    "SELECT * { ?x a/rdfs:label ?label }",
    "SELECT * { ?c moi:serves/^moi:serves/^a ?z }",
    "SELECT * { ?s moi:serves ?o . ?s ^prov:wasDerivedFrom ?x }",
    "SELECT * { ?s moi:serves ?o . ?s (moi:serves|^prov:wasDerivedFrom) ?x }",
    "SELECT * { { ?s moi:serves ?o } ?s ^prov:wasDerivedFrom* ?x }",
    "SELECT * { ?s a moi:Mission . ?s !(^moi:serves) ?x }",
    "SELECT * { id:s !(^rdfs:label) ?x }",
    "SELECT * { id:s (^prov:wasDerivedFrom)* ?x }",
    "SELECT * { GRAPH ?g { FILTER(true) } }",
    "SELECT * { GRAPH ?g { OPTIONAL { ?s moi:serves ?o } } }",
    "SELECT * { ?s moi:serves ?o FILTER EXISTS { GRAPH ?g { FILTER(?g != id:graph) } } }",
    f"ASK {{ GRAPH <{NETWORKS_GRAPH}> {{ }} }}",
    "SELECT * { { SELECT (SAMPLE(?s) AS ?z) { ?s moi:nothing ?o } } ?z rdfs:label ?label }",
    "SELECT * { { VALUES ?b { 1 } OPTIONAL { ?x rdfs:label ?l } } ?x moi:serves ?y }",
    "SELECT * { { VALUES ?b { 1 } FILTER NOT EXISTS { ?x rdfs:label ?l } } ?x moi:serves ?y }",
    "SELECT * { { VALUES ?b { 1 } MINUS { ?x rdfs:label ?l BIND(1 AS ?b) } } ?x moi:serves ?y }",
    "ASK { network:a\\/b ?p ?o }",
    "DESCRIBE network:shared-missions",
    "CONSTRUCT { ?s a ?class } WHERE { ?s a ?class }",
    "ASK { <<( id:a moi:serves id:b )>> ?p ?o }",
    "ASK { network:shared-missions ?p ?o }",
]


@pytest.mark.parametrize("text", INDEPENDENT)
def test_it_is_independent(text: str) -> None:
    assert not depends(Query(PREFIXES + text))


@pytest.mark.parametrize("text", DEPENDENT)
def test_it_may_depend(text: str) -> None:
    assert depends(Query(PREFIXES + text))


def test_nothing_is_measured_for_a_query_with_an_error() -> None:
    assert not depends(Query("SELECT * { ?s ?p }"))


def test_parameters_count() -> None:
    text = f"SELECT * {{ ?s ?p ?o }} # of {MOI}"
    assert not depends(Query(text, parameters={"s": f"<{ID}a>"}))
    assert depends(Query(text, parameters={"s": f"<{BASE}network/shared-missions>"}))


def test_the_dataset_of_the_protocol_counts() -> None:
    text = "SELECT * { ?s ?p ?o }"
    assert not depends(Query(text, default_graphs=[f"{BASE}graph/inferred"]))
    assert depends(Query(text, default_graphs=[NETWORKS_GRAPH]))
    assert depends(Query(text, named_graphs=[NETWORKS_GRAPH]))


CURATED = """
id:a a moi:Mission ; rdfs:label "a" ; moi:serves id:b ; prov:wasDerivedFrom id:s .
id:b a moi:Goal ; rdfs:label "b" ; moi:serves id:a . id:s rdfs:label "s" .
moi:Mission rdfs:subClassOf moi:Initiative . moi:Mission rdfs:label "Mission" .
"""
OBSERVED = """
network:n a qb:DataSet ; rdfs:label "a" ; prov:wasDerivedFrom id:s .
network:o a qb:Observation ; qb:dataSet network:n ; moi:node id:a ; moi:degreeRank 1 .
network:c a moi:Community ; rdfs:label "b" . network:o moi:community network:c .
"""


def _quads(turtle: str, graph: str) -> Iterator[ox.Quad]:
    text = PREFIXES + turtle  # Turtle knows SPARQL's PREFIX, too
    for quad in ox.parse(text, ox.RdfFormat.TURTLE):
        yield ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(graph))


def _graph(*quads: ox.Quad) -> MissionGraph:
    store = ox.Store()
    store.extend(quads)
    merge(store)
    return MissionGraph(engine=LocalEngine(store))


WITHOUT = _graph(*_quads(CURATED, ID + "graph"))
WITH = _graph(*_quads(CURATED, ID + "graph"), *_quads(OBSERVED, NETWORKS_GRAPH))

NODES = st.sampled_from(["?x", "?y", "?z", "id:a", "id:s", '"a"', "moi:Mission", "network:n"])
SUBJECTS = st.sampled_from(["?x", "?y", "?z", "id:a", "id:s", "moi:Mission"])
PREDICATES = ["a", "rdfs:label", "moi:serves", "prov:wasDerivedFrom", "rdfs:subClassOf"]
STEPS = st.recursive(
    st.sampled_from([*PREDICATES, "moi:serves", "!a", "!^moi:serves", "a/rdfs:subClassOf*"]),
    lambda step: st.one_of(
        st.builds("^({})".format, step),
        st.builds("({}){}".format, step, st.sampled_from("*+?")),
        st.builds("({})/({})".format, step, step),
        st.builds("({})|({})".format, step, step),
    ),
    max_leaves=3,
)
PREDICATED = st.one_of(st.sampled_from([*PREDICATES, "?p"]), STEPS)
TRIPLES = st.builds("{} {} {} .".format, SUBJECTS, PREDICATED, NODES)
BGPS = st.lists(TRIPLES, min_size=1, max_size=3).map(" ".join)
EXCLUDING = [f"FILTER(!STRSTARTS(STR({name}), '{BASE}network/'))" for name in ("?x", "?y", "?z")]
PATTERNS = st.recursive(
    st.one_of(BGPS, st.sampled_from(["", "FILTER(true)", "VALUES ?b { 1 }", "BIND(1 AS ?b)"])),
    lambda inner: st.one_of(
        st.builds("{} OPTIONAL {{ {} }}".format, inner, inner),
        st.builds("{{ {} }} UNION {{ {} }}".format, inner, inner),
        st.builds("{} MINUS {{ {} }}".format, inner, inner),
        st.builds("{} FILTER EXISTS {{ {} }}".format, inner, inner),
        st.builds("{} FILTER NOT EXISTS {{ {} }}".format, inner, inner),
        st.builds("GRAPH ?g {{ {} }}".format, inner),
        st.builds("{} {}".format, inner, st.sampled_from(EXCLUDING)),
        st.builds("{} OPTIONAL {{ {} {} }}".format, inner, inner, st.sampled_from(EXCLUDING)),
        st.builds("{{ SELECT ?x {{ {} }} GROUP BY ?x }} {}".format, inner, inner),
        st.builds("{{ SELECT (SAMPLE(?x) AS ?y) {{ {} }} }} {}".format, inner, inner),
        st.builds("{{ SELECT ?x ?y {{ {} }} }} {}".format, inner, inner),
        st.builds("{{ SELECT ?x {{ {} }} ORDER BY ?x LIMIT 1 }} {}".format, inner, inner),
        st.builds("{} BIND(?x AS ?w) ?w rdfs:label ?l".format, inner),
        st.builds("{{ {} }} {}".format, inner, inner),
        st.builds("{{ {} }} {{ {} }}".format, inner, inner),
    ),
    max_leaves=4,
)


@given(PATTERNS)
def test_an_independent_query_gives_the_same_rows(pattern: str) -> None:
    query = Query(f"{PREFIXES} SELECT * {{ {pattern} }}")
    try:
        rows = _rows(WITH, query)
    except QueryError:  # such as two BINDs of one name
        reject()
    assert depends(query) or _rows(WITHOUT, query) == rows
