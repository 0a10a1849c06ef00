"""Ranks nodes as if every list had been read to its end, as far as it is known what is unread.

A list of members or signatories that was read in part makes the thing that it is of too small. Its
unread entries are unknown, so two answers bound the effect: that all are new nodes, and that all
are nodes that the network has already, drawn at random (after the treatment of missing actors by
Kossinets 2006, Social Networks 28, 247).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError
from missiongraph.networks.analysis.null_models import Progress
from missiongraph.networks.extract.construct import View, build_network, shown
from missiongraph.networks.extract.ties import COLUMNS, Mask, Ties
from missiongraph.networks.measures.ranking import Ranking, Ranks, centrality
from missiongraph.networks.measures.ranking import ranks as ranked
from missiongraph.networks.measures.registry import find_measure
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network, Node

LEAST = 3
"""Entries that must have been read to know how a list ties its nodes."""


@dataclass(frozen=True)
class UnreadList:
    """A list of the node ``thing``: how many of its entries were ``read``, and how many not."""

    name: str
    thing: Node
    read: int
    unread: int


@dataclass(frozen=True, eq=False)
class Completed:
    """Ranks as they are, with new nodes for what is unread, and with known ones, draw by draw.

    ``used`` are the lists that were completed, ``others`` those that were not; ``as_new`` has
    the rank of each node of ``ranking``, ``as_known`` a row of ranks for each draw.
    """

    ranking: Ranking
    used: Sequence[UnreadList]
    others: Sequence[UnreadList]
    as_new: Ranks
    as_known: Ranks

    @property
    def added(self) -> int:
        """The number of entries that are added."""
        return sum(each.unread for each in self.used)

    def rows(
        self, top: int | None = None
    ) -> Iterator[dict[str, Any]]:  # Any: a cell is of any type
        """A row for each node: its rank, that among new nodes, and the best and worst of draws."""
        network, ranks = self.ranking.network, self.ranking.ranks(self.ranking.measures[0])
        for place in self.ranking.order[:top]:
            node = network.nodes[place]
            yield {
                "node": node,
                "label": network.label(node),
                "rank": int(ranks[place]),
                "if_new": int(self.as_new[place]),
                "if_known_best": int(self.as_known[:, place].min()),
                "if_known_worst": int(self.as_known[:, place].max()),
            }


def complete_lists(
    ties: Ties,
    query: NetworkQuery,
    lists: Sequence[UnreadList],
    view: View | None = None,
    measure: str = "degree",
    runs: int = 20,
    seed: int = 0,
    *,
    labels: Mapping[Node, str] | None = None,
    progress: Progress | None = None,
    **parameters: Any,
) -> Completed:
    """Rank the nodes of a network as it is, and with the unread entries of ``lists``.

    A list counts if :data:`LEAST` of its entries or more were read and the view ties its thing to
    at least half as many nodes; of several lists of one thing, which may have the same entries,
    only the one with most unread. Each unread entry repeats one of these ties, drawn at random,
    with another node at the other end: a new one; or, in each of ``runs`` draws, one of those at
    that end of other ties that the thing is not tied to, and new ones once all are.
    Ranks are among the nodes of the network as it is. Raises :class:`QueryError` for ``runs`` below
    1.
    """
    if runs < 1:
        raise QueryError(f"at least one draw is needed, not {runs}")
    view = view or View()
    mask = shown(ties, query, view)
    largest = {each.thing: each for each in sorted(lists, key=lambda each: each.unread)}.values()
    found = {
        each: own
        for each in lists
        if each in largest and each.read >= LEAST
        if 2 * len(own := _statements(ties, each, mask)) >= each.read
    }
    whole = replace(build_network(ties, query, view), labels=labels or {})
    ranking = centrality(whole, [measure], **parameters)

    def ranks(known: bool, number: int) -> Ranks:
        chance = np.random.default_rng([seed, number])
        network = build_network(_extended(ties, found, chance, known=known), query, view)
        scores = centrality(network, [measure], **parameters)
        return _among(whole, scores)

    as_new = ranks(False, 0)
    drawn = []
    for number in range(runs):
        drawn.append(ranks(True, number))
        if progress:
            progress("ranking", number + 1, runs)
    others = [each for each in lists if each not in found]
    return Completed(ranking, list(found), others, as_new, np.array(drawn))


def _statements(ties: Ties, each: UnreadList, mask: Mask) -> npt.NDArray[np.intp]:
    """One statement of a mask for each node that the thing of a list is tied to."""
    if each.thing not in ties.nodes:
        return np.zeros(0, np.intp)
    thing = list(ties.nodes).index(str(each.thing))
    tied = ((ties.source == thing) | (ties.target == thing)) & (ties.target >= 0) & mask
    own = np.flatnonzero(tied)
    others = np.where(ties.source[own] == thing, ties.target[own], ties.source[own])
    first: npt.NDArray[np.intp] = own[np.unique(others, return_index=True)[1]]
    return first


def _extended(
    ties: Ties,
    lists: Mapping[UnreadList, npt.NDArray[np.intp]],
    chance: np.random.Generator,
    *,
    known: bool,
) -> Ties:
    """The statements, and one for each unread entry."""
    arrays = {name: [getattr(ties, name)] for name in COLUMNS}
    nodes = list(ties.nodes)
    for each, own in lists.items():
        thing = nodes.index(str(each.thing))
        if np.count_nonzero(ties.target[own] == thing) * 2 >= len(own):
            here, there = "target", "source"
        else:
            here, there = "source", "target"
        of_thing = own[getattr(ties, here)[own] == thing]
        pattern = chance.choice(of_thing, each.unread)
        open_ends = _not_yet(ties, here, there, thing) if known else np.zeros(0, np.intp)
        others = chance.permutation(open_ends)[: each.unread].tolist()
        new = each.unread - len(others)
        others += range(len(nodes), len(nodes) + new)
        nodes += [f"urn:x-missiongraph:unread:{len(nodes) + n}" for n in range(new)]
        for name, parts in arrays.items():
            if not len(parts[0]):
                continue
            values = others if name == there else -1 if name == "via" else parts[0][pattern]
            parts.append(np.broadcast_to(np.asarray(values, parts[0].dtype), each.unread))
    joined: dict[str, Any] = {name: np.concatenate(parts) for name, parts in arrays.items()}
    return replace(ties, nodes=nodes, **joined)


def _not_yet(ties: Ties, here: str, there: str, thing: int) -> npt.NDArray[np.intp]:
    """The nodes at that end of some statement that ``thing`` is not tied to."""
    ends, own = getattr(ties, there), getattr(ties, here) == thing
    return np.setdiff1d(ends[ends >= 0], np.append(ends[own], thing)).astype(np.intp)


def _among(whole: Network, scores: Ranking) -> Ranks:
    """The ranks of the nodes of ``whole``, among them, by the scores in a larger network."""
    index = scores.network.index
    places = [index[node] for node in whole.nodes]
    measure = scores.measures[0]
    return ranked(scores.scores[measure][places], low=find_measure(measure).low)
