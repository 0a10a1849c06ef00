"""Decides which connections to close when one client, or all together, hold too many.

A connection is idle, sends a request, waits for its response or reads it. Those that wait are
never closed to make room; of the others, those of the client with most connections go first.
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
"""Requests of one client that may each take longer than a second to send."""

COUNTED = 64 * 1024
"""Bytes from which a body counts as large."""

ROOM = 16
"""Connections closed at a time to make room."""

_OF_ONE, _OF_ALL = 2, 4  # bodies of the largest size held at once, of one client and of all
_SLOW = 64 * 1024  # bytes a second below which an upload may be dropped for others
_YOUNG = 2.0  # seconds for which no upload counts as slow
_RETRY_SECONDS = 5


class Crowd:
    """All connections of a server; used only in the thread that reads from them."""

    def __init__(self, channels: dict[int, Any], settings: Settings) -> None:
        self._channels, self._settings = channels, settings
        self._patience = settings.request_seconds
        self._next = 0.0
        self._since: dict[Any, float] = {}

    def client_of(self, address: str, request: Any) -> str:
        """The client of a request; empty while a proxy's header with its address is missing."""
        if not (proxies := self._settings.proxies):
            return network_of(address)
        named = request.headers.get("X_FORWARDED_FOR", "").split(",")[-proxies:] if request else []
        return network_of(named[0].strip()) if named else ""

    def look(self) -> None:
        """Once a second, close connections that take too long and those above a limit."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 1
        self._end_patience(now)
        self._thin_out(now)

    def is_full(self) -> bool:
        """Whether the limit on connections is reached."""
        return len(self._channels) >= self._settings.connections

    def make_room(self) -> None:
        """Close up to :data:`ROOM` connections if the limit is reached.

        First go those of the client with most connections, the longest silent first. Connections
        that send a request are closed only if none is idle.
        """
        if not self.is_full():
            return
        channels = list(self._channels.values())
        number = Counter(network_of(channel.addr[0]) for channel in channels)
        apart = [channel for channel in channels if not channel.requests]
        idle = [c for c in apart if not (c.request or c.total_outbufs_len)]
        chosen = idle or [channel for channel in apart if channel.request]
        chosen.sort(key=lambda c: (-number[network_of(c.addr[0])], c.last_activity))
        for channel in chosen[:ROOM]:
            channel.handle_close()

    def refuse(self, address: str, request: Any) -> Refusal | None:
        """The refusal of a large body (503), or None if there is room for it.

        Slow uploads are dropped first to make room.
        """
        client = self.client_of(address, request)
        largest = self._settings.body_megabytes * MEGABYTE
        bodies = sorted(self._bodies(request), key=lambda body: body.speed)
        for most, mine in ((_OF_ONE * largest, True), (_OF_ALL * largest, False)):
            counted = [b for b in bodies if not (mine and b.client != client) and not b.gone]
            excess = sum(body.size for body in counted) + size_of(request) - most
            for body in counted:
                if excess > 0 and body.droppable:
                    body.channel.will_close = True
                    excess -= body.size
            if excess > 0:
                whose = "Other requests of yours are" if mine else "Other large requests are"
                headers = {"Retry-After": str(_RETRY_SECONDS)}
                return Refusal(503, f"{whose} in progress; send this one after them.", {}, headers)
        return None

    def _bodies(self, new: Any) -> Iterable[_Body]:
        """The large bodies held at present, except that of the new request."""
        for channel in list(self._channels.values()):
            for request in (*channel.requests, channel.request):
                if request and request is not new and request.admitted:
                    body = _Body(channel, request, self.client_of(channel.addr[0], request))
                    if body.size >= COUNTED and not body.gone:
                        yield body

    def _end_patience(self, now: float) -> None:
        """Close connections that take too long to send their request or to read the response.

        Waitress closes silent connections; these send or read a byte now and then.
        """
        # the request a connection is busy with: the clock starts anew with the next one
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
        """Close the oldest connections of a client that sends too many requests slowly."""
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
    """A large body that is being received, or whose request waits for its response."""

    def __init__(self, channel: Any, request: Any, client: str) -> None:
        self.channel, self.client, self.size = channel, client, size_of(request)
        age = max(time.monotonic() - request.begun, 0.001)
        self.speed = request.body_bytes_received / age
        self.droppable = request is channel.request and age > _YOUNG and self.speed < _SLOW

    @property
    def gone(self) -> bool:
        """Whether its connection is about to be closed."""
        return bool(self.channel.will_close)


def size_of(request: Any) -> int:
    """Bytes of a body: as declared, or as received so far if that is more."""
    return int(max(request.content_length, request.body_bytes_received))
