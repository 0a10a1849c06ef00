"""MissionGraph: a sourced knowledge graph of mission-oriented innovation.

>>> import missiongraph
>>> graph = missiongraph.open()
>>> graph.query("ASK { ?mission a <https://w3id.org/missiongraph/ontology#Mission> }")
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import moved
from .errors import MissionGraphError

if TYPE_CHECKING:
    from missiongraph.ingest.build import Build, build
    from missiongraph.ingest.convert import map_file
    from missiongraph.networks.kit.findings import Findings
    from missiongraph.networks.kit.graphs import AnalystGraph, network
    from missiongraph.publishing.statistics import Info
    from missiongraph.sparql.engine import Answer, Engine, Query
    from missiongraph.sparql.local import LocalEngine
    from missiongraph.sparql.results import Table

    from .api import MissionGraph, open, open_isolated

    __version__: str

__all__ = [
    "AnalystGraph",
    "Answer",
    "Build",
    "Engine",
    "Findings",
    "Info",
    "LocalEngine",
    "MissionGraph",
    "MissionGraphError",
    "Query",
    "Table",
    "build",
    "map_file",
    "network",
    "open",
    "open_isolated",
]

# networkx imports this package as a backend, so heavy modules load on first use (PEP 562).
# No submodule may share one of these names: importing it would replace the object.
_HOMES = {
    "AnalystGraph": "networks.kit.graphs",
    "Answer": "sparql.engine",
    "Build": "ingest.build",
    "Engine": "sparql.engine",
    "Findings": "networks.kit.findings",
    "Info": "publishing.statistics",
    "LocalEngine": "sparql.local",
    "MissionGraph": "api",
    "Query": "sparql.engine",
    "Table": "sparql.results",
    "build": "ingest.build",
    "map_file": "ingest.convert",
    "network": "networks.kit.graphs",
    "open": "api",
    "open_isolated": "api",
}

moved.follow()


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    elif name == "__version__":
        from .resources import version

        value = version("missiongraph")
    else:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "__version__"})
