"""Compares known totals: what the parts of a thing add up to, and what its publisher says."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from .reading import FILTERED, OK, STATE
from .recipe import Total

_EXAMPLES = 3  # of a known total that is not met


def differences(total: Total, frames: Mapping[str, pl.DataFrame]) -> list[str]:
    """Whether a known total is met, in words, with the greatest differences.

    Rows that are rejected or repeated do not count; those to be filtered out do. Without one of
    the tables, or a whole that is told, there is nothing to say.
    """
    part_table, part = total.part.split(".")
    table, whole = total.whole.split(".")
    if part_table not in frames or table not in frames:
        return []
    sums = _counted(frames[part_table]).group_by(total.by).agg(_number(part).sum().alias("part"))
    wholes = _counted(frames[table]).select(
        pl.col(total.key).alias(total.by), _number(whole).alias("whole")
    )
    both = wholes.drop_nulls().join(sums, on=total.by)
    between = (pl.col("part") - pl.col("whole")).abs()
    apart = both.filter(between > total.tolerance).sort(between, total.by, descending=True)
    if both.is_empty():
        return []
    names = f"the sum of {total.part} and {total.whole}"
    if apart.is_empty():
        return [f"{names} agree for all {len(both):,}"]
    rows = apart.head(_EXAMPLES).select(total.by, "part", "whole").iter_rows()
    examples = "; ".join(f"{key}: {p:,.2f} and {w:,.2f}" for key, p, w in rows)
    return [f"{names} differ for {len(apart):,} of {len(both):,}, for example {examples}"]


def _counted(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col(STATE).is_in([OK, FILTERED]))


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)
