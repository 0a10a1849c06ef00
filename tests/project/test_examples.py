"""The examples that analysts copy run as they are."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest

EXAMPLES = Path(__file__).parents[2] / "queries" / "examples"


@pytest.mark.long
def test_networks_from_question_to_picture(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    command = [sys.executable, str(EXAMPLES / "networks.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {
        "missions.gexf", "missions.svg", "ranking.csv",
    }  # fmt: skip
    with (folder / "ranking.csv").open(encoding="utf-8", newline="") as file:
        ranking = list(csv.DictReader(file))
    drawn = nx.read_gexf(folder / "missions.gexf", version="1.3")
    assert len(drawn) == len(ranking) and ranking[0]["betweenness_rank"] == "1"
    assert {"betweenness", "community"} <= set(drawn.nodes[ranking[0]["node"]])
    assert ElementTree.parse(folder / "missions.svg").getroot().get("role") == "img"


def test_each_of_ten_questions_takes_at_most_four_lines() -> None:
    text = (EXAMPLES / "ten_questions.py").read_text("utf-8")
    parts = re.split(r"^# (.*\?)$", text, flags=re.MULTILINE)
    questions = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert len(questions) == 10
    assert all(len(code.split("\n\n")[0].strip().splitlines()) <= 4 for code in questions.values())


@pytest.mark.long
def test_ten_questions_have_answers(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "ten_questions.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"ranks.svg", "shared-missions.graphml"}
    assert done.stdout.count("shared-missions: nodes ") >= 5
