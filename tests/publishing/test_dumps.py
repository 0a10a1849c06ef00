"""Dumps: each address holds the state that it names, whole, or is an error."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from support.running import Client, serving

from missiongraph import MissionGraph
from missiongraph.errors import StateGone
from missiongraph.publishing.dumps import FILES, make
from missiongraph.server import create_app

A, B = ox.NamedNode("http://example.org/a"), ox.NamedNode("http://example.org/b")
GRAPH = ox.NamedNode("http://example.org/graph")
INSERT = "INSERT DATA { <http://example.org/a> <http://example.org/b> %d }"
STATES = ["a" * 64, "a" * 64 + "-0123abcd"]


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of its own, which the servers that are started inherit."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("MISSIONGRAPH_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of a plain dataset that takes writes."""
    folder = tmp_path_factory.mktemp("plain")
    file = folder / "in.ttl"
    file.write_text("<http://example.org/a> <http://example.org/b> <http://example.org/a> .")
    options = ("--dataset", "plain", "--no-shapes", "--data", str(file))
    with serving(folder / "graph", *options) as running:
        yield running.client()


def quads(data: bytes, name: str) -> set[ox.Quad]:
    return set(ox.parse(gzip.decompress(data), FILES[name]))


def latest(client: Client, name: str) -> tuple[str, bytes]:
    there = client("GET", f"/dumps/{name}").headers["Location"]
    return there, client("GET", there).body


def client_of(*quads: ox.Quad, state: str) -> FlaskClient:
    store = ox.Store()
    store.extend(quads)
    return create_app(MissionGraph(store, state)).test_client()


@pytest.mark.parametrize("name", FILES)
def test_a_plain_dataset_is_dumped_with_its_default_graph(plain: Client, name: str) -> None:
    plain.update(f"INSERT DATA {{ GRAPH {GRAPH} {{ {A} {B} {A} , {B} }} }}")
    _, data = latest(plain, name)
    found = quads(data, name)
    assert {ox.Triple(A, B, A), ox.Triple(A, B, B)} <= {quad.triple for quad in found}
    if FILES[name].supports_datasets:
        named = {ox.Quad(A, B, A, GRAPH), ox.Quad(A, B, B, GRAPH)}
        assert named | {ox.Quad(A, B, A)} <= found and ox.Quad(A, B, B) not in found


def test_a_dump_stays_what_it_was_whatever_is_written(plain: Client) -> None:
    there, before = latest(plain, "missiongraph.nq.gz")
    assert plain.update(INSERT % 1000).status == 200
    assert plain("GET", there).body == before
    assert latest(plain, "missiongraph.nq.gz") != (there, before)


def test_dumps_made_while_writes_come_in_hold_the_state_they_name(plain: Client) -> None:
    values: dict[str, set[int]] = {}
    found: list[tuple[str, bytes]] = []
    known: set[int] = set()

    def dump() -> None:
        while len(values) < 12:
            there, data = latest(plain, "missiongraph.nt.gz")
            found.append((there, data))

    thread = Thread(target=dump)
    thread.start()
    for value in range(2000, 2012):
        state = plain.update(INSERT % value).json["fingerprint"]
        known = known | {value}
        values[state] = known
    thread.join()
    for there, data in found:
        state = there.split("/")[2]
        if state in values and data[:2] == b"\x1f\x8b":
            said = {str(quad.object) for quad in quads(data, "missiongraph.nt.gz")}
            assert {
                value for value in known if any(f'"{value}"' in text for text in said)
            } == values[state]


def test_a_state_that_is_gone_is_410_and_leads_to_that_of_today(plain: Client) -> None:
    plain.update(INSERT % 3000)  # a state of which nobody has asked for a dump
    there = plain("GET", "/dumps/missiongraph.nq.gz").headers["Location"]
    plain.update(INSERT % 3001)
    reply = plain("GET", there)
    assert reply.status == 410 and reply.json["instead"] == "/dumps/missiongraph.nq.gz"


def test_nothing_is_made_of_another_state(tmp_path: Path) -> None:
    with pytest.raises(StateGone):
        make(MissionGraph(ox.Store(), "now").engine, tmp_path / "then", state="then")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("state", STATES)
def test_a_dump_that_is_kept_is_found_whatever_its_state_is_called(state: str) -> None:
    first = client_of(ox.Quad(A, B, A, GRAPH), state=state)
    address = f"/dumps/{state}/missiongraph.nq.gz"
    with first.get(address) as made, client_of(state="0" * 64).get(address) as kept:
        assert (made.status_code, kept.status_code) == (200, 200) and made.data == kept.data
