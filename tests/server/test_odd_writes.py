"""Odd values over HTTP: a gate answers with a report or a reason, and the log holds only JSON."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from support.running import TURTLE, Client, Running, serving

from missiongraph.rdf.rdf12 import SHAPE
from missiongraph.server.http import logs
from missiongraph.system import sandbox
from missiongraph.system.child_stderr import LOGGER, overhear

linux = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")
GRAPH = "https://w3id.org/missiongraph/graph/odd"
MOI = "https://w3id.org/missiongraph/ontology#"
XSD = "http://www.w3.org/2001/XMLSchema#"
LIMITS = {"query_megabytes": 256, "small_queries": 1, "concurrent_queries": 2}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "small.nt").write_text("<urn:a> <urn:b> <urn:c> .", "utf-8")
    with serving(folder / "graph", "--data", str(folder / "small.nt"), limits=LIMITS) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Running) -> Client:
    return server.client()


OBSERVED = f"<urn:o> a <{MOI}Observation> ; <{MOI}minValue> %s ; <{MOI}maxValue> %s ."
AWKWARD = {
    "no decimal": OBSERVED % (f'"abc"^^<{XSD}decimal>', "1"),
    "NaN": OBSERVED % (f'"NaN"^^<{XSD}decimal>', f'"1E999999999"^^<{XSD}decimal>'),
    "no number": OBSERVED % ("[]", "<urn:x>"),
    "huge": OBSERVED % ("9" * 5000, "1"),
    "no day": f'<urn:m> <{MOI}start> "2020-02-30"^^<{XSD}date> .',
    "year 0": f'<urn:m> <{MOI}start> "0000-01-01"^^<{XSD}date> .',
    "triple term": "<urn:m> <urn:p> <<( <urn:a> <urn:b> <urn:c> )>> .",
    "annotation": "<urn:m> <urn:p> <urn:q> {| <urn:since> 2020 |} .",
    "base direction": '<urn:m> <urn:p> "x"@ar--rtl .',
    "no orcid": "<urn:m> <http://www.w3.org/2004/02/skos/core#exactMatch> "
    "<https://orcid.org/abc\\\\u0644> .".replace("\\\\", "\\"),
}
FINE = {
    "control characters": '<urn:f> <urn:p> "\\u0000\\u001b[31m" .',
    "odd tag": '<urn:f> <urn:p> "x"@x-own, "y"@i-klingon .',
    "another script": "<https://example.org/語?a=b#c> <urn:p> 24 .",
    "unknown type": '<urn:f> <urn:p> "abc"^^<urn:t>, "P"^^<urn:duration> .',
    "INF": f'<urn:f> <urn:p> "INF"^^<{XSD}double>, "24:00:00"^^<{XSD}time> .',
}


def written(client: Client, turtle: str, how: str) -> tuple[int, bytes]:
    if how == "update":
        reply = client.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ {turtle} }} }}")
    else:
        path = f"/graphs?graph={quote(GRAPH, safe='')}"
        reply = client(how, path, turtle, Content_Type=TURTLE)
    return reply.status, reply.body


@linux
@pytest.mark.parametrize("how", ["PUT", "POST", "update"])
@pytest.mark.parametrize("turtle", AWKWARD.values(), ids=AWKWARD.keys())
def test_an_awkward_value_is_refused_with_a_report(client: Client, turtle: str, how: str) -> None:
    status, body = written(client, turtle, how)
    assert status == 422, body
    results = json.loads(body)["validation"]["results"]
    assert any(result["severity"] == "Violation" for result in results)
    assert "<<(" not in turtle or any(result["shape"] == SHAPE for result in results)


@linux
@pytest.mark.parametrize("turtle", FINE.values(), ids=FINE.keys())
def test_an_unusual_value_is_taken(client: Client, turtle: str) -> None:
    assert written(client, turtle, "POST")[0] in (200, 201, 204)


@linux
def test_a_bomb_of_entities_is_a_bad_request(client: Client) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    bomb = (
        f'<!DOCTYPE r [<!ENTITY e0 "ha">{levels}]><rdf:RDF xmlns:x="urn:x:"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="urn:a"><x:p>&e8;</x:p></rdf:Description></rdf:RDF>'
    )
    path = f"/graphs?graph={quote(GRAPH, safe='')}"
    reply = client("PUT", path, bomb, Content_Type="application/rdf+xml")
    assert reply.status == 400 and "entities expand" in reply.json["detail"]


@linux
def test_the_log_holds_only_json_whatever_ends_a_process(client: Client, server: Running) -> None:
    text = 'SELECT (REPLACE(?a, "x", ?a) AS ?b) { BIND(%s AS ?a) }'
    grown = '"x"'
    for _ in range(12):
        grown = f'REPLACE({grown}, "x", "xxxxxxxxxx")'
    path = f"/sparql?query={quote(text % grown, safe='')}"
    assert client("GET", path).status == 503
    for line in server.log.read_text("utf-8").splitlines():
        assert json.loads(line)["event"]
    assert "Serving on" in server.log.read_text("utf-8")


# --- how it gets there


def test_what_a_process_says_is_one_record(caplog: pytest.LogCaptureFixture) -> None:
    code = "import sys; print('a\\nb', file=sys.stderr); sys.stderr.flush(); 1 / 0"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    assert process.stderr
    process.wait()  # all is written: how fast is of no account
    before = set(threading.enumerate())
    overhear(process.stderr)  # type: ignore[arg-type]
    for thread in set(threading.enumerate()) - before:
        thread.join()
    (record,) = [record for record in caplog.records if record.name == LOGGER.name]
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("a\nb\n") and "ZeroDivisionError" in record.getMessage()


@pytest.mark.filterwarnings("default")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_libraries_and_threads_go_to_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    told = StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    with logs.only_json():
        warnings.warn("mind", UserWarning, stacklevel=1)
        logging.getLogger("rdflib.term").warning("odd", exc_info=ValueError("x"))
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        logs.say("hello", logging.WARNING)
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    events = [line["event"] for line in lines]
    assert any("mind" in event for event in events) and events[1:] == [
        "odd",
        "thread failed",
        "hello",
    ]


@pytest.mark.parametrize(
    "value",
    [f'"2020-02-30"^^<{XSD}date>', f'"-4712-01-01"^^<{XSD}date>', f'"abc"^^<{XSD}decimal>'],
)
def test_the_command_tells_the_verdict_and_nothing_else(value: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.ttl"
    path.write_text(f"<urn:a> <{MOI}start> {value} .", "utf-8")
    command = [sys.executable, "-c", "from missiongraph.server.cli.program import main; main()"]
    done = subprocess.run([*command, "validate", str(path)], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"") and done.stdout.startswith(b"Does not")
