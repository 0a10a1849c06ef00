"""Rows of queries and output of commands, as tests ask for them."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from missiongraph import MissionGraph, Table
from missiongraph.server.cli.program import main


def table(graph: MissionGraph, query: str) -> Table:
    answer = graph.query(query)
    assert isinstance(answer, Table)
    return answer


def run(*arguments: str | Path, given: str = "") -> Result:
    """The result of a command, in this process."""
    return CliRunner().invoke(main, list(map(str, arguments)), input=given)


def output(*arguments: str | Path, given: str = "") -> str:
    """The output of a command that must succeed."""
    done = run(*arguments, given=given)
    assert done.exit_code == 0, done.stderr
    return done.stdout
