"""The commands about groups: communities, brokers."""

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
    help="How they are found.",
)
@click.option(
    "--resolution",
    type=float,
    default=1.0,
    show_default=True,
    help="Above 1 for more and smaller ones, below for fewer.",
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How often to look, with another seed each time; the best is kept.",
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
    """Find who belongs together in NETWORK: a name that ships, a file .rq of your own, or -.

    The table has a row to a community, named by its foremost members; csv, json and parquet
    have a row to a node, where `stays` is the share of the other runs that agree.

    \b
    Examples:
      missiongraph communities
      missiongraph communities shared-missions --backbone 0.05 --resolution 2
      missiongraph communities partnerships --at 2022-06-30 -o communities.csv
    """
    how = {"algorithm": algorithm, "resolution": resolution, "runs": runs, "seed": seed}
    found = ask(drawn, "communities", **how)
    facts = found.facts
    if format_ == "table":
        columns = ("community", "members", "foremost")
        cells = [[row[name] for name in columns] for row in facts["communities"]]
        print_table(columns, cells, ("community", "members"))
    else:
        print_result(found, format_, output)
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
    help="The groups that they broker between.",
)
@click.option(
    "--role",
    type=click.Choice(
        ["total", "coordinator", "itinerant", "gatekeeper", "representative", "liaison"]
    ),
    default="total",
    show_default=True,
    help="Who has most of it comes first.",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    help="Only the first so many.  [default: all]",
)
@rows_options
def brokers(
    drawn: LoadedNetwork, by: str, role: str, top: int | None, format_: str, output: Path | None
) -> None:
    """Count between whom each node of NETWORK stands, by kind or country (Gould-Fernandez).

    A coordinator brokers within its own group, an itinerant within another; a gatekeeper lets
    others into its own, a representative speaks for it; a liaison stands between two others.
    `z` compares with what chance would leave to it.

    \b
    Examples:
      missiongraph brokers --top 10
      missiongraph brokers shared-missions --by country --role liaison
      missiongraph brokers funding --format csv > brokers.csv
    """
    from missiongraph.networks.analysis.brokerage import COLUMNS

    found = ask(drawn, "brokers", by=by, role=role, top=top)
    if ungrouped := found.facts["ungrouped"]:
        nodes = "node" if ungrouped == 1 else "nodes"
        tell(f"{ungrouped:,} {nodes} left out: no {by} is known")
    if format_ != "table":
        print_result(found, format_, output)
        return
    cells = [
        [row["label"], row["group"], *(row[name] for name in COLUMNS), short(row[f"{role}_z"])]
        for row in found.rows
    ]
    numeric = (*COLUMNS, f"{role} z")
    print_table(["label", by, *numeric], cells, numeric)
