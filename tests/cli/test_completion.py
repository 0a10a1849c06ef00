"""The tab key: commands, options and names are completed, in shells that really run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from missiongraph.networks.measures.registry import MEASURES
from missiongraph.networks.model.definition import network_queries
from missiongraph.server.cli.program import main
from missiongraph.sparql.library import queries

PROGRAM = Path(sys.prefix) / "bin" / "missiongraph"


def completed(*words: str) -> set[str]:
    """What the tab key offers after some words, the last of which may be begun."""
    asked = {
        "COMP_WORDS": " ".join(["missiongraph", *words]),
        "COMP_CWORD": str(len(words)),
        "_MISSIONGRAPH_COMPLETE": "bash_complete",
    }
    done = subprocess.run(
        [PROGRAM], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    return {line.partition(",")[2] for line in done.stdout.splitlines()}


def test_commands_are_completed() -> None:
    assert completed("qu") == {"query", "queries"}
    assert completed("queries", "sh") == {"show"}


def test_names_of_queries_are_completed() -> None:
    assert completed("query", "") == {query.name for query in queries()}
    assert completed("query", "funded") == {"funded-posts"}
    assert completed("queries", "show", "funded") == {"funded-posts"}


def test_names_of_networks_are_completed() -> None:
    names = {query.name for query in network_queries()}
    assert completed("centrality", "") == completed("export", "--network", "") == names


def test_names_of_measures_are_completed() -> None:
    assert completed("centrality", "--measure", "") == MEASURES.keys()


def test_files_are_left_to_the_shell() -> None:
    assert completed("query", "mine.r") == {"mine.r"}


def test_bash_completes_after_an_installation(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash
    environment = os.environ | {
        "HOME": str(tmp_path),
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
    }
    command = [str(PROGRAM), "completion", "bash", "--install"]
    said = subprocess.check_output(command, env=environment, text=True)
    script = tmp_path / ".local/share/bash-completion/completions/missiongraph"
    assert str(script) in said
    typed = (
        f"source {script}; COMP_WORDS=(missiongraph query funded); COMP_CWORD=2;"
        ' _missiongraph_completion missiongraph; echo "${COMPREPLY[@]}"'
    )
    answer = subprocess.check_output([bash, "-c", typed], env=environment, text=True)
    assert answer.split() == ["funded-posts"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    done = CliRunner().invoke(main, ["completion", shell], standalone_mode=False)
    assert f"_MISSIONGRAPH_COMPLETE={shell}_complete" in done.output
