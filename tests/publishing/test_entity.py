"""A thing as a reader sees it."""

from __future__ import annotations

import pytest
from support.asking import table

from missiongraph import MissionGraph
from missiongraph.namespaces import ID, MOI, VOCAB
from missiongraph.publishing.description import describe, exists
from missiongraph.publishing.entity import Portrait, Relation, Source


def portrait(graph: MissionGraph, place: str) -> Portrait:
    return Portrait(describe(graph.engine, ID + place))


@pytest.fixture(scope="module")
def iipp(graph: MissionGraph) -> Portrait:
    return portrait(graph, "organisation/ucl-iipp")


def related(thing: Portrait, kind: str, other: str, when: str = "") -> Relation:
    found = (r for r in thing.relations[kind] if any(o.text == other for o in r.others))
    return next(r for r in found if r.when.startswith(when))


def test_values_that_disagree_stand_side_by_side_each_with_its_source(iipp: Portrait) -> None:
    founded = next(fact for fact in iipp.facts if fact.property == MOI + "founded")
    assert {value.text for value in founded.values} == {"2017", "2017-10"}
    assert all(value.sources for value in founded.values)


def test_every_value_of_a_fact_has_a_source(iipp: Portrait) -> None:
    assert all(value.sources for fact in iipp.facts for value in fact.values)


def test_each_source_tells_its_kind_date_and_strength(iipp: Portrait) -> None:
    assert all(source.kind and source.strength for source in iipp.sources)
    iri = (
        ID + "source/ucl-ac-uk--rockefeller-foundation-and-iipp-join-forces-transform-public-sector"
    )
    item = next(source for source in iipp.sources if source.iri == iri)
    assert item.words == "News item, 2018-06-27 · official"


def test_a_weak_source_is_known_as_weak(graph: MissionGraph) -> None:
    minitel = portrait(graph, "programme/fr-minitel")
    weak = {source.label for source in minitel.sources if source.iri in minitel.weak}
    assert weak and all("weak" in s.words for s in minitel.sources if s.iri in minitel.weak)


def test_a_description_takes_in_sources_that_its_view_cites(graph: MissionGraph) -> None:
    mirror = ID + "source/liquisearch-com--european-investment-bank-history"
    apollo = Portrait(describe(graph.engine, ID + "mission/us-apollo", cited=[mirror]))
    (cited,) = (source for source in apollo.sources if source.iri == mirror)
    assert cited.page.startswith("http") and cited.weak and mirror in apollo.numbers


def test_a_source_of_which_nothing_is_known_has_no_words() -> None:
    assert Source("urn:s", "A page", "").words == ""


def test_sources_are_numbered_and_have_an_address(iipp: Portrait) -> None:
    cited = {source for fact in iipp.facts for value in fact.values for source in value.sources}
    assert cited <= set(iipp.numbers)
    assert sorted(iipp.numbers.values()) == list(range(1, len(iipp.sources) + 1))
    assert all(source.page.startswith("http") and source.label for source in iipp.sources)


def test_a_relation_tells_role_time_and_the_other_end(iipp: Portrait) -> None:
    head = related(iipp, "Membership", "Mariana Mazzucato", "from 2017")
    assert {role.text for role in head.roles} == {"Director", "Founder"}
    assert head.when == "from 2017" and head.sources


def test_an_award_tells_its_amount(iipp: Portrait) -> None:
    award = related(iipp, "Funding award", "Baillie Gifford")
    said = [value.text for fact in award.details for value in fact.values]
    assert "GBP 1,000,000 (awarded)" in said


def test_a_sum_on_which_sources_differ_is_told_as_a_range(graph: MissionGraph) -> None:
    battery = portrait(graph, "programme/faraday-battery-challenge")
    said = [value.text for fact in battery.facts for value in fact.values]
    assert "GBP 541,000,000 to 610,000,000 (budget)" in said


def test_the_amount_of_a_relation_is_told_with_it_and_nowhere_else(iipp: Portrait) -> None:
    assert "Monetary amount" not in iipp.relations


def test_those_that_mention_a_thing_are_listed_once_and_not_as_relations(iipp: Portrait) -> None:
    relations = {relation.iri for each in iipp.relations.values() for relation in each}
    for fact in iipp.mentions:
        iris = [value.iri for value in fact.values]
        assert len(iris) == len(set(iris)) and not relations & set(iris)


def test_a_vocabulary_is_mentioned_by_its_concepts_which_need_no_source(
    graph: MissionGraph,
) -> None:
    (fact,) = Portrait(describe(graph.engine, VOCAB + "mission-status")).mentions
    assert fact.label == "vocabulary"
    assert {"Active", "Ended", "Planned"} < {value.text for value in fact.values}


def test_a_thing_without_a_name_is_called_by_its_key(graph: MissionGraph) -> None:
    assert portrait(graph, "organisation/no-such").label == "no such"


def test_what_there_is_exists_and_what_there_is_not_does_not(graph: MissionGraph) -> None:
    assert exists(graph.engine, ID + "organisation/ucl-iipp")
    assert not exists(graph.engine, ID + "organisation/no-such")
    assert not describe(graph.engine, ID + "organisation/no-such")


def test_a_description_holds_all_statements_about_the_thing(graph: MissionGraph) -> None:
    iri = ID + "mission/eu-mission-cancer"
    found = describe(graph.engine, iri)
    said = {str(t) for t in found.triples if t.subject.value == iri}  # type: ignore[union-attr]
    rows = table(graph, f"SELECT ?p ?o {{ <{iri}> ?p ?o }}")
    assert len(said) == len(rows)
