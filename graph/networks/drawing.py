"""Drawing: ties become a network, on a day, in a layer, projected, thinned to its backbone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from scipy import sparse

from ..errors import QueryError
from .backbone import disparity
from .definition import NetworkQuery
from .network import Network
from .projection import project
from .ties import Mask, Ties


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
        for name in ("at", "since", "until"):
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
    }
    nodes = np.array(ties.nodes, dtype=object)
    if query.kind.startswith("projection"):
        network = _projected(nodes, matrix, ties, query, view)
    elif query.kind == "two-mode":
        network = _two_mode(nodes, matrix, ties, query)
    else:
        used = _named(ties)
        network = Network(
            list(nodes[used]), _square(matrix, used, query), query.directed, query.weighed
        )
    network = replace(network, name=query.name, definition=query, about=about)
    return network if view.backbone == 1 else disparity(network, view.backbone)


def combine(ties: Ties, query: NetworkQuery) -> sparse.csr_array:
    """The matrix (nodes x nodes) of ties: the mean of what is said of one, the sum of several.

    Of distances, the least counts instead of the sum.
    """
    tied = (ties.target >= 0) & (ties.source != ties.target)
    source, target, weight = ties.source[tied], ties.target[tied], ties.weight[tied]
    if query.kind == "undirected":
        source, target = np.minimum(source, target), np.maximum(source, target)
    n = len(ties.nodes)
    pair = source.astype(np.int64) * n + target
    via = ties.via[tied] if len(ties.via) else np.zeros(len(pair), np.int32)
    order = np.lexsort((via, pair))
    pair, via, weight = pair[order], via[order], weight[order]
    pair, via, weight = _means(pair, via, weight)
    starts = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]) if len(pair) else np.zeros(0, int)
    fold = np.minimum if query.weighed == "distance" else np.add
    weight = fold.reduceat(weight, starts) if len(starts) else weight
    rows, columns = np.divmod(pair[starts], max(n, 1))
    return sparse.csr_array((weight, (rows, columns)), shape=(n, n))


def _means(pair: Any, via: Any, weight: Any) -> tuple[Any, Any, Any]:
    """One entry to each pair and via, in order: the mean of their weights."""
    if not len(pair):
        return pair, via, weight
    first = np.r_[True, (pair[1:] != pair[:-1]) | (via[1:] != via[:-1])]
    starts = np.flatnonzero(first)
    counts = np.diff(np.r_[starts, len(pair)])
    return pair[starts], via[starts], np.add.reduceat(weight, starts) / counts


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
    used = np.zeros(len(ties.nodes), bool)
    used[ties.source] = True
    used[ties.target[ties.target >= 0]] = True
    return used


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


def _two_mode(nodes: Any, matrix: sparse.csr_array, ties: Ties, query: NetworkQuery) -> Network:
    source, target = _sides(ties)
    if (both := source & target).any():
        node = nodes[np.flatnonzero(both)[0]]
        raise QueryError(f"{query.name}: {node} is a source and a target; two modes are apart")
    used = source | target
    side = target[used].astype(np.int8)
    square = _square(matrix, used, query)
    return Network(list(nodes[used]), square, False, query.weighed, side)


def _projected(
    nodes: Any, matrix: sparse.csr_array, ties: Ties, query: NetworkQuery, view: View
) -> Network:
    source, target = map(np.flatnonzero, _sides(ties))
    affiliations = matrix[source][:, target].tocsr()
    if query.weighed == "distance":
        affiliations.data = 1 / affiliations.data
    if query.kind == "projection of targets":
        affiliations, source = affiliations.T.tocsr(), target
    return Network(
        list(nodes[source]),
        project(affiliations, view.method),
        weighed="strength",
        affiliations=affiliations,
    )
