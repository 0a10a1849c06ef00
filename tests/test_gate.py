"""The gate: it finds what a change made wrong, all of it, wherever it shows."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF
from rdflib.namespace import Namespace

from missiongraph.change import Change
from missiongraph.gate import Gate
from missiongraph.namespaces import ID, MOI, PREFIXES, SHAPES
from missiongraph.store import parse
from missiongraph.validation import Report, Result, merged, read, validate

EXAMPLES = Path(str(files("missiongraph.ontology"))) / "examples"
VALID = sorted(path for path in EXAMPLES.glob("valid/*") if path.suffix in (".ttl", ".trig"))
INVALID = sorted(EXAMPLES.glob("invalid/*.ttl"))
W3C = Path(__file__).parents[2] / "shared/w3c/data-shapes/data-shapes-test-suite/tests"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
EX = "http://example.org/"
EDITS = int(os.environ.get("GATE_EDITS", "1"))
"""Triples of each W3C test that are taken out and put back in; all of them with a large number."""
DEFAULT = ox.DefaultGraph()


@lru_cache(maxsize=1)
def gate() -> Gate:
    return Gate()


@lru_cache
def quads(path: Path) -> tuple[ox.Quad, ...]:
    """The quads of a file, each in a named graph."""
    graph = ox.NamedNode(f"{EX}graph/{path.name}")
    return tuple(said_in(graph, quad) for quad in parse(path))


def said_in(graph: ox.NamedNode, quad: ox.Quad) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def stored(content: Iterable[ox.Quad]) -> ox.Store:
    """A store with its default graph merged."""
    store = ox.Store()
    for quad in content:
        store.add(quad)
        store.add(ox.Quad(*quad.triple))
    return store


def changed(before: Iterable[ox.Quad], change: Change) -> ox.Store:
    """The store as it is after a change."""
    return stored({*before, *change.added} - set(change.removed))


def in_full(store: ox.Store, shapes: rdflib.Graph | None = None) -> Report:
    return validate(merged(store.quads_for_pattern(None, None, None, DEFAULT)), shapes=shapes)


def found_by(results: Iterable[Result]) -> set[str]:
    return {result.shape for result in results}


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_example_is_caught_by_exactly_what_it_names(path: Path) -> None:
    name = re.match(r"# fails: shapes#(\S+)", path.read_text(encoding="utf-8"))
    assert name
    change = Change(added=quads(path))
    report = gate().check(stored(change.added), change)
    grave = found_by(report.violations + report.warnings)
    assert grave == {SHAPES + name[1]} or (not grave and SHAPES + name[1] in found_by(report.infos))


def test_valid_examples_pass_together() -> None:
    change = Change(added=tuple(quad for path in VALID for quad in quads(path)))
    report = gate().check(stored(change.added), change)
    assert not report.violations + report.warnings, report.text()


def test_nothing_is_found_where_nothing_changed() -> None:
    wrong = quads(EXAMPLES / "invalid/LabelledShape-label--missing.ttl")
    assert not gate().check(stored(wrong), Change()).results


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_gate_finds_the_violations_that_full_validation_finds(data: st.DataObject) -> None:
    before = quads(data.draw(st.sampled_from(VALID)))
    wrong = quads(data.draw(st.sampled_from([*INVALID, *VALID])))
    removed = data.draw(st.lists(st.sampled_from(before), max_size=3, unique=True))
    added = data.draw(st.lists(st.sampled_from(wrong), max_size=12, unique=True))
    change = Change(tuple(removed), tuple(quad for quad in added if quad not in before))
    store = changed(before, change)
    report, full = gate().check(store, change), in_full(store)
    assert set(report.violations) == set(full.violations)
    assert set(report.results) <= set(full.results)


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode(ID + name)


def term(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode((MOI if prefix == "moi" else PREFIXES[prefix]) + local)


GONE = {
    "class of what others refer to": (
        ("mission/us-apollo", "rdf:type", None),
        ("mission/us-apollo", "KnownThingShape-type"),
    ),
    "source's description": (
        ("source/ucl-news-2018-06-27", None, None),
        ("source/ucl-news-2018-06-27", "KnownThingShape-type"),
    ),
    "who pursues an aim": (
        (None, "moi:pursues", "target/eu-cancer-g1"),
        ("target/eu-cancer-g1", "AimShape-pursuer"),
    ),
    "what an amount belongs to": (
        (None, "moi:hasAmount", "amount/example-award"),
        ("amount/example-award", "AmountShape-owner"),
    ),
    "label": (
        ("mission/us-apollo", "rdfs:label", None),
        ("mission/us-apollo", "LabelledShape-label"),
    ),
}


@pytest.mark.parametrize("pattern, expected", GONE.values(), ids=GONE.keys())
def test_what_is_gone_is_missed_at_those_who_need_it(
    pattern: tuple[str | None, ...], expected: tuple[str, str]
) -> None:
    before = [quad for path in VALID for quad in quads(path)]
    subject, predicate, object = pattern
    gone = stored(before).quads_for_pattern(
        node(subject) if subject else None,
        term(predicate) if predicate else None,
        node(object) if object else None,
    )
    change = Change(removed=tuple(q for q in gone if not isinstance(q.graph_name, ox.DefaultGraph)))
    assert change
    report = gate().check(changed(before, change), change)
    focus, shape = expected
    assert (ID + focus, SHAPES + shape) in {(r.focus, r.shape) for r in report.violations}


def test_start_of_an_initiative_is_held_against_its_aims() -> None:
    before = quads(EXAMPLES / "valid/aims.ttl")
    late = ox.Literal("2099", datatype=term("xsd:gYear"))
    dues = [q for q in before if q.predicate == term("moi:dueBy")]
    (pursuer, aim) = next(
        (q.subject, q.object)
        for q in before
        if q.predicate == term("moi:pursues") and q.object in {due.subject for due in dues}
    )
    change = Change(added=(ox.Quad(pursuer, term("moi:start"), late, ox.NamedNode(EX + "g")),))
    report = gate().check(changed(before, change), change)
    wrong = {(result.focus, result.shape) for result in report.violations}
    assert (str(aim).strip("<>"), SHAPES + "DueAfterStartShape") in wrong


def test_a_triple_that_another_source_still_states_is_not_missed() -> None:
    before = quads(EXAMPLES / "valid/missions.ttl")
    again = tuple(said_in(ox.NamedNode(EX + "again"), quad) for quad in before)
    change = Change(removed=before)
    report = gate().check(changed([*before, *again], change), change)
    assert not report.violations


def test_strings_are_the_same_plain_or_typed() -> None:
    shapes = rdflib.Graph().parse(
        data=f"""@prefix sh: <http://www.w3.org/ns/shacl#> .
        <urn:shape> sh:targetSubjectsOf <{EX}p> ; sh:property [ sh:path <{EX}p> ; sh:in ( "BE" ) ] .
        """
    )
    graph = ox.NamedNode(EX + "g")
    change = Change(added=(ox.Quad(node("x"), ox.NamedNode(EX + "p"), ox.Literal("BE"), graph),))
    assert not Gate(shapes).check(stored(change.added), change).results


# Shapes of every kind, over few nodes and predicates, so that chance meets all of them.

MANY = """
@prefix : <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .

:path sh:targetClass :A ; sh:property [ sh:path ( :p [ sh:inversePath :q ] ) ; sh:maxCount 0 ] .
:against sh:targetNode :a ;
    sh:property [ sh:path [ sh:inversePath ( :p :q ) ] ; sh:maxCount 0 ] .
:more sh:targetSubjectsOf :q ;
    sh:property [ sh:path [ sh:zeroOrMorePath :p ] ; sh:class :A ] ;
    sh:property [ sh:path [ sh:oneOrMorePath [ sh:alternativePath ( :p :q ) ] ] ; sh:maxCount 2 ] .
:perhaps sh:targetObjectsOf :p ;
    sh:property [ sh:path ( [ sh:zeroOrOnePath :q ] :r ) ; sh:minCount 1 ] .
:implicit a rdfs:Class, sh:NodeShape ; sh:property [ sh:path :r ; sh:maxCount 1 ] .
:nested sh:targetNode :a, :b ;
    sh:property [ sh:path :p ; sh:node [ sh:property [ sh:path :q ; sh:node :implicit ] ] ] .
:logic sh:targetClass :B ;
    sh:or ( [ sh:not [ sh:property [ sh:path :q ; sh:class :A ] ] ]
            [ sh:and ( [ sh:class :A ] [ sh:property [ sh:path :r ; sh:hasValue :c ] ] ) ] ) ;
    sh:xone ( [ sh:property [ sh:path :p ; sh:minCount 1 ] ]
              [ sh:property [ sh:path [ sh:inversePath :p ] ; sh:minCount 1 ] ] ) .
:pair sh:targetSubjectsOf :p ; sh:equals :q ;
    sh:property [ sh:path :p ; sh:disjoint :r ; sh:equals :q ; sh:lessThan :r ] .
:closed sh:targetClass :A ; sh:property [ sh:path :p ; sh:node [ sh:closed true ;
    sh:property [ sh:path :q ] ] ] .
:qualified sh:targetSubjectsOf :r ;
    sh:property [ sh:path :p ; sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMaxCount 1 ;
        sh:qualifiedValueShape [ sh:class :A ] ] ,
      [ sh:path :p ; sh:qualifiedMinCount 1 ;
        sh:qualifiedValueShape [ sh:property [ sh:path :r ; sh:minCount 1 ] ] ] .

:tied sh:targetSubjectsOf :p ; sh:sparql [ sh:select
    "SELECT $this ?value WHERE { ?x :p $this . ?value :q ?x ; (:r|^:p)+ ?y }" ; sh:prefixes :o ] .
:optional sh:targetClass :A ; sh:sparql [ sh:select
    '''SELECT $this ?value WHERE { $this :p ?value . OPTIONAL { ?value :q ?y . ?y :r ?z }
       FILTER(!BOUND(?z)) }''' ; sh:prefixes :o ] .
:absent sh:targetClass :B ; sh:sparql [ sh:select
    '''SELECT $this WHERE { $this :p|:r ?x . FILTER NOT EXISTS { ?x ?any ?y . ?y a :A } }''' ;
    sh:prefixes :o ] .
:union sh:targetSubjectsOf :r ; sh:sparql [ sh:select
    '''SELECT $this ?value WHERE { $this :r ?x
       { ?x :p ?value } UNION { ?value :q ?x . ?x a :A } }''' ;
    sh:prefixes :o ] .
:inner sh:targetClass :A ; sh:sparql [ sh:select
    '''SELECT $this ?value WHERE { ?value :q $this { SELECT $this (COUNT(?x) AS ?n) WHERE
       { $this :p ?x . ?x :q ?y } GROUP BY $this HAVING (COUNT(?x) > 1) } }''' ; sh:prefixes :o ] .
:value sh:targetClass :A ; sh:property [ sh:path :p ; sh:sparql [ sh:select
    "SELECT $this ?value WHERE { $this $PATH ?value . ?value a ?kind . ?b a ?kind ; :r $this }" ;
    sh:prefixes :o ] ] .

:loose sh:targetNode :a ; sh:sparql [ sh:select
    '''SELECT $this ?value WHERE { { SELECT DISTINCT $this ?value WHERE
       { { ?s ?value ?o } UNION { ?s a ?value } } }
       OPTIONAL { ?value a ?kind } FILTER(!BOUND(?kind)) }''' ; sh:prefixes :o ] .
:looser sh:targetClass :A ; sh:sparql [ sh:select
    '''SELECT $this ?value WHERE { $this :p ?x . ?value :q :c .
       FILTER NOT EXISTS { ?value :r ?x } }''' ; sh:prefixes :o ] .
:counted sh:targetNode :b ; sh:sparql [ sh:select
    '''SELECT $this ?value WHERE { ?value a :A { SELECT $this (COUNT(?x) AS ?n)
       WHERE { ?x a :B } GROUP BY $this HAVING (COUNT(?x) > 1) } }''' ; sh:prefixes :o ] .
:loosest sh:targetNode :c ; sh:sparql [ sh:select
    "SELECT $this ?value WHERE { ?value (:p/:q)+ ?x . ?x a :B }" ; sh:prefixes :o ] .
:not sh:targetSubjectsOf :p ; sh:not [ sh:sparql [ sh:select
    "SELECT $this ?value WHERE { ?value :q ?x . ?x :r ?y }" ; sh:prefixes :o ] ] .

:component a sh:ConstraintComponent ; sh:parameter [ sh:path :avoids ] ;
    sh:validator [ a sh:SPARQLAskValidator ; sh:prefixes :o ;
        sh:ask "ASK { FILTER NOT EXISTS { ?x :p ?y . ?y :q $value . ?x a $avoids } }" ] .
:own sh:targetSubjectsOf :r ; :avoids :A .

:o sh:declare [ sh:prefix "" ; sh:namespace "http://example.org/" ] .
"""


@lru_cache(maxsize=1)
def many() -> tuple[Gate, rdflib.Graph]:
    shapes = rdflib.Graph().parse(data=MANY)
    return Gate(shapes), shapes


NODES = [ox.NamedNode(EX + name) for name in "abcd"]
PREDICATES = [ox.NamedNode(EX + name) for name in "pqr"]
CLASSES = [ox.NamedNode(EX + name) for name in ("A", "B", "implicit")]
SUBCLASS = ox.NamedNode(PREFIXES["rdfs"] + "subClassOf")
TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
QUADS = st.builds(
    lambda triple: ox.Quad(triple[0], triple[1], triple[2], ox.NamedNode(EX + "graph")),
    st.tuples(st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from(NODES))
    | st.tuples(st.sampled_from(NODES), st.just(TYPE), st.sampled_from(CLASSES))
    | st.tuples(st.sampled_from(CLASSES), st.just(SUBCLASS), st.sampled_from(CLASSES)),
)


@settings(max_examples=100, deadline=None)
@given(st.sets(QUADS, max_size=14), st.sets(QUADS, max_size=3), st.data())
def test_no_new_result_of_any_shape_is_missed(
    before: set[ox.Quad], added: set[ox.Quad], data: st.DataObject
) -> None:
    those = sorted(before, key=str)
    gone = data.draw(st.sets(st.sampled_from(those), max_size=3)) if those else ()
    change = Change(tuple(gone), tuple(added - before))
    checker, shapes = many()
    assert_nothing_missed(checker, shapes, tuple(before), change)


def assert_nothing_missed(
    checker: Gate, shapes: rdflib.Graph, before: tuple[ox.Quad, ...], change: Change
) -> None:
    after = changed(before, change)
    known = findings(in_full(stored(before), shapes))
    full = findings(in_full(after, shapes))
    found = findings(checker.check(after, change))
    assert full - known <= found <= full


def findings(report: Report) -> set[tuple[str, ...]]:
    """The results, without messages, in which pyshacl may write lists in any order."""
    return {(r.shape, r.focus, r.path, r.value, r.severity) for r in report.results}


def w3c_tests() -> list[Path]:
    """The validation tests of the W3C that are on hand."""
    paths = sorted(W3C.glob("*/**/*.ttl"))
    return [path for path in paths if "sht:Validate" in path.read_text(encoding="utf-8")]


@lru_cache
def w3c_test(path: Path) -> tuple[tuple[ox.Quad, ...], rdflib.Graph]:
    """The data and the shapes of a test."""
    entry = rdflib.Graph().parse(path)
    (test,) = entry.subjects(RDF.type, SHT.Validate)
    action = entry.value(test, MF.action)
    data, shapes = (
        W3C / str(entry.value(action, SHT[name])).rpartition(f"/{W3C.name}/")[2]
        for name in ("dataGraph", "shapesGraph")
    )
    return quads(data), read(shapes)


needs_w3c = pytest.mark.skipif(not W3C.exists(), reason="the W3C's SHACL tests are not on hand")


@needs_w3c
@pytest.mark.parametrize("path", w3c_tests(), ids=lambda path: str(path.relative_to(W3C)))
def test_gate_misses_nothing_in_the_tests_of_the_w3c(path: Path) -> None:
    data, shapes = w3c_test(path)
    checker = Gate(shapes)
    try:
        in_full(stored(data), shapes)
    except Exception as error:  # rdflib raises nothing more special for an unknown prefix
        pytest.skip(f"full validation does not run it: {error}")
    assert_nothing_missed(checker, shapes, (), Change(added=data))
    described = {subject.n3() for subject in shapes.subjects()}
    about_data = [quad for quad in data if str(quad.subject) not in described] or data
    chance = random.Random(path.name)
    for quad in chance.sample(about_data, min(EDITS, len(about_data))):
        rest = tuple(other for other in data if other != quad)
        assert_nothing_missed(checker, shapes, data, Change(removed=(quad,)))
        assert_nothing_missed(checker, shapes, rest, Change(added=(quad,)))
