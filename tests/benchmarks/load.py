"""How does the server stand beside others: throughput, latency and memory under load?

    python tests/benchmarks/load.py [--quick] [--triples N] [--endpoint-python PYTHON]

Starts our server, ``oxigraph serve`` (pip install oxigraph) and, where the given Python has it,
``rdflib-endpoint`` over the same data, one after the other, in one run: the curated graph, and
a generated one of N triples. The workload is the query library with its default parameters,
sent by ``wrk`` over 1, 8 and 64 connections: the same requests again and again (warm), and such
that no two are the same (distinct), apart for queries that take less than 50 ms and the others;
those that take so long that few would end within the time of a measurement are left out. Each
workload runs once on each server before it is measured, so that all of their processes are warm;
but where ``wrk`` leaves at the end of a measurement, what it leaves behind is broken off, and some
of our processes are new at the next.
Read the ratios; the milliseconds are those of a machine that also runs ``wrk``. The processor time
of a request is that of all processes of a server, and depends least on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import quote

from rivals import Data, Server, merged, missiongraph, oxigraph, rdflib_endpoint

from missiongraph.ingest.build import build
from missiongraph.rdf.store import load
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.engine import Query
from missiongraph.sparql.library import queries
from missiongraph.sparql.local import LocalEngine

SMALL = 0.05
"""Seconds below which a query is small."""

CONNECTIONS = (1, 8, 64)
ENDLESS = 5
"""Seconds over which a query is left out."""

_SETTLE_SECONDS = 300
_IDLE = 0.05  # seconds of processor in half a second
PATIENT = {"query_seconds": 600, "queue_seconds": 600, "queue_length": 1000}
"""Nothing is to be cut off while throughput is measured; the others cut off nothing."""

MONSTROUS = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?t ?q ?u . ?v ?r ?w }"
JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class Workload:
    """Queries, and whether each is sent as it is or never twice the same."""

    name: str
    texts: Sequence[str]
    distinct: bool
    seconds: float


@dataclass(frozen=True)
class Result:
    """What ``wrk`` saw: requests a second, latency in milliseconds, answers that were errors.

    ``cpu`` is the processor time of the server for a request, in milliseconds.
    """

    rate: float
    p50: float
    p99: float
    cpu: float
    errors: int

    @classmethod
    def mean(cls, results: Sequence[Result]) -> Result:
        """The mean of all but the errors, which add up."""
        rate, p50, p99, cpu = (
            sum(getattr(result, name) for result in results) / len(results)
            for name in ("rate", "p50", "p99", "cpu")
        )
        return cls(rate, p50, p99, cpu, sum(result.errors for result in results))


@dataclass
class Table:
    """All results, by data, workload, connections and server."""

    rows: dict[tuple[str, str, int], dict[str, Result]] = field(default_factory=dict)
    memory: dict[tuple[str, str], float] = field(default_factory=dict)

    def add(self, data: str, workload: str, connections: int, server: str, result: Result) -> None:
        """Note a result, and show it at once."""
        self.rows.setdefault((data, workload, connections), {})[server] = result
        print(
            f"{data:10} {workload:15} {connections:4}  {server:16} {result.rate:10,.1f}/s "
            f"p50 {result.p50:9.2f} ms  p99 {result.p99:9.2f} ms  "
            f"processor {result.cpu:7.2f} ms  errors {result.errors}",
            flush=True,
        )

    def ratios(self) -> Iterator[str]:
        """Our throughput over that of each other server."""
        for (data, workload, connections), results in self.rows.items():
            ours = results.get("missiongraph")
            for name, result in results.items():
                if ours and name != "missiongraph":
                    ratio = ours.rate / result.rate if result.rate else float("inf")
                    yield f"{data:10} {workload:15} {connections:4}  {ratio:7.2f} x {name}"


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seconds each, one size of data")
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8, help="thrice as long for heavy ones")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--endpoint-python", help="a Python that has rdflib-endpoint")
    parser.add_argument("--only", help="curated or generated")
    given = parser.parse_args()
    seconds, rounds = (2, 1) if given.quick else (given.seconds, given.rounds)
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        for data in _data(Path(folder), 0 if given.quick else given.triples, given.only):
            measure(table, data, seconds, rounds)
            beside_monsters(table, data, seconds)
            if given.endpoint_python and data.name == "curated":
                heavier_half(data, given.endpoint_python, 2 if given.quick else 20)
    print("\nOur throughput, in times that of", *table.ratios(), sep="\n")
    print("\nMemory under load, in MB")
    for (name, server), megabytes in table.memory.items():
        print(f"{name:10} {server:16} {megabytes:8,.0f}")


def measure(table: Table, data: Data, seconds: float, rounds: int) -> None:
    """Two servers over one graph, turn by turn, so that both meet the same weather."""
    small, heavy = by_weight(data)
    print(f"\n{data.name}: {len(small)} queries under {SMALL * 1000:.0f} ms, {len(heavy)} over")
    print(f"{len(queries()) - len(small) - len(heavy)} over {ENDLESS} s are left out", flush=True)
    workloads = [
        Workload("warm", small + heavy, False, seconds),
        Workload("distinct small", small, True, seconds),
        Workload("distinct heavy", heavy, True, seconds * 3),
    ]
    with missiongraph(data, **PATIENT) as ours, oxigraph(data) as theirs:
        for workload in filter(lambda workload: workload.texts, workloads):
            if not workload.distinct:
                for text in workload.texts:
                    fetch(ours, text)
            for server in (ours, theirs):
                wrk(server, workload, max(CONNECTIONS))
            for connections in CONNECTIONS:
                results: dict[str, list[Result]] = {ours.name: [], theirs.name: []}
                for server in (ours, theirs) * rounds:
                    settle(ours, theirs)
                    results[server.name].append(wrk(server, workload, connections))
                    table.memory[data.name, server.name] = server.memory()
                for name, found in results.items():
                    table.add(data.name, workload.name, connections, name, Result.mean(found))


def beside_monsters(table: Table, data: Data, seconds: float) -> None:
    """Small queries, and the same while a monstrous one runs on every slot there is for it."""
    small, _ = by_weight(data)
    workload = Workload("small", small, True, seconds)
    slots = 4
    limits = PATIENT | {"concurrent_queries": slots, "query_megabytes": 4000}
    with missiongraph(data, **limits) as server:
        for connections in (1, 8):
            free = wrk(server, workload, connections)
            with monsters(server, slots):
                beside = wrk(server, workload, connections)
            table.add(data.name, "small, alone", connections, server.name, free)
            table.add(data.name, "beside monsters", connections, server.name, beside)
            print(f"p99 beside monsters: {beside.p99 / free.p99:.1f} times that alone (bar: 5)")


@contextmanager
def monsters(server: Server, number: int) -> Iterator[None]:
    """So many endless queries; they end as their clients leave."""
    command = ["curl", "-s", f"{server.address}?query={quote(MONSTROUS)}"]
    clients = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(number)]
    time.sleep(2)  # those tried in small slots have moved on by then
    try:
        yield
    finally:
        for client in clients:
            client.terminate()
            client.wait()


def heavier_half(data: Data, python: str, most: float) -> None:
    """The heavier half of the library one by one; what takes over ``most`` seconds is cut off."""
    _, heavy = by_weight(data, half=True)
    with missiongraph(data) as ours, rdflib_endpoint(data, python) as theirs:
        seconds = {
            server.name: [_timed(server, text, most) for text in heavy] for server in (ours, theirs)
        }
    sums = {name: sum(found) for name, found in seconds.items()}
    cut = sum(second >= most for second in seconds[theirs.name])
    ratio = sums[theirs.name] / sums[ours.name]
    print(
        f"{data.name}: the heavier {len(heavy)} queries take {sums[ours.name]:.2f} s; "
        f"{theirs.name} {sums[theirs.name]:.0f} s, with {cut} cut off at {most:.0f} s: "
        f"at least {ratio:.0f} times as long (bar: 10)"
    )


def _timed(server: Server, text: str, most: float) -> float:
    begin = time.perf_counter()
    with suppress(OSError):
        fetch(server, text, most)
    return min(time.perf_counter() - begin, most)


def fetch(server: Server, text: str, seconds: float = 600) -> bytes:
    """The answer to one query."""
    asked = urllib.request.Request(
        f"{server.address}?query={quote(text)}",
        headers={"Accept": f"{JSON}, application/n-triples"},
    )
    with urllib.request.urlopen(asked, timeout=seconds) as reply:
        return bytes(reply.read())


def by_weight(data: Data, *, half: bool = False) -> tuple[list[str], list[str]]:
    """The queries of the library, small and heavy as the engine in this process takes them."""
    engine = LocalEngine(load(data.sources))
    texts = [bind(query.text, query.bindings({})) for query in queries()]
    times = {text: _time(engine, text) for text in texts}
    limit = median(times.values()) if half else SMALL
    most = float("inf") if half else ENDLESS
    return [t for t in texts if times[t] < limit], [t for t in texts if limit <= times[t] < most]


def _time(engine: LocalEngine, text: str) -> float:
    seconds: list[float] = []
    while len(seconds) < 3 and not any(second > ENDLESS for second in seconds):
        begin = time.perf_counter()
        engine.run(Query(text), solutions=JSON, triples="application/n-triples").read()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def wrk(server: Server, workload: Workload, connections: int) -> Result:
    """Let ``wrk`` send a workload over so many connections."""
    path = "/" + server.address.partition("//")[2].partition("/")[2]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{path}?query={quote(text)}\n" for text in workload.texts)
        file.flush()
        command = ["wrk", "-s", str(Path(__file__).with_name("wrk.lua")), "--timeout", "300s"]
        command += ["-t", str(min(2, connections)), "-c", str(connections)]
        command += ["-d", f"{workload.seconds:.0f}s", server.address]
        environment = {**os.environ, "REQUESTS": file.name}
        if workload.distinct:
            environment["DISTINCT"] = "1"
        before = server.cpu_seconds()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        cpu = server.cpu_seconds() - before
    found = json.loads(done.stderr.splitlines()[-1])
    errors = found["failed"] + found["broken"]
    good = found["requests"] - found["failed"]
    milliseconds = 1000 * cpu / max(1, found["requests"])
    return Result(good / found["seconds"], found["p50"], found["p99"], milliseconds, errors)


def settle(*servers: Server) -> None:
    """Wait until no server works any more.

    One that cannot cancel goes on with what ``wrk`` has left, at the cost of who comes next.
    """
    end = time.monotonic() + _SETTLE_SECONDS
    before = sum(server.cpu_seconds() for server in servers)
    while time.monotonic() < end:
        time.sleep(0.5)
        now = sum(server.cpu_seconds() for server in servers)
        if now - before < _IDLE:
            return
        before = now


def _data(folder: Path, triples: int, only: str | None) -> Iterator[Data]:
    if only != "generated":
        sources = build().path
        yield Data("curated", sources, merged(sources, folder / "curated.nq"))
    if triples and only != "curated":
        from generate import generate

        generated = folder / "sources.nq"
        generate(generated, triples)
        yield Data("generated", generated, merged(generated, folder / "generated.nq"))


if __name__ == "__main__":
    main()
