"""Who reaches the others soonest along ties in the order of time, as a result."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from missiongraph.errors import QueryError
from missiongraph.networks.extract.time_slices import Every, slices
from missiongraph.networks.measures.ranking import ranks

from .loaded import LoadedNetwork
from .result import Result

MOST = 1200
"""Most periods, such as the months of a century."""

COUNTED = ("statements", "undated", "single_day", "left_out")
"""What is counted of each period."""


def temporal_closeness(
    drawn: LoadedNetwork, every: Every = "year", top: int | None = None
) -> Result:
    """The nodes ranked by temporal closeness, over the period of the view.

    Raises :class:`QueryError` for the view of a day, and for more than 1,200 periods.
    """
    from missiongraph.networks.analysis.temporal import temporal_closeness as closeness

    view = drawn.view
    if view.at:
        raise QueryError("temporal closeness is of a period: give since and until, not a day")
    timeless = replace(view, since=None, until=None)
    periods = slices(drawn.ties, drawn.query, every, view.since, view.until, view=timeless)
    cut = list(islice(periods, MOST + 1))
    if len(cut) > MOST:
        raise QueryError(f"more than {MOST:,} periods; choose longer ones, or since and until")
    found = closeness(cut)
    labels = drawn.network.labels
    values = (found.scores.tolist(), ranks(found.scores).tolist(), found.reached.tolist())
    rows: list[dict[str, Any]] = [
        {
            "node": node,
            "label": labels.get(node, str(node)),
            "temporal_closeness": score,
            "temporal_closeness_rank": rank,
            "reached": reached,
        }
        for node, score, rank, reached in zip(found.network.nodes, *values, strict=True)
    ]
    rows.sort(key=lambda row: (row["temporal_closeness_rank"], row["label"]))
    told = [{"period": day, **{name: then.about[name] for name in COUNTED}} for day, then in cut]
    facts = drawn.about() | {"every": every, "periods": told, "of": len(rows)}
    return Result.of_rows(facts, rows[:top], "node", "label", "temporal_closeness")
