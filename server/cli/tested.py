"""The command ``backbone``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from .common import print_rows, print_table, progress_bar
from .networks import short
from .view import network_argument, rows_options, tell

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Backbone
    from missiongraph.networks.operations.loaded import LoadedNetwork


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
