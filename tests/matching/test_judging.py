"""The rules of matching accept what is the same, and nothing that may be another body."""

from __future__ import annotations

from typing import Any

import pytest

from missiongraph.matching import judging
from missiongraph.matching.judging import ACCEPTED, PROPOSED, Matcher, Pair
from missiongraph.matching.organisations import Dataset, Organisation

OTHERS = (
    "Technical University of Somewhere",
    "Institute of Geology",
    "Museum of Modern Things",
    "Royal Academy of Sciences",
    "Federal Agency for Water",
    "City of Elsewhere",
    "Elsewhere University",
    "Foundation for Better Cities",
    "Hospital of the Holy Cross",
    "Society for Old Maps",
)


def body(
    label: str, country: str = "DE", city: str = "", kind: str = "", **more: Any
) -> Organisation:
    more = {"iri": f"https://ror.org/{label}", **more}
    return Organisation(
        label=label,
        countries=(country,) if country else (),
        cities=(city,) if city else (),
        kinds=(kind,) if kind else (),
        **more,
    )


def best(subject: Organisation, *targets: Organisation, country: str = "DE") -> Pair | None:
    """The pair of a subject among some organisations and ten others of their country."""
    everyone = [*targets, *(body(label, country) for label in OTHERS)]
    dataset = Dataset("ror", {each.iri: each for each in everyone})
    return next(iter(Matcher(dataset).match([subject])), None)


def accepted(subject: Organisation, *targets: Organisation) -> str:
    """The rule that accepts the first target."""
    pair = best(subject, *targets)
    assert pair and pair.target == targets[0] and pair.state == ACCEPTED
    return pair.rule


def refused(subject: Organisation, *targets: Organisation) -> str:
    """Why a pair is proposed, and not accepted."""
    pair = best(subject, *targets)
    assert pair and pair.state == PROPOSED
    return pair.rule


def ours(
    label: str, country: str = "DE", city: str = "", kind: str = "", **more: Any
) -> Organisation:
    return body(label, country, city, kind, iri="https://example.org/ours", **more)


def test_a_shared_identifier_is_enough() -> None:
    wikidata = frozenset({"http://www.wikidata.org/entity/Q5"})
    one = ours("Some name", identifiers=wikidata)
    assert accepted(one, body("Another", identifiers=wikidata)) == judging.IDENTIFIER


def test_an_identifier_that_two_share_is_not_enough() -> None:
    same = frozenset({"http://www.wikidata.org/entity/Q5"})
    one = ours("Some name", identifiers=same)
    assert best(one, body("A", identifiers=same), body("B", identifiers=same)) is None


def test_an_identifier_in_another_country_is_not_enough() -> None:
    same = frozenset({"http://www.wikidata.org/entity/Q5"})
    assert best(ours("Some name", identifiers=same), body("Xy", "FR", identifiers=same)) is None


def test_the_same_name_and_country_are_enough_if_one_body_has_them() -> None:
    target = body("Universität Ruhrstadt", names=("Ruhrstadt University",))
    assert accepted(ours("UNIVERSITAET RUHRSTADT", city="Bochum"), target) == judging.NAME


def test_the_same_name_in_another_country_is_nothing() -> None:
    assert best(ours("Universität Ruhrstadt"), body("Universität Ruhrstadt", "AT")) is None


def test_without_a_country_a_pair_is_proposed() -> None:
    target = body("Universität Ruhrstadt")
    assert refused(ours("Universität Ruhrstadt", country=""), target) == judging.NOWHERE


def test_of_two_bodies_with_the_name_none_is_accepted() -> None:
    twins = [body("Saint Mary Hospital", iri=f"https://ror.org/{n}") for n in "ab"]
    assert refused(ours("SAINT MARY HOSPITAL"), *twins) == judging.TWO


def test_the_body_with_the_very_name_in_the_city_surpasses_one_that_had_it() -> None:
    now = body("Université de Rennes", city="Rennes")
    before = body("Université Rennes 1", city="Rennes", names=("Université de Rennes",))
    assert accepted(ours("UNIVERSITE DE RENNES", city="Rennes"), now, before) == judging.NAME


def test_other_orders_and_spellings_of_words_are_near() -> None:
    target = body("Ruhrstadt Akademie der Wissenschaften")
    assert accepted(ours("Akademia der Wissenschaften Ruhrstadt"), target) == judging.NEAR


def test_a_name_that_is_less_near_needs_the_city() -> None:
    target = body("Gesellschaft der Ruhrstädter Kartenfreunde", city="Bochum")
    near = "Gesellschaft der Ruhrstaedter Kartenfreunde Altstadtbezirk"
    assert refused(ours(near), target) == judging.SCORE
    pair = best(ours(near, city="BOCHUM"), target)
    assert pair and (pair.state, pair.rule) in {(ACCEPTED, judging.CITY), (PROPOSED, judging.SCORE)}


def test_a_company_is_never_accepted_by_city() -> None:
    target = body("Kartenfreunde Ruhrland Verlagshaus", city="Bochum", kind="company")
    one = ours("Kartenfreunde Ruhrlander Verlag", city="Bochum", kind="company")
    pair = best(one, target)
    assert pair is None or pair.state == PROPOSED


def test_an_acronym_alone_is_proposed() -> None:
    target = body("Gesellschaft für Xenonforschung Zeitz", acronyms=("GXZ",))
    assert refused(ours("GXZ"), target) == judging.ACRONYM


def test_a_short_name_needs_the_city() -> None:
    assert refused(ours("COWI AS"), body("COWI", city="Lyngby")) == judging.ACRONYM


def test_an_acronym_of_the_name_itself_counts_nothing() -> None:
    target = body("Gesellschaft für Xenonforschung Zeitz", acronyms=("GXZ",))
    assert accepted(ours("Gesellschaft für Xenonforschung Zeitz (GXZ)"), target) == judging.NAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ayuntamiento de Las Palmas", "Universidad de Las Palmas"),
        ("City of Elsewhere", "University of Elsewhere Zwei"),
        ("Universität Ruhrstadt", "Universitätsklinikum Ruhrstadt"),
        ("Fakultät für Physik der Universität Ruhrstadt", "Universität Ruhrstadt"),
        ("Medizinische Universität Ruhrstadt", "Universität Ruhrstadt"),
        ("Tuv Nord Systems GmbH", "TÜV Nord"),
        ("Universität Ruhrstadt 1", "Universität Ruhrstadt 2"),
    ],
)
def test_bodies_that_share_a_place_and_no_kind_are_not_accepted(one: str, other: str) -> None:
    pair = best(ours(one, city="Ruhrstadt"), body(other, city="Ruhrstadt"))
    assert pair is None or pair.state == PROPOSED or pair.target.label != other


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("Enel S.p.A.", "Enel Foundation", ("company", "nonprofit")),
        ("Fondazione Politecnico di Ruhrstadt", "Politecnico di Ruhrstadt", ("", "")),
        (
            "Fundación Universidad de Ruhrstadt",
            "Universidad de Ruhrstadt",
            ("research-institute", "knowledge-institution"),
        ),
    ],
)
def test_a_foundation_is_another_body(one: str, other: str, kinds: tuple[str, str]) -> None:
    subject = ours(one, city="Ruhrstadt", kind=kinds[0])
    pair = best(subject, body(other, city="Ruhrstadt", kind=kinds[1]))
    assert pair is None or pair.state == PROPOSED


def test_a_body_that_is_constituted_as_a_foundation_is_itself() -> None:
    one = ours("Fundação Universidade de Ruhrstadt", city="Ruhrstadt", kind="university")
    target = body("Universidade de Ruhrstadt", city="Ruhrstadt", kind="knowledge-institution")
    assert accepted(one, target) in (judging.NEAR, judging.CITY)


def test_the_city_in_a_name_counts_nothing_where_both_are_there() -> None:
    target = body("Xenonforschungszentrum", city="Heidelberg")
    assert accepted(ours("Xenonforschungszentrum Heidelberg", city="Heidelberg"), target)


def test_another_word_beside_the_city_counts() -> None:
    target = body("Chinese Centre for Disease Prevention", city="Beijing")
    one = ours("Beijing Centre for Disease Prevention", city="Beijing")
    assert refused(one, target)


def test_a_company_and_a_university_are_not_one() -> None:
    one = ours("Universität Ruhrstadt", kind="company")
    assert refused(one, body("Universität Ruhrstadt", kind="university")) == judging.KINDS


def test_a_name_of_common_words_alone_is_not_enough_in_another_city() -> None:
    one = ours("Children's Research Institute", city="Washington")
    assert refused(one, body("Children's Research Institute", city="Milwaukee")) == judging.WORDS
    assert accepted(one, body("Children's Research Institute", city="Washington")) == judging.NAME


def test_bodies_with_different_identifiers_of_one_register_are_not_one() -> None:
    one = ours("Universität Ruhrstadt", identifiers=frozenset({"https://ror.org/000000001"}))
    target = body("Universität Ruhrstadt", identifiers=frozenset({"https://ror.org/000000002"}))
    assert refused(one, target) == judging.IDENTIFIERS


def test_a_withdrawn_record_stands_for_its_successor() -> None:
    now = body("Universität Neustadt", iri="https://ror.org/new")
    before = body("Universität Altstadt", status="withdrawn", successors=("https://ror.org/new",))
    pair = best(ours("Universität Altstadt"), before, now)
    assert pair and (pair.target, pair.state) == (now, ACCEPTED)


def test_a_withdrawn_record_without_a_successor_is_no_candidate() -> None:
    assert (
        best(ours("Universität Altstadt"), body("Universität Altstadt", status="withdrawn")) is None
    )


def test_records_that_succeed_each_other_in_a_circle_are_no_candidates() -> None:
    one = body(
        "Altstadt", status="withdrawn", iri="https://ror.org/a", successors=("https://ror.org/b",)
    )
    two = body(
        "Neustadt", status="withdrawn", iri="https://ror.org/b", successors=("https://ror.org/a",)
    )
    assert best(ours("Altstadt"), one, two) is None


def test_a_rejected_pair_is_no_candidate_and_the_next_is() -> None:
    twins = [body("Saint Mary Hospital", iri=f"https://ror.org/{n}") for n in "ab"]
    dataset = Dataset("ror", {each.iri: each for each in twins})
    matcher = Matcher(dataset, lambda _one, other: other.iri.endswith("a"))
    [pair] = matcher.match([ours("Saint Mary Hospital")])
    assert (pair.target, pair.state) == (twins[1], ACCEPTED)


def test_the_runner_up_is_told() -> None:
    pair = best(ours("Institute of Geology"), body("Institute of Geology and Mining"))
    assert pair and pair.runner_up and pair.runner_up.label == "Institute of Geology and Mining"


def test_nothing_is_matched_against_an_empty_dataset() -> None:
    assert [*Matcher(Dataset("ror", {})).match([ours("Universität")])] == []


def test_a_name_without_letters_matches_nothing() -> None:
    assert best(ours("***"), body("Institute of Things")) is None
