"""Reads the rows of a network query as ties, in columns of numbers.

A row is one statement of a tie. Its columns, of which the first two are required:

===========================  ====================================================================
``?source`` ``?target``      the two nodes; a row without target adds a node without ties
``?strength`` ``?distance``  the weight, above 0; 1 if there is none
``?from`` ``?to``            first and last day, month or year; open if there is none, undated
                             without both
``?layer``                   distinguishes different sorts of ties: a role, a currency
``?via``                     the thing that connects the nodes, such as an award
``?graph``                   the named graph with the statement
===========================  ====================================================================

Rows with the same ``?via`` are repeated statements of one tie, whose weight is their mean. Those
with different ones add up: three awards are a strength of three, or of the sum of their amounts.
So do rows without ``?via`` if the query has a ``?strength``, unless its header has
``# rows: mean``, which makes them repeated statements of one tie. Without ``?strength``, they count
once. Of distances, the shortest counts. :attr:`Network.about
<missiongraph.networks.model.network.Network>` records how many rows were joined, and how.
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
"""The values for an open start (min) and an open end (max), among days from 1970-01-01."""

NAMED = ("layer", "via", "graph")
"""The columns that are empty arrays if a query does not have them."""
COLUMNS = ("source", "target", "weight", "start", "end", *NAMED)

_CSV = "text/csv"
_LAST_READ = """
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
SELECT (MAX(?read) AS ?day) { ?source moi:retrieved ?read }
"""
_PART = 16 * 1024 * 1024  # bytes of CSV parsed at a time
_CODED = ("source", "target", *NAMED)
_KNOWN = frozenset({"strength", "distance", "weight", "from", "to", *_CODED})


@dataclass(frozen=True, eq=False)
class Ties:
    """Statements of ties, with one entry in each array per statement.

    ``source`` and ``target`` are indices into ``nodes`` (target -1: a node without ties), ``start``
    and ``end`` days since 1970-01-01; ``layer`` and ``graph`` are indices into ``layers`` and
    ``graphs``, ``via`` numbers the things that connect (-1: none); all three are empty if the query
    has no such column. ``numbered`` is whether it has a weight; ``rejected`` counts the rows that
    were left out, by reason. ``known_until`` is the last day of which anything is known, see
    :attr:`last`.
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
    known_until: int = OPEN.max

    def __len__(self) -> int:
        return len(self.source)

    @cached_property
    def dated(self) -> Mask:
        """A mask of the statements with a start or an end."""
        mask: Mask = (self.start != OPEN.min) | (self.end != OPEN.max)
        return mask

    @property
    def undated(self) -> int:
        """The number of statements with neither a start nor an end."""
        return int(np.sum(~self.dated))

    @cached_property
    def last(self) -> Codes:
        """The last day on which each statement is known to hold.

        It is the end, but at most ``known_until``: what goes on, or is to end later, is known up to
        that day, and what is to begin later has only its first day.
        """
        last: Codes = np.maximum(self.start, np.minimum(self.end, self.known_until))
        return last

    def where(self, kept: Mask | npt.NDArray[np.intp]) -> Ties:
        """The statements selected by a mask or by indices; all nodes are kept."""
        arrays = {name: getattr(self, name) for name in COLUMNS}
        return replace(self, **{n: a[kept] if len(a) else a for n, a in arrays.items()})

    def during(
        self, since: Day | None = None, until: Day | None = None, *, undated: bool = False
    ) -> Mask:
        """A mask of the statements that hold on any day from ``since`` to ``until``.

        Those without a date are left out unless ``undated``. Without both days, all are in it.
        """
        if since is None and until is None:
            return np.ones(len(self), np.bool_)
        first = OPEN.min if since is None else days(span(since)[0])
        last = OPEN.max if until is None else days(span(until)[1])
        if first > last:
            raise QueryError(f"since {since} is later than until {until}")
        held: Mask = self.dated & (self.start <= last) & (self.last >= first)
        return held | ~self.dated if undated else held

    def on(self, day: Day, *, undated: bool = False) -> Mask:
        """A mask of the statements that hold on ``day``, or on any day of a month or year."""
        return self.during(day, day, undated=undated)

    def of_layer(self, *layers: str) -> Mask:
        """A mask of the statements in ``layers``; raises :class:`QueryError` for unknown ones."""
        for layer in layers:
            if layer not in self.layers:
                there = ", ".join(self.layers) or "none"
                raise QueryError(f"no layer '{layer}'; there are: {there}")
        codes = [list(self.layers).index(layer) for layer in layers]
        kept: Mask = np.isin(self.layer, codes)
        return kept


def days(day: date) -> int:
    """The days from 1970-01-01 to ``day``."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def read(engine: Engine, query: NetworkQuery, parameters: Mapping[str, str] | None = None) -> Ties:
    """The ties of ``query``; raises :class:`QueryError` for wrong columns."""
    ties = from_csv(ask(engine, query, parameters).chunks, query)
    return replace(ties, known_until=known_until(engine))


def known_until(engine: Engine) -> int:
    """The last day on which a source of the data was read; open without such a day.

    Nothing is known of later days, whatever was to go on: a lasting tie is not a forecast.
    """
    rows = engine.run(Query(_LAST_READ), solutions=_CSV, triples=None).read().decode().split()
    return days(span(rows[1])[1]) if len(rows) > 1 else OPEN.max


def ask(engine: Engine, query: NetworkQuery, parameters: Mapping[str, str] | None = None) -> Answer:
    """Run ``query`` for rows in CSV; raises :class:`QueryError` if it is not a SELECT."""
    other = QueryError(f"{query.name}: a network query is a SELECT of ?source ?target")
    try:
        request = Query(query.text, parameters=parameters or {})
        answer = engine.run(request, solutions=_CSV, triples=None)
    except NotAcceptable as error:  # a CONSTRUCT, for which the request allows no format
        raise other from error
    if answer.form != "select":
        answer.close()
        raise other
    return answer


def from_csv(data: bytes | Iterable[bytes], query: NetworkQuery) -> Ties:
    """The ties in a SPARQL result in CSV, as bytes or as chunks, which are parsed in parts."""
    import polars as pl  # starts threads, which a process must not have when it forks

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
    """Parts of whole rows; a line that ends within quotes does not end a row."""
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
    """The ties in a table of strings with the columns of this module, sorted by their ends.

    Rows without source, with a weight that is not a finite number above 0, or with an invalid date
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
        reason = f"a {query.weighed} that is not a number above 0"
        good[reason] = pl.col("weight").is_finite() & (pl.col("weight") > 0)
    for name, missing in (("from", OPEN.min), ("to", OPEN.max)):
        if name in frame.columns:
            day = pl.when(pl.col(name).is_null()).then(missing).otherwise(_day(name))
            columns.append(day.alias(name))
            good[f"a ?{name} that is not a day, month or year"] = pl.col(name).is_not_null()
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
        layer=codes["layer"],
        via=codes["via"],
        graph=codes["graph"],
        layers=names["layer"],
        graphs=names["graph"],
        rejected=rejected,
        numbered=bool(weight),
    )
    return ties.where(order(ties, directed=query.kind != "undirected"))


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
        raise QueryError(f"{query.name}: a network has no column ?{unknown[0]}; there are {known}")


def _good(frame: pl.DataFrame, good: Mapping[str, pl.Expr]) -> tuple[pl.DataFrame, dict[str, int]]:
    """The rows for which all of ``good`` hold, and how many were left out, by reason."""
    held = frame.select(holds.fill_null(False).alias(reason) for reason, holds in good.items())
    kept, rejected = np.ones(len(frame), np.bool_), {}
    for reason in good:
        holds = held[reason].to_numpy()
        if lost := int(np.sum(kept & ~holds)):
            rejected[reason] = lost
            kept &= holds
    return (frame.filter(kept) if rejected else frame), rejected


def _coded(*columns: pl.Series) -> tuple[pl.Series, list[Codes]]:
    """The distinct texts in ``columns``, sorted, and each column as indices of these (-1: none)."""
    import polars as pl

    whole = pl.concat([column.cast(pl.Categorical).alias("text") for column in columns])
    distinct = whole.drop_nulls().unique()
    texts = distinct.cast(pl.String)
    order = texts.arg_sort().to_numpy()
    physical = distinct.to_physical().to_numpy()[order]
    places = np.full(int(physical.max(initial=0)) + 2, -1, np.int32)
    places[physical] = np.arange(len(physical), dtype=np.int32)
    codes = places[whole.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()]
    return texts.gather(order), np.split(codes, len(columns))


def order(ties: Ties, *, directed: bool) -> npt.NDArray[np.intp]:
    """The order in which statements of one tie are adjacent, so that building need not sort."""
    low, high = ties.source, ties.target
    if not directed:
        low, high = np.minimum(low, high), np.maximum(low, high)
    pair = low.astype(np.int64) * len(ties.nodes) + high
    return np.lexsort((ties.via, pair)) if len(ties.via) else np.argsort(pair, kind="stable")


def _day(name: str) -> pl.Expr:
    """A day, month or year as a day, null if it is none: the first day, or for ``to`` the last."""
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
