"""Weights: what the ties of a networkx graph count, read from their attributes.

``strength`` and ``distance`` say what they mean. ``weight``, which networkx, igraph and Gephi
read, is a strength. A tie that has none of them counts 1, as in networkx.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError

from .definition import Weight

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

Ties = Sequence[dict[str, Any]]
"""The attributes of each tie."""

Ends = Callable[[int], tuple[Any, Any]]
"""The two nodes of the tie at a place."""

Before = Callable[[Places], Floats]
"""What ties at some places weighed when they were drawn; NaN for those that were not."""

WEIGHT = "weight"
_ALIKE = 1e-9  # weights that differ by less, relatively, are the same


def column(ties: Ties, name: str | None) -> Floats:
    """What the attribute ``name`` of each tie says, and 1 without it: as networkx reads it."""
    if name is None:
        return np.ones(len(ties))
    return np.fromiter((tie.get(name, 1) for tie in ties), np.float64, len(ties))


def named(ties: Ties, name: str, ends: Ends) -> Floats:
    """What the attribute ``name`` of each tie says, and 1 without it.

    Raises :class:`QueryError` where no tie has it, or one has what is no number above 0.
    """
    there = _attributes(ties)
    if ties and name not in there:
        known = ", ".join(sorted(map(str, there))) or "no attribute"
        raise QueryError(f"no tie has a '{name}'; ties have {known}")
    return np.nan_to_num(_numbers(ties, name, ends), nan=1.0)


def understood(
    ties: Ties, ends: Ends, known: Weight | None = None, before: Before | None = None
) -> tuple[Floats, Weight]:
    """The weight of each tie, and whether weights are strengths or distances.

    They are what ``known`` says; else distances where ties have a ``distance`` and none has a
    ``strength``. Of a strength and a ``weight`` that do not agree, the one counts that is not as
    it was ``before``. Raises :class:`QueryError` where that does not tell, where some ties have a
    strength and others only a distance, and for what is no number above 0.
    """
    there = _attributes(ties)
    far = known == "distance" if known else "distance" in there and "strength" not in there
    weighed: Weight = "distance" if far else "strength"
    own = _numbers(ties, weighed, ends) if weighed in there else np.full(len(ties), np.nan)
    plain = _numbers(ties, WEIGHT, ends) if WEIGHT in there else np.full(len(ties), np.nan)
    plain = 1 / plain if far else plain
    _check_kind(ties, ends, np.isnan(own) & np.isnan(plain), weighed)
    found = np.where(np.isnan(own), np.nan_to_num(plain, nan=1.0), own)
    differ = np.flatnonzero(~np.isnan(plain) & ~_alike(found, plain))
    if len(differ):
        was = before(differ) if before else np.full(len(differ), np.nan)
        changed = _alike(was, found[differ])
        if (lost := ~changed & ~_alike(was, plain[differ])).any():
            place = int(differ[np.argmax(lost)])
            raise _ambiguous(ties[place], weighed, ends(place))
        found[differ[changed]] = plain[differ[changed]]
    return found, weighed


def _attributes(ties: Ties) -> set[str]:
    return set().union(*ties)


def _numbers(ties: Ties, name: str, ends: Ends) -> Floats:
    """What each tie has under ``name``, and NaN where it has nothing."""
    try:
        found = np.array([tie.get(name, nan) for tie in ties], np.float64)
    except (TypeError, ValueError, OverflowError):
        found = np.array([_number(tie[name]) if name in tie else np.nan for tie in ties])
    bad = np.isinf(found) | (found <= 0)
    for place in np.flatnonzero(np.isnan(found)).tolist():
        bad[place] = name in ties[place]
    if bad.any():
        place = int(np.argmax(bad))
        one, other = ends(place)
        each = {id(ties[at]) for at in np.flatnonzero(bad).tolist()}  # a tie may come twice
        others = len(each) - 1
        many = f", and {others:,} more are no good" if others else ""
        value = f"{ties[place][name]!r:.80}"
        raise QueryError(
            f"the tie {one} - {other} has the {name} {value}{many}; a {name} is a number above 0: "
            "give one, or remove the tie"
        )
    return found


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return np.nan


def _alike(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    alike: npt.NDArray[np.bool_] = np.abs(one - other) <= _ALIKE * np.abs(other)
    return alike


def _check_kind(ties: Ties, ends: Ends, without: npt.NDArray[np.bool_], weighed: Weight) -> None:
    other = "distance" if weighed == "strength" else "strength"
    for place in np.flatnonzero(without).tolist():
        if other in ties[place]:
            one, two = ends(place)
            raise QueryError(
                f"the tie {one} - {two} has a {other} and no {weighed}, which others have; name "
                f"the attribute that counts: from_networkx(graph, '{weighed}')"
            )


def _ambiguous(tie: dict[str, Any], weighed: Weight, ends: tuple[Any, Any]) -> QueryError:
    meant = tie.get(WEIGHT)
    return QueryError(
        f"the tie {ends[0]} - {ends[1]} has the {weighed} {tie[weighed]} and the weight {meant}, "
        "which do not agree; change both, or name the attribute that counts: "
        f"from_networkx(graph, '{weighed}')"
    )
