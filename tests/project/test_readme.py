"""The README tells the truth: what it shows is run and compared, and every command is in it.

In shown output ``...`` stands for what is left out.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import rich_click as click

from missiongraph import networks
from missiongraph.server.cli.program import main
from missiongraph.sparql import library

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SERVED = "http://127.0.0.1:8000"
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
LINES = re.findall(r"^(?:\$ |\| `)(missiongraph [^`\n]+)", README, re.MULTILINE)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def shown() -> Iterator[tuple[str, str]]:
    """Each command shown at a prompt, and the output shown below it."""
    for part in re.split(r"^\$ ", "".join(blocks("console")), flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        end = next(n for n in range(1, len(lines) + 1) if is_whole("".join(lines[:n])))
        yield "".join(lines[:end]), "".join(lines[end:])


def is_whole(command: str) -> bool:
    """Whether every quote is closed."""
    try:
        return bool(shlex.split(command))
    except ValueError:
        return False


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a running `missiongraph serve`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(["missiongraph", "serve", "--port", str(port)], env=environment())
    try:
        wait_for(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def wait_for(address: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def environment() -> dict[str, str]:
    """The command line of the Python that runs the tests."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize(("command", "output"), list(shown()))
def test_a_shown_command_gives_the_shown_output(
    request: pytest.FixtureRequest, command: str, output: str
) -> None:
    if command.startswith("curl ") and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    if SERVED in command:
        command = command.replace(SERVED, request.getfixturevalue("server"))
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment(), check=True
    )
    assert output and doctest.OutputChecker().check_output(output, done.stdout, LENIENT), (
        done.stdout
    )


def test_the_shown_session_runs() -> None:
    session = doctest.DocTestParser().get_doctest(
        "".join(blocks("pycon")), {}, "README.md", "README.md", 0
    )
    assert session.examples
    report: list[str] = []
    doctest.DocTestRunner(optionflags=LENIENT).run(session, out=report.append)
    assert not report, "".join(report)


def test_a_command_and_a_session_are_shown_with_their_output() -> None:
    assert {command.split()[0] for command, _ in shown()} == {"curl", "missiongraph"}
    assert blocks("pycon")


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


@pytest.mark.parametrize("path", re.findall(r"`([\w./-]+/[\w./-]*)`", README))
def test_documented_paths_exist(path: str) -> None:
    if not path.startswith("/"):
        assert (ROOT / path).exists()
