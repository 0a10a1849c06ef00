"""Computes observations: scores, ranks, intervals and communities of networks, for the graph.

The same ties give the same bytes; a network whose ties have not changed is not measured again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from missiongraph.namespaces import NETWORK, SOURCE_GRAPH, SOURCE_ID
from missiongraph.networks.analysis.rank_robustness import Progress, robust
from missiongraph.networks.extract.ties import COLUMNS, Ties
from missiongraph.networks.measures.ranking import Ranking, centrality
from missiongraph.networks.model.definition import NetworkQuery, find_network, network_queries
from missiongraph.sparql.engine import Engine

from . import cube
from .archive import SETTINGS
from .terms import MEASURES, SURE

_OF_NETWORK = re.compile(rb"<" + re.escape(NETWORK).encode() + rb"([^/>]+)[/>]")
_FINGERPRINT = re.compile(rb'fingerprint> "([0-9a-f]{64})"')


def observe(
    engine: Engine,
    names: str | Sequence[str] | None = None,
    progress: Progress | None = None,
    known: bytes = b"",
    keep: Callable[[str, bytes], None] = lambda _name, _observations: None,
) -> bytes:
    """The observations of the networks ``names``, by default of all shipped ones, as N-Quads.

    All are in one named graph. Those of networks with the same ties in ``known``, earlier
    observations, are reused; ``keep`` is called with each network that was measured. Networks
    without nodes are left out. Raises :class:`UnknownQuery` for a name that is not shipped.
    """
    from missiongraph.networks.extract.load import read_ties

    named = [names] if isinstance(names, str) else names
    queries = network_queries() if named is None else [find_network(name) for name in named]
    before = _by_network(known)
    pieces: list[bytes] = []
    for done, query in enumerate(queries):
        if progress:
            progress(f"network {query.name}", done, len(queries))
        ties = _ordered(read_ties(engine, query))
        if not len(ties):
            continue
        fingerprint = _fingerprint(ties, query)
        if before.get(query.name, ("", b""))[0] == fingerprint:
            pieces.append(before[query.name][1])
        else:
            pieces.append("".join(_network(ties, query, fingerprint)).encode())
            keep(query.name, pieces[-1])
    if progress:
        progress("done", len(queries), len(queries))
    return b"".join(["".join(cube.structure()).encode(), *pieces]) if pieces else b""


def _network(ties: Ties, query: NetworkQuery, fingerprint: str) -> Iterator[str]:
    """A network as a data set, with an observation of each of its nodes."""
    from missiongraph.networks.analysis.communities import communities

    ranking = _ranking(ties, query)
    network = ranking.network
    partition = communities(network)
    about: dict[str, Any] = {
        "label": query.question,
        "queryText": query.text,
        "settings": SETTINGS,
        "fingerprint": fingerprint,
        "nodeCount": len(network),
        "tieCount": network.size,
    }
    if np.isfinite(partition.modularity):
        about["modularity"] = float(partition.modularity)
    yield from cube.dataset(query.name, about, _sources(ties))
    observations = cube.Observations(query.name, [str(node) for node in network.nodes])
    yield from observations.heads()
    for measure, scores in ranking.scores.items():
        yield from observations.scores(measure, scores)
        yield from observations.ranks(f"{measure}Rank", ranking.ranks(measure), scores)
        if measure in ranking.intervals:
            yield from observations.interval(measure, ranking.intervals[measure], scores)
    yield from observations.communities(partition.members)


def _ranking(ties: Ties, query: NetworkQuery) -> Ranking:
    sure = robust(ties, query, measures=SURE)
    others = [measure for measure in MEASURES if measure not in sure.scores]
    scores = {**sure.scores, **centrality(sure.network, others).scores}
    return replace(sure, scores={measure: scores[measure] for measure in MEASURES})


def _sources(ties: Ties) -> list[str]:
    """The IRIs of the sources whose graphs state ties."""
    known = [graph for graph in ties.graphs if graph.startswith(SOURCE_GRAPH)]
    return [SOURCE_ID + graph.removeprefix(SOURCE_GRAPH) for graph in known]


def _ordered(ties: Ties) -> Ties:
    """The ties in an order that does not depend on the store."""
    coded = [part for part in (ties.graph, ties.via, ties.layer) if len(part)]
    keys: list[Any] = [ties.weight, ties.end, ties.start, *coded, ties.target, ties.source]
    order = np.lexsort(keys)
    names = ("source", "target", "weight", "start", "end", "layer", "via", "graph")
    parts = {name: getattr(ties, name) for name in names}
    return replace(ties, **{n: part[order] if len(part) else part for n, part in parts.items()})


def _fingerprint(ties: Ties, query: NetworkQuery) -> str:
    """A hash of everything that the observations of a network depend on."""
    digest = hashlib.sha256(f"{query.name}\0{query.text}\0{SETTINGS}\0".encode())
    for names in (ties.nodes, ties.layers, ties.graphs):
        digest.update("\n".join([*names, ""]).encode())
    for name in COLUMNS:
        array = getattr(ties, name)
        digest.update(f"{name} {array.dtype} {len(array)}\0".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _by_network(known: bytes) -> dict[str, tuple[str, bytes]]:
    """The fingerprint and the lines of each network in ``known``."""
    lines: dict[str, list[bytes]] = {}
    for line in known.splitlines(keepends=True):
        if (match := _OF_NETWORK.match(line)) and b"#stale> " not in line:
            lines.setdefault(match[1].decode(), []).append(line)
    whole = {name: b"".join(of) for name, of in lines.items()}
    return {
        name: (match[1].decode(), data)
        for name, data in whole.items()
        if (match := _FINGERPRINT.search(data))
    }
