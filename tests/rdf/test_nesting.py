"""Nesting: what the parser would not survive does not reach it, by whatever way it comes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest

from missiongraph.errors import DataError, MissionGraphError
from missiongraph.rdf.nesting import DEEPEST, depth
from missiongraph.rdf.store import load, parse
from missiongraph.validation.shapes import validate
from missiongraph.writing.attempt import attempt
from missiongraph.writing.request import PUT, Write

HOSTILE = 60_000  # at which Oxigraph's parser breaks down


def nested(levels: int) -> bytes:
    return (
        b"<urn:a> <urn:p> " + b"<<( <urn:a> <urn:p> " * levels + b'"1"' + b" )>>" * levels + b" ."
    )


@pytest.mark.parametrize("name", ["a.nt", "a.ttl", "a.trig", "a.nq", "a.nt.gz"])
def test_no_file_nests_deeper_than_the_parser_goes(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(nested(HOSTILE)) if name.endswith("gz") else nested(HOSTILE))
    for reader in (load, validate, lambda path: list(parse(path))):
        with pytest.raises(DataError, match=rf"{name}.* nested more than"):
            reader(path)


def test_no_write_does() -> None:
    write = Write(PUT, "me", nested(HOSTILE), "text/turtle", "urn:g")
    with pytest.raises(MissionGraphError, match="nested more than"):
        attempt(ox.Store(), write, merged=True, gate=None)


def test_what_is_deep_and_what_only_looks_so_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fine.ttl"
    code = b'<urn:a> <urn:p> "cout <<(a)" .\n' * 1000
    path.write_bytes(nested(100) + nested(1) * DEEPEST + code)
    assert len(set(parse(path))) == 3


def test_terms_are_counted_across_pieces() -> None:
    opened = depth(b"<<( <<( a )>>", depth(b"<<( "))
    assert opened == 2 and depth(b")>> )>> )>>", opened) == 0


def test_a_packed_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.nt.gz"
    packed = gzip.compress(b"".join(b'<urn:a> <urn:p> "%d" .\n' % n for n in range(1000)))
    path.write_bytes(packed[:200] + b"\0\xff" * 20 + packed[240:])
    with pytest.raises(DataError, match=r"a\.nt\.gz"):
        load(path)
