"""Describes a measure: its name, meaning, range and source, and the function that computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from missiongraph.errors import UnknownQuery

if TYPE_CHECKING:  # the list of measures is read without computing any
    import networkx as nx

    from missiongraph.networks.model.network import Network, Scores

Counts = Literal["steps", "strength", "distance"]


@dataclass(frozen=True)
class Measure:
    """A measure of centrality.

    ``says`` is the meaning of a high score in one line, ``range`` the range of scores, ``counts``
    what counts of a tie: its existence (``steps``), strength or distance. ``direction`` is the role
    of direction, ``source`` the paper that defines the measure. With ``low``, the lowest score
    ranks first; ``two_mode`` measures are for two-mode networks only. ``parameters`` are those that
    a caller can set, with their defaults. ``bound`` describes how far approximate scores can be
    from the exact ones, with parameters in braces. ``function`` in ``module`` takes a
    :class:`Network` and the parameters.
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
        """Whether scores are estimates with a bound on their error."""
        return bool(self.bound)

    def bounded(self, **parameters: Any) -> str:
        """How far scores can be from the exact ones with these parameters; empty if exact."""
        return self.bound.format(**{**self.parameters, **parameters})

    def scores(self, network: Network | nx.Graph[Any], **parameters: Any) -> Scores:
        """The score of each node; raises :class:`UnknownQuery` for an unknown parameter."""
        if unknown := sorted(set(parameters) - set(self.parameters)):
            takes = ", ".join(self.parameters) or "none"
            raise UnknownQuery(f"{self.name} has no parameter '{unknown[0]}'; it takes {takes}")
        from missiongraph.networks.model.convert import from_networkx

        function = getattr(import_module(f".{self.module}", __package__), self.function)
        return cast("Scores", function(from_networkx(network), **parameters))
