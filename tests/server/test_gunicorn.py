"""The application in gunicorn, in three processes that share nothing but what they were given.

Tests of HTTP that look at answers only, and not into the application, are run again here: each of
their requests may meet another process than the one before.
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from support.peers import free_port
from werkzeug.test import Client, TestResponse

from missiongraph.namespaces import ID, MOI
from missiongraph.server.state.shared_folder import PREFIX

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytest.importorskip("gunicorn", reason="gunicorn runs on POSIX only")

pytestmark = pytest.mark.long

PROCESSES = 3
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
WRONG = f"<{ID}mission/a> a <{MOI}Mission> ."
PICTURE = "/picture?"
LATER = {"Prefer": "respond-async, wait=0"}
SETTINGS = {
    "SECURITY_CONTACT": "mailto:a@b.test",
    "NETWORK_WAIT_SECONDS": "60",
    "NETWORK_SECONDS": "90",  # three runners start at the same time
}
_START_SECONDS = 120
_SECONDS = 100


class Elsewhere:
    """A WSGI application that passes requests on to a server, each on a connection of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._pool = urllib3.PoolManager(maxsize=4 * PROCESSES, retries=False, timeout=_SECONDS)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        asked = f"{environ['REQUEST_URI'].partition('?')[0]}?{environ['QUERY_STRING']}".rstrip("?")
        given = {
            name[5:].replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if kind := environ.get("CONTENT_TYPE"):
            given["Content-Type"] = kind
        answer = self._pool.request(
            environ["REQUEST_METHOD"],
            self.address + asked,
            body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
            headers=given | {"Connection": "close"},
            redirect=False,
            decode_content=False,
        )
        passing = ("connection", "date", "transfer-encoding")
        headers = [(n, v) for n, v in answer.headers.items() if n.lower() not in passing]
        start(f"{answer.status} {answer.reason}", headers)
        return [answer.data]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of gunicorn, and the temporary folder of its processes."""
    folder, port = tmp_path_factory.mktemp("gunicorn"), free_port()
    settings = {f"MISSIONGRAPH_{name}": value for name, value in SETTINGS.items()}
    options = ["-w", str(PROCESSES), "-b", f"127.0.0.1:{port}", "--log-level", "warning"]
    options += ["--timeout", "120"]  # its own is shorter than a request may take
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "missiongraph.server:create_app()"],
            env=os.environ | settings | {"TMPDIR": str(folder)},
            stderr=log,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, folder / "log")
        yield address, folder
    finally:
        process.terminate()
        process.wait(20)
    assert not list(folder.glob(PREFIX + "*"))  # the last who left has cleaned up


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text("utf-8")
        with suppress(urllib3.exceptions.HTTPError):
            if urllib3.request("GET", f"{address}/health/ready", retries=False).status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8"))


@pytest.fixture(scope="module")
def client(served: tuple[str, Path]) -> Client:
    client = Client(Elsewhere(served[0]), TestResponse)
    until = time.monotonic() + _SECONDS
    while PICTURE not in client.get("/").text:  # which is being drawn, and changes the page
        assert time.monotonic() < until
    return client


# --- jobs and reports


def many(client: Client, path: str, headers: Mapping[str, str] = {}) -> list[TestResponse]:
    """What comes when the same is asked often and at once, so that all processes are asked."""
    with ThreadPoolExecutor(4 * PROCESSES) as pool:
        paths = [path] * 4 * PROCESSES
        return list(pool.map(lambda path: client.get(path, headers=headers), paths))


def test_all_processes_know_all_jobs(client: Client) -> None:
    path = "/networks/shared-missions/centrality/closeness?sure=resampling&runs=100"
    reply = client.get(path, headers=LATER)
    assert reply.status_code == 202
    assert reply.headers["Preference-Applied"] == LATER["Prefer"]
    job = reply.headers["Location"]
    assert {client.get(path, headers=LATER).headers["Location"] for _ in range(6)} == {job}
    statuses = {reply.status_code for reply in many(client, job)}
    assert statuses <= {200, 303}


def test_all_processes_know_what_a_job_made(client: Client) -> None:
    path = "/networks/memberships/centrality/closeness?sure=resampling&runs=3&format=csv"
    whole = client.get(path)
    assert whole.status_code == 200 and whole.mimetype == "text/csv"
    assert {reply.data for reply in many(client, path, LATER)} == {whole.data}


def test_all_processes_know_all_reports(client: Client) -> None:
    there = [
        client.post("/validate", data={"data": f"# {number}\n{WRONG}"}).headers["Location"]
        for number in range(PROCESSES)
    ]
    for place in there:
        until = time.monotonic() + _SECONDS
        while (reply := client.get(place, headers=BROWSER)).headers.get("Refresh"):
            assert reply.status_code == 200 and time.monotonic() < until
        for page in many(client, place, BROWSER):
            assert page.status_code == 200 and "does not conform" in page.text


def test_the_folder_is_for_this_user_alone(served: tuple[str, Path], client: Client) -> None:
    client.get("/networks/funding/nodes")
    (folder,) = served[1].glob(PREFIX + "*")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


def test_health_says_what_cannot_be_promised(client: Client) -> None:
    told = client.get("/health").get_json()
    assert told["server"] == {"totals": False, "departures": False}
    assert not any(told["limits"].values())


# --- what other tests ask


def _asks_only(test: Callable[..., Any]) -> bool:
    """Whether a test looks at answers alone, and needs nothing but a client."""
    given = {
        name.strip()
        for mark in getattr(test, "pytestmark", ())
        if mark.name == "parametrize"
        for name in (mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0])
    }
    test = inspect.unwrap(test)
    needed, text = set(inspect.signature(test).parameters), inspect.getsource(test)
    inside = any(word in text for word in ("served(", "create_app", "application"))
    return "client" in needed and needed <= {"client", *given} and not inside


def _loaded(path: Path) -> ModuleType:
    """A test module that is no part of a package."""
    spec = spec_from_file_location(f"again.{path.stem}", path)
    assert spec and spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _again(module: ModuleType) -> dict[str, Callable[..., Any]]:
    return {
        f"{name}_of_{module.__name__.rpartition('.test_')[2]}": test
        for name, test in vars(module).items()
        if name.startswith("test_") and _asks_only(test)
    }


for _file in ("server/test_http.py", "server/test_network_routes.py", "site/test_network_pages.py"):
    globals().update(_again(_loaded(Path(__file__).parents[1] / _file)))
