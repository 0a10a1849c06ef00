"""Tests how robust ranks are when a source, or some of the ties, are left out.

The graph records the source of each statement. Leaving out one source at a time shows which
document, if it is wrong, changes a ranking; dropping random ties shows how much a ranking depends
on a few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError
from missiongraph.networks.extract.construct import View, build_network, shown
from missiongraph.networks.extract.ties import Mask, Ties
from missiongraph.networks.measures.ranking import (
    DEFAULT,
    Interval,
    Ranking,
    Ranks,
    agreement,
    centrality,
)
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network

SHARES = (0.1, 0.2, 0.3, 0.5)
"""The default shares of missing sources."""

TOP = 10
"""The first ranks, whose nodes should stay within."""

Method = Literal["sources", "resampling"]
Progress = Callable[[str, int, int], None]
"""Called with the name of the next step, the number of steps done and their total."""

_Drawn = Iterator[tuple[str, Network | None]]


def robust(
    ties: Ties,
    query: NetworkQuery,
    view: View | None = None,
    measures: str | Sequence[str] = DEFAULT,
    *,
    method: Method = "sources",
    rate: float = 0.1,
    runs: int = 100,
    level: float = 0.9,
    seed: int = 0,
    progress: Progress | None = None,
    **parameters: Any,
) -> Ranking:
    """Rank the nodes of a network, with the best and the worst rank of each over variations.

    ``method`` is ``sources``: each named graph that states ties is left out once; or
    ``resampling``: a share ``rate`` of the ties (for a projection: of the affiliations) is dropped
    at random, ``runs`` times, and the interval covers a share ``level`` of the ranks and always the
    rank itself. The same ``seed`` gives the same ranks. ``parameters`` are passed to the measures.

    Raises :class:`QueryError` for a rate or level out of range, and for less than one run.
    """
    view = view or View()
    if method == "sources":
        total, drawn = len(ties.graphs), _without_sources(ties, query, view)
    else:
        _check(rate, runs, level)
        total, drawn = runs, _without_ties(ties, query, view, rate, runs, seed)
    ranking = centrality(build_network(ties, query, view), measures, **parameters)
    varied: dict[str, dict[str, Ranks]] = {measure: {} for measure in ranking.measures}
    for done, (name, network) in enumerate(drawn):
        if progress:
            progress(name, done, total)
        if network is not None and _differs(network, ranking.network):
            other = centrality(network, measures, **parameters)
            for measure in varied:
                varied[measure][name] = other.ranks(measure)
    of = _of_sources if method == "sources" else _of_runs(rate, runs, level)
    intervals = {measure: of(ranking.ranks(measure), varied[measure]) for measure in varied}
    return replace(ranking, intervals=intervals)


@dataclass(frozen=True)
class Missing:
    """How well ranks hold if a ``share`` of the sources is missing, over all runs.

    ``left_out`` is that number of sources. ``agreement`` is the mean of Kendall's tau-b with the
    ranks of all sources, -1 to 1, and ``low`` the agreement that 95 % of runs exceed. ``first`` is
    the share of runs in which all nodes of rank 1 keep it, ``top`` the mean share of the nodes of
    the first ten ranks that stay within.
    """

    share: float
    left_out: int
    agreement: float
    low: float
    first: float
    top: float


def missing_sources(
    ties: Ties,
    query: NetworkQuery,
    view: View | None = None,
    measure: str = "degree",
    *,
    shares: Sequence[float] = SHARES,
    runs: int = 50,
    seed: int = 0,
    progress: Progress | None = None,
    **parameters: Any,
) -> list[Missing]:
    """How well ranks hold if, for each of ``shares``, so many of the sources are missing at random.

    Documents are missing in wholes, so what one states is lost together; studies of missing data
    drop single ties or nodes instead (Borgatti, Carley & Krackhardt 2006). Only sources of ties in
    the view count, and a node keeps its place among all if it loses its ties. The same ``seed``
    gives the same figures. Raises :class:`QueryError` for a share out of range, for less than one
    run and for statements without sources.
    """
    view = view or View()
    if bad := [share for share in shares if not 0 <= share < 1]:
        raise QueryError(f"a share of sources is from 0 to below 1, not {bad[0]}")
    if runs < 1:
        raise QueryError(f"missing sources take at least one run, not {runs}")
    if len(ties) and not ties.graphs:
        raise QueryError(f"the ties of {query.name} have no ?graph, so their sources are not known")
    codes = sources_shown(ties, query, view)
    ranking = centrality(build_network(ties, query, view), [measure], **parameters)
    ranks, random = ranking.ranks(measure), np.random.default_rng(seed)
    found = []
    for place, share in enumerate(shares):
        number, others = round(share * len(codes)), []
        for run in range(runs):
            if progress:
                progress(f"{share:.0%} missing", place * runs + run, len(shares) * runs)
            out = random.choice(codes, number, replace=False)
            network = build_network(ties, query, view, kept=~np.isin(ties.graph, out))
            others.append(centrality(network, [measure], **parameters).ranks(measure))
        found.append(_missing(share, number, ranks, others))
    return found


def sources_shown(ties: Ties, query: NetworkQuery, view: View) -> npt.NDArray[np.int32]:
    """The indices of the source graphs that state a tie of the view."""
    if not ties.graphs:
        return np.array([], np.int32)
    codes = np.unique(ties.graph[shown(ties, query, view)])
    return codes[codes >= 0]


def _missing(share: float, number: int, ranks: Ranks, others: Sequence[Ranks]) -> Missing:
    taus = np.array([agreement(ranks, other) for other in others])
    first, top = ranks == 1, ranks <= TOP
    still = [bool((other[first] == 1).all()) for other in others]
    kept = [float(np.mean(other[top] <= TOP)) if top.any() else 1.0 for other in others]
    low = float(np.quantile(taus, 0.05))
    return Missing(
        share, number, float(np.mean(taus)), low, float(np.mean(still)), float(np.mean(kept))
    )


def _without_sources(ties: Ties, query: NetworkQuery, view: View) -> _Drawn:
    """For each source graph, the network without it; None if it states no tie of the view."""
    seen = shown(ties, query, view)
    for code, graph in enumerate(ties.graphs):
        own: Mask = ties.graph == code
        yield graph, build_network(ties, query, view, kept=~own) if (own & seen).any() else None


def _without_ties(
    ties: Ties, query: NetworkQuery, view: View, rate: float, runs: int, seed: int
) -> _Drawn:
    """Networks without a random share of the ties in the view."""
    random = np.random.default_rng(seed)
    tie = _ties(ties, query)
    tie[~shown(ties, query, view)] = -1
    there = np.unique(tie[tie >= 0])
    drop = round(rate * len(there))
    for run in range(runs):
        dropped = random.choice(there, drop, replace=False)
        yield f"run {run + 1}", build_network(ties, query, view, kept=~np.isin(tie, dropped))


def _ties(ties: Ties, query: NetworkQuery) -> npt.NDArray[np.int64]:
    """A number for each tied pair; -1 for a node without ties."""
    source, target = ties.source.astype(np.int64), ties.target.astype(np.int64)
    if query.kind == "undirected":
        source, target = np.minimum(source, target), np.maximum(source, target)
    return np.where(ties.target >= 0, source * len(ties.nodes) + target, -1)


def _differs(one: Network, other: Network) -> bool:
    a, b = one.matrix, other.matrix
    return a.nnz != b.nnz or not all(
        np.array_equal(getattr(a, part), getattr(b, part)) for part in ("indptr", "indices", "data")
    )


def _of_sources(ranks: Ranks, varied: Mapping[str, Ranks]) -> Interval:
    """The interval of ranks without each source; sources without effect have no entry."""
    every = np.array([ranks, *varied.values()])
    worst = every.argmax(axis=0)  # 0 is the rank itself
    names = ["", *varied]
    return Interval(
        every.min(axis=0),
        every.max(axis=0),
        "each source left out once",
        [names[place] for place in worst],
        ranks,
        varied,
    )


def _of_runs(
    rate: float, runs: int, level: float
) -> Callable[[Ranks, Mapping[str, Ranks]], Interval]:
    def of(ranks: Ranks, varied: Mapping[str, Ranks]) -> Interval:
        """The interval of ranks over all runs, including those without effect."""
        every = np.array([*varied.values(), *([ranks] * (runs - len(varied)))])
        tail = (1 - level) / 2
        return Interval(
            np.minimum(ranks, np.quantile(every, tail, axis=0, method="lower")),
            np.maximum(ranks, np.quantile(every, 1 - tail, axis=0, method="higher")),
            f"{level:.0%} of {runs} runs without {rate:.0%} of the ties",
        )

    return of


def _check(rate: float, runs: int, level: float) -> None:
    if not 0 <= rate < 1:
        raise QueryError(f"rate is the share of ties to drop, from 0 to below 1, not {rate}")
    if not 0 < level <= 1:
        raise QueryError(f"level is the share of ranks in the interval, up to 1, not {level}")
    if runs < 1:
        raise QueryError(f"resampling takes at least one run, not {runs}")
