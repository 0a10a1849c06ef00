"""Cuts a network into time slices, and compares two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError
from missiongraph.networks.measures.ranking import ranks
from missiongraph.networks.measures.registry import find_measure
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.days import Day, span
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network, Node, Scores

from .construct import View, build_network
from .counts import extent
from .ties import Ties

Every = Literal["year", "quarter", "month"]
MONTHS: dict[str, int] = {"year": 12, "quarter": 3, "month": 1}
"""Months in each period."""

ALL = View()


def slices(
    ties: Ties,
    query: NetworkQuery,
    every: Every = "year",
    since: Day | None = None,
    until: Day | None = None,
    *,
    window: int = 1,
    cumulative: bool = False,
    view: View = ALL,
) -> Iterator[tuple[date, Network]]:
    """The first day of each slice and its network; all networks have the same nodes.

    A slice is ``window`` periods long and contains the ties that hold on any day of it. The next
    one begins a period later, and the last ends with the last period. ``cumulative`` slices all
    begin with the first. Periods are whole: the first contains ``since`` and the last ``until``,
    in any form that ``days.span`` accepts; without them, the earliest and the latest date of a tie.
    A tie without end is in every slice from its start to the last day of which anything is known.
    An undated one is in none, or in all if the ``view`` has them, which also selects layers,
    method and backbone.

    Raises :class:`QueryError` for an unknown period, a window below 1, a ``view`` with dates, and
    if no tie is dated and ``since`` or ``until`` is missing.
    """
    if every not in MONTHS:
        raise QueryError(f"no period is named '{every}'; there are: {', '.join(MONTHS)}")
    if window < 1:
        raise QueryError(f"the window of a slice is 1 or more periods, not {window}")
    if view.at or view.since or view.until:
        raise QueryError("slices set the dates; give since and until to them, not to the view")
    first = _named(ties)[0] if since is None else span(since)[0]
    last = _named(ties)[1] if until is None else span(until)[1]
    if first > last:
        raise QueryError(f"since {first} is later than until {last}")
    return _slices(ties, query, MONTHS[every], first, last, window, cumulative, view)


def _slices(
    ties: Ties,
    query: NetworkQuery,
    months: int,
    first: date,
    last: date,
    window: int,
    cumulative: bool,
    view: View,
) -> Iterator[tuple[date, Network]]:
    begin = _month(first) // months * months
    starts = range(begin, _month(last) + 1, months)
    for start in starts[: max(len(starts) - window + 1, 1)]:
        begins = begin if cumulative else start
        until = _last_day(start + months * window - 1)
        shown = replace(view, since=_first_day(begins), until=until)
        yield _first_day(start), build_network(ties, query, shown)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _last_day(month: int) -> date:
    return date.max if month >= _month(date.max) else _first_day(month + 1) - timedelta(days=1)


def _named(ties: Ties) -> tuple[date, date]:
    """The first and the last day of which a tie is known."""
    if days := extent(ties):
        return days
    raise QueryError("no tie is dated: give both since and until")


@dataclass(frozen=True)
class Move:
    """A node whose rank changed, with its rank before and after; 1 is the first."""

    node: Node
    before: int
    after: int


@dataclass(frozen=True)
class Changes:
    """The differences between two networks.

    ``came`` and ``gone`` are the nodes that have ties only in the later or only in the earlier
    network. ``ties_came`` and ``ties_gone`` are pairs of nodes; a change of weight does not count.
    ``moved`` are the nodes of both networks whose rank differs, the largest change first.
    """

    came: Sequence[Node]
    gone: Sequence[Node]
    ties_came: Sequence[tuple[Node, Node]]
    ties_gone: Sequence[tuple[Node, Node]]
    moved: Sequence[Move]


def changes(
    before: Network | nx.Graph[Any],
    after: Network | nx.Graph[Any],
    measure: str | Callable[[Network], Scores] = "degree",
) -> Changes:
    """Compare two networks of the same kind, such as those of two days; ranks are by ``measure``.

    Each network is ranked on its own, and equal scores share the better rank. Lists are in the
    order of the nodes of ``after``, then of those only in ``before``. Raises :class:`QueryError`
    if one network is directed and the other is not.
    """
    old, new = from_networkx(before), from_networkx(after)
    if old.directed != new.directed:
        raise QueryError("a directed and an undirected network cannot be compared")
    nodes = list(dict.fromkeys([*new.nodes, *old.nodes]))
    index = {node: place for place, node in enumerate(nodes)}
    (was, tied_then), (now, tied_now) = (_pairs(network, index) for network in (old, new))

    def named(pairs: npt.NDArray[np.int64]) -> list[tuple[Node, Node]]:
        return [(nodes[a], nodes[b]) for a, b in zip(*np.divmod(pairs, len(nodes)), strict=True)]

    return Changes(
        [nodes[place] for place in np.flatnonzero(tied_now & ~tied_then)],
        [nodes[place] for place in np.flatnonzero(tied_then & ~tied_now)],
        named(np.setdiff1d(now, was, assume_unique=True)),
        named(np.setdiff1d(was, now, assume_unique=True)),
        _moved(old, new, measure),
    )


def _pairs(
    network: Network, index: dict[Node, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The ties as sorted numbers, and a mask of the nodes that have a tie to another."""
    places = np.array([index[node] for node in network.nodes], dtype=np.int64)
    one, other = (places[ends] for ends in network.ends)
    if not network.directed:
        one, other = np.minimum(one, other), np.maximum(one, other)
    tied = np.zeros(len(index), bool)
    tied[np.r_[one[one != other], other[one != other]]] = True
    return np.sort(one * len(index) + other), tied


def _moved(
    old: Network, new: Network, measure: str | Callable[[Network], Scores]
) -> Sequence[Move]:
    low = isinstance(measure, str) and find_measure(measure).low
    score = find_measure(measure).scores if isinstance(measure, str) else measure
    was = dict(zip(old.nodes, ranks(score(old), low=low).tolist(), strict=True))
    now = zip(new.nodes, ranks(score(new), low=low).tolist(), strict=True)
    moves = [Move(node, was[node], rank) for node, rank in now if was.get(node, rank) != rank]
    return sorted(moves, key=lambda move: -abs(move.before - move.after))
