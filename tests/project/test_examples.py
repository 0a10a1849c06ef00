"""The examples that analysts copy run as they are."""

from __future__ import annotations

import csv
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
