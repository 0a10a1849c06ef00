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

Statements about the same ``?via`` are one tie said several times: its weight is the mean of what
is said. Different ones add up: three awards are a strength of three, or of the sum of their
amounts. So do rows without ``?via``, each a tie of its own, where the query has a ``?strength``;
the header ``# rows: mean`` makes them one tie said several times. Without ``?strength``, they
count once. Of distances, the shortest counts. How many rows were joined, and how, is told in
:attr:`Network.about <missiongraph.networks.model.network.Network>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from missiongraph.errors import NotAcceptable, QueryError
from missiongraph.networks.model.days import Day, span
from missiongraph.networks.model.definition import NetworkQuery, Weight
from missiongraph.sparql.engine import Answer, Engine, Query

if TYPE_CHECKING:
    import polars as pl

Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

OPEN = np.iinfo(np.int32)
"""Days, counted from 1970-01-01, that stand for an open start (min) and an open end (max)."""

NAMED = ("layer", "via", "graph")
"""The columns that may be missing from a query and then are empty arrays."""
COLUMNS = ("source", "target", "weight", "start", "end", *NAMED)

_CSV = "text/csv"
_PART = 16 * 1024 * 1024  # bytes of CSV that are read at a time
_CODED = ("source", "target", *NAMED)
_KNOWN = frozenset({"strength", "distance", "weight", "from", "to", *_CODED})


@dataclass(frozen=True, eq=False)
class Ties:
    """Statements of ties: one entry of each array to a statement.

    ``source`` and ``target`` are places in ``nodes`` (target -1: a lone node), ``start`` and
    ``end`` days since 1970-01-01; ``layer``, ``via`` and ``graph`` are places in the lists of
    their names (-1: none), empty arrays where the query has no such column. ``numbered`` says
    whether it has a weight, ``rejected`` counts the rows that were left out, by reason.
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
    numbered: bool = True

    def __len__(self) -> int:
        return len(self.source)

    @cached_property
    def undated(self) -> int:
        """Statements that give neither a start nor an end."""
        return int(np.sum((self.start == OPEN.min) & (self.end == OPEN.max)))

    def where(self, kept: Mask | npt.NDArray[np.intp]) -> Ties:
        """The statements for which ``kept`` is true, or at these places; all nodes stay."""
        arrays = {name: getattr(self, name) for name in COLUMNS}
        return replace(self, **{n: a[kept] if len(a) else a for n, a in arrays.items()})

    def during(self, since: Day | None = None, until: Day | None = None) -> Mask:
        """Which statements hold on some day from ``since`` to ``until``; open ends are open."""
        first = OPEN.min if since is None else days(span(since)[0])
        last = OPEN.max if until is None else days(span(until)[1])
        if first > last:
            raise QueryError(
                f"from {since} until {until} is no time: the first day is the later one"
            )
        kept: Mask = (self.start <= last) & (self.end >= first)
        return kept

    def on(self, day: Day) -> Mask:
        """Which statements hold on ``day``, or on some day of a month or year."""
        return self.during(day, day)

    def of_layer(self, *layers: str) -> Mask:
        """Which statements are of one of ``layers``; raises :class:`QueryError` for others."""
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
    return from_csv(ask(engine, query, parameters).chunks, query)


def ask(engine: Engine, query: NetworkQuery, parameters: Mapping[str, str] | None = None) -> Answer:
    """The rows of ``query`` in CSV; raises :class:`QueryError` for what is no SELECT."""
    other = QueryError(f"{query.name}: a network query is a SELECT of ?source ?target")
    try:
        asked = Query(query.text, parameters=parameters or {})
        answer = engine.run(asked, solutions=_CSV, triples=None)
    except NotAcceptable as error:  # a CONSTRUCT, whose triples are not asked for
        raise other from error
    if answer.form != "select":
        answer.close()
        raise other
    return answer


def from_csv(data: bytes | Iterable[bytes], query: NetworkQuery) -> Ties:
    """The ties in a SPARQL result in CSV, whole or in pieces, which are held one part at a time."""
    import polars as pl  # starts threads, and a process that forks should have none

    parts = _parts([data] if isinstance(data, bytes) else data)
    head = next(parts, b"")
    if not head.strip():
        _check([], query)
    first = pl.read_csv(head, infer_schema=False)
    _check(first.columns, query)
    coded = [pl.col(name).cast(pl.Categorical) for name in _CODED if name in first.columns]
    frames = [first.with_columns(coded)]
    for part in parts:
        frame = pl.read_csv(part, has_header=False, new_columns=first.columns, infer_schema=False)
        frames.append(frame.with_columns(coded))
    return from_frame(pl.concat(frames), query)


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole rows, many at a time; a line that ends within quotes ends no row."""
    held: list[bytes] = []
    for chunk in chunks:
        held.append(chunk)
        if sum(map(len, held)) < _PART:
            continue
        rows = b"".join(held)
        end = rows.rfind(b"\n") + 1
        held = [rows]
        if end and rows.count(b'"', 0, end) % 2 == 0:
            yield rows[:end]
            held = [rows[end:]]
    if rows := b"".join(held):
        yield rows


def from_frame(frame: pl.DataFrame, query: NetworkQuery) -> Ties:
    """The ties in a table of strings with the columns of this module, in order of their ends.

    Rows without source, whose weight is no finite number above 0, or whose day cannot be read
    are left out and counted.
    """
    import polars as pl

    _check(frame.columns, query)
    columns: list[pl.Expr] = []
    good = {"no source": pl.col("source").is_not_null()}
    if weight := next((c for c in (query.weighed, "weight") if c in frame.columns), ""):
        number = pl.col(weight).cast(pl.Float64, strict=False)
        columns.append(
            pl.when(pl.col(weight).is_null()).then(1.0).otherwise(number).alias("weight")
        )
        reason = f"a {query.weighed} that is no number above 0"
        good[reason] = pl.col("weight").is_finite() & (pl.col("weight") > 0)
    for name, missing in (("from", OPEN.min), ("to", OPEN.max)):
        if name in frame.columns:
            day = pl.when(pl.col(name).is_null()).then(missing).otherwise(_day(name))
            columns.append(day.alias(name))
            good[f"a ?{name} that is no day, month or year"] = pl.col(name).is_not_null()
    frame, rejected = _good(frame.with_columns(columns), good)
    nodes, (source, target) = _coded(frame["source"], frame["target"])
    names: dict[str, list[str]] = {"layer": [], "graph": []}
    codes: dict[str, Codes] = {}
    for name in NAMED:
        if name not in frame.columns:
            codes[name] = np.zeros(0, np.int32)
            continue
        texts, (codes[name],) = _coded(frame[name])
        if name in names:
            names[name] = texts.to_list()
    ties = Ties(
        nodes=nodes.to_list(),
        source=source,
        target=target,
        weight=frame["weight"].to_numpy() if weight else np.ones(len(frame)),
        start=_numbers(frame, "from", OPEN.min),
        end=_numbers(frame, "to", OPEN.max),
        layers=names["layer"],
        graphs=names["graph"],
        rejected=rejected,
        numbered=bool(weight),
        **codes,
    )
    return ties.where(_order(ties, directed=query.kind != "undirected"))


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


def _good(frame: pl.DataFrame, good: Mapping[str, pl.Expr]) -> tuple[pl.DataFrame, dict[str, int]]:
    """The rows for which all of ``good`` holds, and how many were left out, by reason."""
    held = frame.select(holds.fill_null(False).alias(reason) for reason, holds in good.items())
    kept, rejected = np.ones(len(frame), np.bool_), {}
    for reason in good:
        holds = held[reason].to_numpy()
        if lost := int(np.sum(kept & ~holds)):
            rejected[reason] = lost
            kept &= holds
    return (frame.filter(kept) if rejected else frame), rejected


def _coded(*columns: pl.Series) -> tuple[pl.Series, list[Codes]]:
    """The texts in some columns, in order, and for each column their places (-1: none)."""
    import polars as pl

    whole = pl.concat([column.cast(pl.Categorical).alias("text") for column in columns])
    distinct = whole.drop_nulls().unique()
    texts = distinct.cast(pl.String)
    order = texts.arg_sort().to_numpy()
    found = distinct.to_physical().to_numpy()[order]
    places = np.full(int(found.max(initial=0)) + 2, -1, np.int32)
    places[found] = np.arange(len(found), dtype=np.int32)
    codes = places[whole.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()]
    return texts.gather(order), np.split(codes, len(columns))


def _order(ties: Ties, *, directed: bool) -> npt.NDArray[np.intp]:
    """Statements of one tie side by side, so that drawing need not sort them."""
    low, high = ties.source, ties.target
    if not directed:
        low, high = np.minimum(low, high), np.maximum(low, high)
    pair = low.astype(np.int64) * len(ties.nodes) + high
    return np.lexsort((ties.via, pair)) if len(ties.via) else np.argsort(pair, kind="stable")


def _day(name: str) -> pl.Expr:
    """A day, month or year as a day, if it is one: the last that ``to`` may mean."""
    import polars as pl

    text = pl.col(name).str.strip_chars()
    length = text.str.len_chars()
    first = (text + "-01-01").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if name == "to":
        year, month = (first.dt.offset_by(span).dt.offset_by("-1d") for span in ("1y", "1mo"))
        first = pl.when(length == 4).then(year).when(length == 7).then(month).otherwise(first)
    return first.cast(pl.Int32)


def _numbers(frame: pl.DataFrame, name: str, missing: int) -> Codes:
    import polars as pl

    if name not in frame.columns:
        return np.full(len(frame), missing, np.int32)
    codes: Codes = frame[name].cast(pl.Int32).to_numpy()
    return codes
