"""Measures: what each centrality is called, what it says and what computes it.

One table for Python, the command line, HTTP and SPARQL: :data:`MEASURES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Literal, cast

import networkx as nx

from missiongraph.errors import UnknownQuery
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Scores

Counts = Literal["steps", "strength", "distance"]


@dataclass(frozen=True)
class Measure:
    """A centrality.

    ``says`` is what a high score means, in a line; ``range`` what scores there are;
    ``counts`` what of a tie counts: that it is there (``steps``), its strength or its distance;
    ``direction`` what direction does; ``source`` the paper that defines it. ``low`` means that
    the lowest score ranks first, ``two_mode`` that only two-mode networks have scores.
    ``parameters`` are those that a caller may give, with their defaults. ``bound`` says how far
    approximate scores may be from the exact ones, with parameters in braces. Functions live in
    ``module`` and take a :class:`Network` and parameters.
    """

    name: str
    says: str
    range: str
    counts: Counts
    direction: str
    source: str
    module: str
    function: str
    low: bool = False
    two_mode: bool = False
    bound: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def approximate(self) -> bool:
        """Whether scores are near the exact ones, within a bound, and not the same."""
        return bool(self.bound)

    def bounded(self, **parameters: Any) -> str:
        """How far scores may be from the exact ones with these parameters; empty: they are."""
        return self.bound.format(**{**self.parameters, **parameters})

    def scores(self, network: Network | nx.Graph[Any], **parameters: Any) -> Scores:
        """A score to a node, in order; raises :class:`UnknownQuery` for an unknown parameter."""
        if unknown := sorted(set(parameters) - set(self.parameters)):
            takes = ", ".join(self.parameters) or "none"
            raise UnknownQuery(f"{self.name} has no parameter '{unknown[0]}'; it takes {takes}")
        module = import_module(f".{self.module}", __package__)
        return cast(Scores, getattr(module, self.function)(from_networkx(network), **parameters))


MEASURES: dict[str, Measure] = {}
"""The measures by name, in the order in which they are shown."""


def find_measure(name: str) -> Measure:
    """The measure called ``name``; raises :class:`UnknownQuery` naming near ones."""
    if not isinstance(name, str) or name not in MEASURES:
        near = get_close_matches(str(name), MEASURES, n=6, cutoff=0)
        raise UnknownQuery(f"no measure called '{name}'; the nearest are: {', '.join(near)}")
    return MEASURES[name]


def find_measures(names: str | Iterable[str]) -> list[Measure]:
    """The measures called ``names``, each once, or the one that is; raises as above."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        names = [names]
    return [*{found.name: found for found in map(find_measure, names)}.values()]


def _add(*measures: Measure) -> None:
    MEASURES.update({measure.name: measure for measure in measures})


_add(
    Measure(
        "degree",
        "share of the other nodes that it is tied to",
        "0 to 1; directed 0 to 2; 1 in a network of one node",
        "steps",
        "ties in and out are added up",
        "Freeman 1978",
        "degree",
        "degree",
    ),
    Measure(
        "in-degree",
        "share of the other nodes that are tied to it",
        "0 to 1; 1 in a network of one node",
        "steps",
        "towards the node; in undirected networks as degree",
        "Freeman 1978",
        "degree",
        "in_degree",
    ),
    Measure(
        "out-degree",
        "share of the other nodes that it is tied to",
        "0 to 1; 1 in a network of one node",
        "steps",
        "away from the node; in undirected networks as degree",
        "Freeman 1978",
        "degree",
        "out_degree",
    ),
    Measure(
        "strength",
        "sum of the strengths of its ties",
        "0 and up",
        "strength",
        "ties in and out are added up",
        "Barrat et al. 2004",
        "degree",
        "strength",
    ),
    Measure(
        "in-strength",
        "sum of the strengths of the ties that end at it",
        "0 and up",
        "strength",
        "towards the node; in undirected networks as strength",
        "Barrat et al. 2004",
        "degree",
        "in_strength",
    ),
    Measure(
        "out-strength",
        "sum of the strengths of the ties that start at it",
        "0 and up",
        "strength",
        "away from the node; in undirected networks as strength",
        "Barrat et al. 2004",
        "degree",
        "out_strength",
    ),
    Measure(
        "closeness",
        "one over the mean number of steps from those that reach it, times the share that does",
        "0 to 1; 0 for an isolate",
        "steps",
        "towards the node",
        "Wasserman & Faust 1994, equation 5.22",
        "distance",
        "closeness",
    ),
    Measure(
        "harmonic",
        "sum of one over the steps from every other node",
        "0 to n - 1",
        "steps",
        "towards the node",
        "Boldi & Vigna 2014",
        "distance",
        "harmonic",
    ),
    Measure(
        "betweenness",
        "share of the shortest paths between others that pass through it",
        "0 to 1",
        "steps",
        "along the ties",
        "Freeman 1977; Brandes 2001",
        "betweenness",
        "betweenness",
    ),
    Measure(
        "betweenness-sampled",
        "share of random shortest paths between others that pass through it",
        "0 to 1",
        "steps",
        "along the ties",
        "Riondato & Kornaropoulos 2016",
        "sampled_betweenness",
        "betweenness",
        bound="within {epsilon} for all nodes at once, with probability 1 - {delta}",
        parameters={"epsilon": 0.01, "delta": 0.1, "seed": 0},
    ),
    Measure(
        "eigenvector",
        "tied strongly to those that are so themselves",
        "0 to 1, squares sum to 1; 0 outside the largest component",
        "strength",
        "ignored: opposite ties add up",
        "Bonacich 1972",
        "spectral",
        "eigenvector",
    ),
    Measure(
        "katz",
        "walks that end at it, the long ones counting less",
        "0 to 1, squares sum to 1",
        "strength",
        "towards the node",
        "Katz 1953",
        "spectral",
        "katz",
        parameters={"alpha": None, "beta": 1.0},
    ),
    Measure(
        "pagerank",
        "share of time that a random walker spends at it",
        "0 to 1, sums to 1",
        "strength",
        "along the ties",
        "Page et al. 1999",
        "spectral",
        "pagerank",
        parameters={"damping": 0.85, "personal": None},
    ),
    Measure(
        "hubs",
        "tied strongly to good authorities",
        "0 to 1, sums to 1",
        "strength",
        "along the ties; without directions as authorities",
        "Kleinberg 1999",
        "spectral",
        "hubs",
    ),
    Measure(
        "authorities",
        "good hubs are tied strongly to it",
        "0 to 1, sums to 1",
        "strength",
        "towards the node; without directions as hubs",
        "Kleinberg 1999",
        "spectral",
        "authorities",
    ),
    Measure(
        "coreness",
        "the largest k such that it is in a group whose members have k ties within it",
        "0 and up, whole",
        "steps",
        "ties in and out are added up",
        "Seidman 1983; Batagelj & Zaveršnik 2003",
        "cohesion",
        "coreness",
    ),
    Measure(
        "clustering",
        "share of pairs of its neighbours that are tied to each other",
        "0 to 1; 0 with fewer than two neighbours",
        "steps",
        "as networkx: directed triangles (Fagiolo 2007)",
        "Watts & Strogatz 1998; by strength Onnela et al. 2005",
        "cohesion",
        "clustering",
        parameters={"by": "steps"},
    ),
    Measure(
        "constraint",
        "how much its contacts are tied to each other; low means room to broker",
        "above 0, may pass 1; not a number for an isolate",
        "strength",
        "ties in and out are added up",
        "Burt 1992, equation 2.4",
        "structural_holes",
        "constraint",
        low=True,
        parameters={"by": "strength"},
    ),
    Measure(
        "effective-size",
        "number of its contacts, less what they have in common",
        "1 to the number of contacts; not a number for an isolate",
        "strength",
        "ties in and out are added up",
        "Burt 1992",
        "structural_holes",
        "effective_size",
        parameters={"by": "strength"},
    ),
    Measure(
        "efficiency",
        "effective size as a share of the number of its contacts",
        "above 0 to 1; not a number for an isolate",
        "strength",
        "ties in and out are added up",
        "Burt 1992",
        "structural_holes",
        "efficiency",
        parameters={"by": "strength"},
    ),
    Measure(
        "hierarchy",
        "how far its constraint comes from a single contact",
        "0 to 1; 1 with one contact; not a number for an isolate",
        "strength",
        "ties in and out are added up",
        "Burt 1992",
        "structural_holes",
        "hierarchy",
        parameters={"by": "strength"},
    ),
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
        "least steps to all others there could be over those there are, times the share in reach",
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
        "share of the most shortest paths there could be that pass through it",
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
        "tied strongly to those that are so themselves",
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
        "how far those with whom it shares somebody share all",
        "0 to 1; 0 for who shares with none",
        "steps",
        "two-mode networks have none",
        "Latapy, Magnien & Del Vecchio 2008",
        "two_mode",
        "clustering",
        two_mode=True,
        parameters={"overlap": "dot"},
    ),
)
