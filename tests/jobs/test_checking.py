"""Checking: what was found in data that somebody sent, told in little, and the report whole."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pyoxigraph as ox
import pytest

from missiongraph import MissionGraph
from missiongraph.jobs import validate_upload
from missiongraph.jobs.validate_upload import CHARACTERS, SHOWN, named_in, perform
from missiongraph.namespaces import MOI
from missiongraph.validation.shapes import SEVERITIES

MISSION = f"<https://w3id.org/id/mission/mine%d> a <{MOI}Mission> .\n"


def found(data: str, format: str = "ttl") -> tuple[dict[str, Any], bytes]:
    with NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(data)
        file.flush()
        task = {"path": file.name, "format": format, "mapping": ""}
        _, body = perform(MissionGraph().engine, task)
    head, _, turtle = body.partition(b"\n")
    return json.loads(head), turtle


def test_the_first_nodes_are_shown_with_their_lines_and_all_are_counted() -> None:
    told, turtle = found("# mine\n" + "".join(MISSION % n for n in range(30)))
    first = told["shapes"][0]
    assert len(first["nodes"]) == len(first["lines"]) == SHOWN < first["count"] == 30
    names = [int(node.split()[0].rpartition("mine")[2]) for node in first["nodes"]]
    assert first["lines"] == [name + 2 for name in names]
    results = b"".join(turtle.split()).count(b"ValidationResult")
    assert told["whole"] and results == sum(told["counts"][severity] for severity in SEVERITIES)


def test_little_is_shown_of_much() -> None:
    long = f'<urn:a> <{MOI}start> "{"9" * 100_000}" .'
    told, _ = found(long)
    assert told["shapes"]
    assert all(len(node) <= CHARACTERS + 1 for each in told["shapes"] for node in each["nodes"])
    assert len(json.dumps(found(f"<urn:a> <{'b' * 100_000}>")[0])) < 20 * CHARACTERS


def test_a_report_that_is_too_long_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate_upload, "_WHOLE", 100)
    told, turtle = found(MISSION % 1)
    assert not told["whole"] and turtle == b"" and told["shapes"]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ('<urn:a> <https://w3id.org/missiongraph/ontology#amount> "abc"^^<urn:d> .', "conforms"),
        ("<urn:a> <urn:p> <<( <urn:a> <urn:b> <urn:c> )>> .", "conforms"),
        ('<urn:a> <urn:p> "x"@ar--rtl .', "conforms"),
        ("<urn:a> <urn:p> ", "fault"),
    ],
)
def test_odd_data_give_an_answer(data: str, what: str) -> None:
    assert what in found(data)[0]


@pytest.mark.parametrize(
    ("node", "line"),
    [
        ("https://w3id.org/vocab/status/actve", 3),
        ("https://w3id.org/id/mission/mine", 1),
        ("https://w3id.org/id/mission/other", None),
        ("https://w3id.org/id/mission/", None),
        ("https://w3id.org/onto#min", None),
        ("b0", 4),
        ("urn:v1.2", 5),
    ],
)
def test_a_node_is_in_the_line_that_first_names_it(
    node: str, line: int | None, tmp_path: Path
) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(
        "<https://w3id.org/id/mission/mine> a moi:Mission ;\n\n <…/actve> .\n_:b0 a ex:mine .\n"
        "ex:v1.2 a ex:v1.2.\nex:v1.2 a ex:b0 .",
        "utf-8",
    )
    assert named_in(data, [node]).get(node) == line


def test_all_is_read_once_however_many_nodes(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text("# comment\n" * 1000 + "ex:a ex:b ex:c .\n", "utf-8")
    nodes = [f"urn:{name}" for name in "abcde"]
    assert named_in(data, nodes) == {"urn:a": 1001, "urn:b": 1001, "urn:c": 1001}


def test_the_report_can_be_read_again() -> None:
    _, turtle = found(MISSION % 1)
    assert list(ox.parse(turtle, ox.RdfFormat.TURTLE))
