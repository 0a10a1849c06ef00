"""SweCRIS is imported with the quirks that were seen in a real extract."""

from __future__ import annotations

import csv
from pathlib import Path

from support import conforming

from missiongraph.importers import recipe
from missiongraph.importers.running import Imported, Options, run

SWECRIS = recipe.find("swecris")
ID = "https://w3id.org/missiongraph/id/"


def row(**cells: str) -> dict[str, str]:
    """A row with the columns of the publisher."""
    return {
        "projectId": "2025-00001_Vinnova",
        "projectTitleSv": "Ett påhittat projekt",
        "projectTitleEn": "A made-up project",
        "projectStartDate": "2026-05-01 12:00:00",
        "projectEndDate": "2027-08-31 12:00:00",
        "coordinatingOrganisationId": "202100-0001",
        "coordinatingOrganisationNameEn": "Example University",
        "coordinatingOrganisationTypeOfOrganisationEn": "University",
        "fundingOrganisationId": "202100-5216",
        "fundingOrganisationNameEn": "Vinnova ",
        "fundingOrganisationTypeOfOrganisationEn": "Governmental",
        "fundingsSek": "628832.0",
        "fundingStartDate": "2026-05-01 12:00:00",
        "fundingEndDate": "2026-12-31 12:00:00",
        "involvedPeople": "¤¤¤43471¤Ana Muster¤¤Principal Investigator¤Projektledare¤Female",
        "scbs": "¤¤¤ 9: Oklassificerat",
        **cells,
    }


def imported(folder: Path, *rows: dict[str, str]) -> Imported:
    path = folder / "swecris.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return run(SWECRIS, [path], Options("2025-07"))


def objects(done: Imported, subject: str, name: str) -> list[str]:
    """The objects of statements about a thing whose predicate ends in ``name``."""
    cut = [x.removesuffix(f" <{done.graph}> .").split(" ", 2) for x in done.lines]
    about = [(p, o) for s, p, o in cut if s == f"<{ID}{subject}>"]
    return sorted(o.strip("<>") for p, o in about if p.endswith(f"{name}>"))


def test_the_day_of_a_time_counts(tmp_path: Path) -> None:
    done = imported(tmp_path, row())
    [start] = objects(done, "project/swecris-2025-00001-vinnova", "#start")
    assert start.startswith('"2026-05-01"')


def test_titles_are_in_both_languages_or_in_swedish(tmp_path: Path) -> None:
    done = imported(tmp_path, row(), row(projectId="2_Formas", projectTitleEn=""))
    assert objects(done, "project/swecris-2025-00001-vinnova", "label") == [
        '"A made-up project"@en',
        '"Ett påhittat projekt"@sv',
    ]
    assert objects(done, "project/swecris-2-formas", "label") == ['"Ett påhittat projekt"@sv']


def test_known_funders_are_ours_and_others_their_own(tmp_path: Path) -> None:
    name = "Riksbankens Jubileumsfond"
    other = row(projectId="2_RJ", fundingOrganisationNameEn=name, fundingOrganisationId="802012-1")
    done = imported(tmp_path, row(), other)
    assert objects(done, "award/swecris-2025-00001-vinnova", "hasFunder") == [
        ID + "organisation/vinnova"
    ]
    assert objects(done, "award/swecris-2-rj", "hasFunder") == [ID + "organisation/se-802012-1"]
    assert objects(done, "organisation/se-802012-1", "label") == [f'"{name}"']


def test_one_project_of_two_funders_stays_two(tmp_path: Path) -> None:
    done = imported(tmp_path, row(), row(projectId="2025-00001_RJ"))
    [account] = done.report.tables
    assert account.written == 2
    assert objects(done, "project/swecris-2025-00001-rj", "identifier") == ['"2025-00001_RJ"']


def test_a_kind_that_is_not_listed_is_kept_in_words(tmp_path: Path) -> None:
    kind = {"coordinatingOrganisationTypeOfOrganisationEn": "Museum"}
    done = imported(tmp_path, row(**kind))
    assert objects(done, "organisation/se-202100-0001", "note") == ['"body_type: Museum"@en']


def test_people_are_not_read(tmp_path: Path) -> None:
    assert "Muster" not in imported(tmp_path, row()).data.decode()


def test_what_is_made_conforms_to_the_shapes(tmp_path: Path) -> None:
    other = row(projectId="2_RJ", fundingOrganisationNameEn="Other", fundingOrganisationId="2")
    report = conforming.report(imported(tmp_path, row(), other), "vinnova")
    assert report.conforms, report.text()
