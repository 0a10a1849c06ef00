"""The rules that ship: a write can be followed through them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from missiongraph.derivation import rules
from missiongraph.derivation.affected import RuleDependencies, RuleReads
from missiongraph.derivation.rules import Rule
from missiongraph.errors import MappingError
from missiongraph.ingest.build import build
from missiongraph.namespaces import MOI, RDF
from missiongraph.rdf.store import load

PREFIX = "PREFIX : <x:>"


def test_no_rule_feeds_itself_or_an_earlier_one() -> None:
    assert not RuleDependencies(rules.shipped()).feed_back(load(build().path))


@pytest.mark.parametrize("property", [MOI + "hasParticipant", MOI + "isReplacedBy", RDF + "type"])
def test_a_role_can_make_a_rule_feed_an_earlier_one(property: str) -> None:
    role = ox.Quad(
        ox.NamedNode("x:r"), ox.NamedNode(MOI + "derivesProperty"), ox.NamedNode(property)
    )
    store = ox.Store()
    store.add(role)
    feeds = property != MOI + "isReplacedBy"
    reads = RuleDependencies(rules.shipped())
    assert reads.feed_back(store) == feeds
    assert reads.feed_back(ox.Store(), [role]) == feeds


def test_a_rule_may_read_of_its_subject_what_it_derives() -> None:
    own = Rule("own", f"{PREFIX} CONSTRUCT {{ ?a :p ?c }} WHERE {{ ?a :p ?b . ?b :q ?c }}")
    other = Rule("other", f"{PREFIX} CONSTRUCT {{ ?a :p ?c }} WHERE {{ ?a :q ?b . ?b :p ?c }}")
    assert not RuleDependencies([own]).feed_back(ox.Store())
    assert RuleDependencies([other]).feed_back(ox.Store())


@pytest.mark.parametrize(
    "where",
    [
        "{ ?a :p ?b . ?c :q ?d }",
        "{ ?a :p* ?b }",
        "{ GRAPH ?g { ?a :p ?b } }",
        "{ { SELECT ?a (COUNT(*) AS ?b) { ?a :p ?x } GROUP BY ?a } }",
    ],
    ids=["unconnected", "an empty path", "a named graph", "a count"],
)
def test_a_rule_that_cannot_be_followed_is_refused(where: str) -> None:
    with pytest.raises(MappingError, match=r"odd\.rq"):
        RuleReads(Rule("odd", f"{PREFIX} CONSTRUCT {{ ?a :r ?b }} WHERE {where}"))


def test_rules_of_other_text_or_order_have_another_fingerprint() -> None:
    one, two = Rule("1", "a"), Rule("2", "b")
    assert len({rules.fingerprint(each) for each in ([one, two], [two, one], [one])}) == 3
