"""CORDIS is imported with all its quirks that were seen in real files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from support import conforming
from support.published import Folder, participation, project, quoted

from missiongraph.errors import DataError, MappingError
from missiongraph.importers import recipe
from missiongraph.importers.running import Imported, Options, run

CORDIS = recipe.find("cordis")
ID = "https://w3id.org/missiongraph/id/"
MOI = "https://w3id.org/missiongraph/ontology#"
VOCAB = "https://w3id.org/missiongraph/vocab/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
NOTE = "http://www.w3.org/2004/02/skos/core#note"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def imported(folder: Folder, **options: object) -> Imported:
    return run(CORDIS, folder.files, Options(**options))  # type: ignore[arg-type]


def values(done: Imported, subject: str, predicate: str) -> list[str]:
    """The objects of statements, literals without quotes and datatype."""
    start = f"<{ID}{subject}> <{predicate}> "
    graph = f" <{done.graph}> ."
    found = [x.removeprefix(start).removesuffix(graph) for x in done.lines if x.startswith(start)]
    return sorted(x.split('"')[1] if x.startswith('"') else x.strip("<>") for x in found)


def states(done: Imported, table: str) -> tuple[int, int, int, int]:
    account = next(each for each in done.report.tables if each.table == table)
    assert account.adds_up
    return account.written, account.filtered, account.rejected, account.repeated


def test_a_project_its_award_and_its_participants_become_statements(folder: Folder) -> None:
    done = imported(folder.projects(project()).participations(participation()))
    tie = "participation/cordis-101000001--pic-999000001--participant--1"
    assert values(done, "project/cordis-101000001", LABEL) == ["P1"]
    assert values(done, "award/cordis-101000001", MOI + "paysFor") == [
        ID + "project/cordis-101000001"
    ]
    assert values(done, "organisation/pic-999000001", LABEL) == ["BODY 1"]
    assert values(done, tie, MOI + "hasParticipant") == [ID + "organisation/pic-999000001"]
    assert values(done, tie, MOI + "hasRole") == [VOCAB + "role/participant"]


def test_the_newest_day_in_the_data_is_the_edition(folder: Folder) -> None:
    later = project("101000002", contentUpdateDate="2025-05-02 09:00:00")
    assert imported(folder.projects(project(), later)).source == "cordis--2025-05-02"


def test_an_edition_that_nothing_tells_is_asked_for(folder: Folder) -> None:
    folder.projects(project(contentUpdateDate=""))
    with pytest.raises(DataError, match="give --edition"):
        imported(folder)
    assert imported(folder, edition="H2020-2025-04").source == "cordis--h2020-2025-04"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("17020515,92", "17020515.92"),
        ("14600074", "14600074"),
        ("1788682.0", "1788682"),
        ("8.499.240,00", "8499240"),
        ("8,499,240.50", "8499240.5"),
        ("1 234 567", "1234567"),
    ],
)
def test_amounts_are_read_with_comma_or_point(folder: Folder, written: str, value: str) -> None:
    done = imported(folder.projects(project(ecMaxContribution=written)))
    assert values(done, "amount/cordis-101000001--awarded", MOI + "value") == [value]


@pytest.mark.parametrize("zero", ["0", "0,00", "0.0", ""])
def test_a_sum_of_zero_is_unknown_and_not_nothing(folder: Folder, zero: str) -> None:
    done = imported(folder.projects(project(ecMaxContribution=zero)))
    assert values(done, "award/cordis-101000001", MOI + "amountUnknown") == ["true"]
    assert values(done, "award/cordis-101000001", MOI + "hasAmount") == []


def test_a_contribution_of_zero_is_a_sum_and_none_is_none(folder: Folder) -> None:
    folder.projects(project()).participations(
        participation(ecContribution="0"), participation(pic="999000002", ecContribution="")
    )
    done = imported(folder)
    tie = "amount/cordis-101000001--pic-99900000{}--participant--1--awarded"
    assert values(done, tie.format(1), MOI + "value") == ["0"]
    assert values(done, tie.format(2), MOI + "value") == []


@pytest.mark.parametrize(
    ("code", "country"), [("UK", "GB"), ("EL", "GR"), ("NA", "NA"), ("SE", "SE")]
)
def test_country_codes_of_the_commission_become_ours(
    folder: Folder, code: str, country: str
) -> None:
    done = imported(folder.projects(project()).participations(participation(country=code)))
    found = values(done, "organisation/pic-999000001", MOI + "hasCountry")
    assert found == [f"{VOCAB}country/{country}"]
    assert not done.report.unknown


def test_a_country_that_is_not_listed_is_kept_as_a_note_and_counted(folder: Folder) -> None:
    done = imported(folder.projects(project()).participations(participation(country="XK")))
    assert values(done, "organisation/pic-999000001", NOTE) == ["country: XK"]
    assert done.report.unknown == {("organization", "country", "XK"): 1}
    assert states(done, "organization") == (1, 0, 0, 0)


def test_an_organisation_without_a_country_is_written(folder: Folder) -> None:
    done = imported(folder.projects(project()).participations(participation(country="")))
    assert values(done, "organisation/pic-999000001", MOI + "hasCountry") == []
    assert states(done, "organization") == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("role", "concept", "known"),
    [
        ("coordinator", "coordinator", True),
        ("partner", "partner", True),
        ("thirdParty", "participant", True),
        ("internationalPartner", "international-partner", True),
        ("associatedPartner", "partner", True),
        ("beneficiaryNew", "participant", False),
    ],
)
def test_roles_that_no_list_has_are_kept_in_words_and_counted(
    folder: Folder, role: str, concept: str, known: bool
) -> None:
    done = imported(folder.projects(project()).participations(participation(role=role)))
    tie = f"participation/cordis-101000001--pic-999000001--{role.lower()}--1"
    assert values(done, tie, MOI + "hasRole") == [f"{VOCAB}role/{concept}"]
    assert values(done, tie, MOI + "roleLabel") == [role]
    assert bool(done.report.unknown) is not known


def test_one_organisation_may_have_two_roles_in_a_project(folder: Folder) -> None:
    folder.projects(project()).participations(
        participation(role="coordinator"),
        participation(order="2", contentUpdateDate="2025-04-02 10:00:00"),
        participation(order="3", role="thirdParty"),
    )
    assert states(imported(folder), "organization") == (3, 0, 0, 0)


def test_the_name_of_the_latest_row_counts(folder: Folder) -> None:
    folder.projects(project()).participations(
        participation(name="OLD NAME", contentUpdateDate="2021-01-01 10:00:00"),
        participation(name="NEW NAME", order="2"),
    )
    done = imported(folder)
    assert values(done, "organisation/pic-999000001", LABEL) == ["NEW NAME"]


def test_a_partner_that_left_has_a_note(folder: Folder) -> None:
    folder.projects(project()).participations(participation(endOfParticipation="true"))
    tie = "participation/cordis-101000001--pic-999000001--participant--1"
    assert values(imported(folder), tie, NOTE) == ["left the project before its end"]


def test_a_row_twice_is_repeated_and_one_that_differs_is_rejected(folder: Folder) -> None:
    folder.projects(project()).participations(
        participation(), participation(), participation(name="OTHER")
    )
    done = imported(folder)
    assert states(done, "organization") == (1, 0, 1, 1)
    [reject] = done.report.rejects
    assert (reject.file, reject.row) == ("organization.csv", 4)
    assert "has the key of an earlier row" in reject.reason


def test_a_bad_cell_costs_its_row_and_what_hangs_on_it(folder: Folder) -> None:
    folder.projects(project(), project("101000002", startDate="soon"))
    folder.participations(participation(), participation("101000002"))
    done = imported(folder)
    assert states(done, "project") == (1, 0, 1, 0)
    assert states(done, "organization") == (1, 0, 1, 0)
    first, second = done.report.rejects
    assert first[:4] == ("project.csv", 3, "startDate", "soon")
    assert first.remedy == "write 2018, 2018-06 or 2018-06-30"
    assert second.reason == "names no row of project that was written"


@pytest.mark.parametrize(
    ("topic", "missions"),
    [
        ("HORIZON-MISS-2021-CIT-02-02", ["cities"]),
        ("HORIZON-MISS-2024-CIT-IBA", ["cities"]),
        ("HORIZON-MISS-2023-CLIMA-CITIES-01-01", ["adaptation", "cities"]),
        ("HORIZON-MISS-2023-CLIMA-OCEAN-SOIL-01-01", ["adaptation", "ocean", "soil"]),
        ("HORIZON-MISS-2023-OCEAN-SOIL-01-01", ["ocean", "soil"]),
        ("HORIZON-MISS-2025-06-CIT-CANCER-01", ["cancer", "cities"]),
        ("HORIZON-MISS-2026-06-CLIMA-SOIL", ["adaptation", "soil"]),
        ("HORIZON-MISS-2021-UNCAN-01-01", ["cancer"]),
        ("HORIZON-MISS-2021-NEB-01-01", ["neb"]),
        ("HORIZON-CL5-2024-D5-01-12", []),
    ],
)
def test_a_topic_names_its_missions(folder: Folder, topic: str, missions: list[str]) -> None:
    done = imported(folder.projects(project()).topics(("101000001", topic, "A title")))
    found = values(done, "project/cordis-101000001", MOI + "partOfMission")
    assert found == [f"{ID}mission/eu-mission-{name}" for name in missions]


@pytest.mark.parametrize("code", ["COOR-01-01", "NCP-01-01"])
def test_topics_of_all_missions_are_part_of_the_programme(folder: Folder, code: str) -> None:
    folder.projects(project()).topics(("101000001", f"HORIZON-MISS-2021-{code}", "A title"))
    found = values(imported(folder), "project/cordis-101000001", MOI + "partOfInitiative")
    assert found == [ID + "programme/eu-missions"]


def test_rows_that_give_no_statement_are_told(folder: Folder) -> None:
    folder.projects(project()).topics(
        ("101000001", "HORIZON-MISS-2021-CIT-02-02", "A"), ("101000001", "ERC-2023-STG", "B")
    )
    _, account = imported(folder).report.tables
    assert (account.written, account.silent) == (2, 1)


def test_filters_leave_rows_out_and_count_them(folder: Folder) -> None:
    folder.projects(project(), project("101000002"), project("101000003"))
    folder.participations(participation(), participation("101000002", country="DE"))
    folder.topics(
        ("101000001", "HORIZON-MISS-2021-CIT-02-02", "A"), ("101000002", "ERC-2023-STG", "B")
    )
    done = imported(folder, filters={"only-topics": ("HORIZON-MISS-*",)})
    assert states(done, "project") == (1, 2, 0, 0)
    assert states(done, "organization") == (1, 1, 0, 0)
    assert states(done, "topics") == (1, 1, 0, 0)
    done = imported(folder, filters={"country": ("DE",)})
    assert states(done, "project") == (1, 2, 0, 0)
    done = imported(folder, filters={"since": ("2023",)})
    assert states(done, "project") == (0, 3, 0, 0)


def test_a_filter_whose_table_is_not_there_asks_for_it(folder: Folder) -> None:
    folder.projects(project())
    with pytest.raises(DataError, match="--only-topics needs the table topics"):
        imported(folder, filters={"only-topics": ("X",)})
    with pytest.raises(MappingError, match="cordis has no filter --colour; it has: --only-topics"):
        imported(folder, filters={"colour": ("red",)})


def test_known_totals_are_compared(folder: Folder) -> None:
    folder.projects(project(), project("101000002"))
    folder.participations(participation(), participation("101000002", ecContribution="1"))
    [told] = imported(folder).report.differences
    assert "differ for 1 of 2, for example 101000002: 1.00 and 300,000.50" in told


def test_columns_that_are_new_or_gone_are_told(folder: Folder) -> None:
    rows = [("id", "acronym", "ecMaxContribution", "policyPriorities"), ("1", "A", "5", "x")]
    folder.write("project.csv", quoted(rows))
    [account] = imported(folder, edition="x").report.tables
    assert account.new_columns == ["policyPriorities"]
    assert "startDate" in account.gone_columns


def test_a_column_that_is_needed_and_gone_is_an_error_that_names_it(folder: Folder) -> None:
    folder.write("project.csv", quoted([("id", "title"), ("1", "A")]))
    with pytest.raises(
        DataError, match=r"project\.csv: is no table of cordis: project has acronym"
    ):
        imported(folder)


def test_the_table_of_projects_is_needed(folder: Folder) -> None:
    folder.participations(participation())
    with pytest.raises(DataError, match="also needs the table project"):
        imported(folder)


def test_marks_of_a_merge_are_told_as_such(folder: Folder) -> None:
    folder.write("project.csv", "<<<<<<< HEAD\nid;acronym\n=======\nid;name\n>>>>>>> x\n1;A\n")
    with pytest.raises(DataError, match="marks of an unresolved merge"):
        imported(folder)


def test_old_column_names_and_tabs_are_read(folder: Folder) -> None:
    header = "rcn\treference\tacronym\tstartDate\tecMaxContribution\tcall\n"
    folder.write("projects.tsv", header + "193157\t632927\tPMC\t2014-01-01\t230000,00\tX\n")
    done = imported(folder, edition="2015")
    assert values(done, "amount/cordis-632927--awarded", MOI + "value") == ["230000"]


def test_an_archive_is_read_whole_and_what_is_not_used_is_told(folder: Folder) -> None:
    folder.projects(project()).participations(participation())
    path = folder.path / "cordis.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.files:
            archive.write(file, f"csv/{file.name}")
        archive.writestr("csv/webLink.csv", quoted([("id", "physUrl"), ("1", "x")]))
    folder.files = [path]
    done = imported(folder)
    assert states(done, "organization") == (1, 0, 0, 0)
    assert done.report.unused == ["csv/webLink.csv"]


def test_the_json_edition_gives_the_same_statements(folder: Folder) -> None:
    folder.projects(project())
    told = [x for x in imported(folder).lines if "/id/source/" not in x]
    folder.files = []
    folder.write("project.json", json.dumps([project() | {"id": 101000001}]))
    assert [x for x in imported(folder).lines if "/id/source/" not in x] == told


def test_no_row_is_an_import_of_nothing(folder: Folder) -> None:
    done = imported(folder.projects(), edition="x")
    assert states(done, "project") == (0, 0, 0, 0)


def test_more_bad_rows_than_the_bound_are_refused(folder: Folder) -> None:
    folder.projects(*(project(f"10100000{n}") for n in range(9)), project("7", startDate="?"))
    done = imported(folder)
    done.require_few_bad(0.1)
    with pytest.raises(DataError, match=r"project: 1 of 10 rows are rejected.*row 11 startDate"):
        done.require_few_bad(0.09)


def test_an_unfinished_last_row_is_rejected(folder: Folder) -> None:
    path = folder.projects(project(), project("101000002")).files[0]
    path.write_bytes(path.read_bytes()[:-40])
    assert states(imported(folder), "project") == (1, 0, 1, 0)


def test_a_name_with_quotes_and_a_backslash_stays_as_it_is(folder: Folder) -> None:
    folder.projects(project()).participations(participation(name='INSTITUT ""X"" A\\B'))
    done = imported(folder)
    [line] = [x for x in done.lines if f"pic-999000001> <{LABEL}>" in x]
    assert r'"INSTITUT \"X\" A\\B"' in line


def test_a_file_with_stray_bytes_loses_their_rows_only(folder: Folder) -> None:
    folder.projects(project(title="Ökologie für Städte"), project("101000002", title="STRAY"))
    path = folder.files[0]
    path.write_bytes(path.read_bytes().replace(b"STRAY", b"STR\xc4Y"))
    done = imported(folder)
    assert states(done, "project") == (1, 0, 1, 0)
    [reject] = done.report.rejects
    assert (reject.row, reject.reason) == (3, "holds bytes of no text")


def test_what_is_made_conforms_to_the_shapes(folder: Folder) -> None:
    folder.projects(project(), project("101000002", ecMaxContribution="0"))
    folder.participations(
        participation(role="coordinator"),
        participation("101000002", "999000002", country="XK", endOfParticipation="true"),
    )
    folder.topics(("101000001", "ERC-2023-STG", "A topic"))
    report = conforming.report(imported(folder), "european-commission")
    assert report.conforms, report.text()
