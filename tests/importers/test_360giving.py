"""360Giving is imported with the quirks that were seen in real files of funders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import conforming

from missiongraph.errors import DataError
from missiongraph.importers import recipe
from missiongraph.importers.running import Imported, Options, run

GIVING = recipe.find("360giving")
ID = "https://w3id.org/missiongraph/id/"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def grant(**more: Any) -> dict[str, Any]:
    """A grant by the standard."""
    return {
        "id": "360G-Example-1",
        "title": "A made-up\ngrant",
        "currency": "GBP",
        "amountAwarded": 15000,
        "awardDate": "2015-06-10T00:00:00+00:00",
        "recipientOrganization": [
            {"id": "GB-CHC-1", "name": "A Charity", "charityNumber": "1"},
        ],
        "fundingOrganization": [{"id": "GB-CHC-2", "name": "A Foundation"}],
        "grantProgramme": [{"code": "E", "title": "Enable"}],
        **more,
    }


def imported(folder: Path, *grants: dict[str, Any]) -> Imported:
    path = folder / "grants.json"
    path.write_text(json.dumps({"grants": grants}), "utf-8")
    return run(GIVING, [path], Options("2024", licence=LICENCE))


def about(done: Imported, kind: str, name: str) -> list[str]:
    """The objects of statements about things of a kind whose predicate ends in ``name``."""
    cut = [x.removesuffix(f" <{done.graph}> .").split(" ", 2) for x in done.lines]
    return sorted(
        o.strip("<>") for s, p, o in cut if s.startswith(f"<{ID}{kind}/") and p.endswith(f"{name}>")
    )


def test_a_grant_its_ends_and_its_programme_become_statements(tmp_path: Path) -> None:
    done = imported(tmp_path, grant())
    assert about(done, "award", "label") == ['"A made-up grant"@en']
    assert about(done, "award", "hasFunder") == [ID + "organisation/org-id-gb-chc-2"]
    assert about(done, "award", "hasRecipient") == [ID + "organisation/org-id-gb-chc-1"]
    assert about(done, "award", "paysFor") == [ID + "programme/org-id-gb-chc-2--enable"]
    assert '"charity number 1"' in about(done, "organisation", "identifier")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("05/06/2014", "2014-06-05"),
        ("26/03/2001 00:00", "2001-03-26"),
        ("2015-06-10T00:00:00+00:00", "2015-06-10"),
        ("2015-06-10", "2015-06-10"),
        ("08/2013", "2013-08"),
        ("2013", "2013"),
    ],
)
def test_dates_are_read_in_each_way_that_funders_write_them(
    tmp_path: Path, written: str, day: str
) -> None:
    [date] = about(imported(tmp_path, grant(awardDate=written)), "award", "#date")
    assert date.startswith(f'"{day}"^^')


@pytest.mark.parametrize("amount", [15000, 15000.0, "15000", "15,000.00"])
def test_amounts_are_numbers_or_texts(tmp_path: Path, amount: object) -> None:
    [value] = about(imported(tmp_path, grant(amountAwarded=amount)), "amount", "#value")
    assert value.startswith('"15000"^^')


def test_grants_in_several_currencies_keep_theirs(tmp_path: Path) -> None:
    done = imported(tmp_path, grant(), grant(id="2", currency="USD"))
    found = [x.rpartition("/")[2] for x in about(done, "amount", "hasCurrency")]
    assert found == ["GBP", "USD"]


def test_identifiers_that_differ_in_case_alone_are_two(tmp_path: Path) -> None:
    done = imported(tmp_path, grant(id="360G-x-aB1"), grant(id="360G-x-Ab1"))
    assert len(about(done, "award", "identifier")) == 2
    assert len({x.split(" ")[0] for x in done.lines if x.startswith(f"<{ID}award/")}) == 2
    assert done.report.differences == []


def test_a_person_who_receives_a_grant_stays_out(tmp_path: Path) -> None:
    given = grant(recipientIndividual={"id": "i", "name": "Ana Muster"})
    del given["recipientOrganization"]
    done = imported(tmp_path, grant(id="2"), given)
    assert len(about(done, "award", "hasFunder")) == 2
    assert len(about(done, "award", "hasRecipient")) == 1
    assert "Muster" not in done.data.decode()


def test_a_grant_to_nobody_and_for_nothing_is_rejected(tmp_path: Path) -> None:
    given = grant()
    del given["recipientOrganization"], given["grantProgramme"]
    [reject] = imported(tmp_path, grant(id="2"), given).report.rejects
    assert (reject.row, reject.column, reject.reason) == (2, "beneficiary", "is empty")


def test_a_regrant_says_so(tmp_path: Path) -> None:
    done = imported(tmp_path, grant(regrantType="FRG010"))
    assert about(done, "award", "note") == ['"regrant: FRG010"@en']


def test_the_fields_of_a_funders_own_are_told(tmp_path: Path) -> None:
    [account] = imported(tmp_path, grant(**{"Open Call?": "yes"})).report.tables
    assert account.new_columns == ["Open Call?"]


def test_the_columns_of_spreadsheets_are_read(tmp_path: Path) -> None:
    header = "Identifier,Title,Currency,Amount Awarded,Award Date,Recipient Org:Identifier"
    header += ",Recipient Org:Name,Funding Org:Identifier,Funding Org:Name\n"
    path = tmp_path / "grants.csv"
    path.write_text(header + "g-1,T,GBP,5,2020-01-01,GB-CHC-1,A,GB-CHC-2,B\n", "utf-8")
    done = run(GIVING, [path], Options("2024", licence=LICENCE))
    assert about(done, "award", "hasRecipient") == [ID + "organisation/org-id-gb-chc-1"]


def test_the_licence_of_the_funder_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "grants.json"
    path.write_text(json.dumps([grant()]), "utf-8")
    with pytest.raises(DataError, match="give --licence"):
        run(GIVING, [path], Options("2024"))


def test_what_is_made_conforms_to_the_shapes(tmp_path: Path) -> None:
    individual = grant(id="3", recipientIndividual={"id": "i", "name": "Ana Muster"})
    del individual["recipientOrganization"]
    done = imported(tmp_path, grant(), grant(id="2", amountAwarded=None), individual)
    report = conforming.report(done)
    assert report.conforms, report.text()
