"""The real server process: it starts, answers many at once and stops in good order."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode

import pytest

from missiongraph.server.runtime.waitress_server import is_loopback

COMMAND = [
    sys.executable,
    "-c",
    "from missiongraph.server.cli.program import main; main()",
    "serve",
]


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("a.test", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "small.ttl"
    path.write_text("<x:a> <x:b> <x:c> .", "utf-8")
    return path


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    return number


@pytest.fixture
def server(small: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port), "--data", str(small)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr and f"http://127.0.0.1:{port}/" in process.stderr.readline()
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=15)


def fetch(port: int, path: str) -> bytes:
    address = f"http://127.0.0.1:{port}{path}"
    for _ in range(50):
        try:
            with urllib.request.urlopen(address, timeout=10) as response:
                return bytes(response.read())
        except (ConnectionError, URLError):
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal(
    server: subprocess.Popen[str], port: int, end: signal.Signals
) -> None:
    assert json.loads(fetch(port, "/health"))["statements"] == 1
    server.send_signal(end)
    assert server.wait(timeout=15) == 0


def test_ctrl_c_lets_a_running_query_end(server: subprocess.Popen[str], port: int) -> None:
    """A terminal sends SIGINT to the whole group of processes."""
    numbers = " ".join(map(str, range(1000)))
    slow = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    fetch(port, "/health")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(fetch, port, f"/sparql?{urlencode({'query': slow})}")
        time.sleep(0.2)
        os.killpg(server.pid, signal.SIGINT)
        assert b"1000000" in answer.result()
    assert server.wait(timeout=8) == 0


def test_many_queries_at_once(server: subprocess.Popen[str], port: int) -> None:
    path = "/sparql?query=SELECT*%7B?s%20?p%20?o%7D"
    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(lambda _: fetch(port, path), range(200)))
    assert len(answers) == 1 and server.poll() is None


def test_a_port_in_use_is_a_clear_error(small: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        command = [*COMMAND, "--port", number, "--data", str(small)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "in use" in done.stderr and done.stderr.count("\n") == 1
