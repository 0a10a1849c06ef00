"""Compares the layers of a network: in how many each node is tied, and who is central across them.

Each layer is a network of its own; nodes are those of any layer, and a node that a layer lacks has
no ties there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import Unsuited
from missiongraph.networks.measures.cohesion import without_loops
from missiongraph.networks.measures.spectral import pagerank
from missiongraph.networks.model.network import Network, Node, Scores

Kind = Literal["additive", "multiplicative", "combined", "neutral"]
"""How a layer counts in the next one, see :func:`multiplex_pagerank`."""

_EXPONENTS: dict[Kind, tuple[int, int]] = {
    "additive": (0, 1),
    "multiplicative": (1, 0),
    "combined": (1, 1),
    "neutral": (0, 0),
}


@dataclass(frozen=True, eq=False)
class Layers:
    """The degree of each node in each layer (nodes x layers); ties of a node to itself are not
    counted, and direction is ignored."""

    nodes: Sequence[Node]
    names: Sequence[str]
    degrees: npt.NDArray[np.int64]

    @property
    def overlapping(self) -> npt.NDArray[np.int64]:
        """The number of ties of each node in all layers (Battiston, Nicosia & Latora 2014)."""
        whole: npt.NDArray[np.int64] = self.degrees.sum(axis=1)
        return whole

    @property
    def participation(self) -> Scores:
        """How evenly the ties of a node lie in the layers, 0 (all in one) to 1 (as many in each).

        M / (M - 1) (1 - sum of squared shares) for M layers (Battiston, Nicosia & Latora 2014,
        Physical Review E 89, 032804); NaN for a node without ties.
        """
        many = len(self.names)
        with np.errstate(invalid="ignore"):
            shares = self.degrees / self.overlapping[:, None]
        evenness: Scores = many / (many - 1) * (1 - np.square(shares).sum(axis=1))
        return evenness

    @property
    def entropy(self) -> Scores:
        """The entropy of the same shares, in nats, 0 to ln M; NaN for a node without ties."""
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = self.degrees / self.overlapping[:, None]
            terms = np.where(shares > 0, -shares * np.log(shares), np.where(shares == 0, 0, np.nan))
        return np.asarray(terms.sum(axis=1), dtype=np.float64)

    def overlap(self) -> npt.NDArray[np.float64]:
        """The correlation of the degrees in each two layers (Pearson; NaN if all are equal)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.atleast_2d(np.corrcoef(self.degrees, rowvar=False))

    def rows(self) -> Iterator[dict[str, Any]]:  # Any: a cell is of any type
        """A row for each node, those with ties in most layers first."""
        shares, entropy, total = self.participation, self.entropy, self.overlapping
        tied = np.count_nonzero(self.degrees, axis=1)
        for place in np.lexsort((np.arange(len(self.nodes)), -total, -tied)).tolist():
            yield {
                "node": self.nodes[place],
                "layers": int(tied[place]),
                "ties": int(total[place]),
                "participation": float(shares[place]),
                "entropy": float(entropy[place]),
                **dict(zip(self.names, self.degrees[place].tolist(), strict=True)),
            }


def layers(networks: Mapping[str, Network]) -> Layers:
    """The degrees of all nodes in all layers; raises :class:`Unsuited` for fewer than two."""
    _refuse_one(len(networks))
    nodes = _union(list(networks.values()))
    aligned = (_aligned(each.undirected, nodes).matrix for each in networks.values())
    degrees = [np.diff(without_loops(matrix).indptr) for matrix in aligned]
    return Layers(nodes, list(networks), np.array(degrees, dtype=np.int64).T)


def multiplex_pagerank(
    networks: Sequence[Network], kind: Kind = "combined", damping: float = 0.85
) -> tuple[list[Node], Scores]:
    """PageRank in the last layer, by way of the layers before it; each counts in the next.

    With the scores x of the layer before, a walker at a node goes on in proportion to the strength
    of a tie times x^b of its end, and restarts in proportion to x^c: ``additive`` b = 0 and c = 1,
    ``multiplicative`` b = 1 and c = 0, ``combined`` both 1, ``neutral`` both 0, which is PageRank
    of the last layer (Halu, Mondragon, Panzarasa & Bianconi 2013, PLoS ONE 8, e78293). Nodes
    without outgoing ties go on as at a restart, where the paper lets the walker vanish. The order
    of layers matters. Returns the nodes and their scores, 0 to 1, which sum to 1; raises
    :class:`Unsuited` for fewer than two layers or an unknown kind.
    """
    _refuse_one(len(networks))
    if kind not in _EXPONENTS:
        raise Unsuited(f"kind is one of {', '.join(get_args(Kind))}, not {kind}")
    by_end, at_restart = _EXPONENTS[kind]
    nodes = _union(networks)
    scores = np.zeros(len(nodes))
    for number, layer in enumerate(networks):
        here = _aligned(layer, nodes)
        if not number:
            scores = pagerank(here, damping)
            continue
        towards = here.strengths @ sparse.diags_array(scores**by_end)
        restart = dict(zip(nodes, (scores**at_restart).tolist(), strict=True))
        biased = replace(here, matrix=sparse.csr_array(towards), weighed="strength", directed=True)
        scores = pagerank(biased, damping, restart)
    return nodes, scores


def _refuse_one(many: int) -> None:
    if many < 2:
        raise Unsuited("layers are compared with each other: two or more are needed")


def _union(networks: Sequence[Network]) -> list[Node]:
    """The nodes of all networks, in the order in which they first occur."""
    return list(dict.fromkeys(node for network in networks for node in network.nodes))


def _aligned(network: Network, nodes: Sequence[Node]) -> Network:
    """The network with other nodes, among which are all of its own, in their order."""
    places = {node: place for place, node in enumerate(nodes)}
    there = np.array([places[node] for node in network.nodes], dtype=np.intp)
    ties = network.matrix.tocoo()
    shape = (len(nodes), len(nodes))
    rows, columns = (there[ends] for ends in ties.coords)
    matrix = sparse.csr_array((ties.data, (rows, columns)), shape=shape)
    matrix.sort_indices()
    bare = replace(network, nodes=list(nodes), matrix=matrix)
    return replace(bare, side=None, affiliations=None, events=None)
