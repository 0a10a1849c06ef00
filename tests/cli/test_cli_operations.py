"""Commands about networks ask the operations that HTTP asks: the same rows, in the same order."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import click
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from missiongraph import MissionGraph
from missiongraph.networks import View, find_network, read_ties
from missiongraph.networks.extract.construct import build_network
from missiongraph.networks.extract.counts import in_words
from missiongraph.networks.operations.loaded import LoadedNetwork
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.networks.operations.result import Result
from missiongraph.server.cli.program import main

Row = dict[str, Any]

ASKED: list[Any] = [
    ("ego", "funding", ["vinnova", "--radius", "2"], {"node": "vinnova", "radius": 2}),
    (
        "path",
        "organisations-missions",
        ["vinnova", "City of Turin", "--limit", "3"],
        {"from": "vinnova", "to": "City of Turin", "limit": 3},
    ),
    (
        "brokers",
        "shared-missions",
        ["--by", "country", "--role", "liaison"],
        {"by": "country", "role": "liaison"},
    ),
    (
        "communities",
        "memberships",
        ["--seed", "7", "--runs", "3"],
        {"seed": 7, "runs": 3},
    ),
    ("statistics", "partnerships", [], {}),
    (
        "statistics",
        "partnerships",
        ["--chance", "--by", "kind", "--runs", "5"],
        {"chance": True, "by": ["kind"], "runs": 5},
    ),
    ("backbone", "memberships", ["--level", "0.5"], {"level": 0.5}),
    (
        "compare",
        "partnerships",
        ["memberships", "shared-missions", "--runs", "20"],
        {"other": ["memberships", "shared-missions"], "runs": 20},
    ),
    pytest.param(
        *("dethrone", "partnerships", ["--within", "2"], {"within": 2}), marks=pytest.mark.long
    ),
]
"""A command, a network that ships, what the command takes, and the same as parameters."""

OPERATION = {"path": "paths", "dethrone": "dethroning"}
"""What commands are called as operations, if otherwise."""


@pytest.fixture
def client(patient_client: FlaskClient) -> FlaskClient:
    return patient_client


def on_the_command_line(command: str, network: str, given: list[str], format_: str) -> str:
    done = CliRunner().invoke(main, [command, network, *given, "--format", format_])
    assert done.exit_code == 0, done.output
    return done.stdout


def known(rows: list[Row]) -> list[Row]:
    """The rows, where a number that is none is nothing, as in all formats."""
    return [{name: None if v != v else v for name, v in row.items()} for row in rows]


def asked(parameters: dict[str, Any]) -> str:
    """The parameters as they stand in an address."""
    texts = {n: str(of).lower() if isinstance(of, bool) else of for n, of in parameters.items()}
    return urlencode(texts, doseq=True)


@pytest.mark.parametrize(("command", "network", "given", "parameters"), ASKED)
def test_rows_are_the_same_three_ways(
    client: FlaskClient,
    graph: MissionGraph,
    command: str,
    network: str,
    given: list[str],
    parameters: dict[str, Any],
) -> None:
    name = OPERATION.get(command, command)
    found = OPERATIONS[name].run(LoadedNetwork(graph.engine, find_network(network)), **parameters)
    assert isinstance(found, Result) and found.rows
    in_python = known(found.rows)

    address = f"/networks/{network}/{name}?{asked(parameters)}"
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.data)["rows"] == in_python
    assert json.loads(on_the_command_line(command, network, given, "json")) == in_python

    over_http = csv.DictReader(io.StringIO(client.get(f"{address}&format=csv").text))
    printed = csv.DictReader(io.StringIO(on_the_command_line(command, network, given, "csv")))
    assert printed.fieldnames == over_http.fieldnames == list(in_python[0])
    assert len(list(printed)) == len(list(over_http)) == len(in_python)


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("memberships", {}),
        ("organisations-missions", {"at": "2023-06-30"}),
        ("memberships", {"at": "2023-06-30", "undated": True}),
        ("funding", {"since": "2010", "until": "2020-06"}),
        ("funding", {"since": "2035"}),
    ],
    ids=["all", "a day", "a day and undated ones", "a period", "after all"],
)
def test_counts_of_a_time_are_the_same_everywhere(
    client: FlaskClient, graph: MissionGraph, tmp_path: Path, name: str, view: dict[str, Any]
) -> None:
    in_python = build_network(read_ties(graph.engine, name), find_network(name), View.of(**view))
    about = in_python.about
    counted = {key: about[key] for key in ("statements", "undated", "single_day", "left_out")}

    asked = urlencode({key: str(value).lower() for key, value in view.items()})
    summary = client.get(f"/networks/{name}?{asked}").json
    assert summary and summary["ties"] == in_python.size
    assert {key: summary[key] for key in counted} == counted

    address = f"/networks/{name}/export?group=none&measure=none&{asked}"
    file = json.loads(client.get(f"{address}&format=json").data)
    assert {key: file["graph"][key] for key in counted} == counted
    root = ElementTree.fromstring(client.get(f"{address}&format=gexf").data)
    described = root.findtext("{*}meta/{*}description")
    assert described and described.lower().endswith(in_words(about).lower())
    assert len(file["edges"]) == len(root.findall(".//{*}edge")) == in_python.size

    path = tmp_path / "ties.csv"
    flags = [f"--{key}" if value is True else f"--{key}={value}" for key, value in view.items()]
    done = CliRunner().invoke(main, ["export", "--network", name, *flags, "-o", str(path)])
    assert done.exit_code == 0 and in_words(about) in done.stderr.splitlines()
    assert len(path.read_text("utf-8").splitlines()) == in_python.size + 1


def test_a_picture_tells_the_counts_of_its_time(client: FlaskClient, graph: MissionGraph) -> None:
    query, view = find_network("funding"), View.of(at="2023-06-30")
    about = build_network(read_ties(graph.engine, query), query, view).about
    picture = client.get("/networks/funding/picture?top=10&format=svg&at=2023-06-30").text
    assert in_words(about) in picture and "left out: 13 undated" in picture


@pytest.mark.parametrize("command", ["ego", "path", "brokers", "communities"])
def test_commands_offer_the_choices_of_their_operations(command: str) -> None:
    parameters = OPERATIONS[OPERATION.get(command, command)].parameters
    options = {option.name: option.type for option in main.commands[command].params}
    chosen = {name: set(known.choices) for name, known in parameters.items() if known.choices}
    offered = {
        name: set(options[name].choices)  # type: ignore[attr-defined]
        for name in chosen
        if isinstance(options.get(name), click.Choice)
    }
    assert offered == chosen
