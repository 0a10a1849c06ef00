"""Derived statements after a change: those of a build from scratch."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import chain

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.derivation import rules
from missiongraph.derivation.incremental import INFERRED, Derivation
from missiongraph.namespaces import NETWORKS_GRAPH, PREFIXES
from missiongraph.rdf.changes import Change, apply
from missiongraph.rdf.store import merge

SHIPPED = rules.shipped()
BY_THING, ALL = Derivation(few=sys.maxsize), Derivation(few=0)
G = [ox.NamedNode(f"x:graph{number}") for number in (1, 2)]
NETWORKS = ox.NamedNode(NETWORKS_GRAPH)
THINGS = ["x:a", "x:b", "x:c", "_:d"]
PREFIX = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def iri(name: str) -> ox.NamedNode:
    """An IRI from its name with a prefix."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES.get(prefix, prefix + ":") + local)


def read(turtle: str, graph: ox.NamedNode = G[0]) -> tuple[ox.Quad, ...]:
    text = f"{PREFIX} PREFIX x: <x:> {turtle}"
    parsed = ox.parse(text.encode(), ox.RdfFormat.TURTLE)
    return tuple(placed(quad.triple, graph) for quad in parsed)


def placed(triple: ox.Triple, graph: ox.NamedNode) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)


SHORTCUTS = [iri(name) for name in ("moi:leads", "moi:funds", "moi:evaluates")]
ODD_SHORTCUTS = [
    *SHORTCUTS,
    *map(iri, ("rdf:type", "rdfs:subClassOf", "moi:hasParticipant", "moi:start")),
    ox.Literal("none"),
]
FACTS = [
    "{a} a {C}",
    "{C} rdfs:subClassOf {D}",
    "{a} a moi:Aim ; dcterms:isReplacedBy {b}",
    "{a} {date} {day} ; moi:date '2020'",
    "{a} {date} {day}",
    "{a} moi:partOfMission {b}",
    "{r} moi:derivesProperty {p}",
    "{c} moi:hasParticipant {a} ; moi:concerns {b} ; moi:hasRole {r}",
    "{c} a org:Membership ; org:member {a} ; org:organization {b}",
    "{c} moi:hasFunder {a} ; moi:paysFor {b} ; moi:hasRecipient {d}",
    "{c} moi:hasPartner {a}, {b}",
    "{a} moi:funds {b} ; moi:earliest '2018-01-01'^^xsd:date ; moi:partOfInitiative {b}",
]
"""Statements of the kinds that rules read and derive."""

DAYS = ["'2018'", "'2018-06'", "'2024-02'", "'2030-01-31'", "'soon'"]
DATES = ["moi:start", "moi:end", "moi:date", "moi:dueBy"]
CLASSES = ["moi:Aim", "org:Membership", "x:C", "x:D", "x:a"]


@st.composite
def facts(draw: st.DrawFn, shortcuts: list[ox.NamedNode | ox.Literal]) -> list[ox.Quad]:
    """The statements of one fact, each in one of two graphs."""

    def one(options: Iterable[object]) -> str:
        return str(draw(st.sampled_from(list(options))))

    things = {letter: one(THINGS) for letter in "abcd"}
    classes = {letter: one(CLASSES) for letter in "CD"}
    words = {"r": one(["x:r", "x:a"]), "p": one(shortcuts), "date": one(DATES), "day": one(DAYS)}
    turtle = one(FACTS).format_map(things | classes | words) + " ."
    return [quad for quad in read(turtle, draw(st.sampled_from(G)))]


def from_scratch(stated: Iterable[ox.Quad]) -> ox.Store:
    """What a build makes of statements: they, what rules derive, and the merged default graph."""
    store = ox.Store()
    store.extend(stated)
    merge(store)
    derived = {triple for rule in SHIPPED for triple in rule.derive(store)}
    store.extend(placed(triple, INFERRED) for triple in derived)
    store.add_graph(INFERRED)
    return store


def stated(store: ox.Store) -> list[ox.Quad]:
    return [quad for quad in store if quad.graph_name not in (INFERRED, ox.DefaultGraph())]


def assert_follows(derivation: Derivation, store: ox.Store, change: Change) -> Change:
    """Apply a change, follow it, and compare with a build from scratch."""
    apply(store, change, merged=True)
    before = set(store.quads_for_pattern(None, None, None, INFERRED))
    derived = derivation.follow(store, change)
    assert set(store) == set(from_scratch(stated(store)))
    after = set(store.quads_for_pattern(None, None, None, INFERRED))
    assert (set(derived.removed), set(derived.added)) == (before - after, after - before)
    return derived


@pytest.mark.parametrize("derivation", [BY_THING, ALL], ids=["by thing", "all"])
@pytest.mark.parametrize("shortcuts", [SHORTCUTS, ODD_SHORTCUTS], ids=["shipped", "odd"])
@examples(150)
@given(data=st.data())
def test_any_change_leaves_what_a_build_from_scratch_derives(
    derivation: Derivation, shortcuts: list[ox.NamedNode | ox.Literal], data: st.DataObject
) -> None:
    some = st.lists(facts(shortcuts), max_size=8).map(lambda parts: list(chain(*parts)))
    store = from_scratch(data.draw(some))
    for _ in range(3):
        there = stated(store)
        gone = data.draw(st.lists(st.sampled_from(there), unique=True)) if there else []
        new = {quad for quad in data.draw(some) if quad not in store}
        assert_follows(derivation, store, Change(tuple(gone), tuple(new)))


CASES = {
    "01-superclasses": (
        "moi:Goal rdfs:subClassOf moi:Aim . x:a a moi:Goal .",
        "x:a a moi:Goal .",
        "x:a a moi:Aim .",
    ),
    "02-earliest": (
        "x:a moi:start '2018-06' .",
        "x:a moi:start '2018-06' .",
        "x:a moi:earliest '2018-06-01'^^xsd:date .",
    ),
    "03-latest": (
        "x:a moi:dueBy '2024-02' .",
        "x:a moi:dueBy '2024-02' .",
        "x:a moi:latest '2024-02-29'^^xsd:date .",
    ),
    "04-revisions": (
        "x:a a moi:Aim ; dcterms:isReplacedBy x:b .",
        "x:a a moi:Aim .",
        "x:b prov:wasRevisionOf x:a .",
    ),
    "05-nesting": (
        "x:a moi:partOfMission x:b .",
        "x:a moi:partOfMission x:b .",
        "x:a moi:partOfInitiative x:b .",
    ),
    "06-roles": (
        "x:r moi:derivesProperty moi:leads ."
        " x:p moi:hasParticipant x:a ; moi:concerns x:b ; moi:hasRole x:r .",
        "x:r moi:derivesProperty moi:leads .",
        "x:a moi:leads x:b .",
    ),
    "07-members": (
        "x:m a org:Membership ; org:member x:a ; org:organization x:b .",
        "x:m org:organization x:b .",
        "x:a org:memberOf x:b .",
    ),
    "08-funding": (
        "x:m moi:hasFunder x:a ; moi:paysFor x:b .",
        "x:m moi:paysFor x:b .",
        "x:a moi:funds x:b .",
    ),
    "09-collaboration": (
        "x:m moi:hasPartner x:a, x:b .",
        "x:m moi:hasPartner x:b .",
        "x:a moi:collaboratesWith x:b . x:b moi:collaboratesWith x:a .",
    ),
}
"""By rule: statements, those without which it derives nothing, and what it derives."""


@pytest.mark.parametrize("rule", CASES)
@pytest.mark.parametrize("derivation", [BY_THING, ALL], ids=["by thing", "all"])
def test_what_a_rule_derives_comes_and_goes_with_its_reasons(
    derivation: Derivation, rule: str
) -> None:
    whole, reason, derived = CASES[rule]
    store = from_scratch([])
    assert assert_follows(derivation, store, Change(added=read(whole))).added
    assert set(read(derived, INFERRED)) <= set(store)
    assert_follows(derivation, store, Change(removed=read(reason)))
    assert not set(read(derived, INFERRED)) & set(store)


def test_there_is_a_case_for_each_rule() -> None:
    assert set(CASES) == {rule.name for rule in SHIPPED}


def test_a_date_stands_in_until_there_is_a_start() -> None:
    store = from_scratch(read("x:a moi:date '2020' ."))
    assert set(read("x:a moi:latest '2020-12-31'^^xsd:date .", INFERRED)) <= set(store)
    derived = assert_follows(BY_THING, store, Change(added=read("x:a moi:start '2018' .")))
    assert set(read("x:a moi:latest '2020-12-31'^^xsd:date .", INFERRED)) < set(derived.removed)


def test_a_derived_class_is_followed_to_what_another_rule_reads_of_it() -> None:
    store = from_scratch(read("x:a a moi:Goal ; dcterms:isReplacedBy x:b ."))
    above = Change(added=read("moi:Goal rdfs:subClassOf moi:Aim ."))
    derived = assert_follows(BY_THING, store, above)
    assert set(derived.added) == set(read("x:a a moi:Aim . x:b prov:wasRevisionOf x:a .", INFERRED))


def test_what_a_source_states_is_not_derived_as_well() -> None:
    store = from_scratch(read("x:a moi:partOfMission x:b ."))
    said = Change(added=read("x:a moi:partOfInitiative x:b .", G[1]))
    assert assert_follows(BY_THING, store, said).removed
    assert assert_follows(BY_THING, store, Change(removed=said.added)).added


def test_a_write_that_no_rule_reads_changes_nothing_derived() -> None:
    store = from_scratch(read("x:a moi:partOfMission x:b ."))
    assert not assert_follows(BY_THING, store, Change(added=read("x:a rdfs:label 'a' .")))


def test_rules_that_a_role_lets_read_what_they_derive_run_as_in_a_build() -> None:
    store = from_scratch(
        read(
            "x:r moi:derivesProperty moi:hasParticipant ."
            " x:p moi:concerns x:q ; moi:hasRole x:r . x:q moi:concerns x:a ; moi:hasRole x:r ."
        )
    )
    derived = assert_follows(BY_THING, store, Change(added=read("x:p moi:hasParticipant x:q .")))
    assert derived.added == read("x:q moi:hasParticipant x:q .", INFERRED)


@pytest.mark.parametrize("derivation", [BY_THING, ALL], ids=["by thing", "all"])
def test_rules_do_not_read_the_scores_of_networks(derivation: Derivation) -> None:
    store = from_scratch([])
    scores = read("x:o a x:Observation .", NETWORKS)
    apply(store, Change(added=scores), merged=True)
    above = Change(added=read("x:Observation rdfs:subClassOf x:Score . x:a a x:Observation ."))
    apply(store, above, merged=True)
    derived = derivation.follow(store, above)
    assert derived.added == read("x:a a x:Score .", INFERRED)
    assert ox.Quad(*scores[0].triple) in store


def test_deriving_everything_anew_brings_any_store_up_to_date() -> None:
    store = from_scratch(read("x:a moi:partOfMission x:b ."))
    apply(
        store,
        Change(read("x:a moi:partOfMission x:b ."), read("x:c moi:start '2018' .")),
        merged=True,
    )
    derived = ALL.renew(store)
    assert set(store) == set(from_scratch(stated(store)))
    assert derived.removed and derived.added and not ALL.renew(store)
