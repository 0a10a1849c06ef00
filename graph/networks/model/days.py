"""Days: a day, a month or a year, however it is given, as its first and its last day."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime
from operator import index
from typing import Any, TypeAlias

from missiongraph.errors import QueryError

Day: TypeAlias = date | str | int
"""A day, month or year as it may be given; those of numpy and pandas are taken, too."""

_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")


def span(given: Any) -> tuple[date, date]:
    """The first and the last day of what is ``given``.

    A date, a datetime, one of numpy or pandas, a text such as 2022-06-30, 2022-06 or 2022, or a
    year as a number. Raises :class:`QueryError` for anything else.
    """
    try:
        day = _date(given)
        if day is not None:
            return day, day
        return _read(given.strip() if isinstance(given, str) else f"{_year(given):04}")
    except (TypeError, ValueError):
        raise QueryError(
            f"{given!r} is no day; write it as 2022-06-30, a month as 2022-06, a year as 2022"
        ) from None


def _date(given: Any) -> date | None:
    if getattr(getattr(given, "dtype", None), "kind", "") == "M":
        given = given.astype("datetime64[D]").item()
    if isinstance(given, datetime):
        return given.date()
    return given if isinstance(given, date) else None


def _read(text: str) -> tuple[date, date]:
    if found := _PERIOD.fullmatch(text):
        year, month = int(found[1]), found[2] and int(found[2])
        first = date(year, month or 1, 1)
        return first, date(year, month or 12, monthrange(year, month or 12)[1])
    day = date.fromisoformat(text)
    return day, day


def _year(given: Any) -> int:
    if isinstance(given, bool):
        raise TypeError
    return index(given)
