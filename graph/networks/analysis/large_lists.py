"""Compares ranks with and without each large list that the ties of a network come from.

What is central in a network depends on what was collected: a long list of members, or of those that
signed a contract, makes its own entries central. A list is a layer, a source, or a node that many
are tied to: a network with its members, a mission with its participants. Large are those with most
statements; of lists with the same statements, only the first counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from missiongraph.errors import QueryError
from missiongraph.namespaces import ID, SOURCE_GRAPH
from missiongraph.networks.extract.construct import View, build_network, shown
from missiongraph.networks.extract.ties import Codes, Mask, Ties
from missiongraph.networks.measures.ranking import Ranking, agreement, centrality
from missiongraph.networks.measures.ranking import ranks as ranked
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network, Node

Kind = Literal["layer", "source", "node"]

MOST = 5
"""The number of lists that are compared by default."""


@dataclass(frozen=True)
class LargeList:
    """A list: its kind, its name, and how many ``statements`` of the network come from it.

    ``name`` is that of a layer, or the IRI of a source's graph or of a node. ``nodes`` are those
    that its statements lead to, ``graphs`` those that they stand in.
    """

    kind: Kind
    name: str
    statements: int
    nodes: frozenset[str]
    graphs: frozenset[str]

    @property
    def short(self) -> str:
        """The kind and the name, without the part that all our addresses have."""
        return f"{self.kind} {self.name.removeprefix(SOURCE_GRAPH).removeprefix(ID)}"


@dataclass(frozen=True)
class Variant:
    """The ranks of a network without one list, or ``with`` the layers that are set apart.

    ``agreement`` is Kendall's tau with the network as it is, among the nodes of both.
    """

    lists: Sequence[LargeList]
    added: bool
    ranking: Ranking
    agreement: float

    @property
    def name(self) -> str:
        """What is left out or added: «without layer lead»."""
        names = ", ".join(each.short for each in self.lists)
        return f"{'with' if self.added else 'without'} {names}"

    @cached_property
    def ranks(self) -> dict[Node, int]:
        """The rank of each node."""
        return _by_node(self.ranking)


@dataclass(frozen=True)
class Comparison:
    """A ranking, and its variants: without each list, then with the layers apart, if there are any.

    ``lists`` is the number of lists with two statements or more, of which the largest are compared.
    """

    ranking: Ranking
    variants: Sequence[Variant]
    lists: int

    def rows(self, top: int = 10) -> Iterator[dict[str, Any]]:  # Any: a cell is of any type
        """A row for each node among the first ``top`` of the ranking or of any variant.

        ``node``, ``label``, ``rank``, and its rank in each variant, by the variant's name; None if
        the node is not in that network.
        """
        ranks = _by_node(self.ranking)
        every = [ranks, *(variant.ranks for variant in self.variants)]
        rankings = [self.ranking, *(variant.ranking for variant in self.variants)]
        labels = {
            ranking.network.nodes[place]: ranking.network.label(ranking.network.nodes[place])
            for ranking in rankings
            for place in ranking.order[:top]
        }
        for node in sorted(
            labels, key=lambda node: (*(of.get(node, np.inf) for of in every), labels[node])
        ):
            row = {"node": node, "label": labels[node], "rank": ranks.get(node)}
            yield row | {variant.name: variant.ranks.get(node) for variant in self.variants}


def compare_lists(
    ties: Ties,
    query: NetworkQuery,
    view: View | None = None,
    measure: str = "betweenness",
    *,
    most: int = MOST,
    labels: Mapping[Node, str] | None = None,
    **parameters: Any,
) -> Comparison:
    """Rank the nodes of a network as it is, without each of its ``most`` largest lists, and with
    the layers that its query sets apart, unless the ``view`` names layers.

    ``labels`` are names for nodes, and ``parameters`` are passed to the measure. An empty network
    has no variants. Raises :class:`QueryError` for a number of lists below 0.
    """
    if most < 0:
        raise QueryError(f"the number of lists is 0 or more, not {most}")
    view = view or View()
    every = _candidates(ties, query, view)

    def rank(network: Network) -> Ranking:
        return centrality(replace(network, labels=labels or {}), [measure], **parameters)

    def variant(network: Network, lists: Sequence[LargeList], *, added: bool = False) -> Variant:
        other = rank(network)
        return Variant(lists, added, other, _agreement(whole, other))

    whole = rank(build_network(ties, query, view))

    variants = [
        variant(build_network(ties, query, view, kept=~mask), [each])
        for each, mask in _largest(ties, query, view, every, most)
    ]
    if apart := [] if view.layers else _apart(ties, query, view):
        joined = build_network(ties, replace(query, apart=()), view)
        variants.append(variant(joined, apart, added=True))
    return Comparison(whole, variants, len(every))


def _candidates(ties: Ties, query: NetworkQuery, view: View) -> list[tuple[Kind, int]]:
    """The kind and the code of each list with two statements of the view or more, largest first."""
    tied = _tied(ties, query, view)
    counted: list[tuple[int, Kind, int]] = []
    for kind in _NAMES:
        counts = np.zeros(len(getattr(ties, _NAMES[kind])), np.int64)
        for codes in _codes(ties, query, kind):
            counts += np.bincount(codes[tied & (codes >= 0)], minlength=len(counts))
        counted += [(int(counts[code]), kind, int(code)) for code in np.flatnonzero(counts > 1)]
    return [(kind, code) for _, kind, code in sorted(counted, key=lambda each: -each[0])]


def _largest(
    ties: Ties, query: NetworkQuery, view: View, candidates: list[tuple[Kind, int]], most: int
) -> list[tuple[LargeList, Mask]]:
    """The ``most`` largest lists with different statements, and masks of what is left out.

    A list of all statements is none, as nothing would be left without it.
    """
    tied = _tied(ties, query, view)
    chosen: list[tuple[LargeList, Mask]] = []
    for kind, code in candidates:
        if len(chosen) == most:
            break
        mask = _of(ties, query, kind, code)
        own = mask & tied
        known = any(np.array_equal(own, other & tied) for _, other in chosen)
        if not known and not np.array_equal(own, tied):
            chosen.append((_listed(ties, kind, code, own), mask))
    return chosen


_NAMES: dict[Kind, str] = {"layer": "layers", "source": "graphs", "node": "nodes"}


def _tied(ties: Ties, query: NetworkQuery, view: View) -> Mask:
    """A mask of the statements of the view that tie two nodes."""
    mask: Mask = shown(ties, query, view) & (ties.target >= 0)
    return mask


def _codes(ties: Ties, query: NetworkQuery, kind: Kind) -> list[Codes]:
    """The codes of the lists that statements are in; of nodes, both ends if they are alike."""
    if kind == "node":
        return [ties.target, ties.source] if query.kind == "undirected" else [ties.target]
    codes = ties.layer if kind == "layer" else ties.graph
    return [codes] if len(codes) else []


def _of(ties: Ties, query: NetworkQuery, kind: Kind, code: int) -> Mask:
    masks = [codes == code for codes in _codes(ties, query, kind)]
    mask: Mask = np.logical_or.reduce(masks)
    return mask


def _listed(ties: Ties, kind: Kind, code: int, mask: Mask) -> LargeList:
    name = getattr(ties, _NAMES[kind])[code]
    nodes = frozenset(ties.nodes[place] for place in np.unique(ties.target[mask]).tolist())
    graphs = np.unique(ties.graph[mask & (ties.graph >= 0)]).tolist() if len(ties.graph) else []
    stand = frozenset(ties.graphs[place] for place in graphs)
    return LargeList(kind, name, int(np.sum(mask)), nodes, stand)


def _apart(ties: Ties, query: NetworkQuery, view: View) -> list[LargeList]:
    """The layers that the query sets apart, as lists."""
    tied = _tied(ties, replace(query, apart=()), view)
    codes = [place for place, layer in enumerate(ties.layers) if layer in query.apart]
    masks = [(code, tied & _of(ties, query, "layer", code)) for code in codes]
    return [_listed(ties, "layer", code, mask) for code, mask in masks if mask.any()]


def _by_node(ranking: Ranking) -> dict[Node, int]:
    ranks = ranking.ranks(ranking.measures[0])
    return dict(zip(ranking.network.nodes, ranks.tolist(), strict=True))


def _agreement(one: Ranking, other: Ranking) -> float:
    """Kendall's tau of two rankings among the nodes that both have."""
    first, second = _by_node(one), _by_node(other)
    both = [node for node in first if node in second]
    pair = [np.array([of[node] for node in both], np.float64) for of in (first, second)]
    return agreement(*(ranked(ranks, low=True) for ranks in pair))
