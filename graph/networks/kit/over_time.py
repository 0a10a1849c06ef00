"""Answers questions about a network over time: ranks, ties and communities period by period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from missiongraph.errors import QueryError
from missiongraph.networks.extract.construct import View
from missiongraph.networks.extract.time_slices import Every, slices
from missiongraph.networks.measures.ranking import Ranking, centrality
from missiongraph.networks.model.days import Day
from missiongraph.networks.model.network import Network
from missiongraph.networks.operations.loaded import LoadedNetwork
from missiongraph.networks.operations.temporal import COUNTED

from .drawn_series import Memberships, Series
from .findings import Findings
from .measured import Measured

if TYPE_CHECKING:
    from missiongraph.networks.analysis.rank_robustness import Method

__all__ = ["Memberships", "OverTime", "Series"]

_SERIES = ("period", "node", "label", "present", "measure", "score", "rank")


class OverTime(Measured):
    """What a graph over a network answers for one period after another."""

    def series(
        self,
        since: Day | None = None,
        until: Day | None = None,
        measures: str | Sequence[str] = ("degree",),
        *,
        every: Every = "year",
        window: int = 1,
        cumulative: bool = False,
        undated: bool = False,
        sure: Method | None = None,
        **parameters: Any,
    ) -> Series:
        """The scores and ranks of every node over time, one row for a node, period and measure.

        Columns: ``period`` (its first day), ``node``, ``label``, ``present`` (whether it has a tie
        then), ``measure``, ``score``, ``rank`` (None if it is not present); with ``sure``, as in
        :meth:`centrality`, also ``best`` and ``worst``. ``facts["periods"]`` has for each period
        the number of nodes with ties, of ties, and of statements: without a date, of a single day,
        left out. For periods and windows see
        :func:`missiongraph.networks.extract.time_slices.slices`. Raises :class:`UnknownQuery` for
        a network without statements.
        """
        from missiongraph.networks.analysis.turnover import present

        of = self._timeless
        rows: list[dict[str, Any]] = []
        periods: list[dict[str, Any]] = []
        names: tuple[str, ...] = ()
        for day, then in self._slices(since, until, every, window, cumulative, undated):
            ranking = _ranking(of, then, measures, sure, parameters)
            names = ranking.measures
            rows += _scored(day, ranking, self)
            counts = {name: then.about[name] for name in COUNTED}
            tied = int(present(then).sum())
            periods.append({"period": day, "nodes": tied, "ties": then.size, **counts})
        facts = of.about() | {"measures": list(names), "periods": periods}
        found = Findings.of_rows(facts, rows, *_SERIES)
        return Series(found.columns, found.rows, facts=facts)

    def turnover(
        self,
        since: Day | None = None,
        until: Day | None = None,
        *,
        every: Every = "year",
        window: int = 1,
        cumulative: bool = False,
        undated: bool = False,
    ) -> Findings:
        """How many nodes and ties come and go from period to period, and how many ties stay.

        See :func:`missiongraph.networks.analysis.turnover.turnover`.
        """
        from missiongraph.networks.analysis.turnover import turnover

        cut = self._slices(since, until, every, window, cumulative, undated)
        return Findings.of_rows(self._timeless.about(), turnover(cut), "period", "nodes", "ties")

    def panel(
        self,
        folder: Path | str,
        since: Day | None = None,
        until: Day | None = None,
        *,
        every: Every = "year",
        window: int = 1,
        cumulative: bool = False,
        undated: bool = False,
    ) -> list[Path]:
        """Write a matrix for each period, and the table of nodes, as RSiena reads them.

        Nodes without ties in a period are not present in it; see
        :func:`missiongraph.networks.output.panel.write_panel`, also for errors. Returns the paths.
        """
        from missiongraph.networks.analysis.turnover import present
        from missiongraph.networks.output.panel import write_panel

        cut = self._slices(since, until, every, window, cumulative, undated)
        return write_panel(((day, then, present(then)) for day, then in cut), folder)

    def communities_over_time(
        self,
        since: Day | None = None,
        until: Day | None = None,
        *,
        every: Every = "year",
        window: int = 1,
        cumulative: bool = False,
        undated: bool = False,
        resolution: float = 1.0,
        runs: int = 10,
        seed: int = 0,
        least: float = 0.3,
    ) -> Memberships:
        """The community of each node in each period, with one number while it goes on.

        Columns: ``period``, ``node``, ``label``, ``community``; nodes without ties in a period have
        no row for it. Communities are matched by their members, see
        :func:`missiongraph.networks.analysis.turnover.tracked`.
        """
        from missiongraph.networks.analysis.turnover import NONE, tracked

        cut = self._slices(since, until, every, window, cumulative, undated)
        rows: list[dict[str, Any]] = []
        periods: list[dict[str, Any]] = []
        for day, then, members in tracked(
            cut, resolution=resolution, runs=runs, seed=seed, least=least
        ):
            periods.append({"period": day, **{name: then.about[name] for name in COUNTED}})
            rows += (
                {
                    "period": day,
                    "node": node,
                    "label": self.network.label(node),
                    "community": number,
                }
                for node, number in zip(then.nodes, members.tolist(), strict=True)
                if number != NONE
            )
        facts = self._timeless.about() | {"resolution": resolution, "seed": seed, "least": least}
        facts |= {"periods": periods}
        found = Findings.of_rows(facts, rows, "period", "node", "label", "community")
        return Memberships(found.columns, found.rows, facts=facts)

    def temporal_closeness(
        self,
        since: Day | None = None,
        until: Day | None = None,
        *,
        every: Every = "year",
        undated: bool = False,
        top: int | None = None,
    ) -> Findings:
        """How soon each node reaches the others along ties in the order of time.

        A path follows one tie in a period at most, and may wait. Columns: ``node``, ``label``,
        ``temporal_closeness`` (0 to 1), ``temporal_closeness_rank``, and the number of others
        ``reached`` by paths from the first period to the last. ``facts["periods"]`` has the first
        day of each period and its counts of statements, as in :meth:`series`. See
        :func:`missiongraph.networks.analysis.temporal.temporal_closeness`.
        """
        from missiongraph.networks.operations.temporal import temporal_closeness

        of = self._timeless
        view = View.of(since=since, until=until)
        view = replace(
            of.view, since=view.since, until=view.until, undated=undated or of.view.undated
        )
        found = Findings.of(temporal_closeness(replace(of, view=view), every, top))
        return replace(found, facts={**found.facts, **of.about()})

    @property
    def _timeless(self) -> LoadedNetwork:
        """The network as loaded; raises :class:`QueryError` if it is that of a day or period."""
        of = self._statements
        if of.view.at or of.view.since or of.view.until:
            raise QueryError("a series sets the dates: ask the network of all time for it")
        return of

    def _slices(
        self,
        since: Day | None,
        until: Day | None,
        every: Every,
        window: int,
        cumulative: bool,
        undated: bool,
    ) -> Iterator[tuple[date, Network]]:
        of = self._timeless
        view = replace(of.view, undated=undated or of.view.undated)
        return slices(
            of.ties, of.query, every, since, until, window=window, cumulative=cumulative, view=view
        )


def _ranking(
    of: LoadedNetwork,
    then: Network,
    measures: str | Sequence[str],
    sure: Method | None,
    parameters: dict[str, Any],
) -> Ranking:
    """The ranking in one period, with intervals if asked for."""
    if not sure:
        return centrality(then, measures, **parameters)
    from missiongraph.networks.analysis.rank_robustness import robust

    since, until = (date.fromisoformat(then.about[name]) for name in ("since", "until"))
    view = replace(of.view, since=since, until=until)
    return robust(of.ties, of.query, view, measures, method=sure, **parameters)


def _scored(day: date, ranking: Ranking, graph: Measured) -> Iterator[dict[str, Any]]:
    """The rows of a series for one period; only nodes that are present have a rank."""
    from missiongraph.networks.analysis.turnover import present

    network, labels = ranking.network, graph.network.labels
    tied = present(network).tolist()
    for measure in ranking.measures:
        scores, ranks = ranking.scores[measure].tolist(), ranking.ranks(measure).tolist()
        interval = ranking.intervals.get(measure)
        for place, node in enumerate(network.nodes):
            there = tied[place]
            row = {
                "period": day,
                "node": node,
                "label": labels.get(node, str(node)),
                "present": there,
                "measure": measure,
                "score": scores[place],
                "rank": ranks[place] if there else None,
            }
            if interval:
                row["best"] = int(interval.best[place]) if there else None
                row["worst"] = int(interval.worst[place]) if there else None
            yield row
