"""A real server that takes writes, started for the tests on a free port, and its client."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from missiongraph.server.state.tokens import hashed
from support.peers import free_port

COMMAND = [sys.executable, "-c", "from missiongraph.server.cli.program import main; main()"]
SETTINGS = "".join(
    f'[tokens.{scope}r]\nsha256 = "{hashed(f"token to {scope}")}"\nscope = "{scope}"\n'
    for scope in ("read", "write")
)
"""Two tokens: the reader's ``token to read`` and the writer's ``token to write``."""

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""A file system in memory, where no test waits for a disk."""

WRITER = {"Authorization": "Bearer token to write"}
UPDATE, TURTLE = "application/sparql-update", "text/turtle"
_START_SECONDS = 60


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One who may write; every request waits for its answer."""

    def __init__(self, address: str, seconds: float = 60) -> None:
        self.address = address
        self._pool = urllib3.PoolManager(maxsize=128, timeout=seconds, retries=False)

    def __call__(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> Reply:
        """Send a request; ``Content_Type`` is a header's name."""
        given = WRITER | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = body.encode() if isinstance(body, str) else body
        answer = self._pool.request(method, self.address + path, body=sent, headers=given)
        return Reply(answer.status, answer.headers, answer.data)

    def update(self, text: str, **headers: str) -> Reply:
        """SPARQL Update, sent directly."""
        return self("POST", "/sparql", text, Content_Type=UPDATE, **headers)

    def rows(self, query: str) -> list[str]:
        """The lines of an answer in CSV below its header."""
        query = urlencode({"query": query, "format": "csv"})
        answer = self("GET", f"/sparql?{query}")
        assert answer.status == 200, answer.body
        return answer.body.decode().splitlines()[1:]

    def count(self, pattern: str) -> int:
        """How many solutions a pattern has."""
        return int(self.rows(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0])


@dataclass
class Running:
    """A server: its process, the folder of its graph, and what it says on stderr."""

    process: subprocess.Popen[bytes]
    address: str
    folder: Path
    log: Path

    def client(self, seconds: float = 60) -> Client:
        return Client(self.address, seconds)

    def supervisor(self) -> int:
        """The process that holds the store: the only child of the front, of whichever thread."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return int("".join(task.read_text("ascii") for task in tasks).split()[0])

    def kill(self) -> None:
        """SIGKILL to every process of the server at once."""
        for group in (self.supervisor(), self.process.pid):  # workers are of the first
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def serving(
    folder: Path,
    *options: str,
    settings: str = SETTINGS,
    limits: Mapping[str, int] | None = None,
    networks: bool = False,
) -> Iterator[Running]:
    """Serve the graph in ``folder``, with what is else needed beside it, until the block ends.

    Without ``networks``, whose scores would come in at some moment, the state is that of writes.
    """
    port = free_port()
    file, log = folder.with_suffix(".toml"), folder.with_suffix(".log")
    file.write_text(settings, "utf-8")
    environment = {
        f"MISSIONGRAPH_{name.upper()}": str(value) for name, value in (limits or {}).items()
    }
    command = [*COMMAND, "serve", "--port", str(port), "--directory", str(folder)]
    command.append("--networks" if networks else "--no-networks")
    with log.open("ab") as said:
        process = subprocess.Popen(
            [*command, "--settings", str(file), *options],
            stderr=said,
            start_new_session=True,
            env=os.environ | environment,
        )
    running = Running(process, f"http://127.0.0.1:{port}", folder, log)
    try:
        _wait(running)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def missiongraph(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command of ours to its end."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def _wait(running: Running) -> None:
    end = time.monotonic() + _START_SECONDS
    client = running.client(2)
    while True:
        with suppress(urllib3.exceptions.HTTPError):
            if client("GET", "/health/ready").status == 200:
                return
        assert running.process.poll() is None, running.log.read_text("utf-8")
        assert time.monotonic() < end, "the server does not answer"
        time.sleep(0.05)
