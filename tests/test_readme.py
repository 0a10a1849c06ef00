"""The README tells the truth: its commands exist, and every command is in it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import rich_click as click

import missiongraph
from missiongraph import library, networks
from missiongraph.server.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(?:sh|console)\n(.*?)```", README, re.DOTALL)
LINES = [
    line.removeprefix("$ ")
    for block in BLOCKS
    for line in block.splitlines()
    if line.removeprefix("$ ").startswith("missiongraph ")
]


def test_two_commands_do_all_set_up() -> None:
    installing = [line for line in README.splitlines() if line.startswith("pip install")]
    assert installing == ["pip install . && missiongraph serve", "pip install '.[test]' && pytest"]


@pytest.mark.parametrize("line", LINES)
def test_a_documented_command_exists(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = main
    while words and isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    options = {flag for parameter in command.params for flag in parameter.opts}
    assert {word for word in words if word.startswith("-") and word != "-"} <= options


def test_every_command_is_documented() -> None:
    named = {shlex.split(line, comments=True)[1] for line in [*LINES, "missiongraph serve"]}
    assert named == set(main.commands)


def test_documented_queries_and_networks_exist() -> None:
    for line in LINES:
        words = shlex.split(line, comments=True)
        if words[1] == "query" and not words[2].endswith(".rq"):
            library.find(words[2])
        if "--network" in words:
            networks.find_network(words[words.index("--network") + 1])


@pytest.mark.parametrize("name", re.findall(r"^graph\.(\w+)", README, re.MULTILINE))
def test_documented_python_exists(name: str) -> None:
    assert hasattr(missiongraph.MissionGraph, name)


@pytest.mark.parametrize("path", re.findall(r"`([\w./-]+/[\w./-]*)`", README))
def test_documented_paths_exist(path: str) -> None:
    if not path.startswith("/"):
        assert (ROOT / path).exists()
