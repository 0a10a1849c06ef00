"""Crashes: whatever kills the server or fills the disk, what was acknowledged is there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pyoxigraph as ox
import pytest
from support.crashing import Told, check, kill_supervisor, processes, write, write_until
from support.running import Client, Running, missiongraph, serving

from missiongraph.system import sandbox
from missiongraph.writing import directory, journal
from missiongraph.writing.directory import BASE, JOURNAL
from missiongraph.writing.opening import UNFINISHED

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs /proc")

WRITES, ROUNDS = 200, 3
FIRST = ox.Quad(*map(ox.NamedNode, ("x:a", "x:b", "x:c", "g:a")))
FEW = {"concurrent_queries": 1, "small_queries": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A graph of one statement."""
    place = tmp_path / "graph"
    directory.create(place, [FIRST], merged=True)
    return place


@contextmanager
def started(folder: Path, *options: str) -> Iterator[Running]:
    data = folder.with_suffix(".ttl")
    data.touch()  # a server starts faster without the curated graph
    with serving(folder, "--no-shapes", "--data", str(data), *options, limits=FEW) as server:
        yield server


# --- processes that die


def test_no_crash_loses_or_halves_a_write(folder: Path) -> None:
    """Two hundred writes by eight writers, and SIGKILL to all processes at random moments."""
    chance, told = random.Random(), Told()
    for turn in range(ROUNDS):
        with started(folder) as server:
            numbers = range(turn * WRITES // ROUNDS, (turn + 1) * WRITES // ROUNDS)
            write_until(server, numbers, told, server.kill, chance)
        check(folder, told)
    with started(folder) as server:
        assert write(server, WRITES, told)
    check(folder, told)
    assert told.states and missiongraph("verify", folder).returncode == 0


def test_a_supervisor_that_dies_is_replaced(folder: Path) -> None:
    chance, told = random.Random(), Told()
    with started(folder) as server:
        for turn in range(2):
            numbers = range(turn * 40, (turn + 1) * 40)
            write_until(server, numbers, told, lambda: kill_supervisor(server), chance)
            assert write(server, 1000 + turn, told)
            client = server.client()
            assert client.rows(f"SELECT ?o {{ <x:w/{1000 + turn}> ?p ?o }} ORDER BY ?o") == [
                "0",
                "1",
                "2",
            ]
            known = client.count("?s <x:part> 0")
            assert known >= len(told.states)
        check(folder, told)
        assert server.process.poll() is None


@pytest.mark.long
def test_a_supervisor_that_is_killed_while_it_starts_is_started_again(folder: Path) -> None:
    """Meanwhile nothing answers, and says so."""
    statuses: set[int] = set()
    with started(folder) as server, ThreadPoolExecutor(2) as pool:
        assert write(server, 1, Told())
        over = threading.Event()

        def ask() -> None:
            client = server.client()
            while not over.is_set():
                statuses.add(client("GET", "/sparql?query=ASK%7B%7D").status)
                statuses.add(client.update("INSERT DATA { GRAPH <g:a> { <x:a> <x:b> 1 } }").status)

        asking = [pool.submit(ask) for _ in range(2)]
        end = time.monotonic() + 3
        while time.monotonic() < end:
            with suppress(IndexError, ProcessLookupError):  # it is between two of them
                os.kill(server.supervisor(), signal.SIGKILL)
            time.sleep(0.1)
        over.set()
        for job in asking:
            job.result()
        client, end = server.client(), time.monotonic() + 10
        while client("GET", "/health/ready").status != 200:
            assert time.monotonic() < end
        assert client.count("<x:w/1> ?p ?o") == 3 and write(server, 2, Told())
        log = server.log.read_text("utf-8")
    assert statuses <= {200, 503} and 503 in statuses, statuses
    assert "the store cannot be started again" in log and "Traceback" not in log


def test_no_process_but_the_supervisor_has_the_files_open(folder: Path) -> None:
    """Else a supervisor that dies would leave the lock to them."""
    with started(folder) as server:
        assert write(server, 1, Told())
        server.client().count("?s ?p ?o")
        assert_held_by(folder, server.supervisor())


def assert_held_by(folder: Path, pid: int) -> None:
    """One process has the files open, but for those that were forked just now."""
    end = time.monotonic() + 5
    while (found := processes(folder)) != [pid]:
        assert time.monotonic() < end, found
        time.sleep(0.01)


def test_a_server_that_is_killed_alone_leaves_nobody_behind(folder: Path) -> None:
    with started(folder) as server:
        server.process.kill()
        server.process.wait()
        with started(folder) as next_one:
            assert write(next_one, 1, Told())
            assert_held_by(folder, next_one.supervisor())


@pytest.mark.long
def test_an_unfinished_write_is_set_aside(folder: Path) -> None:
    told = Told()
    with started(folder) as server:
        assert write(server, 1, told) and write(server, 2, told)
    begun = b"H id <urn:sha256:12"
    with (folder / JOURNAL).open("ab") as file:
        file.write(begun)
    with started(folder) as server:
        assert "moved 19 bytes of an unfinished write" in server.log.read_text("utf-8")
        assert begun in (folder / UNFINISHED).read_bytes()
        assert write(server, 3, told)
    check(folder, told)
    assert directory.load(folder).writes == 3


def test_a_journal_that_is_replaced_under_a_server_takes_no_writes(folder: Path) -> None:
    told = Told()
    with started(folder) as server:
        assert write(server, 1, told)
        copy = folder / "copy"
        copy.write_bytes((folder / JOURNAL).read_bytes())
        (folder / JOURNAL).rename(folder / "original")
        copy.rename(folder / JOURNAL)
        reason = "journal.rdfp was replaced by another file"
        refused(server.client(), f"no write is taken: {reason}")
        health = server.client()("GET", "/health")
        assert health.status == 200 and health.json["writes_refused"] == reason
        (folder / "original").rename(folder / JOURNAL)
        assert write(server, 2, told)
        assert server.client()("GET", "/health").json["writes_refused"] is None
    check(folder, told)


@pytest.mark.long
def test_a_journal_that_was_touched_is_not_served(folder: Path) -> None:
    with started(folder) as server:
        assert write(server, 1, Told())
    place = folder / JOURNAL
    place.write_bytes(place.read_bytes().replace(b"<x:w/1>", b"<x:w/9>"))
    before = place.read_bytes()
    with pytest.raises(AssertionError, match=r"journal\.rdfp, line 1: the patch has been"):
        with started(folder):
            pass
    assert place.read_bytes() == before
    assert missiongraph("verify", folder).returncode == 1


@pytest.mark.long
def test_two_servers_do_not_share_a_directory(folder: Path) -> None:
    with started(folder) as server:
        with pytest.raises(AssertionError, match="another server writes there; stop it first"):
            with started(folder):
                pass
        assert write(server, 1, Told())


# --- backups under load


@pytest.mark.long
def test_a_backup_under_load_is_one_of_the_states(folder: Path, tmp_path: Path) -> None:
    told = Told()
    with started(folder) as server, ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, server, number, told) for number in range(60)]
        backups: list[tuple[Path, directory.Head]] = []
        while not all(job.done() for job in writing) or not backups:
            file = tmp_path / f"{len(backups)}.nq.gz"
            backups.append((file, directory.backup(folder, file)))
    head = directory.read_head(folder / BASE)
    entries = list(journal.read(folder / JOURNAL, head.fingerprint))
    states = [head.fingerprint, *(entry.after for entry in entries)]
    taken = [states.index(backup.fingerprint) for _, backup in backups]
    assert taken == sorted(taken)
    for place in {0, len(taken) // 2, len(taken) - 1}:
        restored = tmp_path / f"restored-{place}"
        directory.restore(backups[place][0], restored)
        written = {quad for entry in entries[: taken[place]] for quad in entry.change.added}
        state = directory.verify(restored)
        assert set(directory.named(state)) == written | {FIRST}
    assert missiongraph("verify", restored).returncode == 0


# --- disks that fail


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def refused(client: Client, reason: str) -> None:
    """A write fails with a reason, and every query goes on."""
    reply = client.update("INSERT DATA { GRAPH <g:a> { <x:lost> <x:b> 1 } }")
    assert reply.status == 503 and reason in reply.json["detail"], reply.body
    assert client.count("<x:lost> ?p ?o") == 0


def begin(disk: Path) -> Path:
    folder = disk / "graph"
    directory.create(folder, [], merged=True)
    (folder / JOURNAL).touch()
    return folder


@pytest.mark.long
def test_a_full_disk_loses_nothing(disk: Path) -> None:
    folder, told = begin(disk), Told()
    with started(folder) as server:
        assert write(server, 1, told)
        with (disk / "filler").open("wb", buffering=0) as filler:
            with pytest.raises(OSError, match="No space"):
                while True:
                    filler.write(b"x" * 4096)
        # what is left of the last page of the journal may still take a few
        for number in range(2, 30):
            if not write(server, number, told):
                break
        refused(server.client(), "the write could not be kept: No space left on device")
        check(folder, told)
        (disk / "filler").unlink()
        assert write(server, 100, told)
        check(folder, told)
    with started(folder) as server:
        assert write(server, 101, told)
    check(folder, told)


@pytest.mark.long
def test_a_disk_full_of_a_large_write_keeps_the_small_ones(disk: Path) -> None:
    """The journal is cut back to where it was: half of a write is worse than none."""
    folder, told = begin(disk), Told()
    with started(folder) as server:
        assert write(server, 1, told)
        before = (folder / JOURNAL).read_bytes()
        large = " ".join(f"<x:{n}> <x:b> {n} ." for n in range(40_000))
        reply = server.client().update(f"INSERT DATA {{ GRAPH <g:large> {{ {large} }} }}")
        assert reply.status == 503 and "No space left" in reply.json["detail"]
        assert (folder / JOURNAL).read_bytes() == before
        assert server.client().count("GRAPH <g:large> { ?s ?p ?o }") == 0
        assert write(server, 2, told)
    check(folder, told)


@pytest.mark.long
def test_a_disk_that_turns_read_only_is_a_clear_error(disk: Path) -> None:
    """At the start. The kernel does not take a file away from a server that has it open."""
    folder, told = begin(disk), Told()
    with started(folder) as server:
        assert write(server, 1, told)
    remount(disk, "ro")
    try:
        check(folder, told)
        data = ("--data", str(folder.with_suffix(".ttl")))
        for place in (folder, disk / "new"):
            done = missiongraph("serve", "--port", "0", "--directory", place, *data)
            assert done.returncode == 2 and done.stderr.count("\n") == 1
            assert "Read-only file system" in done.stderr
        done = missiongraph("backup", folder, disk / "backup.nq")
        assert done.returncode == 2 and "Read-only file system" in done.stderr
    finally:
        remount(disk, "rw")
    with started(folder) as server:
        assert write(server, 2, told)
    check(folder, told)


def test_a_place_without_rights_is_a_clear_error(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("whoever is root may write anywhere")
    folder.chmod(0o500)
    done = missiongraph("serve", "--port", "0", "--directory", folder)
    assert done.returncode == 2 and "Permission denied" in done.stderr
