"""Ranks as if lists had been read to their end."""

from __future__ import annotations

import networkx as nx
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

import missiongraph as mg
from missiongraph.errors import QueryError
from missiongraph.networks.analysis.unread_lists import Completed, UnreadList, complete_lists
from missiongraph.networks.extract.ties import Ties, from_frame
from missiongraph.networks.model.definition import NetworkQuery

MEMBERS = NetworkQuery.parse("# Who belongs to what?\n# network: directed\nSELECT *")
PAIRS = [("a", "N"), ("b", "N"), ("c", "N"), ("a", "M"), ("b", "M"), ("d", "M"), ("e", "M")]


def members(pairs: list[tuple[str, str]]) -> Ties:
    return from_frame(pl.DataFrame(pairs, schema=["source", "target"], orient="row"), MEMBERS)


def completed(*lists: UnreadList, pairs: list[tuple[str, str]] = PAIRS, runs: int = 5) -> Completed:
    return complete_lists(members(pairs), MEMBERS, lists, runs=runs)


def row(found: Completed, node: str) -> dict[str, object]:
    return next(row for row in found.rows() if row["node"] == node)


def test_a_list_read_in_part_makes_its_thing_too_small() -> None:
    found = completed(UnreadList("members of N", "N", read=3, unread=2))
    assert found.added == 2 and not found.others
    assert row(found, "N") == {
        "node": "N", "label": "N", "rank": 2, "if_new": 1, "if_known_best": 1, "if_known_worst": 1,
    }  # fmt: skip


def test_known_entries_are_nodes_that_the_thing_is_not_tied_to() -> None:
    """Only d and e are left for N, so both then belong to two."""
    found = completed(UnreadList("members of N", "N", read=3, unread=2))
    ranks = {node: row(found, node)["if_known_best"] for node in "abcde"}
    assert ranks == {"a": 3, "b": 3, "d": 3, "e": 3, "c": 7}


def test_of_more_entries_than_nodes_the_rest_are_new() -> None:
    found = completed(UnreadList("members of N", "N", read=3, unread=9))
    assert row(found, "N")["if_known_worst"] == 1 and found.added == 9


def test_of_several_lists_of_one_thing_the_least_read_counts() -> None:
    one = UnreadList("members", "N", read=3, unread=2)
    other = UnreadList("labels", "N", read=3, unread=1)
    found = completed(other, one)
    assert list(found.used) == [one] and list(found.others) == [other]


@pytest.mark.parametrize(
    "other",
    [
        UnreadList("too few read", "N", read=2, unread=5),
        UnreadList("of other ties", "M", read=9, unread=5),
        UnreadList("of a stranger", "x", read=3, unread=5),
    ],
    ids=lambda each: each.name,
)
def test_a_list_that_the_ties_do_not_hold_is_told_and_changes_nothing(other: UnreadList) -> None:
    found = completed(other)
    assert not found.used and list(found.others) == [other] and found.added == 0
    assert all(row["rank"] == row["if_new"] == row["if_known_worst"] for row in found.rows())


@examples(30)
@given(
    st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("MN")), min_size=1),
    st.integers(1, 4),
)
def test_new_entries_rank_as_networkx_counts_them(pairs: set[tuple[str, str]], unread: int) -> None:
    read = sum(target == "N" for _, target in pairs)
    lists = [UnreadList("members of N", "N", read, unread)]
    found = complete_lists(members(sorted(pairs)), MEMBERS, lists, runs=2)
    graph: nx.DiGraph[str] = nx.DiGraph(pairs)
    known = list(graph)
    if read >= 3:
        graph.add_edges_from((f"new {number}", "N") for number in range(unread))
    assert found.added == (unread if read >= 3 else 0)
    degrees = {node: graph.degree[node] for node in known}
    expected = {n: 1 + sum(d > degrees[n] for d in degrees.values()) for n in known}
    assert {row["node"]: row["if_new"] for row in found.rows()} == expected


def test_the_same_seed_gives_the_same_draws_and_at_least_one_is_needed() -> None:
    unread = UnreadList("members of N", "N", read=3, unread=1)
    first, again = (list(completed(unread).rows()) for _ in range(2))
    assert first == again
    with pytest.raises(QueryError, match="at least one draw"):
        completed(unread, runs=0)


def test_lists_of_the_graph_change_who_is_central_in_memberships() -> None:
    found = mg.open().network("memberships").complete_lists(runs=3)
    assert found.facts["added"] == sum(
        int(told.split()[2]) for told in found.facts["completed"].values()
    )
    moin = next(row for row in found if row["label"].endswith("(MOIN)"))
    assert moin["if_new"] < moin["rank"]
