"""Fixtures shared by all tests: one graph a session, opened as a user opens it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from support import browser as browsing
from support.applications import patient
from support.examples import be_patient, take_all

import missiongraph
from missiongraph import MissionGraph
from missiongraph.networks.observations.curated import CuratedEngine
from missiongraph.server import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from support.processes import ByFile


def pytest_configure(config: pytest.Config) -> None:
    """Let the long run, ``-m "long or hypothesis"``, try all examples of each property."""
    be_patient()
    chosen = config.getoption("markexpr")
    if "long" in chosen and "not long" not in chosen:
        take_all()


def pytest_xdist_auto_num_workers() -> int:
    """Two processes a core, as half of the tests wait; each takes up to 1 GB, so 8 at most."""
    return min(2 * (os.cpu_count() or 1), 8)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Start the server and the browser of ``site`` in one process only."""
    if config.getoption("dist") != "loadfile":
        return None
    from support.processes import ByFile

    return ByFile(config, log)


LONGEST_FIRST = (
    *("test_browser.py", "test_hostile.py", "test_isolation.py", "test_writes.py"),
    *("test_write_requests.py", "test_curated.py", "test_conformance.py", "test_demand.py"),
    *("test_readme.py", "test_remote.py", "test_network_files.py", "test_federation.py"),
    *("test_reload.py", "test_crash.py", "test_dereferencing.py", "test_prefix.py"),
    *("test_network_routes.py", "test_pages.py", "test_cli.py", "test_cli_networks.py"),
    *("test_odd_writes.py", "test_catalogue.py", "test_tokens.py", "test_packaging.py"),
    *("test_architecture.py", "test_operations.py", "test_convert_networks.py", "test_damage.py"),
    *("test_gunicorn.py", "test_candidates.py", "test_openapi.py", "test_observations.py"),
    *("test_jobs.py", "test_abandoned.py", "test_incremental.py", "test_shapes.py"),
    *("test_queries.py", "test_build.py", "test_derived_writes.py", "test_convert.py"),
)
"""After the site, files that need no curated graph: the first process measures it meanwhile."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one."""
    ranks = {name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


@pytest.fixture(scope="session")
def graph() -> MissionGraph:
    """The curated graph, built and measured once and then read from the cache."""
    opened = missiongraph.open()
    assert isinstance(opened.engine, CuratedEngine)
    opened.engine.measure()  # else pages would change while tests look at them
    return opened


@pytest.fixture(scope="session")
def client(graph: MissionGraph) -> FlaskClient:
    """A client of the application over the curated graph, with the settings it has by default."""
    return create_app(graph).test_client()


@pytest.fixture(scope="session")
def patient_client(graph: MissionGraph) -> Iterator[FlaskClient]:
    """A client that waits two minutes for what is computed of a network."""
    yield from patient(graph)


@pytest.fixture(scope="session")
def site(graph: MissionGraph) -> Iterator[str]:
    """The address of a running server of the curated graph, with its networks measured."""
    with browsing.started() as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one a session; skips where there is none."""
    with browsing.running_browser() as found:
        yield found


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page on the site; any error, breach of policy or request elsewhere fails the test."""
    with browsing.opened(browser, site) as opened:
        yield opened
