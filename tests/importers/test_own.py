"""The worked example of IMPORTING.md runs as it is printed there."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from missiongraph.errors import MappingError
from missiongraph.importers import recipe
from missiongraph.importers.running import Imported, Options, run
from missiongraph.validation.shapes import validate

PAGE = Path(__file__).parents[2] / "graph" / "importers" / "IMPORTING.md"


def block(language: str, number: int = 0) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    return str(found[number])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "grants.csv").write_text(block("csv"), "utf-8")
    (tmp_path / "mine.toml").write_text(block("toml"), "utf-8")
    (tmp_path / "recipient.rq").write_text(block("sparql", 0), "utf-8")
    (tmp_path / "grant.rq").write_text(block("sparql", 1), "utf-8")
    return tmp_path


def imported(folder: Path, *, persons: bool = False) -> Imported:
    mine = recipe.find(str(folder / "mine.toml"))
    return run(mine, [folder / "grants.csv"], Options("2024", persons=persons))


def test_an_importer_of_ones_own_reads_its_list(folder: Path) -> None:
    done = imported(folder)
    [account] = done.report.tables
    assert (account.read, account.written) == (2, 2)
    text = done.data.decode()
    assert "award/city-grants-g-2024-1>" in text
    assert 'value> "12500"^^' in text
    assert 'date> "2024-04-15"^^' in text
    assert "organisation/city-register-hrb-9>" in text
    assert '"City of Example"' in text


def test_what_the_example_makes_conforms_to_the_shapes(folder: Path) -> None:
    report = validate(ox.parse(imported(folder).data, ox.RdfFormat.N_QUADS))
    assert report.conforms, report.text()


def test_columns_about_persons_stay_out_and_are_named(folder: Path) -> None:
    assert imported(folder).report.persons == ["contact"]
    assert imported(folder, persons=True).report.persons == []


def test_a_date_that_is_written_otherwise_costs_its_row(folder: Path) -> None:
    path = folder / "grants.csv"
    path.write_text(path.read_text("utf-8").replace("15.04.2024", "31.04.2024"), "utf-8")
    [reject] = imported(folder).report.rejects
    assert (reject.row, reject.column, reject.value) == (3, "paid", "31.04.2024")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("decimals", "decimal", r"mine\.toml: tables\.grants: there is no key 'decimal'; there"),
        ('name = "city-grants"', "", r"mine\.toml: the top: the key 'name' is missing"),
        ("city-grants", "City grants", r"mine\.toml: name: 'City grants' cannot name a graph"),
        ("https://creative", "creative", r"mine\.toml: licence: .* is not a web address"),
        ("name =", "name", r"mine\.toml: cannot be read"),
        ('"recipient.rq"', '"absent.rq"', r"absent\.rq: cannot be read"),
    ],
)
def test_a_fault_in_an_importer_is_named(
    folder: Path, before: str, after: str, message: str
) -> None:
    path = folder / "mine.toml"
    path.write_text(path.read_text("utf-8").replace(before, after, 1), "utf-8")
    with pytest.raises(MappingError, match=message):
        recipe.find(str(path))


def test_a_mapping_that_computes_is_an_error(folder: Path) -> None:
    path = folder / "grant.rq"
    where = 'WHERE { BIND("x" AS ?x) }'
    path.write_text(path.read_text("utf-8").replace("WHERE {}", where), "utf-8")
    with pytest.raises(MappingError, match=r"grant\.rq: its WHERE must be empty"):
        imported(folder)


def test_a_column_that_a_mapping_uses_and_the_importer_lacks_is_named(folder: Path) -> None:
    path = folder / "mine.toml"
    text = path.read_text("utf-8").replace('sum = "city-grants-{number}--awarded"\n', "")
    path.write_text(text, "utf-8")
    with pytest.raises(MappingError, match=r"grant\.rq: grants has no column 'sum'"):
        imported(folder)


def test_values_whose_keys_are_the_same_slug_are_told(folder: Path) -> None:
    path = folder / "grants.csv"
    path.write_text(path.read_text("utf-8").replace("G/2024-2", "G-2024/1"), "utf-8")
    told = imported(folder).report.differences
    assert "1 values of grants.number share a key award" in told


def test_a_key_that_names_no_column_is_an_error(folder: Path) -> None:
    path = folder / "mine.toml"
    path.write_text(path.read_text("utf-8").replace("{register}", "{registry}"), "utf-8")
    with pytest.raises(MappingError, match="city-grants: its file does not fit together"):
        imported(folder)


def test_an_unknown_importer_is_an_error_that_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(
        MappingError,
        match=r"no importer 'cordic'; there are: 360giving, cordis, ror, swecris, ukri",
    ):
        recipe.find("cordic")


@pytest.mark.parametrize("name", recipe.shipped())
def test_the_importers_that_ship_are_valid(name: str) -> None:
    importer = recipe.find(name)
    assert importer.name == name
    assert importer.tables
