"""Framing on a local stream socket: one byte for the kind, a 32-bit length, then the body."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from typing import Any, TypeAlias

_HEAD = struct.Struct(">cI")
_READ = 64 * 1024

Frame: TypeAlias = list[Any] | bytes
"""The body of a frame."""

MESSAGE, DATA = b"M", b"D"
"""The two kinds of frames: a JSON array, and a chunk of a result."""


def message(content: list[Any]) -> bytes:
    """A frame with a JSON array."""
    return _frame(MESSAGE, json.dumps(content).encode())


def piece(data: bytes | bytearray) -> bytes:
    """A frame with a chunk of a result."""
    return _frame(DATA, data)


def _frame(kind: bytes, body: bytes | bytearray) -> bytes:
    return _HEAD.pack(kind, len(body)) + body


def split(data: bytes) -> list[Frame]:
    """The bodies of the frames in ``data``, which must be complete."""
    frames: list[Frame] = []
    start = 0
    while start < len(data):
        kind, length = _HEAD.unpack_from(data, start)
        body = data[start + _HEAD.size : start + _HEAD.size + length]
        frames.append(body if kind == DATA else _array(body))
        start += _HEAD.size + length
    return frames


class Reader:
    """Reads frames from a socket.

    ``wait``, if given, is called before each read; it returns when data are available, or
    raises.
    """

    def __init__(self, connection: socket.socket, wait: Callable[[], None] | None = None) -> None:
        self._connection, self._wait = connection, wait
        self._buffer = bytearray()

    def next(self) -> Frame | None:
        """The body of the next frame; ``None`` when the peer has closed the connection."""
        if not self._fill(_HEAD.size):
            return None
        kind, length = _HEAD.unpack_from(self._buffer)
        end = _HEAD.size + length
        if not self._fill(end):
            return None
        with memoryview(self._buffer) as view:
            body = bytes(view[_HEAD.size : end])
        del self._buffer[:end]
        return body if kind == DATA else _array(body)

    def _fill(self, size: int) -> bool:
        """Read until the buffer holds ``size`` bytes; false when the peer closes before."""
        while len(self._buffer) < size:
            try:
                if self._wait:
                    self._wait()
                data = self._connection.recv(_READ)
            except ConnectionError:
                return False
            if not data:
                return False
            self._buffer += data
        return True


def _array(body: bytes) -> list[Any]:
    content: list[Any] = json.loads(body)
    return content
