"""The commands ``statistics``, ``backbone``, ``compare`` and ``dethrone``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rich_click as click

from .common import print_rows, print_table, progress_bar
from .completion import measure_names, network_names
from .networks import short, source_name
from .view import network_argument, read_network, rows_options, tell

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Backbone
    from missiongraph.networks.kit.findings import Findings
    from missiongraph.networks.operations.loaded import LoadedNetwork


@click.command()
@network_argument()
@click.option("--chance", is_flag=True, help="Compare with random networks of the same degrees.")
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(["kind", "country"]),
    help="With --chance: attribute for the E-I index and assortativity; repeatable.",
)
@click.option(
    "--runs",
    type=click.IntRange(2),
    default=100,
    show_default=True,
    help="Number of random networks.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of --chance.")
@rows_options
def statistics(
    drawn: LoadedNetwork,
    chance: bool,
    by: Sequence[str],
    runs: int,
    seed: int,
    format_: str,
    output: Path | None,
) -> None:
    """Describe NETWORK as a whole: density, centralisation, components, dyads and triads.

    With --chance, transitivity, assortativity, modularity and the E-I index are compared with those
    of random networks: `low` and `high` hold the middle 95 %, `z` counts standard deviations.

    \b
    Examples:
      missiongraph statistics funding
      missiongraph statistics partnerships --chance --by country -o statistics.csv
    """
    from missiongraph.networks.kit.graphs import loaded

    graph = loaded(drawn)
    if by and not chance:
        raise click.UsageError("--by needs --chance")
    if chance:
        with progress_bar() as advance:
            found = graph.statistics_by_chance(by, runs=runs, seed=seed, progress=advance)
        _print(found, format_, output)
        return
    found = graph.statistics()
    if format_ != "table":
        print_rows(found.columns, list(found), format_, output)
        return
    cells = [[row["name"], figure(row["value"]), row["says"], row["range"]] for row in found]
    print_table(("statistic", "value", "meaning", "range"), cells, ("value",))


def figure(value: float) -> str:
    """A whole number as it is, another with four decimals; empty for NaN."""
    return f"{value:,.0f}" if value == value and value == int(value) else short(value)


@click.command()
@network_argument()
@click.option(
    "--by",
    "test",
    type=click.Choice(["disparity", "hypergeometric", "sdsm", "fdsm"]),
    default="disparity",
    show_default=True,
    help="Model of random ties; all but disparity are for projections.",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.05,
    show_default=True,
    help="Keep ties whose chance is below this.",
)
@click.option("--fdr", is_flag=True, help="Keep ties whose rate of false discoveries is.")
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Number of random networks of fdsm.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of fdsm.")
@rows_options
def backbone(
    drawn: LoadedNetwork,
    test: Backbone,
    level: float,
    fdr: bool,
    runs: int,
    seed: int,
    format_: str,
    output: Path | None,
) -> None:
    """List the ties of NETWORK that chance does not explain, the least likely first.

    disparity compares the strength of a tie with the other ties of its ends. The others compare
    what two nodes share with random affiliations: hypergeometric keeps the number of things of each
    node, sdsm on average also the number of nodes of each thing, fdsm both exactly.

    \b
    Examples:
      missiongraph backbone shared-missions --by sdsm --fdr
      missiongraph backbone funding --level 0.01 -o backbone.csv
    """
    from missiongraph.networks.kit.graphs import loaded

    with progress_bar() as advance:
        ties = loaded(drawn).significance(test, runs=runs, seed=seed, progress=advance)
    chance = "fdr" if fdr else "chance"
    kept = [row for row in ties if row[chance] < level or level == 1]
    if format_ == "table":
        weight = drawn.network.weighed
        cells = [
            [
                row["source_label"],
                row["target_label"],
                short(row[weight]),
                f"{row['chance']:.2g}",
                f"{row['fdr']:.2g}",
            ]
            for row in kept
        ]
        numbers = (weight, "chance", "fdr")
        print_table(("source", "target", *numbers), cells, numbers)
    else:
        print_rows(ties.columns, kept, format_, output)
    tell(f"{len(kept):,} of {len(ties):,} ties have a {chance} below {level:g} by {test}.")


@click.command()
@network_argument(required=True)
@click.argument("others", metavar="OTHER…", nargs=-1, required=True, shell_complete=network_names)
@click.option(
    "--regress", is_flag=True, help="Explain NETWORK by all others at once, instead of one by one."
)
@click.option(
    "--by",
    type=click.Choice(["strength", "steps"]),
    default="strength",
    show_default=True,
    help="Compare strengths of ties, or only who is tied.",
)
@click.option(
    "--runs", type=click.IntRange(1), default=1000, show_default=True, help="Permutations."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the permutations.")
@rows_options
def compare(
    drawn: LoadedNetwork,
    others: Sequence[str],
    regress: bool,
    by: Literal["strength", "steps"],
    runs: int,
    seed: int,
    format_: str,
    output: Path | None,
) -> None:
    """Correlate NETWORK with others on their common nodes, tested by permuting nodes (QAP).

    `p` is the share of permuted networks that are as similar or dissimilar. With --regress, each of
    the others is tested with the rest held constant (MRQAP, double semi-partialing). The others are
    of the same days as NETWORK.

    \b
    Examples:
      missiongraph compare shared-missions partnerships
      missiongraph compare shared-missions partnerships memberships --regress --by steps
    """
    from missiongraph.networks.kit.graphs import loaded
    from missiongraph.networks.operations.loaded import LoadedNetwork

    days = replace(drawn.view, layers=(), method="", backbone=1.0)
    networks = {
        name: LoadedNetwork(drawn.engine, read_network(name), days).network for name in others
    }
    how = {"runs": runs, "seed": seed}
    with progress_bar() as advance:
        graph = loaded(drawn)
        if regress:
            found = graph.regress(networks, by=by, progress=advance, **how)
            tell(f"R² {found.facts['r_squared']:.3f}, {found.facts['compared']:,} common nodes.")
        else:
            found = graph.correlate(networks, by=by, progress=advance, **how)
    _print(found, format_, output)


def _print(found: Findings, format_: str, output: Path | None) -> None:
    """Print or write a table; for people, with numbers cut to four decimals."""
    if format_ != "table":
        print_rows(found.columns, list(found), format_, output)
        return
    numeric = {n for row in found for n, cell in row.items() if isinstance(cell, int | float)}
    cells = [
        [short(cell) if isinstance(cell, float) else cell for cell in row.values()] for row in found
    ]
    print_table(found.columns, cells, numeric)


@click.command()
@network_argument()
@click.option(
    "--measure", default="degree", show_default=True, shell_complete=measure_names, help="Measure."
)
@click.option("--node", help="IRI, end of the IRI or label.  [default: the first ranked]")
@click.option(
    "--within", type=click.IntRange(1), default=1, show_default=True, help="Ranks it has to leave."
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=2000,
    show_default=True,
    help="Networks to measure at most; beyond, the answer is bounded.",
)
@rows_options
def dethrone(
    drawn: LoadedNetwork,
    measure: str,
    node: str | None,
    within: int,
    limit: int,
    format_: str,
    output: Path | None,
) -> None:
    """Find the fewest documents of NETWORK on which a first rank, or a place in the top, depends.

    The rows are the statements of these documents; without them, the node ranks below --within.

    \b
    Examples:
      missiongraph dethrone shared-missions --measure betweenness
      missiongraph dethrone funding --node "European Commission" --within 10
    """
    from missiongraph.networks.kit.graphs import loaded

    with progress_bar() as advance:
        found = loaded(drawn).dethroning(
            measure, node=node, within=within, limit=limit, progress=advance
        )
    facts = found.facts
    if facts["sources"] is None:
        known = "no withdrawal takes" if facts["exact"] else "no withdrawal was found that takes"
        tell(f"{known} {facts['label']} out of the first {within}.")
    else:
        number, least = len(facts["sources"]), facts["least"]
        of = "" if facts["exact"] else f" (at least {least} are needed)"
        what = "document" if number == 1 else "documents"
        tell(
            f"Without {number} {what}{of}, {facts['label']} falls from rank {facts['rank']} to "
            f"{facts['after']}; first then: {', '.join(facts['instead'][:3])}."
        )
    if format_ == "table":
        cells = [
            [source_name(row["graph"]), row["source_label"], _named(row["target_label"])]
            for row in found
        ]
        print_table(("document", "source", "target"), cells)
    else:
        print_rows(found.columns, list(found), format_, output)


def _named(label: str | None) -> str:
    """A label; of a node that is not in the network and so has none, the last part of its IRI."""
    return source_name(label) if label and "://" in label else label or ""
