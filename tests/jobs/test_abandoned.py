"""One client asks for much and leaves; others are answered, and the front stays small."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest
import urllib3
from support.running import Running, serving
from urllib3 import HTTPResponse

from missiongraph import MissionGraph
from missiongraph.errors import Busy, ClientGone
from missiongraph.namespaces import ID, MOI
from missiongraph.networks import find_network
from missiongraph.server.api.network_request import NetworkRequest
from missiongraph.server.settings import Settings
from missiongraph.server.state.answer_cache import Cache
from missiongraph.server.state.jobs import Jobs
from missiongraph.system import sandbox

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")

LIMITS = {"network_jobs": 2, "network_wait_seconds": 0}
MEGABYTE = 1024 * 1024
MISSION = f"<{ID}mission/a> a <{MOI}Mission> .\n".encode()
LINES = (b"#" * 59 + b"\n") * MEGABYTE  # 60 MB
READER = {"Authorization": "Bearer token to read"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("abandoned") / "graph"
    with serving(folder, "--no-shapes", limits=LIMITS) as running:
        yield running


def ask(server: Running, path: str, client: str = "127.0.0.2", **headers: str) -> HTTPResponse:
    """What another client hears, which has an address of its own."""
    with urllib3.PoolManager(source_address=(client, 0), timeout=60, retries=False) as pool:
        answer = pool.request("GET", server.address + path, headers=READER | headers)
        assert isinstance(answer, HTTPResponse)
        return answer


def long(seed: int) -> str:
    given = {"sure": "resampling", "runs": 10_000, "seed": seed}
    return f"/networks/shared-missions/centrality/closeness?{urlencode(given)}"


def send(server: Running, field: str, data: bytes) -> urllib3.BaseHTTPResponse:
    """Data to check, as a file or as text."""
    sent = ("data.ttl", data) if field == "data-file" else data
    body, kind = urllib3.encode_multipart_formdata({field: sent, "format": "ttl"})
    headers = READER | {"Content-Type": kind}
    there = f"{server.address}/validate"
    return urllib3.request("POST", there, body=body, headers=headers, redirect=False, retries=False)


def resident(server: Running) -> int:
    """Memory of the front, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


@pytest.mark.parametrize("field", ["data-file", "data"])
@pytest.mark.long
def test_large_uploads_do_not_stay_in_the_front(server: Running, field: str) -> None:
    send(server, field, MISSION)
    before, reports = resident(server), []
    for number in range(3):
        data = LINES + b"#%d\n" % number + MISSION
        reply = send(server, field, data)
        assert reply.status == 303, reply.data
        reports.append(reply.headers["Location"])
    assert resident(server) - before < 60 * MEGABYTE
    page = ask(server, reports[0], Accept="text/html")
    while page.headers.get("Refresh"):
        page = ask(server, reports[0], Accept="text/html")
    assert page.status == 200 and b"does not conform" in page.data and len(page.data) < MEGABYTE
    assert b"too long to be shown" in page.data


def test_who_abandons_fifty_jobs_stops_nobody_else(server: Running) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    statuses = set()
    for seed in range(25):  # left without waiting, and never come back for
        with socket.create_connection((host, int(port))) as connection:
            head = f"GET {long(seed)} HTTP/1.1\r\nHost: {host}\r\n"
            token = f"Authorization: {READER['Authorization']}\r\n\r\n"
            connection.sendall((head + token).encode())
        statuses.add(ask(server, long(100 + seed), host, Prefer="respond-async").status)
    assert statuses == {202, 503}  # a client has half of the queue
    answer = ask(server, "/networks/funding/nodes")
    assert answer.status == 200 and answer.json()["rows"]


# --- without a server


@pytest.fixture(scope="module")
def jobs(graph: MissionGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    settings = Settings(network_jobs=1, work_folder=str(tmp_path_factory.mktemp("work")))
    made = Jobs(graph.engine, Cache(1), settings)
    yield made
    made.close()


def asked(seed: int) -> NetworkRequest:
    given = {"measure": "closeness", "sure": "resampling", "runs": 10_000, "seed": seed}
    query = find_network("shared-missions")
    return NetworkRequest("centrality", query, {}, given, "application/json")


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)


def test_a_job_goes_on_while_somebody_wants_it(jobs: Jobs) -> None:
    left, kept = jobs.ask(asked(1), "a"), jobs.ask(asked(2), "b")
    jobs.keep(kept)
    until(lambda: jobs.find(left.id) is None)  # nobody waited, nor came
    until(lambda: (found := jobs.find(kept.id)) and found.state == "running")
    jobs.tickets.forget(kept)


def test_a_job_whose_address_is_given_is_expected_for_a_while(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("missiongraph.server.state.jobs.COMING_SECONDS", 4)
    ticket = jobs.ask(asked(3), "a")
    jobs.expect(ticket)
    time.sleep(2.5)
    assert jobs.find(ticket.id)
    until(lambda: jobs.find(ticket.id) is None)


def test_who_waits_is_told_when_the_client_has_left(jobs: Jobs) -> None:
    with pytest.raises(ClientGone):
        jobs.wait(jobs.ask(asked(4), "a"), 30, lambda: True)


def test_half_of_the_places_to_wait_are_for_one(jobs: Jobs) -> None:
    most = Settings().network_waiting // 2
    with ExitStack() as stack:
        for _ in range(most):
            stack.enter_context(jobs.waiting("a"))
        with pytest.raises(Busy) as caught, jobs.waiting("a"):
            pass
        assert caught.value.limit == "network_waiting"
        with jobs.waiting("b"):
            pass
    with jobs.waiting("a"):
        pass
