"""Reads the weights of ties from the attributes of a networkx graph's edges.

The attributes ``strength`` and ``distance`` are unambiguous. ``weight``, which networkx, igraph and
Gephi use, is taken as a strength. A tie without any of them has weight 1, as in networkx.
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
"""The two nodes of the tie with a given index."""

Before = Callable[[Places], Floats]
"""The weights of ties in the network that a graph was built from; NaN for new ties."""

WEIGHT = "weight"
SHARED = "shared"
"""The attribute of a tie in a projection that holds the number of nodes which both ends share."""

_ALIKE = 1e-9  # weights whose relative difference is less are equal


def column(ties: Ties, name: str | None) -> Floats:
    """The attribute ``name`` of each tie, 1 where it is missing, as networkx reads it."""
    if name is None:
        return np.ones(len(ties))
    return np.fromiter((tie.get(name, 1) for tie in ties), np.float64, len(ties))


def named(ties: Ties, name: str, ends: Ends) -> Floats:
    """The attribute ``name`` of each tie, 1 where it is missing.

    Raises :class:`QueryError` if no tie has it, or if a value is not a number above 0.
    """
    there = _attributes(ties)
    if ties and name not in there:
        known = ", ".join(sorted(map(str, there))) or "no attribute"
        raise QueryError(f"no tie has the attribute '{name}'; ties have {known}")
    return np.nan_to_num(_numbers(ties, name, ends), nan=1.0)


def understood(
    ties: Ties, ends: Ends, known: Weight | None = None, before: Before | None = None
) -> tuple[Floats, Weight]:
    """The weight of each tie, and whether weights are strengths or distances.

    ``known`` decides between the two; without it, weights are distances if ties have a ``distance``
    and none has a ``strength``. If strength and ``weight`` of a tie disagree, the one counts that
    differs from the weight ``before``. Raises :class:`QueryError` if that does not decide, if some
    ties have a strength and others only a distance, and for a value that is not a number above 0.
    """
    there = _attributes(ties)
    far = known == "distance" if known else "distance" in there and "strength" not in there
    weighed: Weight = "distance" if far else "strength"
    own = _numbers(ties, weighed, ends) if weighed in there else np.full(len(ties), np.nan)
    plain = _numbers(ties, WEIGHT, ends) if WEIGHT in there else np.full(len(ties), np.nan)
    plain = 1 / plain if far else plain
    _check_kind(ties, ends, np.isnan(own) & np.isnan(plain), weighed)
    weights = np.where(np.isnan(own), np.nan_to_num(plain, nan=1.0), own)
    differ = np.flatnonzero(~np.isnan(plain) & ~_alike(weights, plain))
    if len(differ):
        was = before(differ) if before else np.full(len(differ), np.nan)
        changed = _alike(was, weights[differ])
        if (lost := ~changed & ~_alike(was, plain[differ])).any():
            place = int(differ[np.argmax(lost)])
            raise _ambiguous(ties[place], weighed, ends(place))
        weights[differ[changed]] = plain[differ[changed]]
    return weights, weighed


def _attributes(ties: Ties) -> set[str]:
    return set().union(*ties)


def _numbers(ties: Ties, name: str, ends: Ends) -> Floats:
    """The attribute ``name`` of each tie, NaN where it is missing."""
    try:
        numbers = np.array([tie.get(name, nan) for tie in ties], np.float64)
    except (TypeError, ValueError, OverflowError):
        numbers = np.array([_number(tie[name]) if name in tie else np.nan for tie in ties])
    bad = np.isinf(numbers) | (numbers <= 0)
    for place in np.flatnonzero(np.isnan(numbers)).tolist():
        bad[place] = name in ties[place]
    if bad.any():
        place = int(np.argmax(bad))
        one, other = ends(place)
        each = {id(ties[at]) for at in np.flatnonzero(bad).tolist()}  # a tie may come twice
        others = len(each) - 1
        many = f", and {others:,} more are invalid" if others else ""
        value = f"{ties[place][name]!r:.80}"
        raise QueryError(
            f"the tie {one} - {other} has the {name} {value}{many}; a {name} is a number above 0: "
            "give one, or remove the tie"
        )
    return numbers


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
