"""The rules are tested on pairs that people judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from missiongraph.errors import DataError
from missiongraph.matching import gold, reading
from missiongraph.matching.organisations import Dataset, Organisation

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
HEAD = "name,city,country,type,ror,ror_name,ror_city,same\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gold.csv"


def test_precision_and_recall_count_what_rules_accept(path: Path) -> None:
    rows = [
        "UNIVERSITAET RUHRSTADT,Bochum,DE,HES,https://ror.org/000000001,Universität Ruhrstadt,,yes",
        "MUSEUM DER DINGE,Bochum,DE,OTH,https://ror.org/000000002,Haus der Kunst,,yes",
        "INSTITUT FUR ERZ,Bochum,DE,REC,https://ror.org/000000003,Institut für Erz,,no",
    ]
    path.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    outcome = gold.test(path)
    assert outcome.precision == 0.5
    assert outcome.recall() == 0.5
    assert outcome.recall("university") == 1


def test_what_a_dataset_does_not_have_cannot_be_recalled(path: Path) -> None:
    row = (
        "UNIVERSITAET RUHRSTADT,Bochum,DE,HES,https://ror.org/000000001,Universität Ruhrstadt,,yes"
    )
    path.write_text(f"{HEAD}{row}\n{row.replace(',yes', ',unsure')}\n", "utf-8")
    outcome = gold.test(path, Dataset("ror", {}))
    assert (len(outcome.pairs), outcome.number(), outcome.recall()) == (1, 0, 1)


def test_of_a_record_that_was_withdrawn_its_successor_is_right(path: Path) -> None:
    row = "UNIVERSITAET ALTSTADT,Bochum,DE,HES,https://ror.org/000000001,Universität Altstadt,,yes"
    path.write_text(f"{HEAD}{row}\n", "utf-8")
    new = Organisation("https://ror.org/000000002", "Universität Neustadt", countries=("DE",))
    old = replace(new, iri="https://ror.org/000000001", label="Universität Altstadt")
    old = replace(old, status="withdrawn", successors=(new.iri,))
    outcome = gold.test(path, Dataset("ror", {old.iri: old, new.iri: new}))
    assert (outcome.precision, outcome.recall()) == (1, 1)


def test_nothing_judged_is_nothing_wrong(path: Path) -> None:
    path.write_text(HEAD, "utf-8")
    outcome = gold.test(path)
    assert (outcome.precision, outcome.recall(), outcome.proposed()) == (1, 1, 1)


def test_another_file_is_no_gold_file(path: Path) -> None:
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(DataError, match="has to have the columns name, country, same and object"):
        gold.test(path)


@pytest.mark.long
@pytest.mark.skipif(not SAMPLES.exists(), reason="../shared/samples is not there")
def test_the_bars_hold_on_judged_participants_of_horizon_2020() -> None:
    files = [SAMPLES / "ror" / f"ror_records_{schema}.jsonl.gz" for schema in ("v1", "v2")]
    ror = reading.from_files("ror", files)
    outcome = gold.test(SAMPLES / "matching" / "gold_h2020_ror.csv", ror)
    assert outcome.precision >= 0.99
    assert outcome.recall("university") >= 0.9
    assert outcome.recall() >= 0.8
