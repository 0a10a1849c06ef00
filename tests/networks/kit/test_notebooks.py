"""The notebooks run as they are, from a question to a table and a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="needs missiongraph[test]")

FOLDER = Path(__file__).parents[3] / "queries" / "examples"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
PICTURES = {"image/svg+xml", "image/png"}


def read(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def outputs(notebook: Any) -> Iterator[Any]:
    return (output for cell in notebook.cells for output in cell.get("outputs", ()))


def executed(name: str, folder: Path) -> Any:
    """The notebook after a run in a kernel of this Python, in ``folder``."""
    from nbclient import NotebookClient

    notebook = read(name)
    at = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources=at).execute()
    return notebook


def check(notebook: Any) -> None:
    """It shows tables and pictures, and nothing that is neither those nor text."""
    kinds = [{*output.data} - {"text/plain"} for output in outputs(notebook) if "data" in output]
    assert sum("text/html" in kind for kind in kinds) >= 2
    assert any(kind & PICTURES for kind in kinds)
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    shown = [output.data["text/html"] for output in outputs(notebook) if "data" in output
             and "text/html" in output.data]  # fmt: skip
    assert not [text for text in shown if "<script" in text or "<tbody>\n  </tbody>" in text]


def test_there_is_one_for_each_public() -> None:
    assert NOTEBOOKS == ["analyst", "policy", "researcher"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_valid_and_holds_no_stale_answers(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert not list(outputs(notebook))
    assert notebook.cells[0].source.startswith("# ")
    assert "pip install 'missiongraph[notebook]'" in notebook.cells[0].source


def test_the_researcher_gets_from_a_query_to_a_table_and_a_figure(tmp_path: Path) -> None:
    check(executed("researcher", tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["targets.svg"]


@pytest.mark.long
def test_the_analyst_gets_from_a_network_to_ranks_brokers_and_time(tmp_path: Path) -> None:
    notebook = executed("analyst", tmp_path)
    check(notebook)
    drawn = [output for output in outputs(notebook) if "image/svg+xml" in output.get("data", ())]
    assert len(drawn) >= 4
    assert {path.name for path in tmp_path.iterdir()} == {"ranking.csv", "shared-missions.graphml"}


@pytest.mark.long
def test_the_policy_person_gets_partners_progress_and_money(tmp_path: Path) -> None:
    notebook = executed("policy", tmp_path)
    check(notebook)
    text = str(notebook)
    assert "Gates Foundation" in text and "Missed" in text and "Pledged" in text
    assert [path.name for path in tmp_path.iterdir()] == ["states.svg"]
