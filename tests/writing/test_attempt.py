"""A write on a copy of the store: its limits."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from missiongraph.derivation.incremental import INFERRED, Derivation
from missiongraph.errors import LimitExceeded
from missiongraph.namespaces import MOI
from missiongraph.writing.attempt import attempt
from missiongraph.writing.request import UPDATE, Write

PARTNERS = ", ".join(f"<x:{number}>" for number in range(10))
WRITE = f"INSERT DATA {{ GRAPH <x:g> {{ <x:partnership> <{MOI}hasPartner> {PARTNERS} }} }}"


def test_derived_statements_count_towards_the_limit_and_the_error_says_so() -> None:
    """Ten partners make ninety pairs, which take longer to validate than ten statements."""
    store = ox.Store()
    store.add_graph(INFERRED)
    write, derivation = Write(UPDATE, "me", WRITE.encode()), Derivation()
    with pytest.raises(LimitExceeded, match="100 statements with what rules derive") as caught:
        attempt(store, write, merged=True, gate=None, derivation=derivation, most=99)
    assert caught.value.limit == "write_statements"
    for quad in list(store):
        store.remove(quad)
    done = attempt(store, write, merged=True, gate=None, derivation=derivation, most=100)
    assert (len(done.change.added), len(done.derived.added)) == (10, 90)
