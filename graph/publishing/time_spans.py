"""Writes spans of time in words, with dates that may be only a year or a month."""

from __future__ import annotations

from collections.abc import Iterable


def span(starts: Iterable[str], ends: Iterable[str], days: Iterable[str] = ()) -> str:
    """A span in words: ``2016 to 2021-07``, ``from 2016``, ``2020-05``.

    ``starts``, ``ends`` and single ``days`` are ISO dates, complete or not. Several of one kind
    mean that sources disagree: ``2021 or 2022``. No dates give an empty text.
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
    """Whether an end may follow a start, compared as far as both are known."""
    known = min(len(start), len(end))
    return start[:known] <= end[:known]
