"""Findings over time that draw themselves: ranks, scores, communities."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from missiongraph.errors import QueryError

from .drawing import Drawing
from .findings import Findings

NAMED = 2  # members in the name of a community


class _OverTime(Findings):
    """Findings whose ``facts["periods"]`` have the first day of each and what it leaves out."""

    @property
    def _periods(self) -> list[date]:
        return [period["period"] for period in self.facts["periods"]]

    @property
    def _left_out(self) -> str:
        left = sum(sum(period["left_out"].values()) for period in self.facts["periods"][-1:])
        return f"In the last period {left:,} statements are left out."


class Series(_OverTime):
    """Scores and ranks over time, which can be drawn."""

    def bump(self, measure: str | None = None, *, top: int = 10) -> Drawing:
        """A picture of the ranks over time of those that are the first ``top`` at the end."""
        from missiongraph.networks.output.bump import bump

        measure = self._measure(measure)
        caption = f"Ranks by {measure}. {self._left_out}"
        ranks = self._by_name(measure, "rank")
        return Drawing(bump(self._periods, ranks, self.facts["question"], caption, top))

    def heat(self, measure: str | None = None, *, top: int = 20) -> Drawing:
        """A picture of the scores over time, a row for each of the ``top`` of the largest mean.

        A cell is empty where its node has no tie in the period.
        """
        from missiongraph.networks.output.heat import heat_map

        measure = self._measure(measure)
        caption = f"The darker, the larger the {measure}; empty: no tie then. {self._left_out}"
        scores = self._by_name(measure, "score")
        return Drawing(heat_map(self._periods, scores, self.facts["question"], caption, top))

    def _measure(self, measure: str | None) -> str:
        chosen: str = measure or self.facts["measures"][0]
        if chosen not in self.facts["measures"]:
            there = ", ".join(self.facts["measures"])
            raise QueryError(f"the series has no measure '{chosen}'; there are: {there}")
        return chosen

    def _by_name(self, measure: str, column: str) -> dict[str, list[Any]]:
        """The values of each node, by its label, or label and name if several have that label.

        None where it is not present.
        """
        rows = [row for row in self if row["measure"] == measure]
        return by_name(rows, self._periods, lambda row: row[column] if row["present"] else None)


class Memberships(_OverTime):
    """The communities of nodes over time, which can be drawn."""

    def alluvial(self, *, top: int = 8) -> Drawing:
        """A picture of how members go from community to community: an alluvial diagram.

        The ``top`` communities with most members over all periods have blocks of their own. A
        community is named by those who are in it for most periods.
        """
        from missiongraph.networks.output.alluvial import alluvial

        periods, question = self._periods, self.facts["question"]
        members = by_name(list(self), periods, lambda row: row["community"])
        caption = f"Height: members; streams: those who go from one to the next. {self._left_out}"
        return Drawing(alluvial(periods, members, _names(members), question, caption, top))


def by_name(
    rows: Sequence[dict[str, Any]], periods: Sequence[date], value: Callable[[dict[str, Any]], Any]
) -> dict[str, list[Any]]:  # Any: a rank, a score or a community
    """A value for each period, by the label of each node; None where there is no row.

    If several nodes have the same label, it is followed by the node.
    """
    place = {day: number for number, day in enumerate(periods)}
    label = {row["node"]: row["label"] for row in rows}
    several = {name for name, number in Counter(label.values()).items() if number > 1}
    values: dict[str, list[Any]] = {}
    for row in rows:
        name = f"{row['label']} ({row['node']})" if row["label"] in several else row["label"]
        values.setdefault(name, [None] * len(periods))[place[row["period"]]] = value(row)
    return values


def _names(members: Mapping[str, Sequence[int | None]]) -> dict[int, str]:
    """The names of those who are in each community for most periods."""
    stays: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for name, row in members.items():
        for code in row:
            if code is not None:
                stays[code][name] += 1
    return {
        code: ", ".join(sorted(of, key=lambda name: (-of[name], name))[:NAMED])
        for code, of in stays.items()
    }
