"""Scratch folders: held while their process lives, swept when it has died, reached however long."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from support.running import COMMAND

from missiongraph.errors import MissionGraphError
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.jobs.client import Job, JobRunner
from missiongraph.sparql.local import LocalEngine
from missiongraph.system import sandbox, scratch
from missiongraph.system.scratch import PREFIX, Scratch, address

pytestmark = pytest.mark.skipif(not sandbox.holds()["isolation"], reason="needs POSIX")

HOLD = """
import time
from missiongraph.system.scratch import Scratch
print(Scratch().path, flush=True)
time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test alone, with a name too long for a socket."""
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_what_a_killed_process_leaves_is_swept_by_the_next(place: Path) -> None:
    environment = os.environ | {"TMPDIR": str(place)}
    command = [sys.executable, "-c", HOLD]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(2)
    ]
    folders = []
    for process in processes:
        assert process.stdout
        with process.stdout as said:
            folders.append(Path(said.readline().decode().strip()))
    other = place / "missiongraph-of-somebody"
    other.mkdir()
    (folders[0] / "data").touch()
    processes[0].kill()
    processes[0].wait()
    mine = Scratch()
    assert sorted(place.iterdir()) == sorted([other, folders[1], mine.path])
    mine.close()
    processes[1].kill()
    processes[1].wait()
    Scratch().close()
    assert [*place.iterdir()] == [other]


def test_what_others_link_to_is_not_swept(place: Path, tmp_path: Path) -> None:
    (place / f"{PREFIX}link").symlink_to(tmp_path)
    Scratch().close()
    assert tmp_path.exists() and (place / f"{PREFIX}link").is_symlink()


def test_a_folder_that_is_swept_before_it_is_held_is_made_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = scratch._hold
    swept: list[Path] = []

    def late(folder: Path) -> int:
        handle = hold(folder)
        if not swept:
            swept.append(folder)
            folder.rmdir()
        return handle

    monkeypatch.setattr(scratch, "_hold", late)
    mine = Scratch()
    assert mine.path.exists() and mine.path not in swept
    mine.close()


def test_a_socket_is_reached_however_long_its_name(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as caller:
        with address(place / "some.sock") as name:
            listener.bind(name)
        listener.listen()
        with address(place / "some.sock") as name:
            caller.connect(name)
        assert (place / "some.sock").is_socket()


def test_where_no_short_name_is_to_be_had_the_error_says_what_to_do(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_OPEN", place / "nothing")
    with pytest.raises(MissionGraphError, match="set TMPDIR to a shorter one"):
        with address(place / "some.sock"):
            pass


def test_an_engine_lives_in_a_folder_with_a_long_name_and_leaves_none(
    place: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data.nt"
    data.write_text("<x:a> <x:b> <x:c> .\n", "utf-8")
    engine = IsolatedEngine([data])
    assert len([*place.iterdir()]) == 1 and engine.state()["quads"]
    engine.close()
    assert not [*place.iterdir()]


def test_a_job_that_is_killed_leaves_no_files(place: Path, tmp_path: Path) -> None:
    """Its process is killed in the middle, here by the kernel, when its time is over."""
    triples = "".join(f"<x:{n}> <x:p> 'a text that takes a while' .\n" for n in range(200_000))
    (data := tmp_path / "data.ttl").write_text(triples, "utf-8")
    task = {"handler": "checking", "format": "ttl", "path": str(data)}
    runner = JobRunner()
    with pytest.raises(MissionGraphError, match="longer than 1 s"):
        runner.run(LocalEngine(ox.Store()), Job(task, 1, 4096))
    (folder,) = place.iterdir()
    end = time.monotonic() + 5
    while [path.name for path in folder.iterdir()] != ["jobs.sock"]:
        assert time.monotonic() < end, [*folder.iterdir()]
        time.sleep(0.05)
    runner.close()


def test_a_limit_on_addresses_is_named() -> None:
    """`ulimit -v` bounds what a process reserves, which is far more than it uses."""
    command = ["bash", "-c", 'ulimit -v 1000000 && exec "$@"', "bash", *COMMAND, "serve"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "its address space is limited to 976 MB (ulimit -v); remove that limit" in done.stderr
