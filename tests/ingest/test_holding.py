"""When a tie holds: what the rules work out from dates, temporal kinds and ends of what is tied."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from missiongraph.namespaces import MOI
from missiongraph.resources import Inputs

PREFIXES = """
@prefix : <x:> .
@prefix kind: <https://w3id.org/missiongraph/vocab/partnership-kind/> .
@prefix moi: <https://w3id.org/missiongraph/ontology#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix role: <https://w3id.org/missiongraph/vocab/role/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
LEADS = ":tie a moi:Participation ; moi:hasParticipant :a ; moi:concerns :m ; moi:hasRole role:lead"
SIGNS = LEADS.replace("role:lead", "role:signatory")
BELONGS = ":tie a org:Membership ; org:member :a ; org:organization :b ; org:role role:member"


def load(*files: Path) -> ox.Store:
    store = ox.Store()
    for path in files:
        store.load(path=path, format=ox.RdfFormat.TURTLE)
    return store


def held(said: str) -> tuple[str | None, str | None]:
    """The first and the last day of ``:tie``, by the rules that ship, in their order."""
    inputs = Inputs.shipped()
    store = load(*inputs.ontologies(), *inputs.vocabularies())
    store.load(f"{PREFIXES}{said}", format=ox.RdfFormat.TURTLE)
    for path in inputs.rule_files():
        derived = store.query(path.read_text("utf-8"))
        assert isinstance(derived, ox.QueryTriples)
        store.extend([ox.Quad(*triple) for triple in derived])
    return day(store, "holdsFrom"), day(store, "holdsUntil")


def day(store: ox.Store, name: str) -> str | None:
    quads = store.quads_for_pattern(ox.NamedNode("x:tie"), ox.NamedNode(MOI + name), None)
    values = [quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)]
    assert len(values) < 2
    return values[0] if values else None


def year(name: str, number: int) -> str:
    return f'; moi:{name} "{number}"^^xsd:gYear'


@pytest.mark.parametrize(
    ("said", "days"),
    [
        (f"{LEADS} .", (None, None)),
        (f"{LEADS} {year('date', 2018)} .", ("2018-01-01", None)),
        (f"{LEADS} {year('start', 2018)} .", ("2018-01-01", None)),
        (f"{LEADS} {year('start', 2018)} {year('end', 2020)} .", ("2018-01-01", "2020-12-31")),
        (f"{LEADS} {year('end', 2020)} .", (None, "2020-12-31")),
        (f"{LEADS} {year('date', 2018)} {year('end', 2020)} .", ("2018-01-01", "2020-12-31")),
        (f"{LEADS} {year('date', 2021)} {year('end', 2020)} .", (None, "2020-12-31")),
    ],
    ids=["undated", "seen", "started", "both", "ended", "seen and ended", "seen after its end"],
)
def test_a_state_holds_from_its_start_or_date_until_its_end(
    said: str, days: tuple[str | None, str | None]
) -> None:
    assert held(said) == days


@pytest.mark.parametrize(
    ("said", "days"),
    [
        (f"{SIGNS} .", (None, None)),
        (f"{SIGNS} {year('date', 2018)} .", ("2018-01-01", "2018-12-31")),
        (f'{SIGNS} ; moi:date "2018-06-27"^^xsd:date .', ("2018-06-27", "2018-06-27")),
        (f"{SIGNS} {year('start', 2018)} {year('end', 2020)} .", ("2018-01-01", "2020-12-31")),
    ],
    ids=["undated", "a year", "a day", "a start and an end"],
)
def test_an_event_is_a_point_unless_a_time_is_stated(
    said: str, days: tuple[str | None, str | None]
) -> None:
    assert held(said) == days


def test_a_role_of_no_known_kind_makes_no_time_up() -> None:
    said = LEADS.replace("role:lead", ":unknown")
    assert held(f"{said} {year('date', 2018)} .") == ("2018-01-01", "2018-12-31")


def test_a_tie_in_several_roles_is_a_state_if_one_of_them_is() -> None:
    assert held(f"{SIGNS}, role:lead {year('date', 2018)} .") == ("2018-01-01", None)


def test_a_state_ends_with_its_mission() -> None:
    mission = f":m a moi:Mission {year('end', 2030)} ."
    assert held(f"{LEADS} {year('date', 2018)} . {mission}") == ("2018-01-01", "2030-12-31")
    assert held(f"{LEADS} . {mission}") == (None, None)


def test_where_sources_disagree_the_later_end_of_a_mission_counts() -> None:
    mission = f":m a moi:Mission {year('end', 2030)} {year('end', 2025)} ."
    assert held(f"{LEADS} {year('date', 2018)} . {mission}") == ("2018-01-01", "2030-12-31")


def test_what_was_seen_only_after_the_mission_holds_when_it_was_seen() -> None:
    mission = f":m a moi:Mission {year('end', 2010)} ."
    assert held(f"{LEADS} {year('date', 2018)} . {mission}") == ("2018-01-01", "2018-12-31")


def test_a_state_ends_when_one_of_both_turns_into_another_organisation() -> None:
    change = ':c org:originalOrganization :a ; moi:date "2024-10-14"^^xsd:date .'
    assert held(f"{BELONGS} {year('date', 2018)} . {change}") == ("2018-01-01", "2024-10-14")
    still = f"{change} :c org:resultingOrganization :a ."
    assert held(f"{BELONGS} {year('date', 2018)} . {still}") == ("2018-01-01", None)


def test_the_first_of_all_ends_counts() -> None:
    ends = f":m a moi:Mission {year('end', 2030)} . :c org:originalOrganization :a"
    said = f"{LEADS} {year('date', 2018)} . {ends}"
    assert held(f"{said} {year('date', 2024)} .") == ("2018-01-01", "2024-12-31")
    assert held(f"{said} {year('date', 2031)} .") == ("2018-01-01", "2030-12-31")


def test_an_instrument_lasts_as_long_as_any_mission_that_it_serves() -> None:
    tool = f":tie a moi:PolicyInstrument ; moi:serves :m, :n {year('start', 2018)} ."
    first = f":m a moi:Mission {year('end', 2025)} ."
    assert held(f"{tool} {first} :n a moi:Mission .") == ("2018-01-01", None)
    second = f":n a moi:Mission {year('end', 2030)} ."
    assert held(f"{tool} {first} {second}") == ("2018-01-01", "2030-12-31")


@pytest.mark.parametrize(
    ("said", "until"),
    [
        (":tie a moi:FundingAward ; moi:hasFunder :a ; moi:hasRecipient :b", "2018-12-31"),
        (":tie a moi:Partnership ; moi:hasPartner :a, :b ; moi:hasKind kind:partnership", None),
        (
            ":tie a moi:Partnership ; moi:hasPartner :a, :b ; moi:hasKind kind:joint-call",
            "2018-12-31",
        ),
        (":tie a moi:Contribution ; moi:hasContributor :a ; moi:contributesTo :m", None),
    ],
    ids=["an award", "a partnership", "a joint call", "a contribution"],
)
def test_relations_without_roles_have_a_kind_too(said: str, until: str | None) -> None:
    assert held(f"{said} {year('date', 2018)} .") == ("2018-01-01", until)
