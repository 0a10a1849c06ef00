"""Converts a day, month or year in any of several forms to its first and last day."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime
from operator import index
from typing import Any, TypeAlias

from missiongraph.errors import QueryError

Day: TypeAlias = date | str | int
"""A day, month or year; dates of numpy and pandas are accepted, too."""

_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")


def span(value: Any) -> tuple[date, date]:
    """The first and the last day of a day, month or year.

    Accepts a date or datetime, also of numpy or pandas, a text such as 2022-06-30, 2022-06 or 2022,
    or a year as a number. Raises :class:`QueryError` for anything else.
    """
    try:
        day = _date(value)
        if day is not None:
            return day, day
        return _read(value.strip() if isinstance(value, str) else f"{_year(value):04}")
    except (TypeError, ValueError):
        raise QueryError(
            f"{value!r} is not a day; write it as 2022-06-30, a month as 2022-06, a year as 2022"
        ) from None


def _date(value: Any) -> date | None:
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":
        value = value.astype("datetime64[D]").item()
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _read(text: str) -> tuple[date, date]:
    if match := _PERIOD.fullmatch(text):
        year, month = int(match[1]), match[2] and int(match[2])
        first = date(year, month or 1, 1)
        return first, date(year, month or 12, monthrange(year, month or 12)[1])
    day = date.fromisoformat(text)
    return day, day


def _year(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    return index(value)
