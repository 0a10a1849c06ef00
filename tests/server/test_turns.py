"""Turns: nobody has all of the queue or of the slots, and nobody is forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph.server.state.turns import Full, Turns

CLIENTS = st.sampled_from(["a", "b", "c"])


def test_clients_take_turns() -> None:
    turns: Turns[str] = Turns(slots=4, places=16)
    for item in ("a1", "a2", "a3", "b1"):
        turns.put(item[0], item)
    assert turns.order() == ["a1", "b1", "a2", "a3"]
    assert [turns.take() for _ in range(3)] == [("a", "a1"), ("b", "b1"), ("a", "a2")]


def test_one_slot_stays_for_others() -> None:
    turns: Turns[str] = Turns(slots=2, places=16)
    for item in ("a1", "a2"):
        turns.put("a", item)
    assert turns.take() == ("a", "a1")
    turns.put("b", "b1")
    assert turns.take() == ("b", "b1")  # a has its share already
    turns.end("a")
    assert turns.take() == ("a", "a2")


@pytest.mark.parametrize(("places", "share"), [(1, 1), (2, 1), (3, 1), (16, 8)])
def test_half_of_the_queue_is_the_share_of_one(places: int, share: int) -> None:
    turns: Turns[int] = Turns(slots=2, places=places)
    for number in range(share):
        turns.put("a", number)
    with pytest.raises(Full) as caught:
        turns.put("a", share)
    assert caught.value.own and caught.value.places == share


def test_a_full_queue_is_full_for_all() -> None:
    turns: Turns[int] = Turns(slots=2, places=2)
    turns.put("a", 1)
    turns.put("b", 2)
    with pytest.raises(Full) as caught:
        turns.put("c", 3)
    assert not caught.value.own and caught.value.places == 2


def test_what_nobody_wants_leaves_its_place() -> None:
    turns: Turns[int] = Turns(slots=2, places=2)
    turns.put("a", 1)
    assert turns.drop(lambda item: item == 1) == [1]
    turns.put("a", 2)
    assert turns.order() == [2]


@given(st.lists(st.tuples(CLIENTS, st.integers()), max_size=12, unique=True), st.integers(1, 4))
def test_everything_is_done_once_in_the_order_of_each_client(
    asked: list[tuple[str, int]], slots: int
) -> None:
    turns: Turns[tuple[str, int]] = Turns(slots, places=24)
    for item in asked:
        turns.put(item[0], item)
    order = turns.order()
    done = []
    for _ in asked:
        client, item = turns.take()
        done.append(item)
        turns.end(client)
    for found in (order, done):
        assert sorted(found) == sorted(asked)
        for client in "abc":
            assert [i for i in found if i[0] == client] == [i for i in asked if i[0] == client]
