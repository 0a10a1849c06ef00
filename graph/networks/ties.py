"""Ties: the rows of a network query as columns of numbers, from the store or a snapshot.

A row is one statement of a tie. Columns, of which the first is needed:

===========================  ====================================================================
``?source`` ``?target``      whom it ties; a row without target adds a lone node
``?strength`` ``?distance``  how strong or how far it is, above 0; 1 if there is none
``?from`` ``?to``            first and last day, month or year; open where there is none
``?layer``                   what keeps ties of different sorts apart: a role, a currency
``?via``                     the thing that ties them: an award, say
``?graph``                   the named graph that says so
===========================  ====================================================================

Statements about the same ``?via`` (or, without it, the same pair) are one tie said several
times: its weight is the mean of what is said. Different ones add up: three awards are a
strength of three, or of the sum of their amounts. Of distances, the shortest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..engine import Engine, Query
from ..errors import QueryError
from .definition import NetworkQuery, Weight

if TYPE_CHECKING:
    import polars as pl

Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

OPEN = np.iinfo(np.int32)
"""Days, counted from 1970-01-01, that stand for an open start (min) and an open end (max)."""

_CSV = "text/csv"
_CODED = ("layer", "via", "graph")
_KNOWN = frozenset({"source", "target", "strength", "distance", "weight", "from", "to", *_CODED})


@dataclass(frozen=True, eq=False)
class Ties:
    """Statements of ties: one entry of each array to a statement.

    ``source`` and ``target`` are places in ``nodes`` (target -1: a lone node), ``start`` and
    ``end`` days since 1970-01-01; ``layer``, ``via`` and ``graph`` are places in the lists of
    their names (-1: none), empty arrays where the query has no such column. ``rejected`` counts
    the rows that were left out, by reason.
    """

    nodes: Sequence[str]
    source: Codes
    target: Codes
    weight: npt.NDArray[np.float64]
    start: Codes
    end: Codes
    layer: Codes
    via: Codes
    graph: Codes
    layers: Sequence[str] = ()
    graphs: Sequence[str] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.source)

    @cached_property
    def undated(self) -> int:
        """Statements that give neither a start nor an end."""
        return int(np.sum((self.start == OPEN.min) & (self.end == OPEN.max)))

    def where(self, kept: Mask) -> Ties:
        """The statements for which ``kept`` is true; all nodes stay."""
        arrays = {
            name: getattr(self, name)[kept] if len(getattr(self, name)) else getattr(self, name)
            for name in ("source", "target", "weight", "start", "end", *_CODED)
        }
        return replace(self, **arrays)

    def during(self, since: date | None = None, until: date | None = None) -> Mask:
        """Which statements hold on some day from ``since`` to ``until``; open ends count as open."""
        first = OPEN.min if since is None else days(since)
        last = OPEN.max if until is None else days(until)
        if first > last:
            raise QueryError(
                f"from {since} until {until} is no time: the first day is the later one"
            )
        kept: Mask = (self.start <= last) & (self.end >= first)
        return kept

    def on(self, day: date) -> Mask:
        """Which statements hold on ``day``."""
        return self.during(day, day)

    def of_layer(self, *layers: str) -> Mask:
        """Which statements are of one of ``layers``; raises :class:`QueryError` for another name."""
        for layer in layers:
            if layer not in self.layers:
                there = ", ".join(self.layers) or "none"
                raise QueryError(f"no layer '{layer}'; there are: {there}")
        codes = [list(self.layers).index(layer) for layer in layers]
        kept: Mask = np.isin(self.layer, codes)
        return kept


def days(day: date) -> int:
    """A day, counted from 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def read(engine: Engine, query: NetworkQuery, parameters: Mapping[str, str] | None = None) -> Ties:
    """The ties that ``query`` finds; raises :class:`QueryError` naming what is missing."""
    answer = engine.run(
        Query(query.text, parameters=parameters or {}), solutions=_CSV, triples=None
    )
    if answer.form != "select":
        raise QueryError(f"{query.name}: a network query is a SELECT of ?source ?target")
    return from_csv(answer.read(), query)


def from_csv(data: bytes, query: NetworkQuery) -> Ties:
    """The ties in a SPARQL result in CSV."""
    import polars as pl  # starts threads, and a process that forks should have none

    frame = pl.read_csv(BytesIO(data), infer_schema=False)
    return from_frame(frame, query)


def from_frame(frame: pl.DataFrame, query: NetworkQuery) -> Ties:
    """The ties in a table of strings with the columns of this module.

    Rows without source, or whose weight is no finite number above 0, are left out and counted.
    """
    import polars as pl

    _check(frame.columns, query)
    rejected: dict[str, int] = {}

    def keep(frame: pl.DataFrame, good: pl.Expr, reason: str) -> pl.DataFrame:
        kept = frame.filter(good)
        if lost := len(frame) - len(kept):
            rejected[reason] = lost
        return kept

    frame = keep(frame, pl.col("source").is_not_null(), "no source")
    if weight := next((c for c in (query.weighed, "weight") if c in frame.columns), ""):
        number = pl.col(weight).cast(pl.Float64, strict=False)
        frame = frame.with_columns(
            pl.when(pl.col(weight).is_null()).then(1.0).otherwise(number).alias("weight")
        )
        good = pl.col("weight").is_finite() & (pl.col("weight") > 0)
        frame = keep(frame, good.fill_null(False), f"a {query.weighed} that is no number above 0")
    else:
        frame = frame.with_columns(pl.lit(1.0).alias("weight"))
    nodes = pl.concat([frame["source"], frame["target"].alias("source")]).drop_nulls()
    coded = nodes.unique().sort()
    names = pl.Enum(coded)
    codes = {name: _codes(frame[name].cast(names)) for name in ("source", "target")}
    lists: dict[str, list[str]] = {}
    for name in _CODED:
        if name in frame.columns:
            values = frame[name].drop_nulls().unique().sort()
            lists[name] = values.to_list()
            codes[name] = _codes(frame[name].cast(pl.Enum(values)))
        else:
            lists[name], codes[name] = [], np.zeros(0, np.int32)
    return Ties(
        nodes=coded.to_list(),
        weight=frame["weight"].to_numpy(),
        start=_days(frame, "from", OPEN.min),
        end=_days(frame, "to", OPEN.max),
        layers=lists["layer"],
        graphs=lists["graph"],
        rejected=rejected,
        **codes,
    )


def _check(columns: Iterable[str], query: NetworkQuery) -> None:
    columns = set(columns)
    if not {"source", "target"} <= columns:
        raise QueryError(
            f"{query.name}: a network query selects ?source ?target [?{query.weighed}]"
        )
    other: Weight = "distance" if query.weighed == "strength" else "strength"
    if other in columns:
        raise QueryError(f"{query.name}: write '# {other}: what it means' for its ?{other}")
    if unknown := sorted(columns - _KNOWN):
        known = ", ".join(f"?{name}" for name in sorted(_KNOWN))
        raise QueryError(
            f"{query.name}: no column of a network is ?{unknown[0]}; there are {known}"
        )


def _codes(column: pl.Series) -> Codes:
    import polars as pl

    codes: Codes = column.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    return codes


def _days(frame: pl.DataFrame, name: str, missing: int) -> Codes:
    """A column of days, months or years as days; the last day that ``to`` may mean."""
    import polars as pl

    if name not in frame.columns:
        return np.full(len(frame), missing, np.int32)
    text = pl.col(name).str.strip_chars()
    length = text.str.len_chars()
    first = (text + "-01-01").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if name == "to":
        last = pl.when(length == 4).then(first.dt.offset_by("1y").dt.offset_by("-1d"))
        last = last.when(length == 7).then(first.dt.offset_by("1mo").dt.offset_by("-1d"))
        first = last.otherwise(first)
    day = frame.select(first.cast(pl.Int32).fill_null(missing)).to_series()
    codes: Codes = day.to_numpy()
    return codes


def arrays(ties: Ties) -> dict[str, Any]:
    """What a snapshot keeps of ties."""
    kept = {n: getattr(ties, n) for n in ("source", "target", "weight", "start", "end", *_CODED)}
    texts = {n: "\n".join(getattr(ties, n)) for n in ("nodes", "layers", "graphs")}
    return kept | {n: np.frombuffer(text.encode(), np.uint8) for n, text in texts.items()}
