"""Drawing: ties become a network, on a day, in a layer, projected, thinned to its backbone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..errors import QueryError, Unsuited
from .backbone import disparity
from .definition import NetworkQuery
from .network import Network
from .projection import project
from .ties import Codes, Mask, Ties

FAR = 1e150
"""What the weights of a network may sum to at most; one over it is the least that one may be."""

_DAYS = ("at", "since", "until")


@dataclass(frozen=True)
class View:
    """Which part of a network is drawn, and how.

    ``at`` a day, or ``since`` a first and ``until`` a last one; the ``layers`` whose ties count
    (none: all of them, or the largest where layers have units of their own); for projections
    ``method``, see :mod:`missiongraph.networks.projection`; ``backbone``, the level of
    significance, above 0 and at most 1, of the ties that are kept (1: all).
    """

    at: date | None = None
    since: date | None = None
    until: date | None = None
    layers: tuple[str, ...] = ()
    method: str = "count"
    backbone: float = 1.0

    @classmethod
    def of(cls, **fields: Any) -> View:
        """A view whose days may be texts, and whose layers one name; raises :class:`QueryError`."""
        for name in _DAYS:
            if isinstance(fields.get(name), str):
                fields[name] = _day(fields[name])
        if isinstance(fields.get("layers"), str):
            fields["layers"] = (fields["layers"],)
        if unknown := sorted(set(fields) - set(cls.__dataclass_fields__)):
            known = ", ".join(cls.__dataclass_fields__)
            raise QueryError(f"a network has no '{unknown[0]}'; there are: {known}")
        return cls(**{name: value for name, value in fields.items() if value is not None})

    def __post_init__(self) -> None:
        if self.at and (self.since or self.until):
            raise QueryError("give a day (at) or a time (since, until), not both")
        if not 0 < self.backbone <= 1:
            raise QueryError(f"backbone is above 0 and at most 1, not {self.backbone}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QueryError(f"'{text}' is no day; write it as 2022-06-30") from None


def draw(
    ties: Ties, query: NetworkQuery, view: View = View(), *, kept: Mask | None = None
) -> Network:
    """The network of those ``ties`` that ``view`` shows and, if given, ``kept`` keeps.

    Nodes are those that some statement of the layers names, on whatever day: networks of two
    days have the same nodes. Ties of a node to itself are left out.
    """
    layers = view.layers or _one_unit(ties, query)
    if layers:
        of_layer = ties.of_layer(*layers)
        ties, kept = ties.where(of_layer), None if kept is None else kept[of_layer]
    shown = _shown(ties, view)
    if kept is not None:
        shown &= kept
    chosen = ties if shown.all() else ties.where(shown)
    matrix = combine(chosen, query)
    about: dict[str, Any] = {
        "statements": len(chosen),
        "undated": chosen.undated,
        "rejected": dict(ties.rejected),
        "layers": list(layers),
        "method": view.method,
        "backbone": view.backbone,
        **{name: str(day) for name in _DAYS if (day := getattr(view, name))},
    }
    if query.kind.startswith("projection"):
        network = _projected(matrix, ties, query, view)
    elif query.kind == "two-mode":
        network = _two_mode(matrix, ties, query)
    else:
        used = _named(ties)
        network = Network(
            _names(ties, used), _square(matrix, used, query), query.directed, query.weighed
        )
    _check_range(matrix, query)
    network = replace(network, name=query.name, definition=query, about=about)
    return network if view.backbone == 1 else disparity(network, view.backbone)


def _check_range(matrix: sparse.csr_array, query: NetworkQuery) -> None:
    """Weights far beyond this have sums, squares or inverses that are no numbers any more."""
    least, total = matrix.data.min(initial=1), matrix.data.sum()
    if least < 1 / FAR or not total <= FAR:
        raise Unsuited(
            f"the {query.weighed}s of {query.name} are too small or too large to count with: give "
            f"them in another unit, none below {1 / FAR:g} and all together below {FAR:g}"
        )


def combine(ties: Ties, query: NetworkQuery) -> sparse.csr_array:
    """The matrix (nodes x nodes) of ties: the mean of what is said of one, the sum of several.

    Of distances, the least counts instead of the sum.
    """
    tied = (ties.target >= 0) & (ties.source != ties.target)
    ties = ties if tied.all() else ties.where(tied)
    rows, columns, via, weight = ties.source, ties.target, ties.via, ties.weight
    if query.kind == "undirected":
        rows, columns = np.minimum(rows, columns), np.maximum(rows, columns)
    n = len(ties.nodes)
    pair = rows.astype(np.int64) * n + columns
    if not _sorted(pair, via):
        order = np.lexsort((via, pair)) if len(via) else np.argsort(pair, kind="stable")
        pair, rows, columns, weight = pair[order], rows[order], columns[order], weight[order]
        via = via[order] if len(via) else via
    starts = _starts(pair, via)
    if len(starts) < len(pair):
        weight = np.add.reduceat(weight, starts) / np.diff(starts, append=len(pair))
        pair, rows, columns = pair[starts], rows[starts], columns[starts]
    starts = _starts(pair)
    if len(starts) < len(pair):
        fold = np.minimum if query.weighed == "distance" else np.add
        weight = fold.reduceat(weight, starts)
        rows, columns = rows[starts], columns[starts]
    pointers = np.r_[0, np.cumsum(np.bincount(rows, minlength=n))]
    arrays = weight, columns, pointers.astype(np.int32)
    return sparse.csr_array(arrays, shape=(n, n), copy=True)  # the ties stay as they are


def _sorted(pair: npt.NDArray[np.int64], via: Codes) -> bool:
    """Whether statements are in order of pair and via, as those from the store are."""
    up = pair[1:] > pair[:-1]
    if len(via):
        up |= (pair[1:] == pair[:-1]) & (via[1:] >= via[:-1])
    else:
        up |= pair[1:] == pair[:-1]
    return bool(up.all())


def _starts(pair: npt.NDArray[np.int64], via: Codes | tuple[()] = ()) -> npt.NDArray[np.intp]:
    """Where in ordered statements another tie begins: another pair, or the same by another via."""
    new = np.ones(len(pair), bool)
    new[1:] = pair[1:] != pair[:-1]
    if len(via):
        new[1:] |= via[1:] != via[:-1]
    return np.flatnonzero(new)


def _one_unit(ties: Ties, query: NetworkQuery) -> tuple[str, ...]:
    """Where layers have units of their own, the one with most statements."""
    if query.unit != "layer" or len(ties.layers) < 2:
        return ()
    counts = np.bincount(ties.layer[ties.layer >= 0], minlength=len(ties.layers))
    return (ties.layers[int(np.argmax(counts))],)


def shown(ties: Ties, query: NetworkQuery, view: View) -> Mask:
    """Which statements are drawn: those of the layers and the time that ``view`` shows."""
    layers = view.layers or _one_unit(ties, query)
    in_time = _shown(ties, view)
    return in_time & ties.of_layer(*layers) if layers else in_time


def _shown(ties: Ties, view: View) -> Mask:
    return ties.on(view.at) if view.at else ties.during(view.since, view.until)


def _named(ties: Ties) -> Mask:
    """Nodes that are at an end of some statement."""
    source, target = _sides(ties)
    return source | target


def _names(ties: Ties, used: Mask) -> Sequence[str]:
    return ties.nodes if used.all() else list(compress(ties.nodes, used.tolist()))


def _square(matrix: sparse.csr_array, used: Mask, query: NetworkQuery) -> sparse.csr_array:
    places = np.flatnonzero(used)
    square = matrix if used.all() else matrix[places][:, places].tocsr()
    if not query.directed:
        square = (square + square.T).tocsr()
    square.sort_indices()
    return square


def _sides(ties: Ties) -> tuple[Mask, Mask]:
    """Who is a source, and who a target, of some statement."""
    source, target = (np.zeros(len(ties.nodes), bool) for _ in range(2))
    source[ties.source] = True
    target[ties.target[ties.target >= 0]] = True
    return source, target


def _two_mode(matrix: sparse.csr_array, ties: Ties, query: NetworkQuery) -> Network:
    source, target = _sides(ties)
    if (both := source & target).any():
        node = ties.nodes[int(np.argmax(both))]
        raise QueryError(f"{query.name}: {node} is a source and a target; two modes are apart")
    used = source | target
    side = target[used].astype(np.int8)
    square = _square(matrix, used, query)
    return Network(_names(ties, used), square, False, query.weighed, side)


def _projected(matrix: sparse.csr_array, ties: Ties, query: NetworkQuery, view: View) -> Network:
    source, target = _sides(ties)
    affiliations = matrix[source][:, target].tocsr()
    if query.weighed == "distance":
        affiliations.data = 1 / affiliations.data
    if query.kind == "projection of targets":
        affiliations, source = affiliations.T.tocsr(), target
    return Network(
        _names(ties, source),
        project(affiliations, view.method),
        weighed="strength",
        affiliations=affiliations,
    )
