"""Crowd: which connections give way when clients hold, together or one of them, too much.

A connection may be idle, send a request, wait for its answer or read it. Those that wait are
ours to serve; of the others, those of whoever holds most give way first.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from missiongraph.limits import MEGABYTE
from missiongraph.server.http.body_limits import Refusal
from missiongraph.server.http.clients import network_of
from missiongraph.server.settings import Settings

UNFINISHED = 64
"""Requests that one client may be sending for longer than a second."""

COUNTED = 64 * 1024
"""Bytes of a body from which it counts among those in hand."""

ROOM = 16
"""Connections that give way at the same time."""

_OF_ONE, _OF_ALL = 2, 4  # largest bodies in hand at the same time, of one client and of all
_SLOW = 64 * 1024  # bytes a second, below which a body gives way to others
_YOUNG = 2.0  # seconds in which none is called slow
_RETRY_SECONDS = 5


class Crowd:
    """All connections of a server, looked at in the thread that reads from them."""

    def __init__(self, channels: dict[int, Any], settings: Settings) -> None:
        self._channels, self._settings = channels, settings
        self._patience = settings.request_seconds
        self._next = 0.0
        self._since: dict[Any, float] = {}

    def client_of(self, address: str, request: Any) -> str:
        """Who sends a request from an address; nobody known before a proxy has said for whom."""
        if not (proxies := self._settings.proxies):
            return network_of(address)
        named = request.headers.get("X_FORWARDED_FOR", "").split(",")[-proxies:] if request else []
        return network_of(named[0].strip()) if named else ""

    def look(self) -> None:
        """Once a second, close what takes too long and what is too much."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 1
        self._end_patience(now)
        self._thin_out(now)

    def is_full(self) -> bool:
        """Whether there is no place for one more connection."""
        return len(self._channels) >= self._settings.connections

    def make_room(self) -> None:
        """Close some connections if there is no place for another.

        First those of the client who has most, and of those the longest silent; who sends a
        request goes only when nobody is idle.
        """
        if not self.is_full():
            return
        channels = list(self._channels.values())
        number = Counter(network_of(channel.addr[0]) for channel in channels)
        apart = [channel for channel in channels if not channel.requests]
        idle = [c for c in apart if not (c.request or c.total_outbufs_len)]
        found = idle or [channel for channel in apart if channel.request]
        found.sort(key=lambda c: (-number[network_of(c.addr[0])], c.last_activity))
        for channel in found[:ROOM]:
            channel.handle_close()

    def refuse(self, address: str, request: Any) -> Refusal | None:
        """Why a body is not taken in, if too many bytes are in hand and nobody gives way."""
        client = self.client_of(address, request)
        largest = self._settings.body_megabytes * MEGABYTE
        bodies = sorted(self._bodies(request), key=lambda body: body.speed)
        for most, mine in ((_OF_ONE * largest, True), (_OF_ALL * largest, False)):
            counted = [b for b in bodies if not (mine and b.client != client) and not b.gone]
            excess = sum(body.size for body in counted) + size_of(request) - most
            for body in counted:
                if excess > 0 and body.gives_way:
                    body.channel.will_close = True
                    excess -= body.size
            if excess > 0:
                whose = "Other requests of yours are" if mine else "Other large requests are"
                headers = {"Retry-After": str(_RETRY_SECONDS)}
                return Refusal(503, f"{whose} in hand; send this one after them.", {}, headers)
        return None

    def _bodies(self, asking: Any) -> Iterable[_Body]:
        """The large bodies in hand, but for the one that asks."""
        for channel in list(self._channels.values()):
            for request in (*channel.requests, channel.request):
                if request and request is not asking and request.admitted:
                    body = _Body(channel, request, self.client_of(channel.addr[0], request))
                    if body.size >= COUNTED and not body.gone:
                        yield body

    def _end_patience(self, now: float) -> None:
        """Close connections whose request takes too long to come in or whose answer to leave.

        Waitress closes silent ones; these send, or read, a byte now and then.
        """
        # what a connection is busy with: it is done when it is busy with something else
        busy = {
            (channel, channel.requests[0] if channel.requests else channel.request)
            for channel in list(self._channels.values())
            if channel.requests or channel.request or channel.total_outbufs_len
        }
        self._since = {work: self._since.get(work, now) for work in busy}
        late = [c for (c, _), since in self._since.items() if now - since > self._patience]
        lingering = [c for c in list(self._channels.values()) if c.has_lingered(now)]
        for channel in (*late, *lingering):
            channel.handle_close()

    def _thin_out(self, now: float) -> None:
        """Close the oldest of too many requests that one client is sending."""
        sending: dict[str, list[Any]] = {}
        for channel in list(self._channels.values()):
            if (request := channel.request) and now - request.begun > 1:
                sending.setdefault(self.client_of(channel.addr[0], request), []).append(channel)
        sending.pop("", None)
        for channels in sending.values():
            channels.sort(key=lambda channel: channel.request.begun)
            for channel in channels[:-UNFINISHED]:
                channel.handle_close()


class _Body:
    """A body in hand: of one who sends it, or of one who waits for the answer."""

    def __init__(self, channel: Any, request: Any, client: str) -> None:
        self.channel, self.client, self.size = channel, client, size_of(request)
        age = max(time.monotonic() - request.begun, 0.001)
        self.speed = request.body_bytes_received / age
        self.gives_way = request is channel.request and age > _YOUNG and self.speed < _SLOW

    @property
    def gone(self) -> bool:
        """Whether it has given way."""
        return bool(self.channel.will_close)


def size_of(request: Any) -> int:
    """Bytes of a body: said beforehand, or come so far."""
    return int(max(request.content_length, request.body_bytes_received))
