"""Files: processes that make the same thing make it once."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from missiongraph.system.files import one_at_a_time

SMALL = Path(__file__).parents[1] / "fixtures" / "small"

_APPEND = """
import sys, time
from pathlib import Path
from missiongraph.system.files import one_at_a_time
path = Path(sys.argv[1])
for _ in range(20):
    with one_at_a_time(path):
        path.write_text(path.read_text() + "(")
        time.sleep(0.001)
        path.write_text(path.read_text() + ")")
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no flock")
def test_only_one_process_at_a_time_is_in_a_block(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    path.write_text("")
    command = [sys.executable, "-c", _APPEND, str(path)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert path.read_text() == "()" * 60


def test_where_no_lock_can_be_made_nothing_is_waited_for(tmp_path: Path) -> None:
    with one_at_a_time(tmp_path / "missing" / "file"):
        assert not (tmp_path / "missing").exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no flock")
def test_a_process_that_is_stopped_does_not_keep_others_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    code = "from pathlib import Path; from missiongraph.system.files import one_at_a_time\n"
    code += f"with one_at_a_time(Path({str(path)!r})): print(flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as holder:  # type: ignore[call-overload]
        holder.stdout.readline()
        os.kill(holder.pid, signal.SIGSTOP)
        begun = time.monotonic()
        with one_at_a_time(path, wait_seconds=0.5):
            assert 0.5 < time.monotonic() - begun < 10
        holder.kill()


def test_where_the_system_has_no_locks_nothing_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    fcntl = pytest.importorskip("fcntl", reason="Windows has no flock")
    monkeypatch.setattr(fcntl, "flock", refuse)
    with one_at_a_time(tmp_path / "shared"):
        pass


_BUILD = """
import sys
from pathlib import Path
from missiongraph.ingest.build import build
from missiongraph.resources import Inputs
folder = Path(sys.argv[1])
inputs = Inputs(folder / "data", folder / "mappings", folder / "rules", folder / "ontology")
print(repr(build(inputs=inputs).seconds))
"""


def test_a_dataset_that_several_want_is_built_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BUILD, str(SMALL)]
    environment = os.environ | {"MISSIONGRAPH_CACHE": str(tmp_path)}
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(2)
    ]
    first, second = (process.communicate()[0] for process in processes)
    assert first == second != b""
