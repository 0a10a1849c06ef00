"""Builds a network from ties: on a day, in a layer, projected, reduced to its backbone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError, Unsuited
from missiongraph.networks.model.backbone import disparity
from missiongraph.networks.model.days import span
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.projection import project

from .counts import counts
from .ties import Codes, Mask, Ties

FAR = 1e150
"""Largest sum of the weights of a network; its inverse is the smallest weight."""

_DAYS = ("at", "since", "until")


@dataclass(frozen=True)
class View:
    """Which part of a network is built, and how.

    ``at`` is a day, or ``since`` the first and ``until`` the last of several; statements without a
    date are then left out unless ``undated``. ``layers`` are those whose ties count (empty: all but
    those that the query sets apart, or the largest if each layer has its own unit). ``method`` is
    for projections (empty: that of the query), see :mod:`missiongraph.networks.model.projection`.
    ``backbone`` is the level of significance of the ties that are kept, above 0 and at most 1
    (1: all). ``unmerged`` keeps nodes apart that are matched as the same.
    """

    at: date | None = None
    since: date | None = None
    until: date | None = None
    undated: bool = False
    layers: tuple[str, ...] = ()
    method: str = ""
    backbone: float = 1.0
    unmerged: bool = False

    @classmethod
    def of(cls, **fields: Any) -> View:
        """A view from days in any form that ``days.span`` accepts, and one layer or several.

        ``at`` a month or year, a network has the ties that hold on any day of it. Raises
        :class:`QueryError` for an unknown field or a value that is not valid.
        """
        spans = {name: span(fields[name]) for name in _DAYS if fields.get(name) is not None}
        if (at := spans.pop("at", None)) and at[0] < at[1] and not spans:
            spans, fields["at"] = {"since": at, "until": at}, None
        elif at:
            fields["at"] = at[0]
        fields |= {name: days[name == "until"] for name, days in spans.items()}
        if isinstance(fields.get("layers"), str):
            fields["layers"] = (fields["layers"],)
        if fields.get("layers") is not None:
            fields["layers"] = tuple(fields["layers"])
        if unknown := sorted(set(fields) - set(cls.__dataclass_fields__)):
            known = ", ".join(cls.__dataclass_fields__)
            raise QueryError(f"a view has no option '{unknown[0]}'; there are: {known}")
        return cls(**{name: value for name, value in fields.items() if value is not None})

    def __post_init__(self) -> None:
        for name in _DAYS:
            if not isinstance(getattr(self, name), date | None):
                raise QueryError(f"{name} is a date; View.of({name}=…) accepts texts and years")
        if self.at and (self.since or self.until):
            raise QueryError("give either a day (at) or a period (since, until), not both")
        if not isinstance(self.undated, bool):
            raise QueryError(f"undated is True or False, not {self.undated!r}")
        if isinstance(self.layers, str):
            raise QueryError(f"layers is a tuple: write ('{self.layers}',)")
        if not isinstance(self.backbone, Real) or not 0 < self.backbone <= 1:
            raise QueryError(f"backbone is above 0 and at most 1, not {self.backbone}")


def build_network(
    ties: Ties, query: NetworkQuery, view: View = View(), *, kept: Mask | None = None
) -> Network:
    """Build a network from the ``ties`` that ``view`` selects and the mask ``kept`` does, if given.

    Nodes are all that occur in a statement of the layers, whatever its dates, so networks of two
    days have the same nodes. Ties from a node to itself are left out. ``about`` records how many
    ``statements`` were used and which days they have
    (:func:`~missiongraph.networks.extract.counts.counts`), how many rows were ``rejected``, by
    reason, and how many were ``joined`` with others, by rule. Raises :class:`QueryError` for a
    ``method`` if the network is not a projection, and :class:`Unsuited` for weights out of range.
    """
    layers, of_layer = _of_layers(ties, query, view)
    apart = {} if view.layers else _apart(ties, query)
    if layers:
        ties, kept = ties.where(of_layer), None if kept is None else kept[of_layer]
    shown = _shown(ties, view)
    among = ties if kept is None else ties.where(kept)
    counted = counts(among, shown if kept is None else shown[kept])
    if kept is not None:
        shown &= kept
    chosen = ties if shown.all() else ties.where(shown)
    matrix, joined = _combined(chosen, query)
    about: dict[str, Any] = {
        **counted,
        "left_out": counted["left_out"] | apart,
        "rejected": dict(ties.rejected) | _to_self(chosen),
        "joined": joined,
        "layers": list(layers),
        "backbone": view.backbone,
        **{name: str(day) for name in _DAYS if (day := getattr(view, name))},
    }
    if view.method and not query.projected:
        raise QueryError(
            f"method={view.method} is for projections, and {query.name} is {query.kind}: leave it "
            "out, or write '# network: projection of sources' at the head of the query"
        )
    if query.projected:
        about["method"] = view.method or query.method
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
    """Raise for weights so extreme that sums, squares or inverses of them overflow."""
    least, total = matrix.data.min(initial=1), matrix.data.sum()
    if least < 1 / FAR or not total <= FAR:
        raise Unsuited(
            f"the {query.weighed}s of {query.name} are too small or too large to compute with: "
            f"use another unit, with none below {1 / FAR:g} and a sum below {FAR:g}"
        )


def _to_self(ties: Ties) -> dict[str, int]:
    number = int(np.sum(ties.source == ties.target))
    return {"a tie of a node to itself": number} if number else {}


def combine(ties: Ties, query: NetworkQuery) -> sparse.csr_array:
    """The matrix (nodes x nodes) of ties: the mean of statements of one tie, the sum of several.

    Of distances, the shortest counts instead of the sum.
    """
    return _combined(ties, query)[0]


def _combined(ties: Ties, query: NetworkQuery) -> tuple[sparse.csr_array, dict[str, int]]:
    """The matrix of ties, and how many rows were joined with others, by the rule applied."""
    tied = (ties.target >= 0) & (ties.source != ties.target)
    ties = ties if tied.all() else ties.where(tied)
    rows, columns, weight = ties.source, ties.target, ties.weight
    via = ties.via if len(ties.via) else np.full(len(ties), -1, np.int32)
    if query.kind == "undirected":
        rows, columns = np.minimum(rows, columns), np.maximum(rows, columns)
    n = len(ties.nodes)
    pair = rows.astype(np.int64) * n + columns
    if not _sorted(pair, via):
        order = np.lexsort((via, pair))
        pair, rows, columns = pair[order], rows[order], columns[order]
        via, weight = via[order], weight[order]
    how = query.rows or ("sum" if ties.numbered else "once")
    far = query.weighed == "distance"
    joined: dict[str, int] = {}
    starts = _starts(pair, via, apart=how == "sum")
    if len(starts) < len(pair):
        again = np.delete(via, starts) >= 0
        _count(joined, "of one ?via, whose mean counts", again)
        ends = "which count once" if how == "once" else "whose mean counts"
        _count(joined, f"of the same two without ?via, {ends}", ~again)
        weight = np.add.reduceat(weight, starts) / np.diff(starts, append=len(pair))
        pair, via, rows, columns = pair[starts], via[starts], rows[starts], columns[starts]
    starts = _starts(pair)
    if len(starts) < len(pair):
        again = np.delete(via, starts) >= 0
        ends = "of which the shortest counts" if far else "which add up"
        _count(joined, f"of the same two by another ?via, {ends}", again)
        _count(joined, f"of the same two without ?via, {ends}", ~again)
        weight = (np.minimum if far else np.add).reduceat(weight, starts)
        rows, columns = rows[starts], columns[starts]
    pointers = np.r_[0, np.cumsum(np.bincount(rows, minlength=n))]
    arrays = weight, columns, pointers.astype(np.int32)
    return sparse.csr_array(arrays, shape=(n, n), copy=True), joined  # a copy, not views of ties


def _count(joined: dict[str, int], how: str, which: Mask) -> None:
    if number := int(np.sum(which)):
        joined[how] = number


def _sorted(pair: npt.NDArray[np.int64], via: Codes) -> bool:
    """Whether statements are sorted by pair and via, as those from the store are."""
    up = pair[1:] > pair[:-1]
    up |= (pair[1:] == pair[:-1]) & (via[1:] >= via[:-1])
    return bool(up.all())


def _starts(
    pair: npt.NDArray[np.int64], via: Codes | None = None, *, apart: bool = False
) -> npt.NDArray[np.intp]:
    """Where in sorted statements the next tie begins: another pair, or the same by another via.

    With ``apart``, each statement without a via is a tie of its own.
    """
    new = np.ones(len(pair), bool)
    new[1:] = pair[1:] != pair[:-1]
    if via is not None:
        new[1:] |= via[1:] != via[:-1]
        new |= (via < 0) & apart
    return np.flatnonzero(new)


def _one_unit(ties: Ties, query: NetworkQuery) -> tuple[str, ...]:
    """The layer with most statements if each layer has its own unit; empty otherwise."""
    if query.unit != "layer" or len(ties.layers) < 2:
        return ()
    counts = np.bincount(ties.layer[ties.layer >= 0], minlength=len(ties.layers))
    return (ties.layers[int(np.argmax(counts))],)


def _of_layers(ties: Ties, query: NetworkQuery, view: View) -> tuple[tuple[str, ...], Mask]:
    """The layers that count, and a mask of the statements in them; none are named if all count."""
    if layers := view.layers or _one_unit(ties, query):
        return layers, ties.of_layer(*layers)
    if not (apart := [layer for layer in query.apart if layer in ties.layers]):
        return (), np.ones(len(ties.start), bool)
    return tuple(layer for layer in ties.layers if layer not in apart), ~ties.of_layer(*apart)


def _apart(ties: Ties, query: NetworkQuery) -> dict[str, int]:
    """How many statements the query sets apart, by layer, in words."""
    layers = [layer for layer in query.apart if layer in ties.layers]
    return {f"in the layer {layer}": int(np.sum(ties.of_layer(layer))) for layer in layers}


def shown(ties: Ties, query: NetworkQuery, view: View) -> Mask:
    """A mask of the statements in the layers and the time that ``view`` selects."""
    _, of_layer = _of_layers(ties, query, view)
    return _shown(ties, view) & of_layer


def _shown(ties: Ties, view: View) -> Mask:
    since, until = (view.at, view.at) if view.at else (view.since, view.until)
    return ties.during(since, until, undated=view.undated)


def _named(ties: Ties) -> Mask:
    """A mask of the nodes that occur in a statement."""
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
    """Masks of the nodes that are the source, and the target, of a statement."""
    source, target = (np.zeros(len(ties.nodes), bool) for _ in range(2))
    source[ties.source] = True
    target[ties.target[ties.target >= 0]] = True
    return source, target


def _two_mode(matrix: sparse.csr_array, ties: Ties, query: NetworkQuery) -> Network:
    source, target = _sides(ties)
    if (both := source & target).any():
        node = ties.nodes[int(np.argmax(both))]
        raise QueryError(f"{query.name}: {node} is a source and a target in a two-mode network")
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
        project(affiliations, view.method or query.method),
        weighed="strength",
        affiliations=affiliations,
        events=affiliations,
    )
