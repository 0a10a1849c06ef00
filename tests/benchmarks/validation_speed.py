"""How long does full validation take, and how much memory, against pySHACL on every focus node?

    python tests/benchmarks/validation_speed.py [TRIPLES ...]

Validates a file of ten triples, the curated graph, and generated graphs of the same shape
(100,000 and a million statements by default), each by :func:`validate`, and, where that takes no
more than a few minutes, by pySHACL on every focus node as well; both must give the same report.
Prints the time on the clock and the processor's, since other work on the machine slows the
first. The memory is the most that validation adds to the process, over what the store with the
graph's quads, named graphs included, has added; each graph has a process of its own. The bars,
in seconds on two free cores: ten triples at most half of pySHACL's time, the curated graph 4,
100,000 statements 6, a million 60; memory at most twice that of the data.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
from generate import generate

import missiongraph
from missiongraph.rdf.store import load
from missiongraph.validation.shapes import Report, at_every_node, validate

SIZES = (100_000, 1_000_000)
BARS = {"curated": 4.0, "100,000": 6.0, "1,000,000": 60.0}
COMPARED = 100_000
"""The most statements that pySHACL validates in a few minutes."""

SMALL = """<https://w3id.org/missiongraph/id/mission/new> a <https://w3id.org/missiongraph/ontology#Mission> ;
    <http://www.w3.org/2000/01/rdf-schema#label> "a", "b", "c" ;
    <http://www.w3.org/2004/02/skos/core#note> "d", "e", "f" ;
    <https://w3id.org/missiongraph/ontology#start> "2021"^^<http://www.w3.org/2001/XMLSchema#gYear> ;
    <https://w3id.org/missiongraph/ontology#end> "2020"^^<http://www.w3.org/2001/XMLSchema#gYear> ;
    <https://w3id.org/missiongraph/ontology#hasStatus> <https://example.org/status> .
"""  # noqa: E501


def main(sizes: Iterable[int]) -> None:
    """Measure all graphs; exits with an error if a bar is missed."""
    kept = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.ttl"
        small.write_text(SMALL, "utf-8")
        kept.append(ten_triples(small))
        paths = {"curated": missiongraph.build().path}
        for size in sizes:
            paths[f"{size:,}"] = Path(folder) / f"{size}.nq"
            generate(paths[f"{size:,}"], size)
        for name, path in paths.items():
            process = multiprocessing.get_context("spawn").Process(target=graph, args=(name, path))
            process.start()
            process.join()
            kept.append(process.exitcode == 0)
    if not all(kept):
        sys.exit("a bar is missed")


def ten_triples(path: Path) -> bool:
    """A small file, when shapes and queries have been read before."""
    times = []
    for check in (validate, at_every_node):
        check(path)
        start = time.perf_counter()
        for _ in range(10):
            check(path)
        times.append((time.perf_counter() - start) / 10)
    ours, theirs = times
    print(f"ten triples: {ours * 1e3:.1f} ms, pySHACL {theirs * 1e3:.1f} ms; bar half of that")
    return ours <= theirs / 2


def graph(name: str, path: Path) -> None:
    """One graph, in this process; exits with an error if a bar is missed."""
    validate([])  # reads the shapes
    before = memory()
    store = load(path)
    of_data = memory() - before
    seconds, busy, report = timed(store)
    added = memory() - before - of_data
    print(
        f"{name}: {len(store):,} quads, {seconds:.1f} s ({busy:.1f} s of the processor), "
        f"{len(report.results):,} results; {of_data:,} MB of data, {added:,} MB more at most; "
        f"bars {BARS.get(name, 60):.0f} s, twice the data"
    )
    if name == "curated" or len(store) < 4 * COMPARED:
        start, worked = time.perf_counter(), time.process_time()
        slow = at_every_node(statements(store))
        print(
            f"  pySHACL on every focus node: {time.perf_counter() - start:.1f} s "
            f"({time.process_time() - worked:.1f} s)"
        )
        assert slow.results == report.results
    if seconds > BARS.get(name, 60) or added > 2 * of_data:
        sys.exit(1)


def timed(store: ox.Store) -> tuple[float, float, Report]:
    """The seconds of one validation, on the clock and of the processor, and its report."""
    start, worked = time.perf_counter(), time.process_time()
    report = validate(statements(store))
    return time.perf_counter() - start, time.process_time() - worked, report


def statements(store: ox.Store) -> Iterable[ox.Quad]:
    """The merged statements of a store."""
    return store.quads_for_pattern(None, None, None, ox.DefaultGraph())


def memory() -> int:
    """The most memory that this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
