"""What a supervisor serves: it knows how much that is without counting it again."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph.isolation.served_store import ServedStore
from missiongraph.rdf.changes import Change
from missiongraph.rdf.store import merge

nodes = st.sampled_from("ab").map(lambda name: ox.NamedNode(f"x:{name}"))
graphs = st.sampled_from("gh").map(lambda name: ox.NamedNode(f"x:{name}"))
quads = st.builds(ox.Quad, nodes, nodes, nodes, graphs)
plain = st.builds(ox.Quad, nodes, nodes, nodes)


@pytest.mark.parametrize("merged", [True, False])
@given(data=st.data())
def test_counts_follow_every_change(merged: bool, data: st.DataObject) -> None:
    some = quads if merged else quads | plain
    store = ox.Store()
    store.extend(data.draw(st.lists(some)))
    if merged:
        merge(store)
    served = ServedStore(store, "a", merged=merged)
    for _ in range(3):
        drawn = data.draw(st.lists(some, unique=True))
        removed = tuple(quad for quad in drawn if quad in store)
        added = tuple(quad for quad in drawn if quad not in store)
        served.apply(Change(removed, added))
        assert (served.quads, served.statements) == (len(store), len(served.default))
