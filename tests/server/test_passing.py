"""Streams that pass are kept like other answers, if they are short and came to their end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from missiongraph.server.state.answer_cache import PASSING, Cache, Passing
from missiongraph.sparql.engine import Answer

CSV = "text/csv"


def passing(cache: Cache, chunks: Iterator[bytes]) -> Passing:
    return Passing(cache, "tag", Answer(CSV, "select", chunks))


@pytest.fixture
def cache() -> Cache:
    return Cache(64)


def test_a_stream_that_came_to_its_end_is_kept(cache: Cache) -> None:
    assert list(passing(cache, iter([b"a", b"b"]))) == [b"a", b"b"]
    assert cache.get("tag") == (CSV, b"ab")


def test_a_long_stream_passes_and_is_not_kept(cache: Cache) -> None:
    pieces = [bytes(PASSING), b"more"]
    assert list(passing(cache, iter(pieces))) == pieces
    assert cache.get("tag") is None


def test_a_stream_that_is_given_up_is_not_kept(cache: Cache) -> None:
    stream = passing(cache, iter([b"a", b"b"]))
    next(stream)
    stream.close()
    assert cache.get("tag") is None


def test_a_stream_that_breaks_is_not_kept(cache: Cache) -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        list(passing(cache, broken()))
    assert cache.get("tag") is None
