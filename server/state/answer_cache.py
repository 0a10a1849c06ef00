"""An LRU cache of answers with a limit in bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from cachetools import LRUCache

from missiongraph.limits import MEGABYTE
from missiongraph.sparql.engine import Answer

PASSING = MEGABYTE
"""Bytes of the longest streamed answer that is cached; it is copied while it is being sent."""

_OVERHEAD = 200  # bytes that an entry takes besides its body


class Cache:
    """Cached answers, by a tag for fingerprint, query, dataset and format."""

    def __init__(self, megabytes: int) -> None:
        self._entries: LRUCache[str, tuple[str, bytes]] = LRUCache(
            megabytes * MEGABYTE, getsizeof=lambda item: len(item[1]) + _OVERHEAD
        )
        self._lock = threading.Lock()
        self.hits = self.misses = 0

    @property
    def size(self) -> int:
        """Bytes in the cache."""
        return int(self._entries.currsize)

    def get(self, tag: str) -> tuple[str, bytes] | None:
        """The media type and the bytes of a cached answer, or None."""
        with self._lock:
            entry = self._entries.get(tag)
            self.hits += entry is not None
            self.misses += entry is None
            return entry

    def takes(self, size: int) -> bool:
        """Whether an answer of ``size`` bytes is cached: it must take less than an eighth of it."""
        return size * 8 < int(self._entries.maxsize)

    def put(self, tag: str, media_type: str, body: bytes) -> None:
        """Cache an answer, unless it is too large."""
        with self._lock:
            if self.takes(len(body)):
                self._entries[tag] = media_type, body


class Passing:
    """An answer streamed to a client; it is cached after its last byte, if it is short enough."""

    def __init__(self, cache: Cache, tag: str, answer: Answer) -> None:
        self._cache, self._tag, self._answer = cache, tag, answer
        self._copy: bytearray | None = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._answer.chunks)
        except StopIteration:
            if self._copy is not None:
                self._cache.put(self._tag, self._answer.media_type, bytes(self._copy))
            raise
        if self._copy is not None:
            self._copy += piece
            if len(self._copy) > PASSING:
                self._copy = None
        return piece

    def close(self) -> None:
        """Discard the rest of the answer."""
        self._answer.close()
