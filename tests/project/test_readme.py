"""The pages tell the truth: what they show is run and compared, and what they name exists.

A page is a Markdown file that is written by hand. In shown output ``...`` stands for what is left
out.
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
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import rich_click as click

from missiongraph import networks
from missiongraph.server.cli.program import main
from missiongraph.sparql import library

ROOT = Path(__file__).parents[2]
FOLDERS = ("graph", "server", "ontology", "queries", "tests")
NOT_OURS = {"node_modules", "vendor"}
NO_PATHS = {
    "application/sparql-query",  # a media type
    "build/reference",  # made by `just docs`
    "releases/",  # of the ontology: from its first release on
    "valid/",  # of the ontology's examples
    "invalid/",
}
SERVED = "http://127.0.0.1:8000"
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def pages() -> Iterator[Path]:
    """The pages, relative to the checkout; the changelog tells of names that are gone."""
    yield from (p.relative_to(ROOT) for p in ROOT.glob("*.md") if p.name != "CHANGELOG.md")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.md")):
            if not NOT_OURS & set(path.parts):
                yield path.relative_to(ROOT)


PAGES = {str(path): (ROOT / path).read_text("utf-8") for path in sorted(pages())}
README = PAGES["README.md"]
COMMANDS = PAGES["server/COMMANDS.md"]


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def spans(text: str) -> list[str]:
    """What stands between backticks in prose and tables, each on one line."""
    prose = re.sub(r"^( *)```.*?^\1```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]


def documented(text: str) -> list[str]:
    """Each command of ours that a page shows at a prompt, in a script or in prose."""
    shown = re.findall(r"^(?:\$ )?(missiongraph [^`\n]+)", text, re.MULTILINE)
    return [*shown, *(span for span in spans(text) if span.startswith("missiongraph "))]


LINES = sorted({line for text in PAGES.values() for line in documented(text)})
LINKS = sorted(
    {
        (page, target)
        for page, text in PAGES.items()
        for target in re.findall(r"\]\(([^()\s]+)\)", text)
        if not re.match(r"https?://", target)
    }
)
PATHS = sorted(
    {
        (page, span)
        for page, text in PAGES.items()
        for span in spans(text)
        if re.fullmatch(r"[\w.-][\w./-]*/[\w./-]*", span)
        and span not in NO_PATHS
        and "NAME" not in span
    }
)


def shown() -> Iterator[tuple[str, str]]:
    """Each command shown at a prompt, and the output shown below it."""
    consoles = "".join(block for text in PAGES.values() for block in blocks("console", text))
    for part in re.split(r"^\$ ", consoles, flags=re.MULTILINE)[1:]:
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


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if blocks("pycon", text)])
def test_the_shown_session_runs(page: str) -> None:
    session = doctest.DocTestParser().get_doctest(
        "".join(blocks("pycon", PAGES[page])), {}, page, page, 0
    )
    assert session.examples
    report: list[str] = []
    doctest.DocTestRunner(optionflags=LENIENT).run(session, out=report.append)
    assert not report, "".join(report)


def test_the_shown_program_runs(tmp_path: Path) -> None:
    (program,) = blocks("python", PAGES["graph/networks/README.md"])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert "\n10 rows\nshared-missions: nodes " in done.stdout
    assert (tmp_path / "ranks.svg").read_text("utf-8").startswith("<svg")


def test_a_command_and_a_session_are_shown_with_their_output() -> None:
    assert {command.split()[0] for command, _ in shown()} == {"curl", "missiongraph"}
    assert blocks("console", README)
    assert blocks("pycon", README)


def test_two_commands_do_all_set_up() -> None:
    installing = [line for line in README.splitlines() if line.startswith("pip install")]
    assert installing == ["pip install . && missiongraph serve", "pip install '.[test]' && pytest"]


@pytest.mark.parametrize("line", LINES)
def test_a_documented_command_exists(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = main
    while words and isinstance(command, click.Group):
        _, found, words = command.resolve_command(click.Context(command), words)
        assert found
        command = found
    options = {"--help"} | {flag for parameter in command.params for flag in parameter.opts}
    assert {word for word in words if word.startswith("-") and word != "-"} <= options


def test_every_command_is_documented() -> None:
    named = {shlex.split(line, comments=True)[1] for line in documented(COMMANDS)}
    assert named == set(main.commands)


def test_documented_queries_and_networks_exist() -> None:
    for line in LINES:
        words = shlex.split(line, comments=True)
        if words[1] == "query" and not words[2].endswith(".rq") and words[2] != "NAME":
            library.find(words[2])
        if "--network" in words:
            networks.find_network(words[words.index("--network") + 1])


@pytest.mark.parametrize(("page", "path"), PATHS)
def test_documented_paths_exist(page: str, path: str) -> None:
    assert (ROOT / path).exists() or ((ROOT / page).parent / path).exists()


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize(("page", "target"), LINKS)
def test_links_lead_somewhere(page: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    reached = (ROOT / page).parent / path if path else ROOT / page
    assert reached.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", reached.read_text("utf-8"), re.MULTILINE)
        assert anchor in map(slug, headings)


CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
LAYERS = [
    (contract["containers"][0], [set(re.split(r"\W+", layer)) for layer in contract["layers"]])
    for contract in CONTRACTS["contracts"]
    if contract["type"] == "layers"
]
ROOMS_OF = {
    "missiongraph": "graph/README.md",
    "missiongraph.networks": "graph/networks/README.md",
    "missiongraph.server": "server/README.md",
}


@pytest.mark.parametrize(("package", "layers"), LAYERS, ids=[name for name, _ in LAYERS])
def test_rooms_are_listed_from_the_ground_up(package: str, layers: list[set[str]]) -> None:
    cells = re.findall(r"^\| ([^|]+) \|", PAGES[ROOMS_OF[package]], re.MULTILINE)
    rooms = [name for cell in cells for name in re.findall(r"`(\w+)(?:/|\.py)`", cell)]
    level = {name: n for n, layer in enumerate(reversed(layers)) for name in layer}
    elsewhere = {"server", "__main__"} if package == "missiongraph" else set()
    code = [name for name in rooms if name not in {"data", "mappings", "rules"}]
    assert sorted(code) == sorted(level.keys() - elsewhere)
    assert [level[name] for name in code] == sorted(level[name] for name in code)
