"""What a network rests on and how firm it is, as results: its sources, chance, other networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Literal

from missiongraph.namespaces import source_graph
from missiongraph.networks.analysis.basis import Share, basis
from missiongraph.networks.extract.ties import Ties
from missiongraph.networks.model.definition import find_network
from missiongraph.networks.model.network import Network

from .asking import rows
from .loaded import LoadedNetwork
from .lookup import find_node
from .result import Result

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Backbone, Progress
    from missiongraph.networks.analysis.qap import PermutationTest

SHARES = (0.1, 0.2, 0.3, 0.5)
"""Shares of documents that are taken as missing."""

_STATED = ("graph", "source", "target", "source_label", "target_label")
_CORRELATED = (
    "network", "correlation", "p", "p_greater", "p_less", "mean", "deviation", "nodes"
)  # fmt: skip
_STRENGTHS = "SELECT ?source ?strength { ?source moi:hasStrength/skos:prefLabel ?strength }"


def rests_on(drawn: LoadedNetwork) -> Result:
    """How many statements, and pairs of nodes, rest on sources of each strength."""
    found = rows(drawn.engine, _STRENGTHS)
    strengths = {source_graph(row["source"]): row["strength"] for row in found}
    of = basis(drawn.ties, drawn.query, drawn.view, strengths)
    named = ("pairs", "single", "sources", "unsourced")
    facts = drawn.about() | {name: getattr(of, name) for name in named}
    return Result.of_rows(facts, map(asdict, of.shares), *Share.__dataclass_fields__)


def significance(
    drawn: LoadedNetwork,
    by: Backbone = "disparity",
    level: float = 0.05,
    fdr: bool = False,
    runs: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Result:
    """The ties that random ones explain least, the lowest chance first; with level 1, all."""
    from missiongraph.networks.analysis.null_models import tie_chances
    from missiongraph.networks.model.backbone import false_discovery, places

    network = drawn.network
    chances = tie_chances(network, by, runs=runs, seed=seed, progress=progress)
    rates, (sources, targets) = false_discovery(network, chances), places(network.matrix)
    once = slice(None) if network.directed else sources <= targets
    columns = (sources, targets, network.matrix.data, chances.data, rates.data)
    found = zip(*(column[once].tolist() for column in columns), strict=True)
    kept = (tie for tie in found if level == 1 or tie[4 if fdr else 3] < level)
    table = (
        {
            "source": network.nodes[one],
            "target": network.nodes[other],
            "source_label": network.label(network.nodes[one]),
            "target_label": network.label(network.nodes[other]),
            network.weighed: weight,
            "chance": chance,
            "fdr": rate,
        }
        for one, other, weight, chance, rate in sorted(kept, key=_by_chance)
    )
    facts = drawn.about() | {"method": by}
    if by == "fdsm":
        facts |= {"runs": runs, "seed": seed}
    named = ("source", "target", "source_label", "target_label", network.weighed)
    return Result.of_rows(facts, table, *named, "chance", "fdr")


def compared_with(
    drawn: LoadedNetwork,
    other: Sequence[str],
    by: Literal["strength", "steps"] = "strength",
    runs: int = 1000,
    seed: int = 0,
) -> Result:
    """The correlation with networks that ship, of the same days, tested by permuting nodes."""
    days = replace(drawn.view, layers=(), method="", backbone=1.0)
    others = {name: replace(drawn, query=find_network(name), view=days).network for name in other}
    return correlated(drawn, others, by, runs, seed)


def correlated(
    drawn: LoadedNetwork,
    others: dict[str, Network],
    by: Literal["strength", "steps"] = "strength",
    runs: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Result:
    """The correlation with each of ``others`` on the common nodes, tested by permuting nodes."""
    from missiongraph.networks.analysis.qap import correlate

    table = []
    for name, other in others.items():
        found = correlate(drawn.network, other, by=by, runs=runs, seed=seed, progress=progress)
        row = {"network": name, "correlation": found.test.value, **shares_of(found.test)}
        row |= {"mean": found.test.mean, "deviation": found.test.deviation}
        table.append(row | {"nodes": found.nodes})
    facts = drawn.about() | {"by": by, "runs": runs, "seed": seed}
    return Result.of_rows(facts, table, *_CORRELATED)


def dethroned(
    drawn: LoadedNetwork,
    measure: str = "degree",
    node: str | None = None,
    within: int = 1,
    limit: int = 2000,
    progress: Progress | None = None,
    **parameters: Any,
) -> Result:
    """The statements of the fewest documents on which a high rank depends."""
    from missiongraph.networks.analysis.dethroning import dethroning

    ties, network = drawn.ties, drawn.network
    found = dethroning(
        ties,
        drawn.query,
        drawn.view,
        measure,
        node=None if node is None else find_node(network, node),
        within=within,
        limit=limit,
        progress=progress,
        **parameters,
    )
    facts = drawn.about() | {"label": network.label(found.node)}
    named = "node measure within rank after sources least exact measured"
    facts |= {name: getattr(found, name) for name in named.split()}
    facts["instead"] = [network.label(other) for other in found.instead]
    return Result.of_rows(facts, _stated(ties, found.statements.tolist(), network), *_STATED)


def missing(
    drawn: LoadedNetwork,
    measure: str = "degree",
    shares: Sequence[float] = SHARES,
    runs: int = 50,
    seed: int = 0,
    progress: Progress | None = None,
    **parameters: Any,
) -> Result:
    """How well ranks hold if a share of the documents is missing at random."""
    from missiongraph.networks.analysis.rank_robustness import missing_sources

    how: dict[str, Any] = {"shares": shares, "runs": runs, "seed": seed, "progress": progress}
    table = missing_sources(drawn.ties, drawn.query, drawn.view, measure, **how, **parameters)
    facts = drawn.about() | {"measure": measure, "runs": runs, "seed": seed}
    return Result.of_rows(facts, map(asdict, table), "share", "left_out", "agreement")


def shares_of(test: PermutationTest | None) -> dict[str, float | None]:
    """The shares of permuted networks as far from 0, greater and less; None without a test."""
    return {name: getattr(test, name, None) for name in ("p", "p_greater", "p_less")}


def _stated(ties: Ties, places: Sequence[int], network: Network) -> Iterator[dict[str, Any]]:
    for place in places:
        target = int(ties.target[place])
        source, other = ties.nodes[ties.source[place]], ties.nodes[target] if target >= 0 else None
        yield {
            "graph": ties.graphs[ties.graph[place]],
            "source": source,
            "target": other,
            "source_label": network.label(source),
            "target_label": other and network.label(other),
        }


def _by_chance(tie: tuple[int, int, float, float, float]) -> tuple[float, float]:
    _, _, weight, chance, _ = tie
    return chance, -weight
