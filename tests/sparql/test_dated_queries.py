"""Library queries about a day count what has no date, and what holds on that day alone."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox
import pytest

from missiongraph import MissionGraph, Table

PREFIXES = """
@prefix : <https://example.org/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix moi: <https://w3id.org/missiongraph/ontology#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DAY = "2021-05-01"


def graph(*memberships: str) -> MissionGraph:
    """A network and a person or organisation; ``memberships`` are the days of each."""
    parts = [
        ":net a moi:Network ; rdfs:label 'Net' . :source foaf:page <https://example.org/page> ;",
        " moi:retrieved '2026-01-01'^^xsd:date .",
        ":body a org:Organization ; rdfs:label 'Body' .",
        ":person a foaf:Person ; foaf:name 'Ann' .",
    ]
    for number, days in enumerate(memberships):
        for member in ("body", "person"):
            parts.append(
                f":{member}{number} a org:Membership ; org:member :{member} ; "
                f"org:organization :net ; moi:roleLabel 'Member' {days} ; "
                "prov:wasDerivedFrom :source ."
            )
    store = ox.Store()
    store.load((PREFIXES + "\n".join(parts)).encode(), format=ox.RdfFormat.TURTLE)
    return MissionGraph(store)


def rows(*memberships: str, query: str) -> list[dict[str, Any]]:
    table = graph(*memberships).query(query, day=DAY)
    assert isinstance(table, Table)
    return [dict(row) for row in table]


def holds(start: str, end: str = "") -> str:
    until = f"; moi:holdsUntil '{end}'^^xsd:date" if end else ""
    return f"; moi:start '{start}' ; moi:holdsFrom '{start}'^^xsd:date {until}"


@pytest.mark.parametrize("query", ["network-members-on-date", "positions-on-date"])
def test_what_has_no_date_and_what_holds_on_the_day_alone_are_counted(query: str) -> None:
    found = rows(holds("2020-01-01"), holds(DAY, DAY), holds(DAY, DAY), "", query=query)
    assert {(row["withoutDate"], row["singleDay"]) for row in found} == {(1, 2)}


@pytest.mark.parametrize("query", ["network-members-on-date", "positions-on-date"])
def test_a_single_day_of_another_time_is_not_counted(query: str) -> None:
    found = rows(holds("2020-01-01"), holds("2020-05-01", "2020-05-01"), query=query)
    assert [row["singleDay"] for row in found] == [0]
