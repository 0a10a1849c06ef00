"""Snippets to paste elsewhere: run for real, with queries of people who mean harm."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pyoxigraph as ox
import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from werkzeug.serving import make_server

from missiongraph import MissionGraph
from missiongraph.server import create_app
from missiongraph.server.pages.queries.snippets import curl, python
from missiongraph.server.settings import Settings

HARM = "touch pwned"
TEXTS = [
    "SPARQL\n" + HARM + "\n",
    "EOF\n" + HARM + "\n",
    "'; " + HARM + "; '",
    "`" + HARM + "` $(" + HARM + ") $HOME %s %b !! !x",
    "''' + open('pwned', 'w').name + '''",
    '\\"\\"\\"); open(\\"pwned\\", \\"w\\") #',
    "\\\\033 \\\\0101 \\\\c \\\\n",
    "naïve 語 🚀 \\u0007",
    "\x03\n" + HARM + "\n",
    "\x1b[201~" + HARM,
]
QUERIES = [f'# {text.splitlines()[0]}\nSELECT ("""{text}""" AS ?x) {{}}' for text in TEXTS]
_PROGRAM = """
import io, json, sys
for text in json.load(sys.stdin):
    names = {}
    exec(text, names)
    print(json.dumps([row["x"]["value"] for row in names["rows"]]))
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of an empty graph."""
    app = create_app(MissionGraph(ox.Store(), "empty"), Settings())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def snippet(address: str, query: str, label: str) -> str:
    fields = {"query": query}
    reply = urllib3.request(
        "GET", f"{address}/query", fields=fields, headers={"Accept": "text/html"}
    )
    found = re.search(f'aria-label="{label}"[^>]*><code>(.*?)</code>', reply.data.decode(), re.S)
    assert found
    return unescape(found[1])


def answered(address: str, query: str) -> list[str]:
    fields = {"query": query, "format": "json"}
    rows = urllib3.request("GET", f"{address}/sparql", fields=fields).json()["results"]["bindings"]
    return [row["x"]["value"] for row in rows]


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash or curl")
@pytest.mark.parametrize("query", QUERIES)
def test_a_shell_asks_the_query_and_does_nothing_else(
    address: str, query: str, tmp_path: Path
) -> None:
    script = tmp_path / "script"
    script.write_text(snippet(address, query, "With curl"), "utf-8", newline="\n")
    with script.open("rb") as typed:
        done = subprocess.run(
            ["bash", "--norc", "-s"], stdin=typed, capture_output=True, cwd=tmp_path, timeout=30
        )
    rows = list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))
    assert [row[0] for row in rows[1:]] == answered(address, query), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["script"]


def test_python_asks_the_queries_and_does_nothing_else(address: str, tmp_path: Path) -> None:
    texts = [snippet(address, query, "In Python") for query in QUERIES]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found == [answered(address, query) for query in QUERIES], done.stderr
    assert not list(tmp_path.iterdir())


@examples(200)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_snippet_holds_what_a_terminal_obeys(query: str) -> None:
    for made in (curl(query, "http://localhost/sparql"), python(query, "http://localhost/sparql")):
        assert all(char == "\n" or " " <= char <= "~" for char in made)


@examples(200)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_python_reads_the_query_as_it_is(query: str) -> None:
    asked: list[str] = []
    call = python(query, "x").partition("endpoint.setQuery")[2].partition("\nrows = ")[0]
    exec(f"take{call}", {"take": lambda text="": asked.append(text)})
    assert asked == [query]
