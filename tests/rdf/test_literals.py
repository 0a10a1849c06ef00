"""Odd values: whatever a literal says, validation gives a report, and gate and full agree."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from rdflib import DCTERMS, RDF, RDFS, SH, SKOS, XSD, BNode, Literal, URIRef
from rdflib.term import Node
from support.examples import examples

from missiongraph import MissionGraph
from missiongraph.errors import DataError
from missiongraph.namespaces import MOI
from missiongraph.rdf.changes import Change
from missiongraph.rdf.literals import is_less, is_well_formed, native, term, valued
from missiongraph.rdf.rdf12 import SHAPE, is_beyond
from missiongraph.validation.incremental import IncrementalValidator
from missiongraph.validation.shapes import Report, Result, merged, validate

EX = "http://example.org/"
DEFAULT = ox.DefaultGraph()
X, P, Q = (ox.NamedNode(EX + name) for name in "xpq")

WELL_FORMED = {
    "integer": ["1", "+1", "-0", "9" * 5000],
    "decimal": ["1", "1.", "-.5", "0." + "1" * 400],
    "double": ["1e5", "INF", "-INF", "NaN", "1E99999999999999999999"],
    "boolean": ["true", "0"],
    "date": ["2020-02-29", "0000-01-01", "-4712-01-01", "99999-12-31", "2020-01-01-14:00"],
    "dateTime": ["2020-01-01T24:00:00", "2020-01-01T00:00:00.123Z", "-0044-03-15T12:00:00"],
    "time": ["24:00:00", "23:59:59.9Z"],
    "duration": ["P1Y", "-P1Y2M3DT4H5M6.7S", "PT1S", "P99999999999999999999Y"],
    "byte": ["-128", "127"],
    "unsignedLong": ["18446744073709551615"],
}
ILL_FORMED = {
    "integer": ["", "a", "1.0", "1_0", " 1", "\u0661", "1e3"],
    "decimal": ["abc", ".", "NaN", "sNaN", "INF", "1E5", "1E999999999", "1_0"],
    "double": ["nan", "inf", "infinity", "1e", "0x1"],
    "boolean": ["TRUE", "yes", ""],
    "date": ["2020-02-30", "2019-02-29", "-0100-02-29", "2020-1-1", "20200101", "02020-01-01"],
    "dateTime": ["2020-01-01", "2020-01-01T24:00:01", "2020-01-01T23:59:60", "now"],
    "time": ["25:00:00", "24:00:01", "12:00"],
    "duration": ["P", "PT", "P1YT", "P1S", "1Y", "-P"],
    "byte": ["128", "-129"],
    "unsignedLong": ["-1", "18446744073709551616"],
}
FORMS = [
    (text, name, good)
    for good, texts in ((True, WELL_FORMED), (False, ILL_FORMED))
    for name, listed in texts.items()
    for text in listed
]


def typed(text: str, name: str) -> Literal:
    made = term(ox.Literal(text, datatype=ox.NamedNode(str(XSD[name]))))
    assert isinstance(made, Literal)
    return made


@pytest.mark.parametrize("text, name, good", FORMS, ids=lambda value: str(value)[:24])
def test_lexical_forms_are_those_of_xsd(text: str, name: str, good: bool) -> None:
    assert is_well_formed(text, XSD[name]) is good
    literal = typed(text, name)
    assert (str(literal), literal.datatype) == (text, XSD[name])
    assert good or literal.value is None
    assert native(literal) == ox.Literal(text, datatype=ox.NamedNode(str(XSD[name])))


def test_a_literal_of_rdflib_loses_a_value_that_its_datatype_has_not() -> None:
    lenient = Literal("NaN", datatype=XSD.decimal)
    assert lenient.value is not None
    assert valued(lenient).value is None  # type: ignore[attr-defined]
    assert valued(Literal("1", datatype=XSD.decimal)).value == 1  # type: ignore[attr-defined]


ORDERED = [
    (typed("1", "integer"), typed("1.5", "decimal")),
    (typed("9" * 5000, "integer"), typed("9" * 5001, "integer")),
    (typed("-INF", "double"), typed("9" * 400, "integer")),
    (typed("-4712-01-01", "date"), typed("0000-01-01", "date")),
    (typed("9999-12-31", "date"), typed("99999-01-01", "date")),
    (typed("2020-01-01T00:00:00", "dateTime"), typed("2020-01-01T24:00:00", "dateTime")),
    (Literal("a"), Literal("b")),
    (typed("false", "boolean"), typed("true", "boolean")),
]
NOT_COMPARABLE = [
    (typed("abc", "decimal"), typed("1", "decimal")),
    (typed("abc", "decimal"), typed("abc", "decimal")),
    (typed("NaN", "double"), typed("NaN", "double")),
    (typed("1", "integer"), Literal("1")),
    (typed("1", "integer"), typed("2020-01-01", "date")),
    (typed("P1M", "duration"), typed("P31D", "duration")),
    (typed("2020-01-01T00:00:00", "dateTime"), typed("2020-01-01T00:00:00Z", "dateTime")),
    (URIRef(EX + "a"), URIRef(EX + "b")),
    (BNode("a"), BNode("a")),
    (BNode("a"), Literal("a")),
]


@pytest.mark.parametrize("first, second", ORDERED)
def test_less_is_less_and_not_the_other_way_round(first: Node, second: Node) -> None:
    assert is_less(first, second) and is_less(first, second, or_equal=True)
    assert not is_less(second, first) and not is_less(second, first, or_equal=True)
    assert is_less(first, first, or_equal=True) and not is_less(first, first)


@pytest.mark.parametrize("first, second", NOT_COMPARABLE)
def test_what_cannot_be_compared_is_not_less(first: Node, second: Node) -> None:
    for one, other in ((first, second), (second, first)):
        assert not is_less(one, other) and not is_less(one, other, or_equal=True)


# --- shapes

SHAPES = f"""
@prefix sh: <{SH}> . @prefix xsd: <{XSD}> . @prefix : <{EX}> .
:prefixes sh:declare [ sh:prefix "" ; sh:namespace "{EX}" ] ,
    [ sh:prefix "xsd" ; sh:namespace "{XSD}" ] .
"""
CONSTRAINTS = [
    *(f"sh:datatype xsd:{name}" for name in ("decimal", "date", "boolean", "string", "duration")),
    *(
        f"sh:{kind} {value}"
        for kind in ("minInclusive", "maxExclusive")
        for value in ("0", "1e0", '"2020-01-01"^^xsd:date', '"x"', '"NaN"^^xsd:decimal')
    ),
    *(f"sh:{kind} :q" for kind in ("lessThan", "lessThanOrEquals", "equals", "disjoint")),
    "sh:minLength 3",
    "sh:maxLength 3",
    'sh:pattern "^[0-9]+$"',
    'sh:languageIn ( "ar" "en" )',
    "sh:uniqueLang true",
    "sh:nodeKind sh:Literal",
    "sh:class :A",
    'sh:in ( 1 "x" "abc"^^xsd:decimal )',
    'sh:hasValue "x"@ar',
    "sh:maxCount 1",
    "sh:not [ sh:datatype xsd:date ]",
    "sh:or ( [ sh:datatype xsd:date ] [ sh:minExclusive 5 ] )",
    """sh:sparql [ sh:prefixes :prefixes ; sh:message "{?value} is after {?other}." ; sh:select
    "SELECT $this ?value ?other WHERE { $this :p ?value ; :q ?other FILTER(?value > ?other) }" ]""",
    """sh:sparql [ sh:prefixes :prefixes ; sh:select
    "SELECT $this ?value WHERE { $this :p ?value FILTER(xsd:integer(STR(?value)) + 1 > 1) }" ]""",
]


def shape(constraint: str) -> rdflib.Graph:
    text = f"{SHAPES} :s sh:targetNode :x ; sh:property [ sh:path :p ; {constraint} ] ."
    return merged(ox.parse(text, ox.RdfFormat.TURTLE))


TEXTS = st.sampled_from(sorted({text for text, _, _ in FORMS})) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=8
)
DATATYPES = st.sampled_from([*WELL_FORMED, "gYear", "hexBinary", "anyURI"]).map(lambda n: XSD[n])
TYPED = st.builds(
    lambda text, datatype: ox.Literal(text, datatype=ox.NamedNode(datatype)),
    TEXTS,
    DATATYPES | st.just(RDF.XMLLiteral) | st.just(RDF.HTML),
)
TAGGED = st.builds(
    lambda text, tag: ox.Literal(text, language=tag),
    TEXTS,
    st.sampled_from(["ar", "en-GB", "x-own", "i-klingon", "zh-hant-hk", "de-1996"]),
)
DIRECTED = TEXTS.map(lambda text: ox.Literal(text, language="ar", direction=ox.BaseDirection.RTL))
NODES = st.sampled_from(
    [
        ox.BlankNode("b"),
        ox.NamedNode(EX + "id/person/語"),
        ox.NamedNode(EX + "a%20b?c=d#e"),
        ox.NamedNode("urn:x"),
        ox.Triple(X, P, ox.Literal("a \\ b")),
    ]
)
VALUES = TYPED | TAGGED | DIRECTED | NODES | TEXTS.map(ox.Literal)
STATED = st.lists(st.tuples(st.sampled_from([P, Q]), VALUES), min_size=1, max_size=5)


class Checks(NamedTuple):
    """Shapes, a gate of them, and what they find in an empty graph."""

    shapes: rdflib.Graph
    gate: IncrementalValidator
    before: frozenset[Result]


@pytest.fixture(scope="module")
def gates() -> dict[str, Checks]:
    shapes = {constraint: shape(constraint) for constraint in CONSTRAINTS}
    return {
        constraint: Checks(
            rules, IncrementalValidator(rules), frozenset(validate([], shapes=rules).results)
        )
        for constraint, rules in shapes.items()
    }


@pytest.fixture
def silence(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing is logged, warned of or printed."""
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        yield
        assert not caplog.records
    assert capfd.readouterr() == ("", "")


def whole(report: Report) -> None:
    """A report can be written down in every form, and read again."""
    assert report.text() and report.to_json()
    read = list(ox.parse(report.serialised(), ox.RdfFormat.TURTLE))
    results = [quad for quad in read if quad.predicate == ox.NamedNode(str(SH.result))]
    assert len(results) == len(report.results)


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=STATED, constraint=st.sampled_from(CONSTRAINTS))
def test_any_value_under_any_constraint_gives_a_report(
    said: list[tuple[ox.NamedNode, ox.Literal]],
    constraint: str,
    gates: dict[str, Checks],
    silence: None,
) -> None:
    checks = gates[constraint]
    store = ox.Store()
    store.extend(ox.Quad(X, predicate, value) for predicate, value in said)
    full = validate(store, shapes=checks.shapes)
    whole(full)
    gated = set(checks.gate.check(store, Change(added=tuple(store))).results)
    assert set(full.results) - checks.before <= gated <= set(full.results)


OURS = [
    *(MOI + name for name in ("start", "end", "dueBy", "value", "maxValue", "amount", "url")),
    *map(str, (RDFS.label, SKOS.exactMatch, DCTERMS.issued, RDF.type)),
]
ODD = VALUES | st.sampled_from(
    [
        ox.NamedNode("https://orcid.org/" + rest)
        for rest in ("", "abc", "0000-0002-1825-009", "0000-0002-1825-0097/x", "----", "語")
    ]
    + [ox.NamedNode("https://ror.org/" + rest) for rest in ("", "0", "0xxxxxxxx", "%C3%A9")]
    + [ox.NamedNode(MOI + name) for name in ("Amount", "Mission", "Observation", "Tpyo")]
)


@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(st.sampled_from(OURS), ODD), min_size=1, max_size=6))
def test_any_value_under_our_shapes_gives_a_report(
    said: list[tuple[str, ox.Literal]], silence: None
) -> None:
    store = ox.Store()
    store.extend(ox.Quad(X, ox.NamedNode(predicate), value) for predicate, value in said)
    full = validate(store)
    whole(full)
    assert set(OUR_GATE().check(store, Change(added=tuple(store))).violations) == set(
        full.violations
    )


OUR_GATE = lru_cache(maxsize=1)(IncrementalValidator)


# --- what is beyond RDF 1.1

BEYOND = {
    "triple term": "<urn:a> <urn:p> <<( <urn:a> <urn:b> <urn:c> )>> .",
    "base direction": '<urn:a> <urn:p> "x"@ar--rtl .',
    "annotation": "<urn:a> <urn:b> <urn:c> {| <urn:p> 1 |} .",
    "reifier": "<< <urn:a> <urn:b> <urn:c> ~ <urn:r> >> <urn:p> 1 .",
}


@pytest.mark.parametrize("turtle", BEYOND.values(), ids=BEYOND.keys())
def test_a_term_of_rdf_1_2_is_a_violation_everywhere(turtle: str, tmp_path: Path) -> None:
    (tmp_path / "new.ttl").write_text(turtle)
    store = ox.Store()
    store.load(turtle.encode(), ox.RdfFormat.TURTLE)
    (stated,) = [quad.triple for quad in store if is_beyond(quad)]
    for report in (
        validate(tmp_path / "new.ttl"),
        MissionGraph(store).validate(),
        IncrementalValidator(rdflib.Graph()).check(store, Change(added=tuple(store))),
    ):
        (wrong,) = [result for result in report.violations if result.shape == SHAPE]
        assert wrong.path == stated.predicate.value.replace(str(RDF), "rdf:")
        assert not report.conforms
        whole(report)


def test_rdflib_cannot_hold_a_term_of_rdf_1_2() -> None:
    with pytest.raises(DataError, match=r"<urn:p>.*RDF 1\.2"):
        merged(ox.parse(BEYOND["triple term"], ox.RdfFormat.TURTLE))


def test_a_triple_term_that_is_there_already_does_not_stop_a_gate() -> None:
    store = ox.Store()
    store.load(b"@prefix : <http://example.org/> . :x :p <<( :a :b :c )>> .", ox.RdfFormat.TURTLE)
    added = ox.Quad(X, P, ox.Literal("a"))
    store.add(added)
    assert (
        IncrementalValidator(shape("sh:maxCount 1")).check(store, Change(added=(added,))).conforms
    )


# --- shapes that cannot be run

ILL_FORMED_SHAPES = {
    "sh:lessThan []": "sh:lessThan takes an IRI",
    "sh:lessThanOrEquals []": "sh:lessThanOrEquals takes an IRI",
    'sh:lessThanOrEquals "x"': "sh:lessThanOrEquals takes an IRI",
    "sh:minInclusive []": "sh:minInclusive takes a literal",
    "sh:maxExclusive :q": "sh:maxExclusive takes a literal",
    'sh:pattern "("': "shapes cannot be run",
    "sh:minLength []": "shapes cannot be run",
    'sh:minLength "a"^^xsd:integer': "shapes cannot be run",
    "sh:datatype xsd:date, xsd:time": "shapes cannot be run",
    'sh:sparql [ sh:select "SELECT nonsense" ]': "shapes cannot be run",
}


@pytest.mark.parametrize("constraint, told", ILL_FORMED_SHAPES.items())
def test_shapes_that_cannot_be_run_are_an_error_of_ours(
    constraint: str, told: str, silence: None
) -> None:
    rules = shape(constraint)
    store = ox.Store()
    store.extend([ox.Quad(X, P, ox.Literal("a")), ox.Quad(X, Q, ox.Literal("b"))])
    with pytest.raises(DataError, match=told):
        validate(store, shapes=rules)
    with pytest.raises(DataError, match=told):
        IncrementalValidator(rules).check(store, Change(added=tuple(store)))


def test_a_message_takes_any_value() -> None:
    rules = shape(
        'sh:sparql [ sh:prefixes :prefixes ; sh:message "Not {?value}, {$this}." ; '
        'sh:select "SELECT $this ?value WHERE { $this :p ?value }" ]'
    )
    store = ox.Store()
    store.add(ox.Quad(X, P, ox.Literal("C:\\new \\1 {?this}")))
    report = validate(store, shapes=rules)
    messages = set(map(str, report.graph.objects(None, SH.resultMessage)))
    assert messages == {f"Not C:\\new \\1 {{?this}}, {EX}x."}
