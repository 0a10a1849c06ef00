"""What clients prefer, as RFC 7240 has it."""

from __future__ import annotations

import pytest
from flask import Flask, Response

from missiongraph.server.http.prefer import Preference


@pytest.mark.parametrize(
    ("headers", "asynchronous", "wait"),
    [
        ([], False, None),
        (["respond-async"], True, None),
        (["Respond-Async, WAIT=10"], True, 10),
        (["respond-async", "wait=10"], True, 10),  # two fields are one list
        (['wait="7"'], False, 7),
        (["wait = 7"], False, 7),
        (["wait=7; unit=s"], False, 7),
        (["wait=3, wait=9"], False, 3),  # the first counts (section 2)
        (["return=minimal, handling=lenient"], False, None),
        (["wait=-1"], False, None),
        (["wait=soon, wait"], False, None),
        (["wait=99999999999999999999"], False, None),
        ([",,;=,"], False, None),
    ],
)
def test_a_preference_is_read(headers: list[str], asynchronous: bool, wait: int | None) -> None:
    with Flask(__name__).test_request_context(headers=[("Prefer", each) for each in headers]):
        assert Preference.read() == Preference(asynchronous, wait)


def test_a_wait_is_no_longer_than_may_be() -> None:
    assert [Preference(wait=wait).seconds(2, 70) for wait in (None, 0, 5, 100)] == [2, 0, 5, 70]


@pytest.mark.parametrize(
    ("preference", "later", "applied"),
    [
        (Preference(), False, None),
        (Preference(True, None), False, None),  # it was not needed
        (Preference(True, None), True, "respond-async"),
        (Preference(True, 5), True, "respond-async, wait=5"),
        (Preference(False, 5), False, "wait=5"),
    ],
)
def test_what_was_preferred_is_told(preference: Preference, later: bool, applied: str) -> None:
    response = preference.applied(Response(), later=later)
    assert response.headers.get("Preference-Applied") == applied
    assert "Prefer" in response.vary
