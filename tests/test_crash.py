"""Crashes: what was acknowledged is there, what was not is not half there, and it starts again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3
from running import Client, Running, missiongraph, serving

WRITERS, WRITES = 4, 50
FAULTS = (urllib3.exceptions.HTTPError, OSError)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "begin.trig"
    path.write_text("<g:begin> { <x:begin> <x:is> <x:there> }", "utf-8")
    return path


def write(client: Client, name: str) -> bool:
    """Write three triples in one go; whether the server said that it has."""
    triples = " ".join(f"<x:{name}> <x:part> {part} ." for part in range(3))
    try:
        return client.update(f"INSERT DATA {{ GRAPH <g:{name}> {{ {triples} }} }}").status == 200
    except FAULTS:
        return False


def under_writes(server: Running, end: int) -> set[str]:
    """Let writers write until the server has gone, at a random moment; what was acknowledged."""
    acknowledged: set[str] = set()
    gone = threading.Event()

    def writing(writer: int) -> None:
        client = server.client(5)
        for number in range(WRITES):
            name = f"{writer}-{number}"
            if gone.is_set():
                return
            if write(client, name):
                acknowledged.add(name)

    with ThreadPoolExecutor(WRITERS) as pool:
        jobs = [pool.submit(writing, writer) for writer in range(WRITERS)]
        time.sleep(random.uniform(0.1, 2.0))
        if end:
            server.kill()
        gone.set()
        for job in jobs:
            job.result()
    return acknowledged


def check(server: Running, acknowledged: set[str]) -> None:
    """Every acknowledged write is there, and every write is there whole or not at all."""
    rows = server.client().rows(
        "SELECT ?s (COUNT(*) AS ?n) { ?s <x:part> ?o } GROUP BY ?s"  # of the merged graph
    )
    parts = dict(row.rsplit(",", 1) for row in rows)
    assert set(parts.values()) <= {"3"}
    assert {f"x:{name}" for name in acknowledged} <= set(parts)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_server_that_is_killed_has_lost_nothing(data: Path, tmp_path: Path, seed: int) -> None:
    random.seed(seed)
    folder = tmp_path / "graph"
    with serving(folder, "--data", str(data), "--no-shapes") as server:
        acknowledged = under_writes(server, signal.SIGKILL)
    assert missiongraph("verify", folder, "--no-shapes").returncode == 0
    with serving(folder, "--no-shapes") as server:
        check(server, acknowledged)
        assert write(server.client(), "after")


def test_a_write_that_was_cut_off_is_taken_off(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    with serving(folder, "--data", str(data), "--no-shapes") as server:
        assert write(server.client(), "kept")
    journal = folder / "journal.rdfp"
    whole = journal.read_bytes()
    journal.write_bytes(whole + whole[: len(whole) - 10])
    with serving(folder, "--no-shapes") as server:
        check(server, {"kept"})
        assert write(server.client(), "next")
        check(server, {"kept", "next"})


def test_a_keeper_that_is_killed_is_started_again(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    with serving(folder, "--data", str(data), "--no-shapes") as server:
        client = server.client()
        assert write(client, "before")
        os.kill(server.keeper(), signal.SIGKILL)
        assert write(client, "after") or write(client, "after")
        check(server, {"before", "after"})


def test_a_backup_under_load_is_one_of_the_states(data: Path, tmp_path: Path) -> None:
    folder, saved = tmp_path / "graph", tmp_path / "saved.nq.gz"
    with serving(folder, "--data", str(data), "--no-shapes") as server:
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(under_writes, server, 0)
            done = missiongraph("backup", folder, saved)
            acknowledged = writing.result()
        check(server, acknowledged)
    fingerprint = done.stdout.split()[-1]
    states = (folder / "journal.rdfp").read_text("utf-8") + (folder / "base.nq").read_text("utf-8")
    assert done.returncode == 0 and fingerprint in states
    again = tmp_path / "again"
    assert missiongraph("restore", saved, again).returncode == 0
    assert fingerprint in missiongraph("verify", again, "--no-shapes").stdout
    with serving(again, "--no-shapes") as server:
        check(server, set())
        assert server.client()("GET", "/health").json["fingerprint"] == fingerprint


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root mounts a small file system")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def large(client: Client, name: str) -> int:
    text = f"INSERT DATA {{ GRAPH <g:{name}> {{ <x:{name}> <x:text> '{'x' * 150_000}' }} }}"
    return client.update(text).status


def test_a_full_disk_is_told_and_loses_nothing(data: Path, disk: Path) -> None:
    folder = disk / "graph"
    with serving(folder, "--data", str(data), "--no-shapes") as server:
        client = server.client()
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 100_000)
        assert write(client, "before")
        assert large(client, "large") in (503, 507)
        assert client.count("<x:large> ?p ?o") == 0
        ballast.unlink()
        assert large(client, "large") == 200 and write(client, "after")
        check(server, {"before", "after"})
        server.kill()
    with serving(folder, "--no-shapes") as server:
        check(server, {"before", "after"})
        assert server.client().count("<x:large> ?p ?o") == 1


def test_a_read_only_disk_is_told_and_loses_nothing(data: Path, disk: Path) -> None:
    folder = disk / "graph"
    with serving(folder, "--data", str(data), "--no-shapes") as server:
        assert write(server.client(), "before")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = missiongraph("serve", "--port", "0", "--directory", folder)
    assert done.returncode == 2 and "read-only" in done.stderr.lower().replace(
        "read only", "read-only"
    )
    assert done.stderr.count("\n") == 1
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    with serving(folder, "--no-shapes") as server:
        check(server, {"before"})
