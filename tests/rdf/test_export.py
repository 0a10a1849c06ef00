"""Export: the whole graph in every format, written whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pyoxigraph as ox
import pytest

from missiongraph import MissionGraph
from missiongraph.errors import NotAcceptable
from missiongraph.rdf.export import FORMATS, export, serialised
from missiongraph.rdf.store import load, merge
from missiongraph.system.files import replacing

DATA = """
@prefix moi: <https://w3id.org/missiongraph/ontology#> .
<g:1> { <a:1> a moi:Mission ; moi:note "ü" . } <g:2> { <a:1> a moi:Mission . <a:0> a moi:Goal . }
"""


@pytest.fixture
def store() -> ox.Store:
    store = ox.Store()
    store.load(DATA, ox.RdfFormat.TRIG)
    merge(store)
    return store


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_read_back_holds_the_same(tmp_path: Path, store: ox.Store, name: str) -> None:
    path = tmp_path / f"graph.{name}"
    MissionGraph(store).export(path)
    again = load(path)
    assert serialised(again, "nt") == serialised(store, "nt")
    if FORMATS[name].supports_datasets:
        assert serialised(again, "nq") == serialised(store, "nq")


def test_formats_of_quads_leave_the_merged_graph_out(store: ox.Store) -> None:
    assert serialised(store, "nq").count(b"\n") == 4
    assert serialised(store, "nt").count(b"\n") == 3


@pytest.mark.parametrize("name", FORMATS)
def test_equal_graphs_have_equal_bytes(store: ox.Store, name: str) -> None:
    other = ox.Store()
    other.extend(sorted(store, key=str, reverse=True))
    assert serialised(other, name) == serialised(store, name)


def test_prefixes_are_declared_in_order_and_only_if_used(store: ox.Store) -> None:
    head = [line for line in serialised(store, "trig").splitlines() if line.startswith(b"@prefix")]
    assert [line.split()[1] for line in head] == [b"moi:"]


def test_a_packed_file_says_nothing_of_when_it_was_made(tmp_path: Path, store: ox.Store) -> None:
    for name in ("a.nq.gz", "b.nq.gz"):
        export(store, tmp_path / name)
    packed = (tmp_path / "a.nq.gz").read_bytes()
    assert packed == (tmp_path / "b.nq.gz").read_bytes()
    assert gzip.decompress(packed) == serialised(store, "nq")


@pytest.mark.parametrize(("format", "unpack"), [("ttl", bytes), ("ttl.gz", gzip.decompress)])
def test_a_stream_takes_any_format(store: ox.Store, format: str, unpack: type[bytes]) -> None:
    stream = io.BytesIO()
    export(store, stream, format)
    assert unpack(stream.getvalue()) == serialised(store, "ttl")


def test_an_unknown_format_is_refused_and_nothing_written(tmp_path: Path, store: ox.Store) -> None:
    with pytest.raises(NotAcceptable, match="no format 'docx'; there are: nq, nt"):
        export(store, tmp_path / "graph.docx")
    assert not list(tmp_path.iterdir())


def test_a_failure_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "graph.nq"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as file:
        file.write(b"half")
        raise RuntimeError("power cut")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_a_link_keeps_pointing_to_its_file(tmp_path: Path) -> None:
    link, path = tmp_path / "link.nq", tmp_path / "graph.nq"
    link.symlink_to(path.name)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink() and path.read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with replacing(Path(f"/dev/fd/{writing}")) as file:
        file.write(b"new")
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"new"


def test_a_place_that_takes_no_file_is_named_as_it_was_given() -> None:
    with pytest.raises(OSError) as refused, replacing(Path("/proc/graph.nq")):
        pass
    assert refused.value.filename == "/proc/graph.nq"
