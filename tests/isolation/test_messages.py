"""Messages between processes: what is sent is what arrives, and nothing else is taken for it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from missiongraph.isolation import messages
from missiongraph.isolation.messages import (
    AnswerHead,
    AskEnd,
    AskState,
    AskVersion,
    AskWrite,
    Committed,
    Configuration,
    Done,
    Ended,
    Hello,
    Measured,
    Rejected,
    RunQuery,
    State,
    Tried,
    Version,
)
from missiongraph.jobs.messages import BeginJob, ResultHead
from missiongraph.limits import Limits
from missiongraph.sparql.engine import Query
from missiongraph.system import framing
from missiongraph.system.messages import Message, decode
from missiongraph.writing.request import PUT, Write

QUERY = Query("ASK {}", ["urn:a"], ["urn:b"], {"x": "<urn:c>"}, "urn:base")

MESSAGES: list[Message] = [
    AnswerHead("text/csv", "SELECT", "a-state"),
    AskEnd(12),
    AskState(),
    AskVersion(None),
    Committed(1, 2, True, 0.5, "a-state", "another", 2),
    Done(),
    Ended(-14),
    Ended(None),
    Hello(12, 13),
    Measured("0a1b2c3d"),
    Rejected("no label"),
    RunQuery(QUERY, "text/csv", None, 30, 0.1),
    State("a-state", 1, 5, 0, 10, 11, True, "", ""),
    Tried(1, 2, True, 0.5, ["urn:new"], []),
    Version("a-version"),
    BeginJob({"operation": "summary"}, "a-state", 60, 1024),
    ResultHead("application/json"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_arrives_as_it_was_sent(message: Message) -> None:
    (frame,) = framing.split(message.encode())
    assert decode(frame, type(message)) == message
    assert decode(frame, *(kind for kind in kinds() if kind is not type(message))) is None


def test_a_write_arrives_with_its_body_behind_it() -> None:
    write = Write(PUT, "ana", b"<urn:a> <urn:b> <urn:c> .", "text/turtle", "urn:graph")
    frame, body = framing.split(AskWrite(write).encode())
    asked = decode(frame, AskWrite)
    assert asked and body == write.body and replace(asked.write, body=body) == write


def test_a_configuration_is_told_in_json() -> None:
    config = Configuration(["a.nq"], "", "", True, False, Limits(query_seconds=3), "folder")
    assert Configuration.read(json.loads(json.dumps(config.settings()))) == config


def test_every_message_is_tried() -> None:
    assert kinds() == {type(message) for message in MESSAGES} - {BeginJob, ResultHead} | {AskWrite}


def test_pieces_and_closed_connections_are_no_messages() -> None:
    assert decode(b"Done", Done) is None and decode(None, Done) is None


def kinds() -> set[type[Message]]:
    """The messages of isolation."""
    here = (each for each in vars(messages).values() if isinstance(each, type))
    return {each for each in here if issubclass(each, Message) and each is not Message}
