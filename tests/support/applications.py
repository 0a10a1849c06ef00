"""Applications in this process: one that takes writes, and one whose networks are waited for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyoxigraph as ox
from flask.testing import FlaskClient

from missiongraph import MissionGraph
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.server import create_app
from missiongraph.server.settings import Settings
from missiongraph.server.state.access import Access
from missiongraph.server.state.context import Context
from missiongraph.server.state.tokens import Token, hashed
from missiongraph.writing import directory


def writable(folder: Path, quads: Sequence[ox.Quad] = (), *, merged: bool) -> Iterator[FlaskClient]:
    """A client of a graph in ``folder`` without shapes; its write token is ``t``."""
    directory.create(folder, quads, merged=merged)
    engine = IsolatedEngine(limits=Settings(), directory=folder, shapes=False)
    graph = MissionGraph(ox.Store())
    graph.engine = engine
    access = Access((Token("t", hashed("t"), "write"),))
    try:
        yield create_app(graph, Settings(), access, writable=True).test_client()
    finally:
        engine.close()


def patient(graph: MissionGraph) -> Iterator[FlaskClient]:
    """A client that waits two minutes for what is computed of a network."""
    app = create_app(graph, Settings(network_wait_seconds=120))
    yield app.test_client()
    context: Context = app.extensions["missiongraph"]
    context.jobs.close()
