"""Servers to test: each started empty, writable and without shapes, on a free local port."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from .client import Server

COMMAND = [
    sys.executable,
    "-c",
    "from missiongraph.server.cli.program import main; main()",
    "serve",
]
TOKEN = "conformance"
_SECONDS = 30
_SETTINGS = """
[tokens.tester]
sha256 = "{hash}"
scope = "admin"
"""


@contextmanager
def missiongraph() -> Iterator[Server]:
    """MissionGraph's own server: a plain dataset, which whoever has the token may write."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "settings.toml")
        settings.write_text(_SETTINGS.format(hash=sha256(TOKEN.encode()).hexdigest()), "utf-8")
        options = f"--port {port} --dataset plain --no-shapes --directory {folder}/data"
        options += f" --settings {settings}"
        started = _running([*COMMAND, *options.split()], port)
        with started, at(f"http://127.0.0.1:{port}", TOKEN) as server:
            yield server


@contextmanager
def at(base: str, token: str) -> Iterator[Server]:
    """A MissionGraph server that runs already at ``base``; the tests delete all that it holds."""
    server = Server(
        name="missiongraph",
        version=f"MissionGraph {version('missiongraph')}, pyoxigraph {version('pyoxigraph')}",
        query=f"{base}/sparql",
        update=f"{base}/sparql",
        graphs=f"{base}/graphs",
        headers={"Authorization": f"Bearer {token}"},
        refusals=frozenset({403, 404, 409, 501}),
    )
    yield server
    server.close()


@contextmanager
def oxigraph() -> Iterator[Server]:
    """The server of the ``oxigraph`` package, to test the tests by."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).with_name("oxigraph")), "serve"]
    server = Server(
        name="oxigraph",
        version=f"oxigraph serve {version('oxigraph')}",
        query=f"{base}/query",
        update=f"{base}/update",
        graphs=f"{base}/store",
        refusals=frozenset({500}),
    )
    with _running([*command, "--bind", f"127.0.0.1:{port}"], port):
        yield server
        server.close()


SERVERS = {"missiongraph": missiongraph, "oxigraph": oxigraph}
"""Those that can be started, by name."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    return number


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a server from when it listens until the end of the block."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _await(process, port)
            yield
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-2000:].decode(errors="replace"))
            raise
        finally:
            process.terminate()
            process.wait(_SECONDS)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(_SECONDS * 20):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it listened")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise TimeoutError(f"the server does not listen after {_SECONDS} s")
