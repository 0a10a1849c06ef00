"""Counts the statements of a network by their dates, and tells the counts in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from missiongraph.networks.model.columns import question
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.projection import weighing

from .ties import OPEN, Mask, Ties

UNDATED = "undated"
OTHER_TIME = "of another time"

_EPOCH = date(1970, 1, 1)


def counts(ties: Ties, shown: Mask) -> dict[str, Any]:  # Any: JSON
    """How many ``statements`` are shown, and how many of these are ``undated`` or ``single_day``.

    ``left_out`` has the numbers of all others, by reason, so that the numbers add up to all
    statements. ``dates`` are the first and the last day of which any statement is known; empty if
    none is dated.
    """
    reasons = {UNDATED: ~shown & ~ties.dated, OTHER_TIME: ~shown & ties.dated}
    return {
        "statements": int(np.sum(shown)),
        "undated": int(np.sum(shown & ~ties.dated)),
        "single_day": int(np.sum(shown & (ties.start == ties.end))),
        "left_out": {reason: int(np.sum(mask)) for reason, mask in reasons.items() if mask.any()},
        "dates": [day.isoformat() for day in extent(ties)],
    }


def extent(ties: Ties) -> tuple[date, date] | tuple[()]:
    """The first and the last day at which a statement is known to start or end, if any is dated."""
    days = np.r_[ties.start[ties.start != OPEN.min], ties.last[ties.last != OPEN.max]]
    days = days if ties.dated.any() else days[:0]
    if not len(days):
        return ()
    first, last = (_EPOCH + timedelta(days=int(day)) for day in (days.min(), days.max()))
    return first, last


def in_words(about: Mapping[str, Any]) -> str:
    """The counts of a network in words, from its ``about``: «9 statements, of them 2 undated …»."""
    left, undated = about["left_out"], about["undated"]
    of_them = [f"{undated:,} undated (kept)"] if undated else []
    of_them += [f"{days:,} of a single day"] if (days := about["single_day"]) else []
    number = about["statements"]
    words = f"{number:,} statement{'' if number == 1 else 's'}"
    if of_them:
        words += f", of them {' and '.join(of_them)}"
    if left:
        words += "; left out: " + ", ".join(f"{n:,} {reason}" for reason, n in left.items())
    return f"{words}; {_nothing(about['dates'])}" if left and not number else words


def described(network: Network) -> str:
    """The question that a network answers, its counts and its method, where they are known."""
    told = in_words(network.about) if "statements" in network.about else ""
    parts = [f"{told[:1].upper()}{told[1:]}", weighing(network.about)]
    return " ".join([question(network), ". ".join(filter(None, parts))]).rstrip()


def _nothing(dates: list[str]) -> str:
    if not dates:
        return "nothing is known of any time, as no statement is dated"
    return f"nothing is known of that time: the dated ones are from {dates[0]} to {dates[1]}"
