"""Snapshots: the ties of one state of the data are read once, and never trusted when damaged."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyoxigraph as ox
import pytest

from missiongraph import MissionGraph
from missiongraph.networks import NetworkQuery, Ties
from missiongraph.networks.extract import tie_cache
from missiongraph.networks.extract.tie_cache import ties
from missiongraph.networks.extract.ties import COLUMNS
from missiongraph.sparql.engine import Answer, Query
from missiongraph.sparql.local import LocalEngine

TEXT = """# Who?
# network: directed
SELECT ?source ?target ?strength ?from ?layer ?graph {
  GRAPH ?graph { ?source <x:to> ?target }
  BIND(1.5 AS ?strength) BIND("2024" AS ?from) BIND("a\\nb" AS ?layer)
}
"""
WHO = NetworkQuery.parse(TEXT, "who")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MISSIONGRAPH_CACHE", str(tmp_path))
    return tmp_path / "networks"


@pytest.fixture
def store() -> ox.Store:
    found = ox.Store()
    add(found, "é\n")
    return found


def add(store: ox.Store, name: str) -> None:
    store.add(
        ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:to"), ox.Literal(name), ox.NamedNode("x:g"))
    )


def only(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def same(one: Ties, other: Ties) -> bool:
    lists = ("nodes", "layers", "graphs", "rejected")
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in COLUMNS
    ) and all(getattr(one, name) == getattr(other, name) for name in lists)


def test_the_second_time_ties_are_not_read_from_the_store(store: ox.Store) -> None:
    first = ties(LocalEngine(store, "state"), WHO)
    add(store, "later")
    assert same(ties(LocalEngine(store, "state"), WHO), first)


def test_another_state_is_read_anew(store: ox.Store) -> None:
    ties(LocalEngine(store, "state"), WHO)
    add(store, "later")
    assert len(ties(LocalEngine(store, "state 2"), WHO)) == 2


def test_another_query_is_read_anew(store: ox.Store) -> None:
    engine = LocalEngine(store, "state")
    ties(engine, WHO)
    other = NetworkQuery.parse(TEXT.replace("1.5", "2.5"))
    assert ties(engine, other).weight.tolist() == [2.5]


def test_rejects_are_kept_too(store: ox.Store) -> None:
    engine, query = LocalEngine(store, "state"), NetworkQuery.parse(TEXT.replace("1.5", "-1"))
    assert ties(engine, query).rejected == ties(engine, query).rejected != {}


def test_no_ties_are_kept_as_such(folder: Path) -> None:
    engine = LocalEngine(ox.Store(), "state")
    assert same(ties(engine, WHO), ties(engine, WHO)) and only(folder).exists()


def test_kept_ties_can_be_drawn_and_written_to(store: ox.Store) -> None:
    engine = LocalEngine(store, "state")
    ties(engine, WHO)
    assert all(getattr(ties(engine, WHO), name).flags.writeable for name in COLUMNS)


def test_an_engine_that_names_no_state_keeps_nothing(store: ox.Store, folder: Path) -> None:
    ties(LocalEngine(store), WHO)
    assert not folder.exists()


def test_an_answer_with_those_of_other_services_is_not_kept(store: ox.Store, folder: Path) -> None:
    class Federated(LocalEngine):
        def run(self, query: Query, **options: Any) -> Answer:
            return replace(super().run(query, **options), fingerprint="")

    ties(Federated(store, "state"), WHO)
    assert not folder.exists()


def test_a_store_that_may_have_been_written_to_is_read_anew(store: ox.Store) -> None:
    graph = MissionGraph(store, "state")
    ties(graph.engine, WHO)
    add(graph.store, "later")
    assert len(ties(graph.engine, WHO)) == 2
    assert len(ties(LocalEngine(store, "state"), WHO)) == 1  # what was kept is as it was


@pytest.mark.parametrize("place", [0, 7, 8, 20, 0.5, -1])
def test_a_damaged_file_is_read_anew(store: ox.Store, folder: Path, place: float) -> None:
    engine = LocalEngine(store, "state")
    first = ties(engine, WHO)
    path = only(folder)
    data = bytearray(path.read_bytes())
    data[int(place * len(data)) if isinstance(place, float) else place] ^= 1
    path.write_bytes(data)
    assert tie_cache._load(path) is None
    assert same(ties(engine, WHO), first) and tie_cache._load(path)


def test_a_file_cut_anywhere_is_read_anew(store: ox.Store, folder: Path) -> None:
    ties(LocalEngine(store, "state"), WHO)
    path = only(folder)
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        assert tie_cache._load(path) is None


def test_what_was_not_used_for_the_longest_time_goes_first(
    store: ox.Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ties(LocalEngine(store, "used"), WHO)
    used = only(folder)
    ties(LocalEngine(store, "old"), WHO)
    (old,) = set(folder.iterdir()) - {used}
    for age, path in ((20, used), (10, old)):
        os.utime(path, (age, age))
    ties(LocalEngine(store, "used"), WHO)
    monkeypatch.setattr(tie_cache, "LIMIT", 2 * used.stat().st_size)
    ties(LocalEngine(store, "new"), WHO)
    assert used.exists() and not old.exists() and len(list(folder.iterdir())) == 2


def test_without_a_cache_ties_are_read_from_the_store(
    store: ox.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MISSIONGRAPH_CACHE", str(tmp_path / "file"))
    assert len(ties(LocalEngine(store, "state"), WHO)) == 1
