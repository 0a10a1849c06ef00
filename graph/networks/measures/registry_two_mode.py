"""Lists the measures of two-mode networks, for :mod:`.registry`."""

from __future__ import annotations

from .measure import Measure

TWO_MODE = (
    Measure(
        "two-mode-degree",
        "share of the other side that it is tied to",
        "0 to 1",
        "steps",
        "two-mode networks have none",
        "Borgatti & Everett 1997",
        "two_mode",
        "degree",
        two_mode=True,
    ),
    Measure(
        "two-mode-closeness",
        "least possible sum of steps to all others over the actual one, times the share in reach",
        "0 to 1; 0 for an isolate",
        "steps",
        "two-mode networks have none",
        "Borgatti & Everett 1997",
        "two_mode",
        "closeness",
        two_mode=True,
    ),
    Measure(
        "two-mode-betweenness",
        "shortest paths that pass through it as a share of the most that are possible",
        "0 to 1",
        "steps",
        "two-mode networks have none",
        "Borgatti & Everett 1997",
        "two_mode",
        "betweenness",
        two_mode=True,
    ),
    Measure(
        "two-mode-eigenvector",
        "tied strongly to nodes that are tied strongly themselves",
        "0 to 1, squares sum to 1 on each side; 0 outside the largest component",
        "strength",
        "two-mode networks have none",
        "Bonacich 1991; Borgatti & Everett 1997",
        "two_mode",
        "eigenvector",
        two_mode=True,
    ),
    Measure(
        "two-mode-clustering",
        "mean overlap of its neighbours with those of nodes two steps away",
        "0 to 1; 0 without such nodes",
        "steps",
        "two-mode networks have none",
        "Latapy, Magnien & Del Vecchio 2008",
        "two_mode",
        "clustering",
        two_mode=True,
        parameters={"overlap": "dot"},
    ),
    Measure(
        "two-mode-closure",
        "share of the paths of four ties around it whose ends share yet another node",
        "0 to 1; 0 without such paths",
        "steps",
        "two-mode networks have none",
        "Opsahl 2013",
        "two_mode",
        "closure",
        two_mode=True,
    ),
)
"""The measures, in the order in which they are shown."""
