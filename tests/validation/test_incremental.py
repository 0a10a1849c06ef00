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
from hypothesis import Phase, given
from hypothesis import strategies as st
from rdflib import RDF
from rdflib.namespace import Namespace
from support.examples import examples

from missiongraph.namespaces import ID, MOI, PREFIXES, SHAPES
from missiongraph.rdf.changes import Change
from missiongraph.rdf.store import parse
from missiongraph.validation.incremental import IncrementalValidator
from missiongraph.validation.shapes import Report, Result, merged, read, validate

EXAMPLES = Path(str(files("missiongraph.ontology"))) / "examples"
VALID = sorted(path for path in EXAMPLES.glob("valid/*") if path.suffix in (".ttl", ".trig"))
INVALID = sorted(EXAMPLES.glob("invalid/*.ttl"))
W3C = Path(__file__).parents[3] / "shared/w3c/data-shapes/data-shapes-test-suite/tests"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
EX = "http://example.org/"
EDITS = int(os.environ.get("GATE_EDITS", "1"))
"""Triples of each W3C test that are taken out and put back in; all of them with a large number."""
DEFAULT = ox.DefaultGraph()


@lru_cache(maxsize=1)
def gate() -> IncrementalValidator:
    return IncrementalValidator()


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


@examples(25)
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
    assert not IncrementalValidator(shapes).check(stored(change.added), change).results


# Each kind of shape with a change that only a walk through the graph tells to concern node x:
# the shape :s, the triples before, and what comes (+) or goes (-).

TURTLE = """
@prefix : <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
:prefixes sh:declare [ sh:prefix "" ; sh:namespace "http://example.org/" ] .
"""


def on_x(constraints: str) -> str:
    return f":s sh:targetNode :x ; {constraints} ."


def select(where: str) -> str:
    query = f"SELECT $this ?value WHERE {{ {where} }}"
    return f'sh:sparql [ sh:prefixes :prefixes ; sh:select """{query}""" ]'


def at(path: str, constraints: str) -> str:
    return f"sh:property [ sh:path {path} ; {constraints} ]"


SOME = "sh:minCount 1"
NONE = "sh:maxCount 0"
TERMS = """{ SELECT DISTINCT $this ?value WHERE { { ?s ?value ?o } UNION { ?s a ?value } } }
    OPTIONAL { ?value a ?kind } FILTER(!BOUND(?kind))"""
GROUPED = """{ SELECT $this (COUNT(?n) AS ?count)
    WHERE { %s } GROUP BY $this HAVING (COUNT(?n) > 1) }"""
CASES = {
    "inverse": (on_x(at("( :p [ sh:inversePath :q ] )", NONE)), "x p y", "+z q y"),
    "zero or more": (
        on_x(at("[ sh:zeroOrMorePath :p ]", "sh:class :A")),
        "x p y, y p z, x a A, y a A, z a A",
        "-z a A",
    ),
    "one or more of either": (
        on_x(at("[ sh:oneOrMorePath [ sh:alternativePath ( :p :q ) ] ]", "sh:maxCount 2")),
        "x p y, y q z",
        "+z p w",
    ),
    "zero or one": (on_x(at("( [ sh:zeroOrOnePath :q ] :r )", SOME)), "x q y, y r z", "-y r z"),
    "target by class": (":s sh:targetClass :A ; " + at(":p", SOME) + " .", "x a B", "+B < A"),
    "target by being a class": (
        ":A a rdfs:Class, sh:NodeShape ; " + at(":p", SOME) + " .",
        "",
        "+x a A",
    ),
    "target as subject": (":s sh:targetSubjectsOf :p ; " + at(":q", SOME) + " .", "", "+x p y"),
    "target as object": (":s sh:targetObjectsOf :p ; " + at(":q", SOME) + " .", "", "+y p x"),
    "class": (on_x(at(":p", "sh:class :A")), "x p y, y a C, C < B, B < A", "-B < A"),
    "node": (
        on_x(at(":p", f"sh:node [ {at(':q', 'sh:node :t')} ]")) + f":t {at(':r', NONE)} .",
        "x p y, y q z",
        "+z r w",
    ),
    "not": (on_x(f"sh:not [ {at('( :p :q )', SOME)} ]"), "x p y", "+y q z"),
    "or and and": (
        on_x(f"sh:or ( [ sh:and ( [ {at('( :p :q )', SOME)} ] ) ] [ sh:class :A ] )"),
        "x p y, y q z",
        "-y q z",
    ),
    "exactly one": (
        on_x(f"sh:xone ( [ {at('( :p :q )', SOME)} ] [ {at(':r', SOME)} ] )"),
        "x p y, x r z",
        "+y q z",
    ),
    "equals": (on_x(at(":p", "sh:equals :q")), "x p y, x q y", "-x q y"),
    "disjoint": (
        on_x(at(":p", f"sh:node [ {at(':q', 'sh:disjoint :r')} ]")),
        "x p y, y q z",
        "+y r z",
    ),
    "closed": (on_x(at(":p", "sh:node [ sh:closed true ]")), "x p y", "+y r z"),
    "qualified": (
        on_x(at(":p", f"sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ {at(':r', SOME)} ]")),
        "x p y, y r z",
        "-y r z",
    ),
    "qualified siblings": (
        on_x(
            at(":p", "sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMinCount 1 ;"
               "sh:qualifiedValueShape [ sh:class :A ]") + ";"
            + at(":q", f"sh:qualifiedMinCount 0 ; sh:qualifiedValueShape [ {at(':r', SOME)} ]")
        ),
        "x p y, y a A",
        "+y r z",
    ),
    "query": (on_x(select("?m :p $this . ?value :q ?m ; (:r|^:p)+ ?y")), "m p x, v q m", "+v r w"),
    "OPTIONAL": (
        on_x(select("$this :p ?value OPTIONAL { ?value :q ?y . ?y :r ?z } FILTER(!BOUND(?z))")),
        "x p y, y q z, z r w",
        "-z r w",
    ),
    "NOT EXISTS": (
        on_x(select("$this :p|:r ?m FILTER NOT EXISTS { ?m ?any ?y . ?y a :A }")),
        "x r y, y q z, z a A",
        "-z a A",
    ),
    "UNION": (
        on_x(select("$this :r ?m { ?m :p ?value } UNION { ?value :q ?m . ?m a :A }")),
        "x r y, v q y",
        "+y a A",
    ),
    "subquery": (
        on_x(select("?value :q $this " + GROUPED % "$this :p ?n . ?n :q ?y")),
        "v q x, x p y, x p z, y q w",
        "+z q w",
    ),
    "$PATH": (
        on_x(at("( :p :q )", select("$this $PATH ?value . ?value a ?t . ?b a ?t ; :r $this"))),
        "x p y, y q z, z a B, b r x",
        "+b a B",
    ),
    "query of anything, one more": (on_x(select(TERMS)), "y p z, p a B", "+y q z"),
    "query of anything, one less": (on_x(select(TERMS)), "y p z, p a B", "-p a B"),
    "query of anything, for a new target": (
        ":s sh:targetClass :A ; " + select(TERMS) + " .",
        "y p z, A a B",
        "+x a A",
    ),
    "query of some": (
        on_x(select("$this :p ?m . ?value :q :c FILTER NOT EXISTS { ?value :r ?m }")),
        "x p y, v q c, v r y",
        "-v r y",
    ),
    "query that counts": (
        on_x(select("?value a :A " + GROUPED % "?n a :B")),
        "v a A, y a B",
        "+z a B",
    ),
    "query along a path": (on_x(select("?value (:p/:q)+ ?y . ?y a :B")), "v p w, z a B", "+w q z"),
    "query that has to be answered": (
        on_x(f"sh:not [ {select('?value :q ?y . ?y :r ?z')} ]"),
        "v q y, y r z",
        "-y r z",
    ),
    "constraint component of one's own": (
        on_x(":avoids :A") + """:component a sh:ConstraintComponent ;
        sh:parameter [ sh:path :avoids ] ; sh:validator [ a sh:SPARQLAskValidator ;
        sh:prefixes :prefixes ; sh:ask '''ASK {
        FILTER NOT EXISTS { ?m :p ?y . ?y :q $value . ?m a $avoids } }''' ] .""",
        "w q x, v a A",
        "+v p w",
    ),
}  # fmt: skip


def graph_of(text: str) -> tuple[ox.Quad, ...]:
    """Triples such as ``x p y, x a A, A < B`` in a named graph."""
    named = {"a": "rdf:type", "<": "rdfs:subClassOf"}
    triples = [triple.split() for triple in text.split(",") if triple]
    return tuple(
        ox.Quad(
            ox.NamedNode(EX + subject),
            term(named[predicate]) if predicate in named else ox.NamedNode(EX + predicate),
            ox.NamedNode(EX + object),
            ox.NamedNode(EX + "graph"),
        )
        for subject, predicate, object in triples
    )


@pytest.mark.parametrize("shapes, before, edits", CASES.values(), ids=CASES.keys())
def test_what_a_shape_reads_far_away_is_not_missed(shapes: str, before: str, edits: str) -> None:
    rules = rdflib.Graph().parse(data=TURTLE + shapes)
    comes, goes = (
        graph_of(",".join(e.strip()[1:] for e in edits.split(",") if e.strip()[0] == sign))
        for sign in "+-"
    )
    new = assert_nothing_missed(
        IncrementalValidator(rules), rules, graph_of(before), Change(goes, comes)
    )
    assert EX + "x" in {focus for _, focus, *_ in new}


def test_inverted_sequence_is_walked_in_either_order() -> None:
    # SHACL goes against it from its end, pyshacl 0.40 in the order in which it is written
    rules = rdflib.Graph().parse(data=TURTLE + on_x(at("[ sh:inversePath ( :p :q ) ]", NONE)))
    ways = (("m p x", "n q m"), ("m q x", "n p m"))
    assert any(
        [
            assert_nothing_missed(
                IncrementalValidator(rules), rules, graph_of(before), Change(added=graph_of(comes))
            )
            for before, comes in ways
        ]
    )


def test_all_that_led_to_a_value_may_go_at_once() -> None:
    rules = rdflib.Graph().parse(data=TURTLE + on_x(at("( :p :q :r )", SOME)))
    path = graph_of("x p y, y q z, z r w")
    for gone in (path[1:], path[::2], path):
        assert assert_nothing_missed(IncrementalValidator(rules), rules, path, Change(removed=gone))


def test_query_of_a_shape_within_another_is_not_asked_of_the_change_alone() -> None:
    within = ":s sh:targetNode :x ; sh:not :t . :t sh:targetNode :x ; "
    rules = rdflib.Graph().parse(data=TURTLE + within + select("?value :q ?y") + " .")
    before, gone = graph_of("v q y, w q y"), graph_of("w q y")
    assert_nothing_missed(IncrementalValidator(rules), rules, before, Change(removed=gone))


@lru_cache(maxsize=1)
def many() -> tuple[IncrementalValidator, rdflib.Graph]:
    """All those shapes at once, each for nodes that chance may meet."""
    targets = (":s sh:targetNode :a, :b", ":s sh:targetClass :A", ":s sh:targetSubjectsOf :q")
    rules = rdflib.Graph().parse(data=TURTLE)
    for number, (shapes, _, _) in enumerate(CASES.values()):
        aimed = shapes.replace(":s sh:targetNode :x", targets[number % 3])
        rules.parse(data=TURTLE + re.sub(r":([st])\b(?= |$)", rf":\g<1>{number}", aimed))
    return IncrementalValidator(rules), rules


NODES, PREDICATES, CLASSES = (
    st.sampled_from("abcdef"),
    st.sampled_from("pqr"),
    st.sampled_from("ABC"),
)
TRIPLES = (
    st.tuples(NODES, PREDICATES, NODES)
    | st.tuples(NODES, st.just("a"), CLASSES)
    | st.tuples(CLASSES, st.just("<"), CLASSES)
)
GRAPHS = st.sets(TRIPLES.map(" ".join), min_size=3, max_size=12).map(
    lambda s: graph_of(",".join(s))
)


@examples(25, phases=set(Phase) - {Phase.shrink})  # for minutes
@given(GRAPHS, st.sampled_from(["add", "remove"]), st.data())
@pytest.mark.long
def test_no_new_result_of_any_shape_is_missed(
    content: tuple[ox.Quad, ...], edit: str, data: st.DataObject
) -> None:
    quad = data.draw(st.sampled_from(content))
    rest = tuple(other for other in content if other != quad)
    if edit == "add":
        assert_nothing_missed(*many(), rest, Change(added=(quad,)))
    else:
        assert_nothing_missed(*many(), content, Change(removed=(quad,)))


def assert_nothing_missed(
    checker: IncrementalValidator, shapes: rdflib.Graph, before: tuple[ox.Quad, ...], change: Change
) -> set[tuple[str, ...]]:
    """Compare the gate with full validation before and after; gives what is new."""
    after = changed(before, change)
    known = findings(in_full(stored(before), shapes))
    full = findings(in_full(after, shapes))
    found = findings(checker.check(after, change))
    assert full - known <= found <= full
    return full - known


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
@pytest.mark.long
def test_gate_misses_nothing_in_the_tests_of_the_w3c(path: Path) -> None:
    data, shapes = w3c_test(path)
    checker = IncrementalValidator(shapes)
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
