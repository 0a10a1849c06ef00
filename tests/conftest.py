"""Fixtures shared by all tests: one graph a session, opened as a user opens it."""

from __future__ import annotations

import pytest

import missiongraph
from missiongraph import MissionGraph


@pytest.fixture(scope="session")
def graph() -> MissionGraph:
    """The curated graph, built once and then read from the cache."""
    return missiongraph.open()
