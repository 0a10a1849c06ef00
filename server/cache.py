"""The cache of answers: bounded in bytes, the least recently used leave first."""

from __future__ import annotations

import threading

from cachetools import LRUCache

_MEGABYTE = 1024 * 1024
_OVERHEAD = 200  # bytes that an entry takes besides its body


class Cache:
    """Answers given before, by fingerprint, query, dataset and format, up to a size in bytes."""

    def __init__(self, megabytes: int) -> None:
        self._kept: LRUCache[str, tuple[str, bytes]] = LRUCache(
            megabytes * _MEGABYTE, getsizeof=lambda item: len(item[1]) + _OVERHEAD
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

    def put(self, tag: str, media_type: str, body: bytes) -> None:
        """Keep an answer, unless it would push out most others."""
        with self._lock:
            if len(body) * 8 < self._kept.maxsize:
                self._kept[tag] = media_type, body
