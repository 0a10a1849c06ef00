"""Describes a whole network: density, reciprocity, centralisation, dyads and triads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import comb, nan
from typing import Any

import networkx as nx
import numpy as np

from missiongraph.errors import UnknownQuery
from missiongraph.networks.analysis.communities import communities
from missiongraph.networks.analysis.mixing import degree_assortativity, mixing
from missiongraph.networks.analysis.null_models import Comparison, Progress, figures_by_chance
from missiongraph.networks.measures.cohesion import transitivity, without_loops
from missiongraph.networks.measures.components import components
from missiongraph.networks.measures.registry import find_measure
from missiongraph.networks.measures.two_mode import density as density_of_two_modes
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.partition import Groups

TRIADS = (
    "003", "012", "102", "021D", "021U", "021C", "111D", "111U",
    "030T", "030C", "201", "120D", "120U", "120C", "210", "300",
)  # fmt: skip
"""The types of triads: numbers of mutual, asymmetric and null dyads, and down, up, cyclic or
transitive (Davis & Leinhardt 1972; Holland & Leinhardt)."""

_LETTERED = ("021", "111", "030", "120")


@dataclass(frozen=True)
class Statistic:
    """A figure that describes a network: what it says, its range and its source."""

    name: str
    value: float
    says: str
    range: str
    source: str = ""


def statistics(network: Network | nx.Graph[Any]) -> list[Statistic]:
    """The figures of a network, in the order in which they are shown.

    Size, density, components, transitivity, degree assortativity and centralisation; if the network
    is directed, also reciprocity, dyads and triads. Loops are left out. A figure is NaN if it is
    not defined, such as the density of one node. Centralisation by closeness and betweenness needs
    all shortest paths and takes longest.
    """
    drawn = from_networkx(network)
    if drawn.loops:
        drawn = _without_loops(drawn)
    n = len(drawn)
    found = [
        Statistic("nodes", n, "number of nodes", "0 and up"),
        Statistic("ties", drawn.size, "number of ties", "0 and up"),
        Statistic("density", density(drawn), "ties as a share of all possible ones", "0 to 1"),
        *_cohesion(drawn),
        *_centralisations(drawn),
    ]
    if drawn.directed:
        mutual, asymmetric, null = dyads(drawn)
        source = "Wasserman & Faust 1994"
        found += [
            Statistic(
                "reciprocity", reciprocity(drawn), "share of ties that go back, too", "0 to 1"
            ),
            Statistic("mutual", mutual, "pairs tied both ways", "0 and up", source),
            Statistic("asymmetric", asymmetric, "pairs tied one way", "0 and up", source),
            Statistic("null", null, "pairs that are not tied", "0 and up", source),
        ]
    source = "Davis & Leinhardt 1972"
    found += [
        Statistic(f"triad {name}", number, "sets of three nodes", "0 and up", source)
        for name, number in triads(drawn).items()
        if drawn.directed or name in ("003", "102", "201", "300")
    ]
    return found


def density(network: Network | nx.Graph[Any]) -> float:
    """The number of ties over that of all possible ones without loops: 0 to 1.

    In a two-mode network only ties between the sides are possible. NaN for fewer than two nodes.
    """
    drawn = from_networkx(network)
    if drawn.side is not None:
        return density_of_two_modes(drawn)
    n = len(drawn)
    return float(without_loops(drawn.pattern).nnz / (n * (n - 1))) if n > 1 else nan


def reciprocity(network: Network | nx.Graph[Any]) -> float:
    """The share of ties whose opposite is a tie, too: 0 to 1; 1 in an undirected network.

    As networkx's ``overall_reciprocity``, without loops. NaN without ties.
    """
    mutual, asymmetric, _ = dyads(network)
    ties = 2 * mutual + asymmetric
    return 2 * mutual / ties if ties else nan


def dyads(network: Network | nx.Graph[Any]) -> tuple[int, int, int]:
    """How many pairs are tied both ways, one way and not at all."""
    pattern = without_loops(from_networkx(network).pattern)
    n = pattern.shape[0]
    mutual = int(pattern.multiply(pattern.T).sum()) // 2
    asymmetric = int(pattern.nnz) - 2 * mutual
    return mutual, asymmetric, comb(n, 2) - mutual - asymmetric


def triads(network: Network | nx.Graph[Any]) -> dict[str, int]:
    """How many sets of three nodes are of each of the :data:`TRIADS`.

    An undirected tie goes both ways. Loops are left out. As networkx's ``triadic_census``.
    """
    from missiongraph.networks.kernels.triads import WAYS, count

    pattern = without_loops(from_networkx(network).pattern)
    counts = count(pattern)
    census = dict.fromkeys(TRIADS, 0)
    for ways in range(1, WAYS):
        census[triad(ways % 4, ways // 4 % 4, ways // 16)] += int(counts[ways])
    census["003"] = comb(pattern.shape[0], 3) - sum(census.values())
    return census


def triad(uv: int, uw: int, vw: int) -> str:
    """The type of a triad by the ways in which its pairs are tied: 0 no, 1 to, 2 back, 3 both."""
    pairs = [("u", "v", uv), ("u", "w", uw), ("v", "w", vw)]
    ties = [sorted(way.bit_count() for _, _, way in pairs).count(number) for number in (2, 1, 0)]
    name = "".join(map(str, ties))
    if name not in _LETTERED:
        return name
    one_way = [(a, b) if way == 1 else (b, a) for a, b, way in pairs if way in (1, 2)]
    starts, ends = zip(*one_way, strict=True)
    if name == "111":
        (lonely,) = {"u", "v", "w"} - {n for a, b, way in pairs if way == 3 for n in (a, b)}
        return "111D" if starts == (lonely,) else "111U"
    if name == "030":
        return "030C" if len({*starts}) == 3 else "030T"
    if len({*starts}) == 1:
        return f"{name}D"
    return f"{name}U" if len({*ends}) == 1 else f"{name}C"


def centralisation(network: Network | nx.Graph[Any], measure: str = "degree") -> float:
    """How far a network centres on one node: 0 if all have the same score, 1 in a star.

    The sum of differences from the highest score, over the largest sum that a network of n nodes
    can have (Freeman 1979). ``measure`` is degree, in-degree, out-degree,
    closeness or betweenness. Closeness is that of Wasserman and Faust where not all nodes are
    connected, and in a directed network the closeness from others. NaN for fewer than three nodes.
    Raises :class:`UnknownQuery` for another measure, whose largest sum is not known.
    """
    drawn = from_networkx(network)
    if measure not in _MOST:
        raise UnknownQuery(f"centralisation is by {', '.join(_MOST)}, not by '{measure}'")
    n = len(drawn)
    if n < 3:
        return nan
    scores = find_measure(measure).scores(drawn)
    return float(np.sum(scores.max() - scores) / _MOST[measure](n, drawn.directed))


def statistics_by_chance(
    network: Network | nx.Graph[Any],
    groups: Mapping[str, Groups] | None = None,
    runs: int = 100,
    seed: int = 0,
    *,
    progress: Progress | None = None,
) -> list[Comparison]:
    """Compare figures of a network with those of random ones in which nodes have the same degrees.

    Transitivity, degree assortativity, in a directed network reciprocity, and the modularity of
    communities, which Leiden finds anew in each network, as random ones have communities, too; for
    each of the ``groups``, by name, the E-I index and the assortativity. Random networks are those
    of :func:`missiongraph.networks.analysis.null_models.randomised`. The same ``seed`` gives the
    same comparisons. Raises :class:`QueryError` for fewer than two runs.
    """
    drawn = from_networkx(network)
    figures: dict[str, Callable[[Network], float]] = {
        "transitivity": transitivity,
        "degree assortativity": degree_assortativity,
        "modularity": lambda network: communities(network, runs=1, seed=seed).modularity,
    }
    if drawn.directed:
        figures["reciprocity"] = reciprocity
    for name, of in (groups or {}).items():
        figures[f"E-I index by {name}"] = partial(_mixed, of, "ei")
        figures[f"assortativity by {name}"] = partial(_mixed, of, "assortativity")
    return figures_by_chance(drawn, figures, runs, seed, progress=progress)


def _mixed(groups: Groups, index: str, network: Network) -> float:
    return float(getattr(mixing(network, groups), index))


_MOST: Mapping[str, Callable[[int, bool], float]] = {
    "degree": lambda n, directed: (1 + directed) * (n - 2),
    "in-degree": lambda n, directed: n - 1 if directed else n - 2,
    "out-degree": lambda n, directed: n - 1 if directed else n - 2,
    "closeness": lambda n, directed: n - 1 if directed else (n - 1) * (n - 2) / (2 * n - 3),
    "betweenness": lambda n, directed: n - 1,
}
"""The largest sums of differences from the highest score."""


def _cohesion(network: Network) -> Sequence[Statistic]:
    n = len(network)
    part = components(network)
    largest = int(np.bincount(part).max(initial=0)) / n if n else nan
    return [
        Statistic("components", int(part.max(initial=-1)) + 1, "parts that are tied", "0 to n"),
        Statistic("largest component", largest, "share of nodes in the largest", "0 to 1"),
        Statistic(
            "transitivity",
            transitivity(network),
            "share of paths of two ties whose ends are tied",
            "0 to 1",
        ),
        Statistic(
            "degree assortativity",
            degree_assortativity(network),
            "correlation of degrees at both ends of ties",
            "-1 to 1",
            "Newman 2003",
        ),
    ]


def _centralisations(network: Network) -> Sequence[Statistic]:
    degrees = ("in-degree", "out-degree") if network.directed else ("degree",)
    return [
        Statistic(
            f"{measure} centralisation",
            centralisation(network, measure),
            "how far the network centres on one node; a star has 1",
            "0 to 1",
            "Freeman 1979",
        )
        for measure in (*degrees, "closeness", "betweenness")
    ]


def _without_loops(network: Network) -> Network:
    return replace(network, matrix=without_loops(network.matrix))
