"""Entities: what shortens a document is read, what makes it grow is refused, by every reader."""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

import missiongraph
from missiongraph.errors import DataError, LimitExceeded, QueryError
from missiongraph.rdf.rdf_xml import FREE, check
from missiongraph.rdf.store import load, named, parse
from missiongraph.server.cli.common import at_most_memory
from missiongraph.server.cli.program import main
from missiongraph.system import sandbox
from missiongraph.validation.shapes import read
from missiongraph.writing.attempt import attempt
from missiongraph.writing.request import PUT, Write

BODY = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="urn:x:">
<rdf:Description rdf:about="{about}"><x:p>{text}</x:p></rdf:Description></rdf:RDF>"""
TEN = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 8))
BOMB = f'<!DOCTYPE rdf:RDF [<!ENTITY e0 "ha">{TEN}]>\n' + BODY.format(about="urn:a", text="&e7;")
LONG = f'<!DOCTYPE rdf:RDF [<!ENTITY e "{"ha" * 50_000}">]>' + BODY.format(
    about="urn:a", text="&e;" * 1000
)
IN_ATTRIBUTE = BOMB.replace('"urn:a"', '"urn:&e7;"').replace(">&e7;<", "><")
NOTHING = BOMB.replace('"ha"', '""')
FINE = '<!DOCTYPE rdf:RDF [<!ENTITY x "urn:x:">]>' + BODY.format(about="&x;a", text="&x;b&amp;c")
BOMBS = {"nested": BOMB, "long": LONG, "in an attribute": IN_ATTRIBUTE, "of nothing": NOTHING}


@pytest.fixture(params=list(BOMBS.values()), ids=list(BOMBS))
def bomb(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "bomb.rdf"
    path.write_text(request.param)
    return path


@pytest.mark.parametrize("reader", [read, load, lambda p: [*parse(p)], lambda p: [*named(p)]])
def test_no_reader_lets_a_document_grow(reader: object, bomb: Path) -> None:
    with pytest.raises(DataError, match=r"bomb\.rdf, line \d+: "):
        reader(bomb)  # type: ignore[operator]


def test_no_write_does(bomb: Path) -> None:
    write = Write(PUT, "me", bomb.read_bytes(), "application/rdf+xml", "urn:g")
    with pytest.raises(QueryError, match="the data is not application/rdf"):
        attempt(ox.Store(), write, merged=True, gate=None)


def test_packed_ones_are_refused_as_well(tmp_path: Path) -> None:
    path = tmp_path / "bomb.owl.gz"
    path.write_bytes(gzip.compress(BOMB.encode()))
    with pytest.raises(DataError, match="expand"):
        missiongraph.open(path)


COMMANDS = [
    ("validate", "{}"),
    ("info", "--data", "{}"),
    ("export", "--data", "{}"),
    ("query", "--data", "{}", "things-by-class"),
    ("serve", "--data", "{}", "--directory", "{}.d", "--port", "0"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_says_so(command: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "bomb.rdf"
    path.write_text(BOMB)
    found = CliRunner().invoke(main, [part.format(path) for part in command])
    assert found.exit_code == 2
    assert "bomb.rdf" in found.stderr and "entities expand" in found.stderr


def test_entities_that_shorten_are_read(tmp_path: Path) -> None:
    path = tmp_path / "fine.owl"
    path.write_text(FINE)
    (quad,) = parse(path)
    assert (quad.subject, quad.object) == (ox.NamedNode("urn:x:a"), ox.Literal("urn:x:b&c"))


def test_a_large_document_without_entities_is_no_growth() -> None:
    text = BODY.format(about="urn:a", text="ha" * FREE)
    file = BytesIO(text.encode())
    check(file)
    assert file.tell() == 0


def test_what_is_no_xml_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "no.rdf"
    path.write_text("<?xml version='1.0'?>\n<!DOCTYPE rdf:RDF [<!ENTITY a>]>\n")
    with pytest.raises(DataError, match=r"no\.rdf, line 2: .*not well-formed to its end"):
        read(path)


@pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")
def test_a_command_stops_at_its_limit_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "physical_megabytes", lambda: 0)
    monkeypatch.setenv("MISSIONGRAPH_NETWORK_MEGABYTES", "100")
    with pytest.raises(LimitExceeded, match=r"100 MB .*MISSIONGRAPH_NETWORK_MEGABYTES"):
        with at_most_memory():
            bytearray(2**30)
    assert bytearray(2**28)
