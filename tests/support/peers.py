"""Other people's SPARQL servers, started for the tests on free ports, with nothing but ours."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import urllib3

from missiongraph import MissionGraph
from missiongraph.sparql.local import LocalEngine

MERGED = "https://w3id.org/missiongraph/graph/merged"
_START_SECONDS = 60


@dataclass(frozen=True)
class Peer:
    """Where a server answers queries, where it takes updates, and where the merged set is."""

    address: str
    updates: str
    default_graph: str = ""


def find_oxigraph() -> str | None:
    """The command of the package ``oxigraph``, in this environment or on the path."""
    beside = Path(sys.executable).with_name("oxigraph")
    return str(beside) if beside.exists() else shutil.which("oxigraph")


def find_virtuoso() -> bool:
    return bool(shutil.which("virtuoso-t") and shutil.which("isql-vt"))


def held(graph: MissionGraph) -> ox.Store:
    """The store of a graph, for reading only: its dumps are not sorted, and so made sooner."""
    assert isinstance(graph.engine, LocalEngine)
    return graph.engine.held


@contextmanager
def oxigraph(command: str, graph: MissionGraph) -> Iterator[Peer]:
    """Oxigraph's own server in memory, the merged set in its default graph."""
    port = free_port()
    process = subprocess.Popen(
        [command, "serve", "--bind", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(lambda: _answers(base + "/"), process)
        quads = held(graph).dump(format=ox.RdfFormat.N_QUADS)
        kind = {"Content-Type": ox.RdfFormat.N_QUADS.media_type}
        loaded = urllib3.request(  # which waits three seconds by itself
            "POST", f"{base}/store", body=quads, headers=kind, timeout=_START_SECONDS
        )
        assert loaded.status < 300, loaded.data
        yield Peer(f"{base}/query", f"{base}/update")
    finally:
        process.terminate()
        process.wait(10)


def _named(store: ox.Store) -> Iterator[ox.Quad]:
    for graph in store.named_graphs():
        yield from store.quads_for_pattern(None, None, None, graph)


@contextmanager
def virtuoso(graph: MissionGraph, folder: Path) -> Iterator[Peer]:
    """Virtuoso with a database of its own, the merged set in a graph named ``MERGED``."""
    sql, http = free_port(), free_port()
    store = held(graph)
    ox.serialize(_named(store), folder / "graph.nq", ox.RdfFormat.N_QUADS)
    merged = ox.DefaultGraph()
    store.dump(folder / "merged.nt", ox.RdfFormat.N_TRIPLES, from_graph=merged)
    (folder / "virtuoso.ini").write_text(_INI.format(folder=folder, sql=sql, http=http), "utf-8")
    (folder / "load.sql").write_text(_LOAD.format(folder=folder, merged=MERGED), "utf-8")
    process = subprocess.Popen(
        ["virtuoso-t", "+foreground", "+configfile", str(folder / "virtuoso.ini")],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{http}"
    try:
        _wait(lambda: _answers(f"{base}/sparql?query=ASK%7B%7D"), process)
        load = ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", str(folder / "load.sql")]
        subprocess.run(load, check=True, capture_output=True, timeout=_START_SECONDS)
        yield Peer(f"{base}/sparql", f"{base}/sparql-auth", MERGED)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        return urllib3.request("GET", address, retries=False, timeout=1).status < 500
    except urllib3.exceptions.HTTPError:
        return False


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while not ready():
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        assert time.monotonic() < end, f"{process.args!r} does not answer"
        time.sleep(0.1)


_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
DirsAllowed = {folder}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = 130000
MaxQueryExecutionTime = 60
"""

_LOAD = """
ld_dir('{folder}', 'graph.nq', 'urn:unused');
ld_dir('{folder}', 'merged.nt', '{merged}');
rdf_loader_run();
checkpoint;
"""
