"""The terms that observations use: measures, attributes, and properties of a network."""

from __future__ import annotations

from missiongraph.namespaces import MOI

MEASURES = (
    "degree",
    "strength",
    "harmonic",
    "betweenness",
    "eigenvector",
    "pagerank",
    "constraint",
    "coreness",
)
"""The measures whose scores are published."""

SURE = ("degree", "harmonic", "betweenness", "pagerank")
"""Those of them that are published with an interval of ranks."""

ABOUT = ("queryText", "settings", "fingerprint", "nodeCount", "tieCount", "modularity", "stale")
"""The properties of a network as a whole."""

PARTIAL = ("constraint",)
"""Measures that are attributes: NaN for an isolate, but all observations must have all measures."""
ATTRIBUTES = (
    *PARTIAL,
    *(f"{measure}Rank" for measure in MEASURES),
    *(f"{measure}{part}" for measure in SURE for part in ("BestRank", "WorstRank", "RestsOn")),
    "community",
)
"""The attributes of observations."""

TERMS = frozenset(MOI + name for name in ("node", *MEASURES, *ATTRIBUTES, *ABOUT, "Community"))
"""Our classes and properties that only observations use, besides those of the Data Cube."""
