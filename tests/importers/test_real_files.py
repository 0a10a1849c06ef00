"""Real files of publishers, where there are some beside the checkout, are read and account for."""

from __future__ import annotations

from pathlib import Path

import pytest

from missiongraph.importers import recipe
from missiongraph.importers.running import Options, run

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
HORIZON, ROR = SAMPLES / "cordis-horizon", SAMPLES / "ror"

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="../shared/samples is not there")


def test_a_hundred_projects_and_all_topics_add_up() -> None:
    files = [HORIZON / "project_100.csv", HORIZON / "publisher" / "topics.csv"]
    report = run(recipe.find("cordis"), files, Options("x")).report
    assert all(account.adds_up for account in report.tables)
    projects, topics = report.tables
    assert (projects.written, projects.rejected) == (100, 0)
    assert (topics.read, topics.repaired) == (15_341, 2)


def test_the_workbook_of_topics_has_as_many_rows_as_the_text() -> None:
    files = [HORIZON / "project_100.csv", HORIZON / "publisher" / "topics_2025-04.xlsx"]
    _, topics = run(recipe.find("cordis"), files, Options("x")).report.tables
    assert topics.read == 15_341


def test_the_projects_of_2015_have_two_names_and_a_decimal_comma() -> None:
    file = SAMPLES / "cordis-h2020" / "h2020_projects_2015.tsv"
    [projects] = run(recipe.find("cordis"), [file], Options("x")).report.tables
    assert (projects.read, projects.written, projects.rejected) == (7_574, 7_572, 2)


def test_organisations_of_2015_with_marks_of_a_merge_are_refused() -> None:
    from missiongraph.errors import DataError

    file = SAMPLES / "cordis-fp7" / "fp7orgs.csv.gz"
    with pytest.raises(DataError, match="marks of an unresolved merge"):
        run(recipe.find("cordis"), [file], Options("x"))


@pytest.mark.long
def test_all_records_of_ror_add_up() -> None:
    files = [ROR / "ror_records_v2.jsonl.gz", ROR / "ror_records_v1.jsonl.gz"]
    [account] = run(recipe.find("ror"), files, Options("x")).report.tables
    assert account.adds_up
    assert (account.read, account.filtered, account.rejected) == (51_370, 1_374, 2)
