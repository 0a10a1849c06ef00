"""Classes of initiatives: each thing has the key of its class, and old keys lead to it."""

from __future__ import annotations

import csv
import re

from missiongraph import MissionGraph
from missiongraph.namespaces import ID, MOI
from missiongraph.publishing.tombstones import removed
from missiongraph.resources import Inputs
from missiongraph.sparql.results import Table

CLASSES = f"""
PREFIX moi: <{MOI}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?thing ?class {{ ?thing a ?class . ?class rdfs:subClassOf moi:Initiative }}
"""


def key(class_iri: str) -> str:
    """The kind in the key of things of a class: ``local-mission`` for ``moi:LocalMission``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", class_iri.removeprefix(MOI)).lower()


def classed(graph: MissionGraph) -> list[tuple[str, str]]:
    answer = graph.query(CLASSES)
    assert isinstance(answer, Table)
    return [(str(thing), str(each)) for thing, each in answer.rows]


def rows(table: str) -> list[dict[str, str]]:
    with (Inputs.shipped().data / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_key_of_a_thing_is_that_of_its_class(graph: MissionGraph) -> None:
    assert [pair for pair in classed(graph) if not pair[0].startswith(f"{ID}{key(pair[1])}/")] == []


def test_an_initiative_has_one_class(graph: MissionGraph) -> None:
    things = [thing for thing, _ in classed(graph)]
    assert len(things) == len(set(things)) > 350


def test_an_old_key_leads_to_a_thing_that_is_there(graph: MissionGraph) -> None:
    answer = graph.query("SELECT DISTINCT ?thing { ?thing a ?class }")
    assert isinstance(answer, Table)
    there = {str(thing) for (thing,) in answer.rows}
    moved = {old: gone.successor for old, gone in removed().items() if not gone.reason}
    assert len(moved) >= 194
    assert set(moved.values()) <= there
    assert not set(moved) & there


def test_a_class_that_another_reading_would_give_is_another_than_the_own(
    graph: MissionGraph,
) -> None:
    own = {
        thing.removeprefix(ID): "moi:" + each.removeprefix(MOI) for thing, each in classed(graph)
    }
    for row in rows("classifications"):
        assert own[row["initiative"]] != row["fits_also"], row["initiative"]


def test_a_local_mission_takes_on_a_wider_mission() -> None:
    inside = {row["initiative"] for row in rows("mission_parents")}
    assert {f"local-mission/{row['id']}" for row in rows("local_missions")} <= inside
