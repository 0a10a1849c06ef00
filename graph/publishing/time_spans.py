"""Spans of time in words, where a day may be known as a year or a month only."""

from __future__ import annotations

from collections.abc import Iterable


def span(starts: Iterable[str], ends: Iterable[str], days: Iterable[str] = ()) -> str:
    """When something was, as readers say it: ``2016 to 2021-07``, ``from 2016``, ``2020-05``.

    ``starts``, ``ends`` and single ``days`` are ISO dates, whole or not; several of a kind are
    what sources disagree on, ``2021 or 2022``. Nothing at all gives an empty text.
    """
    first, last, when = sorted({*starts}), sorted({*ends}), " or ".join(sorted({*days}))
    since, until = " or ".join(first), " or ".join(last)
    if since and until:
        follow = _not_before(min(first), max(last))
        during = since if first == last else f"{since} to {until}"
        return _joined(during if follow else f"from {since}, until {until}", when)
    open_ = f"from {since}" if since else f"until {until}" if until else ""
    return _joined(open_, when)


def _joined(*parts: str) -> str:
    return ", ".join(dict.fromkeys(filter(None, parts)))


def _not_before(start: str, end: str) -> bool:
    """Whether an end may follow a start, as exactly as both are known."""
    known = min(len(start), len(end))
    return start[:known] <= end[:known]
