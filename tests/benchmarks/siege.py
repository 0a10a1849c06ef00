"""Does the front work in proportion to what a stranger sends?

    python tests/benchmarks/siege.py [STAGE ...]

One stranger, at an address of their own on this machine, lays siege to a server, in one stage
after the other: hostile Turtle and its report, large uploads, abandoned jobs, unfinished bodies,
idle sockets, and monsters of ever-new shapes. Meanwhile other people ask small queries, some of
them never asked before, and for jobs. For each stage are shown the slowest answer of
``/health/live``, ``/health/ready``, ``/health`` and ``/metrics``, the growth of the front's
memory and of the files that it holds, and how other people fared. Fails if a probe took longer
than :data:`PROBE` seconds, if the front has grown by more than :data:`GROWTH` MB, or if anybody
else was not answered. Linux only: it takes several addresses of this machine, and ``/proc``.
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from rivals import Data, missiongraph

from missiongraph.ingest.build import build

PROBE = 0.5
"""Seconds that ``/health/live`` may take, whatever goes on."""

GROWTH = 300
"""MB by which the front may grow."""

PROBES = ("/health/live", "/health/ready", "/health", "/metrics")
STRANGER, OTHERS, WATCHER = "127.0.0.66", "127.0.0.1", "127.0.0.2"
MEGABYTE = 1024 * 1024
_PATIENCE = 90  # seconds that anybody waits for an answer
_NUMBERS = itertools.count()  # of queries that were never asked before


@dataclass(frozen=True)
class Reply:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Host:
    """The server under siege, as seen from one address."""

    port: int
    pid: int
    address: str = OTHERS

    def connect(self) -> socket.socket:
        """A connection of one's own."""
        return socket.create_connection(("127.0.0.1", self.port), 30, (self.address, 0))

    def ask(
        self, path: str, body: bytes | None = None, kind: str = "", accept: str = "*/*"
    ) -> Reply:
        """Send one request on a connection of its own."""
        connection = HTTPConnection(
            "127.0.0.1", self.port, timeout=_PATIENCE, source_address=(self.address, 0)
        )
        headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
        with closing(connection):
            connection.request("POST" if body else "GET", path, body, headers)
            reply = connection.getresponse()
            named = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, named, reply.read())

    def query(self, text: str) -> Reply:
        """Ask a query."""
        return self.ask(f"/sparql?query={quote(text)}", accept="application/sparql-results+json")

    def follow(self, reply: Reply, accept: str = "*/*") -> Reply:
        """What a job makes, or a page that waits shows at last."""
        end, there = time.monotonic() + _PATIENCE, ""
        while time.monotonic() < end:
            there = reply.headers.get("location", there)
            if reply.status not in (202, 303) and "refresh" not in reply.headers:
                break
            if reply.status != 303:
                time.sleep(0.3)
            reply = self.ask(urlsplit(there).path, accept=accept)
        return reply


@dataclass
class Seen:
    """What everybody but the stranger has seen during a stage."""

    probes: dict[str, list[float]] = field(default_factory=dict)
    queries: list[float] = field(default_factory=list)
    jobs: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def tell(self, stage: str, before: float) -> list[str]:
        """Print what was seen; what was not as it must be."""
        slowest = {path: max(found, default=0.0) for path, found in self.probes.items()}
        growth = max(self.megabytes, default=before) - before
        print(f"\n{stage}")
        for path, seconds in slowest.items():
            print(f"  {path:14} at most {seconds * 1000:6.0f} ms, {len(self.probes[path])} times")
        print(f"  the front grew by {growth:.0f} MB; files: {max(self.files, default=0):.0f} MB")
        for what, found in (("small queries", self.queries), ("jobs", self.jobs)):
            if found:
                print(f"  {len(found)} {what} of others, at most {max(found):.1f} s", flush=True)
        late = [f"{p} took {s:.2f} s" for p, s in slowest.items() if s > PROBE]
        large = [f"the front grew by {growth:.0f} MB"] if growth > GROWTH else []
        nobody = [] if self.queries and self.jobs else ["nobody else was answered"]
        return [
            f"{stage.partition(':')[0]}: {fault}"
            for fault in (*late, *large, *nobody, *self.faults)
        ]


# --- everybody else


@contextmanager
def others(host: Host) -> Iterator[Seen]:
    """Probe, ask and watch while the block runs."""
    seen, over = Seen(), threading.Event()
    watcher = Host(host.port, host.pid, WATCHER)
    tasks: list[Callable[[], None]] = [
        *(lambda path=path: _probe(watcher, path, seen) for path in PROBES),
        lambda: _small(host, "SELECT ?s { ?s a ?type } LIMIT 3 #", seen),
        lambda: _small(host, "SELECT ?s# { ?s# a ?type } LIMIT 3", seen),
        lambda: _job(host, seen),
        lambda: _measure(host.pid, seen),
    ]
    threads = [threading.Thread(target=_again, args=(task, over, seen)) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _again(task: Callable[[], None], over: threading.Event, seen: Seen) -> None:
    while not over.wait(0.1):
        try:
            task()
        except (OSError, HTTPException) as error:
            seen.faults.append(f"somebody else: {error!r}")


def _probe(host: Host, path: str, seen: Seen) -> None:
    begin = time.monotonic()
    reply = host.ask(path)
    seen.probes.setdefault(path, []).append(time.monotonic() - begin)
    if reply.status != 200:
        seen.faults.append(f"{path} answered {reply.status}")


def _small(host: Host, text: str, seen: Seen) -> None:
    """A query that was never asked before, of a known shape or not."""
    begin = time.monotonic()
    reply = host.query(text.replace("#", f"#{next(_NUMBERS)}" if text[-1] == "#" else _name()))
    seen.queries.append(time.monotonic() - begin)
    if reply.status != 200 or len(json.loads(reply.body)["results"]["bindings"]) != 3:
        seen.faults.append(f"a small query was answered {reply.status}: {said(reply)}")


def _job(host: Host, seen: Seen) -> None:
    begin = time.monotonic()
    given = urlencode({"seed": next(_NUMBERS), "top": 3, "sure": "resampling", "runs": 2})
    reply = host.follow(host.ask(f"/networks/funding/centrality/degree?{given}"))
    seen.jobs.append(time.monotonic() - begin)
    if reply.status != 200:
        seen.faults.append(f"a job was answered {reply.status}: {said(reply)}")


def _measure(pid: int, seen: Seen) -> None:
    seen.megabytes.append(resident(pid))
    seen.files.append(held(pid))


# --- the stranger


def turtle(host: Host) -> None:
    """20 MB of comments and a few bad nodes, and the report on them."""
    bad = "".join(f"<x:bad{n}> a <{_MISSION}> .\n" for n in range(4))
    comment = f"# {'bad0x ' * 20}\n"
    data = (comment * (20 * MEGABYTE // len(comment)) + bad).encode()
    host.follow(upload(host, data), "text/html")


def uploads(host: Host) -> None:
    """20 uploads of 60 MB at the same time."""
    data = b"# " + b"x" * (60 * MEGABYTE - 3) + b"\n"
    with ThreadPoolExecutor(20) as pool:
        for done in [pool.submit(upload, host, data) for _ in range(20)]:
            with suppress(OSError, HTTPException):  # it may be cut off
                done.result()


def jobs(host: Host) -> None:
    """50 long jobs, none of which anybody comes back for."""
    for seed in range(50):
        given = urlencode({"sure": "resampling", "runs": 10_000, "seed": seed})
        with host.connect() as connection:
            path = f"/networks/shared-missions/centrality/closeness?{given}"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            time.sleep(0.1)
    time.sleep(20)


def bodies(host: Host) -> None:
    """8 bodies of 60 MB, none of which is ever finished."""
    head = f"POST /validate HTTP/1.1\r\nHost: a\r\nContent-Length: {60 * MEGABYTE}\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(8):
            connection = stack.enter_context(host.connect())
            with suppress(OSError):
                connection.sendall(head.encode() + b"x" * (60 * MEGABYTE - 1))
        time.sleep(20)


def sockets(host: Host) -> None:
    """1,000 connections on which nothing is said."""
    with ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(host.connect())
        time.sleep(20)


def monsters(host: Host) -> None:
    """12 endless queries at any time, of ever-new shapes."""
    end = time.monotonic() + 60

    def ask() -> None:
        while time.monotonic() < end:
            name = _name()
            text = f"SELECT (COUNT(*) AS ?n) {{ ?{name} ?b ?c . ?d ?e ?f . ?g ?h ?i }}"
            with suppress(OSError, HTTPException):
                host.query(text)

    with ThreadPoolExecutor(12) as pool:
        for _ in range(12):
            pool.submit(ask)


STAGES = {stage.__name__: stage for stage in (turtle, uploads, jobs, bodies, sockets, monsters)}
_MISSION = "https://w3id.org/missiongraph/ontology#Mission"


def besieged(stage: Callable[[Host], None], stranger: Host) -> None:
    """Carry out a stage in a process of its own: others are not to wait for it on this side."""
    process = get_context("fork").Process(target=stage, args=(stranger,))
    process.start()
    process.join()


def upload(host: Host, data: bytes) -> Reply:
    """Send data to be validated."""
    kind = "multipart/form-data; boundary=boundary"
    parts = (
        b'--boundary\r\nContent-Disposition: form-data; name="format"\r\n\r\nttl\r\n'
        b'--boundary\r\nContent-Disposition: form-data; name="data-file"; filename="a.ttl"\r\n'
        b"Content-Type: text/turtle\r\n\r\n" + data + b"\r\n--boundary--\r\n"
    )
    return host.ask("/validate", parts, kind, "text/html")


def _name() -> str:
    return "abcdefghij"[next(_NUMBERS) % 10] + f"{next(_NUMBERS)}"


def main(chosen: list[str]) -> int:
    """Go through the stages; 0 if all held."""
    path = build().path
    faults = []
    with missiongraph(Data("curated", path, path)) as server:
        port = int(urlsplit(server.address).port or 0)
        host, stranger = Host(port, server.pid), Host(port, server.pid, STRANGER)
        host.query("SELECT ?s { ?s a ?type } LIMIT 3")
        host.follow(host.ask("/networks/funding/centrality/degree?top=3"))
        before = resident(server.pid)
        for name in chosen or STAGES:
            with others(host) as seen:
                time.sleep(1)
                besieged(STAGES[name], stranger)
                time.sleep(1)
            faults += seen.tell(f"{name}: {STAGES[name].__doc__}", before)
    for fault, number in Counter(faults).most_common(40):
        print(f"FAULT {number:4} x {fault}")
    print("failed" if faults else "all held")
    return int(bool(faults))


def said(reply: Reply) -> str:
    """What a problem says of itself."""
    with suppress(ValueError, AttributeError):
        return str(json.loads(reply.body).get("detail", ""))
    return ascii(reply.body[:100])


def resident(pid: int) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


def held(pid: int) -> float:
    """MB of the files without a name that a process holds open."""
    sizes = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if "(deleted)" in str(link.readlink()):
                sizes += link.stat().st_size
    return sizes / MEGABYTE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
