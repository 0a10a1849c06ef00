"""A measure: what a centrality is called, what it says and what computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
