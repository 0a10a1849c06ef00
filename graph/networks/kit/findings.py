"""Holds what was found about a network: a table, and the facts on which it rests."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from missiongraph.networks.operations.result import Result
from missiongraph.sparql.results import Table

_TOLD = ("nodes", "ties", "statements", "undated", "single_day", "left_out", "rejected", "joined")


@dataclass(frozen=True, repr=False)
class Findings(Table):
    """A table with ``facts``: the network, its view and size, and what was counted or left out.

    ``facts`` also has what describes the whole, such as the modularity of communities.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, result: Result) -> Findings:
        """The table and facts of an operation; NaN stays NaN, as undefined is not unknown."""
        table = result.table or {}
        return cls(tuple(table), tuple(zip(*table.values(), strict=True)), facts=result.facts)

    @classmethod
    def of_rows(
        cls, facts: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], *columns: str
    ) -> Findings:
        """Findings from rows with the same keys; ``columns`` are for the case of no rows."""
        return cls.of(Result.of_rows(facts, rows, *columns))

    @property
    def told(self) -> str:
        """The network and its counts in a line, such as "funding: nodes 240, ties 311"."""
        counts = ", ".join(f"{name.replace('_', ' ')} {self._told(name)}" for name in self._known())
        note = f"; {self.facts['note']}" if "note" in self.facts else ""
        return f"{self.facts.get('network', 'network')}: {counts}{note}"

    def __repr__(self) -> str:
        """The first rows in aligned columns, nodes by their labels, and what they rest on."""
        return f"{self._readable!r}\n{self.told}" if self.facts else repr(self._readable)

    def _repr_html_(self) -> str:
        """The first rows for a notebook, and what they rest on."""
        shown = self._readable._repr_html_()
        return f"{shown}<p>{html.escape(self.told)}</p>" if self.facts else shown

    @property
    def _readable(self) -> Table:
        """The table with labels in place of nodes, and numbers of four digits."""
        kept = [
            place
            for place, name in enumerate(self.columns)
            if not (name == "node" and "label" in self.columns)
        ]
        rows = tuple(tuple(_brief(row[place]) for place in kept) for row in self.rows)
        return Table(tuple(self.columns[place] for place in kept), rows)

    def _known(self) -> list[str]:
        always = ("nodes", "ties")
        return [n for n in _TOLD if n in self.facts and (self.facts[n] or n in always)]

    def _told(self, name: str) -> str:
        value = self.facts[name]
        if isinstance(value, Mapping):
            return " + ".join(f"{number:,} ({reason})" for reason, number in value.items())
        return f"{value:,}"


def _brief(value: Any) -> Any:
    return f"{value:.4g}" if isinstance(value, float) else value
