"""The server under test, as a client sees it: three addresses and one kept connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPMessage
from urllib.parse import urlsplit

import pyoxigraph as ox

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
_SECONDS = 60


class Failed(Exception):
    """A test failed; the message says how."""


def check(holds: bool, complaint: str) -> None:
    """Fail with ``complaint`` unless it holds."""
    if not holds:
        raise Failed(complaint)


@dataclass(frozen=True)
class Response:
    """A status, headers and the whole body."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type of the body, without its parameters."""
        return self.headers.get_content_type()

    def succeeded(self) -> Response:
        """This response; fails unless its status is 2xx."""
        text = self.body[:200].decode(errors="replace")
        check(200 <= self.status < 300, f"status {self.status}: {text}")
        return self


@dataclass
class Server:
    """A running server: where it is, what every request carries.

    ``refusals`` are the statuses by which it says that a request was understood and is not
    carried out: a graph to be dropped is not there, a function is unknown, a request would have
    to be sent elsewhere.
    """

    name: str
    version: str
    query: str
    update: str
    graphs: str
    headers: Mapping[str, str] = field(default_factory=dict)
    refusals: frozenset[int] = frozenset()
    _written: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self._connection = HTTPConnection(urlsplit(self.query).netloc, timeout=_SECONDS)

    def send(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Send one request as it is, and read the answer whole."""
        carried = {**self.headers, **(headers or {})}
        reads = method in ("GET", "HEAD") or carried.get("Content-Type") == QUERY
        self._written = self._written or not reads
        parts = urlsplit(url)
        target = parts.path + ("?" + parts.query if parts.query else "")
        try:
            self._connection.request(method, target, body or None, carried)
            answer = self._connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        except (HTTPException, OSError):
            self._connection.close()  # the next request opens another
            raise

    def ask(self, query: bytes, accept: str) -> Response:
        """Query by POST."""
        return self.send("POST", self.query, query, {"Content-Type": QUERY, "Accept": accept})

    def change(self, update: bytes) -> Response:
        """Update by POST."""
        return self.send("POST", self.update, update, {"Content-Type": UPDATE})

    def reset(self, graphs: Mapping[str | None, Sequence[ox.Triple]] | None = None) -> None:
        """Make these the only graphs, by one update; the default graph's name is none.

        Not by the Graph Store Protocol, which would part blank nodes that graphs share.
        """
        if graphs or self._written:
            self.change(_replacement(graphs or {}).encode()).succeeded()
        self._written = bool(graphs)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _replacement(graphs: Mapping[str | None, Sequence[ox.Triple]]) -> str:
    """The update that drops all graphs and creates these, the empty ones too."""
    operations, data = ["DROP ALL"], []
    for name, triples in graphs.items():
        said = " ".join(f"{triple} ." for triple in triples)
        operations += [f"CREATE SILENT GRAPH <{name}>"] if name else []
        data += [f"GRAPH <{name}> {{ {said} }}" if name else said]
    return ";\n".join([*operations, f"INSERT DATA {{ {' '.join(data)} }}"])
