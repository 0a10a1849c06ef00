"""Jobs: what takes long is answered later, by processes that are held to limits and end in time."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from support.running import Client, Reply, Running, serving

from missiongraph import MissionGraph
from missiongraph.errors import EngineFailed, LimitExceeded, UnknownQuery
from missiongraph.jobs.client import Job, JobRunner
from missiongraph.networks import find_network
from missiongraph.system import sandbox

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")

LIMITS = {"network_wait_seconds": 0, "network_jobs": 1, "network_queue": 1, "network_seconds": 30}
QUICK = "/networks/funding/nodes"
AWARD = "".join(
    f"<x:award> <https://w3id.org/missiongraph/ontology#has{role}> <x:{role}> .\n"
    for role in ("Funder", "Recipient")
)
SECONDS = 20  # that something may take that takes no time on a machine at rest


LATER = {"Prefer": "respond-async"}
HTML = "text/html"
BROWSER = {"Accept": f"{HTML},*/*;q=0.8", "Prefer": ""}


class Asker(Client):
    """One who would rather come back for an answer, and notes the jobs that were begun for it."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.jobs: set[str] = set()

    def __call__(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> Reply:
        reply = super().__call__(method, path, body, **LATER | headers)
        if reply.status == 202:
            self.jobs.add(reply.headers["Location"])
        return reply


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("jobs") / "graph"
    with serving(folder, "--no-shapes", limits=LIMITS) as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[Asker]:
    asker = Asker(server.address)
    yield asker
    for job in asker.jobs:  # so that nothing of this test is in the way of the next
        while not is_over(asker, job):
            kill(workers(server.process.pid))


def long(seed: int, network: str = "shared-missions") -> str:
    """The address of a job that takes long."""
    given = {"sure": "resampling", "runs": 10_000, "seed": seed}
    return f"/networks/{network}/centrality/closeness?{urlencode(given)}"


def task(operation: str = "ties", **parameters: object) -> dict[str, object]:
    query = find_network("shared-missions")
    asked = {"operation": operation, "name": query.name, "text": query.text, "view": {}}
    sent = {"parameters": parameters, "media_type": "application/json", "nodes": 0, "ties": 0}
    return asked | sent


def children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    with suppress(OSError):
        return [int(child) for text in lists for child in text.read_text("ascii").split()]
    return []


def workers(front: int) -> list[int]:
    """The processes at work on jobs: grandchildren of the runners of a front."""
    shops = [pid for pid in children(front) if b"missiongraph.jobs.runner" in command(pid)]
    return [worker for shop in shops for guard in children(shop) for worker in children(guard)]


def command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def is_over(client: Client, job: str) -> bool:
    return client("GET", job).status != 200


def until(true: Callable[[], object]) -> None:
    """Wait for something that happens soon."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


def ended(client: Client, job: str) -> Reply:
    """What a job answers with once it is not waiting or running any more."""
    until(lambda: is_over(client, job))
    return client("GET", job)


def running(client: Client, path: str) -> str:
    """Ask for a job and wait until it runs; its address."""
    reply = client("GET", path)
    assert reply.status == 202, reply.body
    job = reply.headers["Location"]
    until(lambda: client("GET", job).json["state"] == "running")
    return job


# --- now or later


def test_what_is_not_done_in_time_is_answered_later(client: Client) -> None:
    reply = client("GET", QUICK)
    assert reply.status == 202 and reply.json["state"] in ("waiting", "running")
    assert reply.headers["Retry-After"] and reply.headers["Cache-Control"] == "no-store"
    job = reply.headers["Location"]
    done = ended(client, job)
    assert done.status == 303 and done.json["state"] == "done"
    result = client("GET", done.headers["Location"])
    assert result.status == 200 and result.json["rows"]


def test_what_a_job_made_is_then_found_at_its_own_address(client: Client) -> None:
    done = ended(client, client("GET", QUICK + "?format=csv").headers.get("Location", "/"))
    result = client("GET", done.headers["Location"])
    again = client("GET", QUICK + "?format=csv")
    assert again.status == 200 and again.body == result.body
    assert again.headers["ETag"] == result.headers["ETag"]


def test_a_result_is_not_there_before_its_time(client: Client) -> None:
    job = running(client, long(1))
    assert client("GET", f"{job}/result").status == 404


def test_who_asks_the_same_joins_the_job(client: Client) -> None:
    job = running(client, long(2))
    assert client("GET", long(2)).headers["Location"] == job


def test_names_of_jobs_cannot_be_guessed(client: Client) -> None:
    one, other = running(client, long(3)), client("GET", long(4)).headers["Location"]
    assert one != other and min(len(one), len(other)) > len("/jobs/") + 20


def test_more_than_may_wait_come_back_later(client: Client) -> None:
    running(client, long(5))
    assert client("GET", long(6)).status == 202
    reply = client("GET", long(7))
    assert reply.status == 503 and reply.json["limit"] == "network_queue"
    assert int(reply.headers["Retry-After"]) > 0


def test_queries_go_on_while_a_job_runs(client: Client) -> None:
    job = running(client, long(8))
    for number in range(20):
        assert client.rows(f"SELECT ({number} AS ?n) {{}}") == [str(number)]
    assert client("GET", job).json["state"] == "running"


def test_an_answer_follows_writes(client: Client) -> None:
    def nodes() -> int:
        reply = client("GET", QUICK)
        if reply.status == 202:
            reply = client("GET", ended(client, reply.headers["Location"]).headers["Location"])
        return len(reply.json["rows"])

    before = nodes()
    written = client("POST", "/graphs?graph=x:graph", AWARD, Content_Type="text/turtle")
    assert written.status == 201
    assert nodes() == before + 2


# --- who waits, and who comes back


def test_who_reads_files_waits_for_them(server: Running) -> None:
    reply = server.client()("GET", "/networks/memberships/nodes?format=csv")
    assert reply.status == 200 and reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "Prefer" in reply.headers["Vary"] and "Preference-Applied" not in reply.headers


def test_who_would_rather_come_back_is_told_so(client: Client) -> None:
    reply = client("GET", "/networks/memberships/ties")
    assert reply.status == 202 and reply.headers["Preference-Applied"] == "respond-async"
    assert "Prefer" in reply.headers["Vary"]
    waited = client("GET", "/networks/memberships/ties", Prefer="respond-async, wait=30")
    assert waited.status == 200 and waited.headers["Preference-Applied"] == "wait=30"


def test_who_waits_no_longer_is_told_what_to_do(client: Client) -> None:
    reply = client("GET", long(11), Prefer="wait=1")
    assert reply.status == 503 and int(reply.headers["Retry-After"]) > 0
    assert "respond-async" in reply.json["detail"] and "after 1 s" in reply.json["detail"]


def test_a_reader_of_pages_gets_a_page_that_waits(client: Client) -> None:
    path = "/networks/memberships/centrality/closeness?sure=resampling&runs=20&format=csv"
    reply = client("GET", path, **BROWSER)
    assert reply.status == 303
    page = client("GET", reply.headers["Location"], **BROWSER)
    while page.status == 200:
        assert page.headers["Refresh"] == "1" and page.headers["Content-Type"].startswith(HTML)
        assert b"reloads by itself" in page.body and page.headers["Cache-Control"] == "no-store"
        time.sleep(0.1)
        page = client("GET", reply.headers["Location"], **BROWSER)
    assert page.status == 303 and page.headers["Location"] == path
    answer = client("GET", path, **BROWSER)
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv")


def test_a_job_is_told_its_place_in_the_queue(client: Client) -> None:
    first = running(client, long(12))
    reply = client("GET", long(13))
    assert reply.json["position"] == 1 and "position" not in client("GET", first).json
    page = client("GET", reply.headers["Location"], **BROWSER)
    assert b"it is next" in page.body


def test_a_job_ends_when_who_waited_for_it_leaves(server: Running) -> None:
    until(lambda: not workers(server.process.pid))
    host, port = server.address.removeprefix("http://").split(":")
    asked = (
        f"GET {long(14)} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer token to read\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(asked.encode())
        until(lambda: workers(server.process.pid))
    until(lambda: not workers(server.process.pid))


# --- limits, and the end


def test_a_job_that_is_killed_is_a_fault_and_the_next_is_done(
    client: Client, server: Running
) -> None:
    job = running(client, long(9))
    until(lambda: workers(server.process.pid))
    kill(workers(server.process.pid))
    assert ended(client, job).status == 503
    assert ended(client, client("GET", "/networks/funding/ties").headers["Location"]).status == 303


def test_jobs_give_way(client: Client, server: Running) -> None:
    running(client, long(10))
    until(lambda: workers(server.process.pid))
    assert all(os.getpriority(os.PRIO_PROCESS, pid) == 10 for pid in workers(server.process.pid))


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_jobs_end_with_the_server(tmp_path: Path, end: signal.Signals) -> None:
    data = tmp_path / "small.nt"
    data.write_text(AWARD, "utf-8")
    with serving(tmp_path / "graph", "--data", str(data), "--no-shapes", limits=LIMITS) as server:
        running(Asker(server.address), long(1, "funding"))
        until(lambda: workers(server.process.pid))
        at_work = workers(server.process.pid)
        server.process.send_signal(end)
        server.process.wait(SECONDS)
        until(lambda: not any(map(command, at_work)))


# --- the runner alone


@pytest.fixture(scope="module")
def runner() -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    made.close()


def test_a_job_is_done_elsewhere(runner: JobRunner, graph: MissionGraph) -> None:
    made = runner.run(graph.engine, Job(task("summary"), 60, 1024))
    assert made.media_type == "application/json" and made.fingerprint == graph.fingerprint


def test_a_runner_has_one_thread(runner: JobRunner, graph: MissionGraph) -> None:
    runner.run(graph.engine, Job(task("summary"), 60, 1024))
    assert runner._daemon
    assert len(list(Path(f"/proc/{runner._daemon.process.pid}/task").iterdir())) == 1


def test_a_job_that_takes_too_long_is_stopped(runner: JobRunner, graph: MissionGraph) -> None:
    long = task("centrality", measure="closeness", sure="resampling", runs=10_000)
    with pytest.raises(LimitExceeded, match="longer than 1 s") as caught:
        runner.run(graph.engine, Job(long, 1, 1024))
    assert caught.value.limit == "network_seconds"


def test_an_error_of_a_job_is_that_of_the_library(runner: JobRunner, graph: MissionGraph) -> None:
    with pytest.raises(UnknownQuery, match="nobody-at-all"):
        runner.run(graph.engine, Job(task("ego", node="nobody-at-all"), 60, 1024))


def test_a_runner_that_is_killed_starts_again(runner: JobRunner, graph: MissionGraph) -> None:
    runner.run(graph.engine, Job(task("summary"), 60, 1024))
    kill(pid for pid in children(os.getpid()) if b"missiongraph.jobs.runner" in command(pid))
    with suppress(EngineFailed):  # who comes while it dies
        runner.run(graph.engine, Job(task("summary"), 60, 1024))
    assert runner.run(graph.engine, Job(task("summary"), 60, 1024)).body
