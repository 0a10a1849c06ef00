"""The cache of answers: bounded in bytes, the least recently used leave first."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from cachetools import LRUCache

from missiongraph.limits import MEGABYTE
from missiongraph.sparql.engine import Answer

PASSING = MEGABYTE
"""Bytes of the longest stream that is kept; until its end is seen it is held twice."""

_OVERHEAD = 200  # bytes that an entry takes besides its body


class Cache:
    """Answers given before, by fingerprint, query, dataset and format, up to a size in bytes."""

    def __init__(self, megabytes: int) -> None:
        self._kept: LRUCache[str, tuple[str, bytes]] = LRUCache(
            megabytes * MEGABYTE, getsizeof=lambda item: len(item[1]) + _OVERHEAD
        )
        self._lock = threading.Lock()
        self.hits = self.misses = 0

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return int(self._kept.currsize)

    def get(self, tag: str) -> tuple[str, bytes] | None:
        """The media type and the bytes of an answer, if they are kept."""
        with self._lock:
            found = self._kept.get(tag)
            self.hits += found is not None
            self.misses += found is None
            return found

    def takes(self, size: int) -> bool:
        """Whether an answer of so many bytes is kept: one that does not push out most others."""
        return size * 8 < int(self._kept.maxsize)

    def put(self, tag: str, media_type: str, body: bytes) -> None:
        """Keep an answer, unless it is too large."""
        with self._lock:
            if self.takes(len(body)):
                self._kept[tag] = media_type, body


class Passing:
    """A stream on its way to a client; once all of it has passed, and is short, it is kept."""

    def __init__(self, cache: Cache, tag: str, answer: Answer) -> None:
        self._cache, self._tag, self._answer = cache, tag, answer
        self._seen: bytearray | None = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._answer.chunks)
        except StopIteration:
            if self._seen is not None:
                self._cache.put(self._tag, self._answer.media_type, bytes(self._seen))
            raise
        if self._seen is not None:
            self._seen += piece
            if len(self._seen) > PASSING:
                self._seen = None
        return piece

    def close(self) -> None:
        """Give up the rest."""
        self._answer.close()
