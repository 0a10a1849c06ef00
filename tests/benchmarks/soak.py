"""Does the server stay well for long under a mix of everything?

    python tests/benchmarks/soak.py [MINUTES]

Thirty-two clients send good, bad, hostile and aborted requests for some minutes (10 by default).
At the end: no status 5xx but the documented limits, every good answer equal to the byte, memory
of the web process and of the supervisor flat, no zombies, no process too many. Then a stranger lays
siege to another server (``siege.py``, some five minutes). Fails otherwise.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote

import siege
from rivals import Data, Server, family, missiongraph
from siege import resident

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.hostile import MONSTROUS, bank

from missiongraph.ingest.build import build
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.library import queries

CLIENTS = 32
SETTINGS = {"query_seconds": 5, "query_megabytes": 256, "idle_seconds": 5, "queue_seconds": 30}
LIMITS = {"query_seconds", "query_megabytes", "queue_seconds", "queue_length", "result_megabytes"}
ACCEPT = {"Accept": "application/sparql-results+json, application/n-triples"}
BAD = ("SELECT", "SELECT * { ?s ?p }", "ASK { x:y ?p ?o }", "DROP ALL", "SELECT*{SERVICE:x{}}")
ROWS = "SELECT * { ?s ?p ?o . ?t ?q ?u }"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
MONSTERS = [text.replace("<x:next>", TYPE) for text in MONSTROUS.values()] + [ROWS]


@dataclass
class Seen:
    """What all clients have seen so far."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, status: int | None, body: bytes, fault: str = "") -> None:
        """Count an answer; what must not be is a fault."""
        if status is not None and status >= 500 and status != 501:
            limit = _limit(body)
            kind += f" {limit}"
            if limit not in LIMITS:
                fault = f"status {status}: {body[:200]!r}"
        with self.lock:
            self.counts[f"{kind} {status}"] += 1
            if fault:
                self.faults.append(f"{kind}: {fault}")


class Client(threading.Thread):
    """Sends one request after another until it is time to stop."""

    def __init__(
        self, port: int, good: dict[str, bytes], seen: Seen, end: float, seed: int
    ) -> None:
        super().__init__(daemon=True)
        self._port, self._good, self._seen, self._end = port, good, seen, end
        self._chance = random.Random(seed)
        self._bank = bank("wrong")

    def run(self) -> None:
        """Choose and send."""
        kinds: dict[Callable[[], None], int] = {
            self._ask: 65,
            self._bad: 15,
            self._hostile: 10,
            self._abort: 8,
            self._monster: 2,
        }
        while time.monotonic() < self._end:
            kind = self._chance.choices([*kinds], [*kinds.values()])[0]
            try:
                kind()
            except (OSError, HTTPException) as error:
                self._seen.note(kind.__name__, None, b"", repr(error))

    def _ask(self) -> None:
        text = self._chance.choice(list(self._good))
        if self._chance.random() < 0.3:  # not from the cache
            status, body = get(self._port, f"{text}\n# {self._chance.random()}")
        else:
            status, body = get(self._port, text)
        wrong = status == 200 and body != self._good[text]
        fault = (
            "another answer" if wrong else "" if status in (200, 503, 504) else f"status {status}"
        )
        self._seen.note("good", status, body, fault)

    def _bad(self) -> None:
        status, body = get(self._port, self._chance.choice(BAD))
        fault = "" if status in (400, 403) else "accepted"  # SERVICE is refused, the rest is wrong
        self._seen.note("bad", status, body, fault)

    def _hostile(self) -> None:
        hostile = self._chance.choice(self._bank)
        received = bytearray()
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as connection:
            with suppress(ConnectionError):
                connection.sendall(hostile.sent)
            with suppress(ConnectionError):
                while data := connection.recv(65536):
                    received += data
        head, _, body = bytes(received).partition(b"\r\n\r\n")
        self._seen.note("hostile", int(head.split()[1]) if head else None, body)

    def _monster(self) -> None:
        text = self._chance.choice(MONSTERS)
        try:
            status, body = get(self._port, text)
        except HTTPException:  # rows came, but not to the end
            self._seen.note("monster, broken off", None, b"")
        else:
            self._seen.note("monster", status, body)

    def _abort(self) -> None:
        text = self._chance.choice(MONSTERS)
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as connection:
            connection.sendall(
                f"GET /sparql?query={quote(text)} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
            )
            time.sleep(self._chance.random() / 2)
        self._seen.note("aborted", None, b"")


def main(minutes: float) -> int:
    """Run the mix and judge it; 0 if all is well."""
    data = Data("curated", build().path, build().path)
    texts = [bind(query.text, query.bindings({})) for query in queries()]
    with missiongraph(data, **SETTINGS) as server:
        port = int(server.address.rpartition(":")[2].partition("/")[0])
        good = {text: get(port, text)[1] for text in texts}
        processes = len(family(server.pid))
        seen, end = Seen(), time.monotonic() + minutes * 60
        clients = [Client(port, good, seen, end, seed) for seed in range(CLIENTS)]
        for client in clients:
            client.start()
        sizes = watch(server, seen, end)
        for client in clients:
            client.join(90)
        time.sleep(2)
        if len(family(server.pid)) != processes:
            seen.faults.append(f"{len(family(server.pid))} processes, not {processes}")
        if any(get(port, text) != (200, body) for text, body in good.items()):
            seen.faults.append("a good answer has changed at the end")
    return max(report(seen, sizes), siege.main([]))


def watch(server: Server, seen: Seen, end: float) -> list[tuple[float, float]]:
    """Every few seconds, the memory of the web process and of the supervisor; and zombies."""
    sizes = []
    while time.monotonic() < end:
        time.sleep(5)
        front, supervisor = family(server.pid)[:2]
        sizes.append((resident(front), resident(supervisor)))
        before = {pid for pid in family(server.pid) if is_zombie(pid)}
        time.sleep(0.5)  # one that has ended just now is not a zombie yet
        if left := before & {pid for pid in family(server.pid) if is_zombie(pid)}:
            seen.faults.append(f"zombies: {left}")
    return sizes


def report(seen: Seen, sizes: list[tuple[float, float]]) -> int:
    """Print what was seen; 1 if something was not as it must be."""
    for kind, number in sorted(seen.counts.items()):
        print(f"{number:9,}  {kind}")
    third = max(1, len(sizes) // 3)
    for name, found in zip(("web process", "supervisor"), zip(*sizes, strict=True), strict=True):
        early, late = max(found[third : 2 * third] or found), max(found[-third:])
        print(f"{name}: {early:.0f} MB in the middle third, {late:.0f} MB in the last")
        if late > 1.1 * early + 10:
            seen.faults.append(f"memory of the {name} grows")
    for fault, number in Counter(seen.faults).most_common(20):
        print(f"FAULT {number:5} x {fault}")
    print("failed" if seen.faults else "all is well")
    return int(bool(seen.faults))


def get(port: int, text: str) -> tuple[int, bytes]:
    """Status and body of the answer to a query."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", f"/sparql?query={quote(text)}", headers=ACCEPT)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def is_zombie(pid: int) -> bool:
    """Whether a process has ended and nobody has taken note."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    return False


def _limit(body: bytes) -> str:
    """The limit that a problem names."""
    with suppress(ValueError, AttributeError):
        return str(json.loads(body).get("limit", ""))
    return ""


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 10))
