"""Admission: what is not known to be small leaves slots to what is, and clients take turns."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from missiongraph.errors import Busy, ClientGone, LimitExceeded
from missiongraph.isolation.admission import Admission, QueryShape, Slot, asking
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.limits import Limits
from missiongraph.sparql.engine import Query
from missiongraph.system import sandbox

MOMENT = 0.02  # seconds in which a query becomes a long one


def pressed(**limits: int) -> Admission:
    """An admission whose slots for queries of any length are taken by long ones."""
    given = {"concurrent_queries": 2, "small_queries": 4, "queue_seconds": 5} | limits
    admission = Admission(Limits(small_milliseconds=10, **given))
    for number in range(given["concurrent_queries"]):
        admission.enter(f"long {number}")
    time.sleep(MOMENT)
    return admission


def seen_small(admission: Admission, key: str) -> None:
    admission.remember_small(key, Slot("", small=True, tried=True))


@contextmanager
def waiting(admission: Admission, key: str, client: str = "") -> Iterator[list[Slot | Exception]]:
    """Somebody who waits for a slot in a thread; in the end, what came of it."""
    found: list[Slot | Exception] = []

    def wait() -> None:
        with asking(client):
            try:
                found.append(admission.enter(key))
            except Busy as error:
                found.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: any(w.key == key for w in admission._queue) or bool(found))
    yield found
    thread.join()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


# --- what is small


def test_what_nobody_has_seen_small_takes_only_a_part_of_the_small_slots() -> None:
    admission = pressed(queue_length=1)
    trials = [admission.enter(f"new {number}") for number in range(2)]
    assert all(slot.small and slot.tried for slot in trials)
    with waiting(admission, "new 2"):
        with pytest.raises(Busy):
            admission.enter("new 3")
        seen_small(admission, "known")
        slot = admission.enter("known")
        assert slot.small and not slot.tried
        admission.leave(trials[0])


def test_a_first_trial_is_short_and_the_second_as_long_as_a_small_query() -> None:
    admission = pressed()
    assert admission.enter("new").milliseconds == 2
    assert admission.enter("new", trials=1).milliseconds == 10


def test_what_was_small_is_tried_again_once_it_took_long() -> None:
    admission = pressed()
    seen_small(admission, "known")
    admission.doubt("known")
    assert admission.enter("known").tried


def test_what_is_long_is_not_small_whatever_was_seen() -> None:
    admission = pressed(queue_seconds=1)
    admission.remember_long("long")
    seen_small(admission, "long")
    with pytest.raises(Busy):
        admission.enter("long")


def test_where_no_long_query_presses_small_slots_are_free_for_all() -> None:
    admission = Admission(Limits(concurrent_queries=1, small_queries=3))
    slots = [admission.enter(f"new {number}") for number in range(4)]
    assert [slot.small for slot in slots] == [False, True, True, True]
    assert not any(slot.tried for slot in slots)


def test_a_sample_of_small_queries_is_enough_to_know_them() -> None:
    admission = Admission(Limits(concurrent_queries=1, small_queries=2, small_milliseconds=10))
    long = admission.enter("long")
    for _ in range(16):
        admission.remember_small("often", Slot(""))
    time.sleep(MOMENT)
    assert not admission.enter("often").tried and admission.enter("new").tried
    admission.leave(long)


# --- who is next


def test_a_slot_goes_to_who_holds_the_fewest() -> None:
    admission = Admission(Limits(concurrent_queries=3, small_queries=0))
    with asking("greedy"):
        slots = [admission.enter(f"greedy {number}") for number in range(2)]
    with asking("other"):
        slots.append(admission.enter("other"))
    with (
        waiting(admission, "greedy 3", "greedy") as greedy,
        waiting(admission, "modest", "modest") as modest,
    ):
        admission.leave(slots.pop(0))
        until(lambda: bool(modest))
        assert not greedy
        admission.leave(slots.pop())


def test_the_last_slot_is_not_for_who_holds_all_others() -> None:
    admission = Admission(Limits(concurrent_queries=3, small_queries=0, queue_seconds=1))
    with asking("greedy"):
        for number in range(2):
            admission.enter(f"long {number}")
        with pytest.raises(Busy):
            admission.enter("long 3")
    with asking("other"):
        assert not admission.enter("first").small


def test_a_client_alone_gets_the_only_slot() -> None:
    with asking("alone"):
        assert Admission(Limits(concurrent_queries=1, small_queries=0)).enter("query")


def test_who_fills_the_queue_makes_place_for_others() -> None:
    admission = Admission(Limits(concurrent_queries=1, small_queries=0, queue_length=3))
    slot = admission.enter("long")
    with (
        waiting(admission, "1", "greedy") as first,
        waiting(admission, "2", "greedy") as second,
        waiting(admission, "3", "greedy") as last,
    ):
        with waiting(admission, "other", "other") as other:
            until(lambda: bool(last))
            assert isinstance(last[0], Busy) and last[0].limit == "queue_length"
            with asking("greedy"), pytest.raises(Busy):
                admission.enter("4")
            for found in (first, second, other):
                admission.leave(slot)
                until(lambda found=found: bool(found))  # type: ignore[misc]
                assert isinstance(found[0], Slot)
                slot = found[0]


def test_who_may_wait_longer_does() -> None:
    admission = Admission(Limits(concurrent_queries=1, small_queries=0, queue_seconds=1))
    admission.enter("long")
    begin = time.monotonic()
    with asking("a job", 0.2), pytest.raises(Busy):
        admission.enter("query")
    assert time.monotonic() - begin < 1


def test_who_leaves_the_queue_leaves_no_slot_behind() -> None:
    admission = pressed(small_queries=0)
    with asking("gone"), pytest.raises(ClientGone):
        admission.enter("query", gone=lambda: True)
    assert admission.waiting == 0 and admission.running == 2


# --- all together


@pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")
def test_small_queries_are_answered_beside_monsters_of_ever_new_shapes(tmp_path: Path) -> None:
    path = tmp_path / "ring.nt"
    path.write_text("".join(f"<x:{n}> <x:next> <x:{(n + 1) % 1000}> .\n" for n in range(1000)))
    engine = IsolatedEngine(
        [path], limits=Limits(concurrent_queries=2, small_queries=2, small_milliseconds=100)
    )
    over = threading.Event()

    def ask(text: str, client: str) -> bytes:
        with asking(client):
            answer = engine.run(Query(text), solutions="text/csv", triples=None, gone=over.is_set)
            return answer.read()

    def besiege(number: int) -> None:
        while not over.is_set():
            number += 100
            text = f"SELECT (COUNT(*) AS ?n) {{ ?v{number} ?b ?c . ?d ?e ?f . ?g ?h ?i }}"
            with suppress(LimitExceeded, ClientGone):
                ask(text, "stranger")

    with ThreadPoolExecutor(8) as pool:
        try:
            for number in range(8):
                pool.submit(besiege, number)
            until(lambda: engine.admission.waiting > 0)
            for client in ("stranger", "other"):
                for number in range(3):
                    name = f"{client}{number}"
                    text = f"SELECT ?{name} {{ ?{name} <x:next> <x:1> }}"
                    assert ask(text, client).split() == [name.encode(), b"x:0"]
        finally:
            over.set()
    engine.close()


def test_a_kind_is_told_by_its_template() -> None:
    admission = pressed()
    admission.remember_small(QueryShape("ASK { <x:a> ?p 1 }"), Slot("", small=True, tried=True))
    assert not admission.enter(QueryShape("ASK { <x:b> ?p 2 } # other")).tried
    assert admission.enter(QueryShape("ASK { <x:b> ?q 2 }")).tried
