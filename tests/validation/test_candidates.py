"""Set-wise validation finds, wherever it looks, what pySHACL finds at every focus node."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib import SH, BNode, URIRef
from rdflib.term import Node
from support.examples import examples

import missiongraph
from missiongraph.errors import DataError
from missiongraph.networks.observations.curated import CuratedEngine
from missiongraph.rdf.exact import exact
from missiongraph.validation.candidates import Candidates
from missiongraph.validation.shapes import Report, at_every_node, relied_on, shapes, validate

EXAMPLES = Path(str(files("missiongraph.ontology"))) / "examples"
FILES = sorted(path for path in EXAMPLES.glob("*/*") if path.suffix in (".ttl", ".trig"))
EX = "http://example.org/"
PREFIXES = f"""
@prefix : <{EX}> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:prefixes sh:declare [ sh:prefix "" ; sh:namespace "{EX}" ] .
"""
# literals that a store would hold by value, that are ill-formed or written in another way
LITERALS = (
    '"a"', '"a"@en', '"b"@en', '"a"@de-AT', '""', '" a\\n"', "1", '"01"^^xsd:integer', "1.50",
    '"1.5"^^xsd:decimal', '"x"^^xsd:integer', '"2020"^^xsd:gYear', '"2020-13-01"^^xsd:date',
    '"2020-01-01"^^xsd:date', '"0000-01-01"^^xsd:date', "true", '"1"^^xsd:boolean', '"1"^^xsd:int',
    '"300"^^xsd:byte', "1e0", '"a"^^:type', '"a"^^<urn:x-missiongraph:exact:t>',
)  # fmt: skip
NODES = (":a", ":b", ":c", "_:d", "_:e")
SAID = (
    SH.focusNode,
    SH.resultPath,
    SH.value,
    SH.sourceShape,
    SH.sourceConstraintComponent,
    SH.resultSeverity,
)
PREDICATES = (":p", ":q", ":r")
CLASSES = (":A", ":B", ":C")


def rows(report: Report) -> Counter[tuple[str, ...]]:
    """The results; in messages, the order of a blank node's triples and cases of tags differ."""
    messages = [result.message.partition("[")[0].lower() for result in report.results]
    rest = [vars(result) | {"message": ""} for result in report.results]
    each = zip(rest, messages, strict=True)
    return Counter((*map(str, result.values()), message) for result, message in each)


def results(report: Report) -> Counter[tuple[str, ...]]:
    """The results of the report's graph, in which nested ones are included."""
    graph = report.graph

    def text(node: Node, predicate: URIRef) -> str:
        """The value of a property; blank nodes and cases of language tags may differ."""
        values = [v for v in graph.objects(node, predicate) if not isinstance(v, BNode)]
        return " ".join(sorted(map(repr, values))).lower() or str((node, predicate, None) in graph)

    nodes = set(graph.subjects(SH.focusNode))
    return Counter(tuple(text(node, predicate) for predicate in SAID) for node in nodes)


def both_say(data: rdflib.Graph | list[ox.Quad], rules: rdflib.Graph) -> Report | None:
    """The report, which is that of pySHACL at every focus node; None if neither can be made."""
    try:
        wanted = at_every_node(data, shapes=rules)
    except DataError:
        with pytest.raises(DataError):
            validate(data, shapes=rules)
        return None
    found = validate(data, shapes=rules)
    assert rows(found) == rows(wanted)
    assert results(found) == results(wanted)
    assert found.graph.value(None, SH.conforms) == wanted.graph.value(None, SH.conforms)
    return found


def turtle(text: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=PREFIXES + text)


def quads(text: str) -> list[ox.Quad]:
    return list(ox.parse(PREFIXES + text, ox.RdfFormat.TURTLE))


terms = st.sampled_from(NODES + LITERALS)
predicates = st.sampled_from(PREDICATES)
triples = st.one_of(
    st.builds("{} {} {} .".format, st.sampled_from(NODES), predicates, terms),
    st.builds("{} a {} .".format, st.sampled_from(NODES), st.sampled_from(CLASSES)),
    st.builds(
        "{} rdfs:subClassOf {} .".format,
        st.sampled_from((*CLASSES, "_:d")),
        st.sampled_from(CLASSES),
    ),
)
graphs = st.lists(triples, max_size=14).map("\n".join)
named = st.sampled_from((":a", ":b", *LITERALS))
counts = st.integers(0, 3)
paths = st.recursive(
    predicates | st.just("rdf:type"),
    lambda inner: st.one_of(
        st.builds("[ sh:inversePath {} ]".format, inner),
        st.builds("( {} {} )".format, inner, inner),
        st.builds("[ sh:alternativePath ( {} {} ) ]".format, inner, inner),
        st.builds(
            "[ sh:{} {} ]".format,
            st.sampled_from(("zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")),
            inner,
        ),
    ),
    max_leaves=3,
)
of_values = st.one_of(
    st.builds("sh:class {}".format, st.sampled_from(CLASSES)),
    st.builds(
        "sh:datatype {}".format,
        st.sampled_from(
            ("xsd:string", "rdf:langString", "xsd:integer", "xsd:date", "xsd:gYear", "xsd:int",
             "xsd:decimal", "xsd:boolean", ":type")
        ),
    ),
    st.builds(
        "sh:nodeKind sh:{}".format,
        st.sampled_from(
            ("IRI", "Literal", "BlankNode", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
        ),
    ),
    st.builds("sh:hasValue {}".format, named),
    st.builds("sh:in ( {} {} )".format, named, named),
    st.builds("sh:pattern '{}'".format, st.sampled_from(("a", "^a$", "^[^a]", "1$", "\\\\d"))),
    st.builds("sh:pattern '^A' ; sh:flags '{}'".format, st.sampled_from(("i", ""))),
    st.builds(
        "sh:{} {}".format, st.sampled_from(("minLength", "maxLength")), st.integers(0, 20)
    ),
    st.builds(
        "sh:{} {}".format,
        st.sampled_from(("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")),
        st.sampled_from(("1", "1.5", '"2020"^^xsd:gYear', '"2020-01-01"^^xsd:date', '"a"')),
    ),
    st.builds("sh:languageIn ( {} )".format, st.sampled_from(('"en"', '"de" "en"', '"*"'))),
    st.builds("sh:{} {}".format, st.sampled_from(("equals", "disjoint")), predicates),
    st.builds("sh:closed {} ; sh:ignoredProperties ( :q )".format, st.sampled_from(("true", "0"))),
)  # fmt: skip
of_properties = st.one_of(
    of_values,
    st.builds("sh:minCount {}".format, counts),
    st.builds("sh:maxCount {}".format, counts),
    st.just("sh:uniqueLang true"),
    st.builds("sh:{} {}".format, st.sampled_from(("lessThan", "lessThanOrEquals")), predicates),
)


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Constraints that ask for other shapes, whose constraints are ``inner``."""
    return st.one_of(
        st.builds("sh:{} [ {} ]".format, st.sampled_from(("not", "node")), inner),
        st.builds("sh:not [ sh:deactivated true ; {} ]".format, inner),
        st.builds(
            "sh:{} ( [ {} ] [ {} ] )".format, st.sampled_from(("and", "or", "xone")), inner, inner
        ),
        st.builds("sh:property [ sh:path {} ; {} ]".format, paths, of_properties | inner),
        st.builds(
            "sh:property [ sh:path {} ; sh:qualifiedValueShape [ {} ] ; "
            "sh:qualified{}Count {} ]".format,
            paths,
            inner,
            st.sampled_from(("Min", "Max")),
            counts,
        ),
    )


constraints = st.recursive(of_values, nested, max_leaves=4)
targets = st.one_of(
    st.builds("sh:targetClass {}".format, st.sampled_from(CLASSES)),
    st.builds("sh:target{}sOf {}".format, st.sampled_from(("Subject", "Object")), predicates),
    st.builds("sh:targetNode {}".format, st.sampled_from((":a", ":b", ":new", "1.50", '"a"@en'))),
    st.just("a rdfs:Class, sh:NodeShape"),
)
severities = st.sampled_from(("", "sh:severity sh:Info ;", "sh:deactivated true ;"))
bodies = st.one_of(
    st.builds("{} ; {} {}".format, targets, severities, constraints),
    st.builds("{} ; {} {} ; {}".format, targets, severities, constraints, constraints),
    st.builds(
        "{} ; sh:path {} ; {}".format,
        targets.filter(lambda target: "NodeShape" not in target),
        paths,
        of_properties,
    ),
)  # fmt: skip
shape_graphs = st.lists(bodies, min_size=1, max_size=2).map(
    lambda each: "\n".join(f":{name} {body} ." for name, body in zip("AS", each, strict=False))
)


@examples(200)
@given(graphs, shape_graphs)
def test_reports_are_those_of_every_focus_node(data: str, rules: str) -> None:
    both_say(quads(data), turtle(rules))


@examples(50)
@given(graphs, shape_graphs)
def test_reports_are_the_same_for_graphs_of_rdflib(data: str, rules: str) -> None:
    both_say(turtle(data), turtle(rules))


PATTERNS = st.sampled_from(
    (
        "$this :p ?value", "?value :q $this", "$this :p/:q ?value", "$this (:p|^:q)+ ?value",
        "$this :p ?m . ?m :q ?value", "$this (:p)+ $this", "?value :r ?m", "$this :p* ?value",
        "{ $this :p ?value } UNION { $this :q ?value }",
        "{ $this :p ?value FILTER(isIRI(?value)) }",
        "$this :p ?value OPTIONAL { ?value :q ?m FILTER(?m != ?value) }",
        "$this :p 1", '$this :q "01"^^<http://www.w3.org/2001/XMLSchema#integer>',
        "{ SELECT DISTINCT $this ?value WHERE { $this :p ?value . ?value ?any ?m } }",
        "{ SELECT DISTINCT $this ?value WHERE { { ?m ?value ?o } UNION { ?m a ?value } } }",
        "FILTER EXISTS { $this :p ?value }", "",
    )
)  # fmt: skip
FILTERS = st.sampled_from(
    (
        "", "FILTER(?value > 1)", "FILTER(STRLEN(STR(?value)) > 1)", "FILTER(!BOUND(?m))",
        "FILTER(?value != ?m)", 'FILTER(REGEX(STR(?value), "^[a-z]"))', "FILTER(?value = 1)",
        "BIND(STR(?value) AS ?text) FILTER(SUBSTR(?text, 1, 1) < 'b' || ?text = ?none)",
        "BIND(?value + 1 AS ?sum) FILTER(?sum > 2)", "BIND(?value AS ?other) ?other :q ?end",
        "FILTER($this != ?value)", "FILTER(NOT EXISTS { ?value :q $this })",
        "FILTER(LANG(?value) = 'en')",
        "FILTER(1/0 = 1 || isLiteral(?value))", "FILTER(?value IN (1, :a))",
    )
)  # fmt: skip


@examples(150)
@given(graphs, st.lists(PATTERNS, min_size=1, max_size=2), FILTERS, targets, st.booleans())
def test_queries_find_what_they_find_at_every_focus_node(
    data: str, patterns: list[str], filter_: str, target: str, inside: bool
) -> None:
    query = f"SELECT $this ?value WHERE {{ {' . '.join(patterns)} {filter_} }}"
    constraint = f'sh:sparql [ sh:prefixes :prefixes ; sh:select """{query}""" ]'
    both_say(
        quads(data),
        turtle(f":A {target} ; {f'sh:not [ {constraint} ]' if inside else constraint} ."),
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.long] if number % 6 else [])
        for number, path in enumerate(FILES)
    ],
)
def test_examples_have_the_same_report(path: Path) -> None:
    assert validate(path).results == at_every_node(path).results


@pytest.mark.long
def test_curated_graph_has_the_same_report() -> None:
    graph = missiongraph.open()
    assert isinstance(graph.engine, CuratedEngine)
    store = graph.engine.curated
    statements = list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert graph.validate().results == at_every_node(statements).results


def test_all_of_our_shapes_are_compiled() -> None:
    assert Candidates(shapes()).uncompiled() == {}


UNCOMPILED = {
    "recursion": ":s sh:targetNode :a ; sh:property [ sh:path :p ; sh:node :s ; sh:maxCount 0 ] .",
    "many": ":s sh:targetNode :a ; sh:property [ sh:path :p ; sh:minCount 9 ] .",
    "path without steps": """:s sh:targetNode :a ;
        sh:property [ sh:path ( [ sh:zeroOrMorePath :q ] :p ) ; sh:maxCount 0 ] .""",
    "siblings": """:s sh:targetNode :a ; sh:property [ sh:path :p ; sh:qualifiedMinCount 1 ;
        sh:qualifiedValueShapesDisjoint true ; sh:qualifiedValueShape [ sh:class :A ] ] .""",
    "query": """:s sh:targetNode :a ; sh:sparql [ sh:prefixes :prefixes ;
        sh:select "SELECT $this WHERE { $this :p ?x FILTER NOT EXISTS { $this :r ?x } }" ] .""",
    "own component": """:s sh:targetNode :a ; :avoids :p . :c a sh:ConstraintComponent ;
        sh:parameter [ sh:path :avoids ] ; sh:validator [ a sh:SPARQLAskValidator ;
        sh:ask "ASK { FILTER NOT EXISTS { $value $avoids ?y } }" ] .""",
}


@pytest.mark.parametrize("rules", UNCOMPILED.values(), ids=UNCOMPILED.keys())
def test_what_cannot_be_compiled_says_so_and_is_checked(rules: str) -> None:
    assert Candidates(turtle(rules)).uncompiled().get(URIRef(EX + "s"))
    report = both_say(quads(":a :p :b ."), turtle(rules))
    assert report is not None
    assert report.violations


def test_shapes_that_cannot_be_run_are_refused_only_where_they_have_targets() -> None:
    rules = turtle(":s sh:targetSubjectsOf :p ; sh:property [ sh:path :q ; sh:minCount 'one' ] .")
    assert validate(quads(":a :q :b ."), shapes=rules).conforms
    with pytest.raises(DataError, match="minCount"):
        validate(quads(":a :p :b ."), shapes=rules)


def test_only_nodes_that_fail_are_candidates() -> None:
    store = ox.Store()
    data = ":a a :A ; :p 1 . :b a :A ; :p 2 . :c a :A ."
    store.extend(map(exact, quads(data)))
    rules = turtle(":s sh:targetClass :A ; sh:property :t . :t sh:path :p ; sh:maxInclusive 1 .")
    found = {str(shape): nodes for shape, nodes in Candidates(rules).found(store) if nodes}
    assert found == {EX + "t": {URIRef(EX + "b")}}


def test_terms_that_are_none_of_rdf_are_checked_where_rdflib_holds_them() -> None:
    data = turtle(":a :p :b .")
    data.add((URIRef("a b"), URIRef(EX + "p"), URIRef(EX + "b")))
    rules = turtle(":s sh:targetSubjectsOf :p ; sh:pattern 'example' .")
    report = both_say(data, rules)
    assert report is not None
    assert [result.focus for result in report.results] == ["a b"]


def test_a_graph_without_statements_has_no_results() -> None:
    assert not validate([]).results
    assert len(relied_on())
