"""The Gateway to Research is imported with the quirks that were seen in a real export."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from support import conforming

from missiongraph.importers import recipe
from missiongraph.importers.running import Imported, Options, run

UKRI = recipe.find("ukri")
ID = "https://w3id.org/missiongraph/id/"


def row(**cells: str) -> dict[str, str]:
    """A row of an export, with the column names of the Gateway."""
    return {
        "FundingOrgName": "AHRC",
        "ProjectReference": "AH/S004025/1",
        "LeadROName": "Example University",
        "PISurname": "Muster",
        "PIFirstName": "Ana",
        "StudentSurname": "Lernend",
        "Title": "A made-up hub",
        "StartDate": "2019-02-13",
        "EndDate": "2019-02-13",
        "AwardPounds": "15224760.0",
        "ProjectCategory": "Research Grant",
        "GTRProjectUrl": "https://gtr.ukri.org:443/projects?ref=AH/S004025/1",
        "ProjectId": "8D321F57-1CDE",
        "LeadROId": "EC177B1F-35EE",
        "PIId": "ADD0C167-9872",
        **cells,
    }


def imported(folder: Path, *rows: dict[str, str], persons: bool = False) -> Imported:
    path = folder / "gtr.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return run(UKRI, [path], Options("2021", persons=persons))


def objects(done: Imported, subject: str, name: str) -> list[str]:
    """The objects of statements about a thing whose predicate ends in ``name``."""
    cut = [x.removesuffix(f" <{done.graph}> .").split(" ", 2) for x in done.lines]
    about = [(p, o) for s, p, o in cut if s == f"<{ID}{subject}>"]
    return sorted(o.strip("<>") for p, o in about if p.endswith(f"{name}>"))


def test_project_award_and_lead_become_statements(tmp_path: Path) -> None:
    done = imported(tmp_path, row())
    assert objects(done, "project/gtr-8d321f57-1cde", "identifier") == ['"AH/S004025/1"']
    award = "award/gtr-8d321f57-1cde"
    assert objects(done, award, "hasFunder") == [ID + "organisation/ahrc"]
    assert objects(done, award, "hasRecipient") == [ID + "organisation/gtr-ec177b1f-35ee"]
    [value] = objects(done, "amount/gtr-8d321f57-1cde--awarded", "#value")
    assert value.startswith('"15224760"')


def test_the_address_is_without_a_port(tmp_path: Path) -> None:
    done = imported(tmp_path, row())
    assert objects(done, "project/gtr-8d321f57-1cde", "homepage") == [
        "https://gtr.ukri.org/projects?ref=AH/S004025/1"
    ]


def test_an_end_that_is_the_start_is_unknown(tmp_path: Path) -> None:
    other = row(ProjectId="2", EndDate="2023-02-12")
    done = imported(tmp_path, row(), other)
    assert objects(done, "project/gtr-8d321f57-1cde", "#end") == []
    assert len(objects(done, "project/gtr-2", "#end")) == 1


def test_an_award_of_nothing_is_unknown(tmp_path: Path) -> None:
    done = imported(tmp_path, row(AwardPounds="0.0"))
    assert len(objects(done, "award/gtr-8d321f57-1cde", "amountUnknown")) == 1
    assert objects(done, "award/gtr-8d321f57-1cde", "hasAmount") == []


def test_line_breaks_in_a_title_are_blanks(tmp_path: Path) -> None:
    done = imported(tmp_path, row(Title="One\r\n  title"))
    assert objects(done, "project/gtr-8d321f57-1cde", "label") == ['"One title"@en']


def test_a_funder_that_is_not_listed_is_kept_in_words(tmp_path: Path) -> None:
    done = imported(tmp_path, row(FundingOrgName="NC3Rs"))
    assert objects(done, "award/gtr-8d321f57-1cde", "hasFunder") == [ID + "organisation/ukri"]
    assert objects(done, "award/gtr-8d321f57-1cde", "note") == ['"funder: NC3Rs"@en']
    assert done.report.unknown == {("projects", "funder", "NC3Rs"): 1}


@pytest.mark.parametrize("persons", [False, True])
def test_investigators_are_read_on_demand_and_students_never(tmp_path: Path, persons: bool) -> None:
    text = imported(tmp_path, row(), persons=persons).data.decode()
    assert ("Ana Muster" in text) is persons
    assert "Lernend" not in text


@pytest.mark.parametrize("persons", [False, True])
def test_what_is_made_conforms_to_the_shapes(tmp_path: Path, persons: bool) -> None:
    done = imported(tmp_path, row(), row(ProjectId="2", AwardPounds="0"), persons=persons)
    report = conforming.report(done, "ahrc")
    assert report.conforms, report.text()
