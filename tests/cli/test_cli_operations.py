"""Commands about networks ask the operations that HTTP asks: the same rows, in the same order."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

import click
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from missiongraph import MissionGraph
from missiongraph.networks import find_network
from missiongraph.networks.operations.loaded import LoadedNetwork
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.networks.operations.result import Result
from missiongraph.server.cli.program import main

Row = dict[str, Any]

ASKED: list[tuple[str, str, list[str], dict[str, Any]]] = [
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
]
"""A command, a network that ships, what the command takes, and the same as parameters."""

OPERATION = {"path": "paths"}
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

    address = f"/networks/{network}/{name}?{urlencode(parameters)}"
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.data)["rows"] == in_python
    assert json.loads(on_the_command_line(command, network, given, "json")) == in_python

    over_http = csv.DictReader(io.StringIO(client.get(f"{address}&format=csv").text))
    printed = csv.DictReader(io.StringIO(on_the_command_line(command, network, given, "csv")))
    assert printed.fieldnames == over_http.fieldnames == list(in_python[0])
    assert len(list(printed)) == len(list(over_http)) == len(in_python)


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
