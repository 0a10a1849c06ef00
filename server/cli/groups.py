"""The commands ``communities`` and ``brokers``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from .common import print_table
from .networks import short
from .view import ask, network_argument, print_result, rows_options, tell

if TYPE_CHECKING:
    from missiongraph.networks.operations.loaded import LoadedNetwork


@click.command()
@network_argument()
@click.option(
    "--algorithm",
    type=click.Choice(["leiden", "louvain"]),
    default="leiden",
    show_default=True,
    help="Algorithm that finds the communities.",
)
@click.option(
    "--resolution",
    type=float,
    default=1.0,
    show_default=True,
    help="Above 1 for more and smaller communities, below 1 for fewer.",
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Number of runs, each with another seed; the best result is used.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="The first seed.")
@rows_options
def communities(
    drawn: LoadedNetwork,
    algorithm: str,
    resolution: float,
    runs: int,
    seed: int,
    format_: str,
    output: Path | None,
) -> None:
    """Find communities in NETWORK: a network that ships, a .rq file of your own, or - (stdin).

    The table has a row for each community, named after its most central members; csv, json and
    parquet have a row for each node, where `stays` is the share of the other runs that agree.

    \b
    Examples:
      missiongraph communities
      missiongraph communities shared-missions --backbone 0.05 --resolution 2
      missiongraph communities partnerships --at 2022-06-30 -o communities.csv
    """
    how = {"algorithm": algorithm, "resolution": resolution, "runs": runs, "seed": seed}
    result = ask(drawn, "communities", **how)
    facts = result.facts
    if format_ == "table":
        columns = ("community", "members", "foremost")
        cells = [[row[name] for name in columns] for row in facts["communities"]]
        print_table(columns, cells, ("community", "members"))
    else:
        print_result(result, format_, output)
    tell(f"Modularity {facts['modularity']:.3f}, from seed {facts['seed']}.")
    if agree := facts.get("stability"):
        agreement = f"{agree['nmi']:.2f} (NMI), {agree['ari']:.2f} (adjusted Rand)"
        tell(f"{agree['runs']} runs agree to {agreement}; 1 is entirely.")


@click.command()
@network_argument()
@click.option(
    "--by",
    type=click.Choice(["kind", "country"]),
    default="kind",
    show_default=True,
    help="Attribute that groups the nodes.",
)
@click.option(
    "--role",
    type=click.Choice(
        ["total", "coordinator", "itinerant", "gatekeeper", "representative", "liaison"]
    ),
    default="total",
    show_default=True,
    help="Role by which the rows are sorted.",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    help="Number of rows.  [default: all]",
)
@rows_options
def brokers(
    drawn: LoadedNetwork, by: str, role: str, top: int | None, format_: str, output: Path | None
) -> None:
    """Count the brokerage roles of each node of NETWORK, by kind or country (Gould-Fernandez).

    A coordinator brokers within its own group, an itinerant broker within another group. A
    gatekeeper passes from another group to its own, a representative from its own to another; a
    liaison connects two other groups. `z` compares the count with that expected by chance.

    \b
    Examples:
      missiongraph brokers --top 10
      missiongraph brokers shared-missions --by country --role liaison
      missiongraph brokers funding --format csv > brokers.csv
    """
    from missiongraph.networks.analysis.brokerage import COLUMNS

    result = ask(drawn, "brokers", by=by, role=role, top=top)
    if ungrouped := result.facts["ungrouped"]:
        nodes = "node" if ungrouped == 1 else "nodes"
        tell(f"{ungrouped:,} {nodes} left out: {by} unknown")
    if format_ != "table":
        print_result(result, format_, output)
        return
    cells = [
        [row["label"], row["group"], *(row[name] for name in COLUMNS), short(row[f"{role}_z"])]
        for row in result.rows
    ]
    numeric = (*COLUMNS, f"{role} z")
    print_table(["label", by, *numeric], cells, numeric)
