"""What a whole network is like, as results: its figures, core, nestedness, brokers of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from missiongraph.errors import QueryError

from .loaded import LoadedNetwork
from .result import Result

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Progress
    from missiongraph.networks.structure.nestedness import Null


def statistics(
    drawn: LoadedNetwork,
    chance: bool = False,
    by: Sequence[str] = (),
    runs: int = 100,
    seed: int = 0,
    progress: Progress | None = None,
) -> Result:
    """The figures of the network; by ``chance``, beside those of random ones of the same degrees.

    ``by`` are attributes for the E-I index and assortativity by chance. Raises
    :class:`QueryError` if they are given otherwise.
    """
    from missiongraph.networks.structure import statistics as figures

    if not chance:
        if by:
            raise QueryError("by needs chance=true")
        return Result.of_rows(drawn.about(), map(asdict, figures.statistics(drawn.network)))
    groups = {name: drawn.groups(name) for name in by}
    rows = figures.statistics_by_chance(drawn.network, groups, runs, seed, progress=progress)
    facts = drawn.about() | {"by": list(by), "runs": runs, "seed": seed}
    return Result.of_rows(facts, map(asdict, rows))


def core_periphery(
    drawn: LoadedNetwork,
    by: Literal["steps", "strength"] = "steps",
    runs: int = 10,
    seed: int = 0,
) -> Result:
    """The nodes of the core, then those of the periphery; the facts tell the fit."""
    from missiongraph.networks.structure.core_periphery import core_periphery as split

    network = drawn.network
    found = split(network, by=by, runs=runs, seed=seed)
    rows: list[dict[str, Any]] = [
        {"node": node, "label": network.label(node), "core": core}
        for node, core in zip(network.nodes, found.core.tolist(), strict=True)
    ]
    rows.sort(key=lambda row: (not row["core"], str(row["label"])))
    facts = drawn.about() | {"by": by, "seed": seed, "of_core": int(found.core.sum())}
    named = ("fit", "within_core", "between", "within_periphery", "exact")
    facts |= {name: getattr(found, name) for name in named}
    return Result.of_rows(facts, rows, "node", "label", "core")


def nestedness(
    drawn: LoadedNetwork,
    null: Null = "fixed",
    runs: int = 100,
    seed: int = 0,
    progress: Progress | None = None,
) -> Result:
    """The NODF of the network, its rows and its columns, beside that of random matrices."""
    from missiongraph.networks.structure import nestedness as nested

    rows = nested.nestedness_by_chance(drawn.network, null, runs, seed, progress=progress)
    facts = drawn.about() | {"null": null, "runs": runs, "seed": seed}
    facts["fill"] = nested.nestedness(drawn.network).fill
    return Result.of_rows(facts, map(asdict, rows))


def brokers_between(
    drawn: LoadedNetwork, one: str, other: str, by: str = "kind", top: int | None = None
) -> Result:
    """Who stands between the nodes of two groups; the facts tell how many pairs are untied."""
    from missiongraph.networks.analysis.brokerage import brokers_between as between

    found = between(drawn.network, drawn.groups(by), one, other)
    facts = drawn.about() | {"by": by, "one": one, "other": other}
    facts |= {"untied": found.untied, "brokered": found.brokered}
    return Result.of_rows(facts, found.rows(top), "node", "label", "pairs", "alone")


def rich_club(
    drawn: LoadedNetwork, runs: int = 100, seed: int = 0, progress: Progress | None = None
) -> Result:
    """The density among the nodes with more than k ties, beside that of random networks."""
    from missiongraph.networks.structure.rich_club import rich_club as clubs

    found = clubs(drawn.network, runs, seed, progress=progress)
    facts = drawn.about() | {"runs": runs, "seed": seed}
    return Result.of_rows(facts, found.rows(), "more_than", "nodes", "ties", "density")


def positions(drawn: LoadedNetwork, splits: int = 2) -> Result:
    """The nodes by position; the facts tell the densities between positions, and the fit."""
    from missiongraph.networks.structure.positions import concor

    network = drawn.network
    found = concor(network, splits)
    rows: list[dict[str, Any]] = [
        {"node": node, "label": network.label(node), "position": None if at < 0 else at}
        for node, at in zip(network.nodes, found.members.tolist(), strict=True)
    ]
    last = len(found.sizes)
    rows.sort(key=lambda row: (last if row["position"] is None else row["position"], row["label"]))
    facts = drawn.about() | {"splits": splits, "fit": found.fit}
    facts |= {"sizes": found.sizes.tolist(), "densities": found.densities.tolist()}
    return Result.of_rows(facts, rows, "node", "label", "position")
