"""The folder of jobs: for one user, within a budget, told apart by the living and the dead."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from missiongraph.errors import Busy, MissionGraphError, QueryError
from missiongraph.server.state import tickets as module
from missiongraph.server.state.shared_folder import PREFIX, SharedFolder
from missiongraph.server.state.tickets import Ticket, Tickets

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs flock")

KEY, OTHER = "a" * 32, "b" * 32
MEGABYTE = 1024 * 1024
JOIN = f"""
import sys
from missiongraph.server.state.shared_folder import SharedFolder
from missiongraph.server.state.tickets import Tickets
tickets = Tickets(SharedFolder(sys.argv[1], ""), 1)
ticket = tickets.new({KEY!r}, "a.csv", "", "", {{}})
tickets.begin(ticket, 1000)
print(ticket.id, flush=True)
sys.stdin.read()
"""
"""A process that has begun a job."""


@pytest.fixture
def tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tickets]:
    monkeypatch.setattr(module, "_TIDY_SECONDS", -1)  # look for what is old at every time
    made = Tickets(SharedFolder(str(tmp_path), ""), 1)
    yield made
    made.folder.close()


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process of the same server, and the job that it has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", JOIN, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        yield process, process.stdout.readline().strip()
        process.kill()


def begun(tickets: Tickets, key: str = KEY, upload: str = "") -> Ticket:
    ticket = tickets.new(key, "a.csv", "/there", upload, {"format": "ttl"})
    tickets.begin(ticket, 1000)
    return ticket


def done(tickets: Tickets, ticket: Ticket, body: bytes = b"made", ago: float = 0) -> Ticket:
    with tickets.making(ticket) as file:
        file.write(body)
    ended = time.time() - ago
    ticket = replace(ticket, ended=ended, media_type="text/csv", tag=ticket.key, size=len(body))
    tickets.save(ticket)
    return ticket


def files(tickets: Tickets, name: str) -> list[str]:
    return sorted(path.name for path in tickets.folder.path.glob(f"{name}*"))


# --- the folder


def test_others_cannot_look_in(tickets: Tickets) -> None:
    done(tickets, begun(tickets))
    folder = tickets.folder.path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_folder_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    shared = SharedFolder(str(tmp_path), "")
    (tmp_path / f"{PREFIX}shared").mkdir(mode=0o755)
    with pytest.raises(MissionGraphError, match=r"open to other users.*work_folder"):
        assert shared.path


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    shared = SharedFolder(str(tmp_path), "")
    (tmp_path / f"{PREFIX}shared").symlink_to(tmp_path / "mine")
    with pytest.raises(MissionGraphError, match="open to other users"):
        assert shared.path


def test_a_place_that_is_no_folder_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(MissionGraphError, match="work_folder"):
        SharedFolder(str(tmp_path / "nowhere"), "")


def test_the_last_who_leaves_removes_it(tmp_path: Path) -> None:
    one, other = SharedFolder(str(tmp_path), ""), SharedFolder(str(tmp_path), "")
    path = one.path
    assert other.path == path and set(one.members()) == {one.name, other.name}
    one.close()
    assert path.exists()
    other.close()
    assert not [*tmp_path.iterdir()]


def test_a_folder_is_left_once(tmp_path: Path) -> None:
    folder = SharedFolder(str(tmp_path), "")
    assert folder.path.is_dir()
    folder.close()
    files = [os.open(tmp_path / "other", os.O_RDWR | os.O_CREAT) for _ in range(4)]  # old numbers
    del folder
    gc.collect()
    for file in files:
        os.close(file)  # raises OSError if something else has


def test_servers_that_differ_share_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    same, again, other = SharedFolder("", "a"), SharedFolder("", "a"), SharedFolder("", "b")
    assert same.path == again.path != other.path
    for folder in (same, again, other):
        folder.close()


def test_what_the_dead_have_left_is_removed(
    tmp_path: Path, neighbour: tuple[subprocess.Popen[str], str]
) -> None:
    (folder,) = tmp_path.iterdir()
    SharedFolder(str(tmp_path), "")
    assert folder.exists()
    neighbour[0].send_signal(signal.SIGKILL)
    neighbour[0].wait(10)
    SharedFolder(str(tmp_path), "")
    assert not folder.exists()


# --- jobs of all processes


def test_a_job_of_another_process_is_found(
    tickets: Tickets, neighbour: tuple[subprocess.Popen[str], str]
) -> None:
    found = tickets.find(neighbour[1])
    assert found and found.state == "waiting" and tickets.find_by_key(KEY) == found


def test_a_job_of_a_process_that_died_has_failed(
    tickets: Tickets, neighbour: tuple[subprocess.Popen[str], str]
) -> None:
    assert tickets.folder.path  # so that the folder stays
    neighbour[0].send_signal(signal.SIGKILL)
    neighbour[0].wait(10)
    found = tickets.find(neighbour[1])
    assert found and "request it again" in str(found.error)
    assert tickets.find_by_key(KEY) is None


def test_positions_are_told_to_all(tickets: Tickets) -> None:
    one, other = begun(tickets), begun(tickets, OTHER)
    tickets.tell_order([other.id, one.id])
    assert [tickets.position(ticket) for ticket in (other, one)] == [1, 2]
    tickets.tell_order([one.id])
    assert [tickets.position(ticket) for ticket in (other, one)] == [0, 1]


@pytest.mark.parametrize(
    "name", ["", "..", "lock", "../../etc/passwd", "A" * 32, "a" * 33, "a" * 31 + "\n", "a/b"]
)
def test_only_names_of_jobs_are_looked_for(tickets: Tickets, name: str) -> None:
    (tickets.folder.path / "secret.json").write_text("{}", "utf-8")
    assert tickets.find(name) is None and tickets.find("secret") is None


def test_names_are_hard_to_guess(tickets: Tickets) -> None:
    names = {begun(tickets).id for _ in range(50)}
    assert len(names) == 50 and {len(name) for name in names} == {32}


# --- who answers whom


def test_what_is_done_well_answers_who_asks_the_same(tickets: Tickets) -> None:
    ticket = done(tickets, begun(tickets))
    assert tickets.find_by_key(KEY) == ticket
    with tickets.made(ticket) as file:
        assert file.read() == b"made"


def test_what_was_made_of_another_state_answers_nobody_else(tickets: Tickets) -> None:
    tickets.save(replace(done(tickets, begun(tickets)), tag=OTHER))
    assert tickets.find_by_key(KEY) is None


def test_what_failed_is_done_again(tickets: Tickets) -> None:
    tickets.save(begun(tickets).failed(QueryError("no such node")))
    assert tickets.find_by_key(KEY) is None


def test_what_nobody_wants_any_more_is_not_joined(tickets: Tickets) -> None:
    ticket = tickets.new(KEY, "a.csv", "", "", {})
    tickets.begin(ticket, -1)
    assert not tickets.is_wanted(ticket.id) and tickets.find_by_key(KEY) is None
    tickets.want(ticket.id)
    tickets.want(ticket.id, 0)  # shorter than somebody else has it wanted
    assert tickets.is_wanted(ticket.id) and tickets.find_by_key(KEY) == ticket


# --- room


def test_old_jobs_are_forgotten(tickets: Tickets) -> None:
    old = done(tickets, begun(tickets), ago=module.KEPT_SECONDS + 1)
    new = done(tickets, begun(tickets, OTHER), ago=module.KEPT_SECONDS - 60)
    tickets.tidy()
    assert tickets.find(old.id) is None and tickets.find(new.id) == new
    assert not files(tickets, old.id) and not files(tickets, KEY)


def received(tickets: Tickets, size: int) -> str:
    with tickets.receiving(size) as (name, file):
        file.write(b"x" * size)
    return name


def test_the_oldest_makes_room(tickets: Tickets) -> None:
    old = done(tickets, begun(tickets, KEY, received(tickets, 300_000)), b"x" * 300_000, ago=2)
    new = done(tickets, begun(tickets, OTHER), b"x" * 300_000, ago=1)
    received(tickets, 300_000)
    assert tickets.find(old.id) is None and tickets.find(new.id) == new
    assert not files(tickets, old.upload)


def test_what_is_at_work_is_not_removed_to_make_room(tickets: Tickets) -> None:
    ticket = begun(tickets, KEY, received(tickets, 700_000))
    with pytest.raises(Busy, match="1 MB") as caught:
        received(tickets, 700_000)
    assert caught.value.limit == "work_megabytes" and tickets.find(ticket.id)
    assert len(list(tickets.folder.path.glob("*.upload*"))) == 1


def test_room_is_taken_before_all_has_come(tickets: Tickets) -> None:
    with tickets.receiving(700_000), pytest.raises(Busy):
        received(tickets, 700_000)


def test_an_upload_that_breaks_off_leaves_nothing(tickets: Tickets) -> None:
    with pytest.raises(ConnectionError), tickets.receiving(1000) as (name, file):
        file.write(b"x")
        raise ConnectionError
    assert not files(tickets, name)


def test_files_without_a_job_are_removed_once_they_are_old(tickets: Tickets) -> None:
    name, fresh = received(tickets, 10), received(tickets, 10)
    past = time.time() - module.KEPT_SECONDS - 1
    os.utime(tickets.upload(name), (past, past))
    tickets.tidy()
    assert not files(tickets, name) and files(tickets, fresh)
