"""The command ``import``: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from support.published import Folder, participation, project

from missiongraph.server.cli.program import main
from missiongraph.writing import directory

COMMISSION = """
<https://w3id.org/missiongraph/id/organisation/european-commission> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/org#FormalOrganization> <urn:g> .
<https://w3id.org/missiongraph/id/organisation/european-commission> <http://www.w3.org/2000/01/rdf-schema#label> "European Commission" <urn:g> .
"""  # noqa: E501


@pytest.fixture
def files(tmp_path: Path) -> Folder:
    return Folder(tmp_path).projects(project()).participations(participation())


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    folder = tmp_path / "graph"
    directory.create(folder, ox.parse(COMMISSION, ox.RdfFormat.N_QUADS), merged=True)
    return folder


def run(*words: object) -> Result:
    """Run ``missiongraph import``; errors are raised, as in a program."""
    return CliRunner().invoke(main, ["import", *map(str, words)], standalone_mode=False)


def test_the_importers_that_ship_are_listed() -> None:
    rows = json.loads(run("list", "--format", "json").output)
    assert [row["name"] for row in rows] == ["360giving", "cordis", "ror", "swecris", "ukri"]
    assert rows[1]["filters"] == "--only-topics, --since, --country"


def test_a_check_accounts_for_rows_and_writes_nothing(files: Folder) -> None:
    before = sorted(files.path.iterdir())
    done = run("check", "cordis", *files.files)
    assert "project: 1 rows = 1 written, 0 filtered out, 0 rejected, 0 repeated" in done.output
    assert "statements" in done.output
    assert sorted(files.path.iterdir()) == before


def test_rejected_rows_go_to_a_file_with_their_remedies(files: Folder) -> None:
    files.projects(project(), project("101000002", endDate="never"))
    out = files.path / "rejects.csv"
    done = run("check", "cordis", *files.files, "--max-bad", "50%", "--rejects", out)
    assert done.exception is None
    with out.open(encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert (row["file"], row["row"], row["column"]) == ("project.csv", "3", "endDate")
    assert row["remedy"] == "write 2018, 2018-06 or 2018-06-30"


def test_too_many_bad_rows_are_refused(files: Folder, graph: Path) -> None:
    files.projects(project(), project("101000002", endDate="never"))
    done = run("cordis", *files.files, "--into", graph)
    assert "1 of 2 rows are rejected, more than 0.01 of them" in str(done.exception)
    assert directory.load(graph).writes == 0


def test_an_import_is_written_told_updated_and_forgotten(files: Folder, graph: Path) -> None:
    done = run("cordis", *files.files, "--into", graph)
    assert "cordis@2025-04-01" in done.output
    [row, _] = json.loads(run("history", "--into", graph, "--format", "json").output)
    assert row["import"] == "cordis@2025-04-01"
    files.projects(project(acronym="RENAMED", contentUpdateDate="2025-05-01 10:00:00"))
    shown = run("update", "cordis", *files.files, "--into", graph)
    assert "1 things changed" in shown.output
    assert "nothing was written" in shown.output
    assert shown.return_value == 1
    assert directory.load(graph).writes == 1
    assert run("update", "cordis", *files.files, "--into", graph, "--yes").exception is None
    assert "removed" in run("forget", "cordis@2025-05-01", "--into", graph).output
    assert json.loads(run("history", "--into", graph, "--format", "json").output) == []


@pytest.mark.parametrize("share", ["many", "-1%", "200%"])
def test_a_share_that_is_none_is_refused(files: Folder, share: str) -> None:
    done = run("check", "cordis", *files.files, "--max-bad", share)
    assert "write a share such as 1% or 0.01" in str(done.exception)
