"""Lists the functions of networkx that run on our arrays, for its dispatch.

networkx calls :func:`get_info` when it is imported, so this module imports only the standard
library. The functions run in :mod:`missiongraph.networks.nx.backend`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Gives = Literal["scores", "counts", "two", "ties", "sets", "number", "nodes", "pairs"]
"""The form of a result, see :mod:`missiongraph.networks.nx.backend`."""


@dataclass(frozen=True)
class Served:
    """A function of networkx that we compute.

    ``function`` of ``module`` takes the network and those parameters of networkx that ``takes``
    maps to our names. All others must have networkx's defaults, except ``idle`` ones, which are
    ignored. ``weight`` is the parameter with the name of the weight attribute (or, if there is no
    such parameter, the attribute); ``sets`` are further arguments of our function. ``simple``: only
    for graphs without loops; ``undirected``: only for undirected graphs; ``cheap``: not worth
    converting a graph.
    """

    module: str
    function: str
    gives: Gives = "scores"
    takes: Mapping[str, str] = field(default_factory=dict)
    weight: str = ""
    sets: Mapping[str, Any] = field(default_factory=dict)
    idle: tuple[str, ...] = ()
    simple: bool = False
    undirected: bool = False
    cheap: bool = False


_POWER = {"max_iter": "most", "tol": "tolerance", "nstart": "start"}
_KATZ = {"alpha": "alpha", "beta": "beta", "normalized": "normalized"}
_PAGERANK = {"alpha": "damping", "personalization": "personal", "dangling": "dangling"}
_BETWEEN = {"normalized": "normalized", "endpoints": "endpoints"}

SERVED: Mapping[str, Served] = {
    "degree_centrality": Served("degree", "degree", cheap=True),
    "in_degree_centrality": Served("degree", "in_degree", cheap=True),
    "out_degree_centrality": Served("degree", "out_degree", cheap=True),
    "pagerank": Served("spectral", "pagerank", takes=_PAGERANK | _POWER, weight="weight"),
    "eigenvector_centrality": Served("spectral", "walked", takes=_POWER, weight="weight"),
    "eigenvector_centrality_numpy": Served(
        "spectral", "leading", takes={"max_iter": "most", "tol": "tolerance"}, weight="weight"
    ),
    "katz_centrality": Served("spectral", "katz", takes=_KATZ | _POWER, weight="weight"),
    "katz_centrality_numpy": Served("spectral", "katz_exact", takes=_KATZ, weight="weight"),
    "hits": Served("spectral", "hits", "two", weight="weight"),
    "closeness_centrality": Served("distance", "closeness"),
    "harmonic_centrality": Served("distance", "harmonic"),
    "betweenness_centrality": Served("betweenness", "betweenness", takes=_BETWEEN, idle=("seed",)),
    "edge_betweenness_centrality": Served(
        "betweenness",
        "edge_betweenness",
        gives="ties",
        takes={"normalized": "normalized"},
        idle=("seed",),
    ),
    "core_number": Served("cohesion", "coreness", "counts", simple=True),
    "clustering": Served("cohesion", "clustering", simple=True),
    "triangles": Served("cohesion", "triangles", "counts", simple=True, undirected=True),
    "constraint": Served("structural_holes", "constraint", simple=True),
    "effective_size": Served("structural_holes", "effective_size", simple=True, undirected=True),
    "connected_components": Served("components", "components", "sets", undirected=True),
    "number_connected_components": Served(
        "components", "components", "number", undirected=True, cheap=True
    ),
    "articulation_points": Served("components", "articulation_points", "nodes", undirected=True),
    "bridges": Served("components", "bridges", "pairs", undirected=True),
}
"""The functions of networkx that we compute, by the names under which it dispatches them."""


def get_info() -> dict[str, Any]:  # Any: as networkx asks
    """The description of this backend that networkx shows in its documentation."""
    return {
        "backend_name": "missiongraph",
        "project": "missiongraph",
        "package": "missiongraph",
        "short_summary": "Runs on the sparse matrix of a MissionGraph network.",
        "functions": {name: {} for name in SERVED},
    }
