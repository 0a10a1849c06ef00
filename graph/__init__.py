"""MissionGraph: a sourced knowledge graph of mission-oriented innovation.

>>> import missiongraph
>>> graph = missiongraph.open()
>>> graph.query("ASK { ?mission a <https://w3id.org/missiongraph/ontology#Mission> }")
True
"""

from __future__ import annotations

from .api import MissionGraph, open
from .build import Build, build
from .engine import Answer, Engine, LocalEngine, Query
from .errors import MissionGraphError
from .info import Info
from .inputs import version as _version
from .mapper import map_file
from .results import Table

__version__ = _version("missiongraph")

__all__ = [
    "Answer",
    "Build",
    "Engine",
    "Info",
    "LocalEngine",
    "MissionGraph",
    "MissionGraphError",
    "Query",
    "Table",
    "build",
    "map_file",
    "open",
]
