"""The servers that are compared, each started over the same data on a free local port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

_START_SECONDS = 300
_ENDPOINT = """
import sys, rdflib, uvicorn, rdflib_endpoint
graph = rdflib.Dataset(default_union=True).parse(sys.argv[1], format="nquads")
uvicorn.run(rdflib_endpoint.SparqlEndpoint(graph=graph), port=int(sys.argv[2]), log_level="error")
"""


@dataclass(frozen=True)
class Data:
    """The same graph twice: by source, and with the merged default graph written out."""

    name: str
    sources: Path
    merged: Path


@dataclass(frozen=True)
class Server:
    """A running server: where it answers queries, and its first process."""

    name: str
    address: str
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time that it has taken with its children, also those that have ended."""
        return sum(map(_cpu_seconds, family(self.pid)))

    def memory(self) -> float:
        """MB that it takes with its children; what they share counts once (Linux's PSS)."""
        return sum(map(_megabytes, family(self.pid)))


def _cpu_seconds(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


@contextmanager
def missiongraph(data: Data, **settings: int) -> Iterator[Server]:
    """This project's server."""
    port = free_port()
    code = "from missiongraph.server.cli.program import main; main()"
    command = [sys.executable, "-c", code, "serve", "--no-networks", "--data", str(data.sources)]
    environment = {f"MISSIONGRAPH_{name.upper()}": str(value) for name, value in settings.items()}
    with _started([*command, "--port", str(port)], environment) as pid:
        yield _ready(Server("missiongraph", f"http://127.0.0.1:{port}/sparql", pid))


@contextmanager
def oxigraph(data: Data) -> Iterator[Server]:
    """``oxigraph serve`` of the package ``oxigraph``, with its store in memory as well."""
    port = free_port()
    program = _program("oxigraph")
    with _started([program, "serve", "--bind", f"127.0.0.1:{port}"]) as pid:
        server = _ready(Server("oxigraph", f"http://127.0.0.1:{port}/query", pid))
        load = urllib.request.Request(
            f"http://127.0.0.1:{port}/store",
            data.merged.read_bytes(),
            {"Content-Type": "application/n-quads"},
        )
        urllib.request.urlopen(load, timeout=_START_SECONDS).close()
        yield server


@contextmanager
def rdflib_endpoint(data: Data, python: str) -> Iterator[Server]:
    """``rdflib-endpoint``, installed where ``python`` is; its default graph is the union."""
    port = free_port()
    with _started([python, "-c", _ENDPOINT, str(data.sources), str(port)]) as pid:
        yield _ready(Server("rdflib-endpoint", f"http://127.0.0.1:{port}/", pid))


def merged(sources: Path, target: Path) -> Path:
    """The quads of ``sources``, and each of their triples once in the default graph."""
    from missiongraph.rdf.store import load

    with target.open("wb") as file:
        ox.serialize(iter(load(sources)), file, ox.RdfFormat.N_QUADS)
    return target


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    return number


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        return [pid, *(one for child in text.split() for one in family(int(child)))]
    return []


def _megabytes(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    return 0.0


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise SystemExit(f"pip install {name}, to compare with it")
    return found


@contextmanager
def _started(command: list[str], environment: dict[str, str] | None = None) -> Iterator[int]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(server: Server) -> Server:
    """Wait until it answers."""
    asked = urllib.request.Request(
        server.address + "?query=ASK%7B%7D", headers={"Accept": "application/sparql-results+json"}
    )
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(asked, timeout=10).close()
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{server.name} does not start")
