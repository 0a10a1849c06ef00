"""The table of coverage: what it counts as held is what the other tables hold."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path

DATA = Path(str(files("missiongraph"))) / "data"
MEMBERS = {"member", "founding-member", "chair"}
PARTNERS = {"partner", "coordinator", "participant"}
CITIES = "mission/eu-mission-cities"


def rows(table: str) -> list[dict[str, str]]:
    with (DATA / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


COVERAGE = rows("coverage.csv")
PARTICIPATIONS = rows("mission_participations.csv")
PARENTS = rows("mission_parents.csv")


def missions_of(parent: str) -> set[str]:
    """Initiatives that are part of another at any depth, without frameworks and projects."""
    parts = {row["initiative"] for row in PARENTS if row["parent"] == parent}
    frameworks = {part for part in parts if part.startswith("mission-framework/")}
    inside = (missions_of(framework) for framework in frameworks)
    return {part for part in parts - frameworks if not part.startswith("project/")}.union(*inside)


def local_missions_of(parent: str) -> set[str]:
    return {part for part in missions_of(parent) if part.startswith("local-mission/")}


def members_of(network: str) -> set[str]:
    return {
        row["member"]
        for row in rows("memberships.csv")
        if f"organisation/{row['organisation'].removeprefix('organisation/')}" == network
        and MEMBERS & set(row["role"].split("|"))
        and not row["member"].startswith("person/")
    }


def partners_of(project: str) -> set[str]:
    return {
        row["participant"]
        for row in [*rows("participations.csv"), *PARTICIPATIONS]
        if row["concerns"] == project
        and PARTNERS & set(row["role"].split("|"))
        and row["participant"].startswith("organisation/")
    }


def named_in(local_mission: str) -> set[str]:
    """Participations that the contract of a city tells, without that of the city as lead."""
    return {
        row["id"]
        for row in PARTICIPATIONS
        if row["concerns"] == local_mission
        and row["source"].startswith("climate-city-contract-")
        and row["role"] != "lead"
    }


def labels_of(mission: str) -> set[str]:
    return {
        row["participant"]
        for row in PARTICIPATIONS
        if row["concerns"] == mission and row["role"] == "label-holder"
    }


def typed(_: str) -> set[str]:
    return {row["initiative"] for row in rows("mission_types.csv")}


COUNTS = {
    "contract": named_in,
    "contracts": local_missions_of,
    "cities": local_missions_of,
    "municipalities": local_missions_of,
    "labels": labels_of,
    "members": members_of,
    "partners": partners_of,
    "missions": missions_of,
    "net-zero-missions": typed,
}
"""What each sort of list counts, by the end of the key of its row."""


def test_what_is_held_is_what_the_tables_hold() -> None:
    counted = {
        row["id"]: len(COUNTS[row["id"].rsplit("--", 1)[1]](row["covers"])) for row in COVERAGE
    }
    assert {row["id"]: int(row["held"]) for row in COVERAGE} == counted


def test_each_local_mission_of_a_contract_has_a_coverage() -> None:
    contracts = {
        f"local-mission/{row['id']}"
        for row in rows("local_missions.csv")
        if row["source"].startswith("climate-city-contract-")
    }
    assert {row["covers"] for row in COVERAGE if row["id"].endswith("--contract")} == contracts


def test_no_more_is_held_than_is_listed() -> None:
    assert [row["id"] for row in COVERAGE if int(row["held"]) > int(row["listed"])] == []
