"""The OpenAPI description: it names every route, and a real server keeps to it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyoxigraph as ox
import pytest
from flask import Flask
from support import odd

from missiongraph import MissionGraph
from missiongraph.server import create_app
from missiongraph.server.settings import Settings
from missiongraph.server.state.tokens import hashed
from missiongraph.sparql.library import queries

FOLDER = Path(__file__).parents[1] / "fixtures" / "openapi"
COMMAND = [
    sys.executable,
    "-c",
    "from missiongraph.server.cli.program import main; main()",
    "serve",
]
SCHEMATHESIS = [sys.executable, "-m", "schemathesis.cli"]
EXAMPLES = 8  # of each operation
METHODS = {"get", "put", "post", "delete"}
SMALL = Settings(query_characters=2000, dataset_graphs=3)


@pytest.fixture(scope="module")
def app(graph: MissionGraph) -> Flask:
    return create_app(graph, SMALL)


@pytest.fixture(scope="module")
def document(app: Flask) -> Any:
    return json.loads(app.test_client().get("/openapi.json").data)


def test_every_route_is_described_and_nothing_else(app: Flask, document: Any) -> None:
    served = {
        (re.sub("<(?:path:)?([a-z]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    described = {
        (path, method) for path, item in document["paths"].items() for method in METHODS & {*item}
    }
    assert described == served


def test_every_query_of_the_library_is_named(document: Any) -> None:
    name = document["paths"]["/queries/{name}"]["get"]["parameters"][0]
    assert name["schema"]["enum"] == [entry.name for entry in queries()]


def test_limits_are_those_of_the_settings(document: Any) -> None:
    parameters = document["paths"]["/sparql"]["get"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in parameters}
    assert schemas["query"]["maxLength"] == SMALL.query_characters
    assert schemas["default-graph-uri"]["maxItems"] == SMALL.dataset_graphs


def test_every_schema_is_one(document: Any) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(
            schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        )


@pytest.mark.parametrize("path", ["/nowhere", "/sparql?query=BROKEN", "/graphs"])
def test_a_problem_is_as_described(app: Flask, document: Any, path: str) -> None:
    body = json.loads(app.test_client().get(path).data)
    jsonschema_rs.validate(document["components"]["schemas"]["Problem"], body)


def test_answers_about_networks_are_as_described(graph: MissionGraph, document: Any) -> None:
    app = create_app(graph, Settings(network_wait_seconds=60))
    ask = app.test_client().get
    paths = ("/networks", "/networks/funding", "/networks/funding/nodes")
    answers = [json.loads(ask(path).data) for path in paths]
    app.extensions["missiongraph"].jobs.close()
    schemas = document["components"]["schemas"]
    for name, answer in zip(("Networks", "NetworkAnswer", "NetworkAnswer"), answers, strict=True):
        jsonschema_rs.validate(schemas[name], answer)


# --- a real server

PATIENT = "Prefer: respond-async"  # nobody waits for the jobs


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server of odd data that takes writes: its address, and what it wrote to its log."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "odd.nq").write_bytes(ox.serialize(odd.few(), format=ox.RdfFormat.N_QUADS) or b"")
    token = f'[tokens.test]\nsha256 = "{hashed("t")}"\nscope = "write"\n'
    later = "network_wait_seconds = 0\nnetwork_queue = 20000\n"  # of which one client has half
    contact = '[server]\nsecurity_contact = "mailto:a@b.test"\n'
    (folder / "settings.toml").write_text(token + contact + later, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--port", str(port), "--directory", "written", "--data", "odd.nq", "--no-shapes"]
    with (folder / "log").open("wb") as log:
        command = [*COMMAND, *options, "--settings", "settings.toml"]
        process = subprocess.Popen(command, cwd=folder, stderr=log, stdout=log)
        try:
            _await(port)
            yield f"http://127.0.0.1:{port}", folder / "log"
        finally:
            process.terminate()
            process.wait(15)


def _await(port: int) -> None:
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise TimeoutError("the server does not listen")


@pytest.mark.long
def test_schemathesis_finds_no_failure(server: tuple[str, Path], tmp_path: Path) -> None:
    address, log = server
    config = ["--no-color", "--config-file", str(FOLDER / "schemathesis.toml")]
    options = ["-H", "Authorization: Bearer t", "-H", PATIENT, "-n", str(EXAMPLES)]
    done = subprocess.run(
        [*SCHEMATHESIS, *config, "run", f"{address}/openapi.json", *options],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "data", "PYTHONPATH": str(FOLDER)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, "\n".join(line[:500] for line in done.stdout.splitlines())
    tested = re.search(r"Operations:\s+(\d+) selected / (\d+) total", done.stdout)
    assert tested and tested[1] == tested[2]
    assert "Traceback" not in log.read_text("utf-8")
