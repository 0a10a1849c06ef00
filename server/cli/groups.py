"""The commands about groups: communities, brokers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import print_rows, print_table
from .networks import short
from .view import network_argument, rows_options, tell

if TYPE_CHECKING:
    from missiongraph.networks.analysis.communities import Communities
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
    from missiongraph.networks.analysis.communities import communities

    found = communities(drawn.network, algorithm, resolution=resolution, seed=seed, runs=runs)
    if format_ == "table":
        rows = enumerate(zip(found.sizes.tolist(), found.labels, strict=True))
        cells = [[number, size, label] for number, (size, label) in rows]
        print_table(("community", "members", "foremost"), cells, ("community", "members"))
    else:
        print_rows(("node", "label", "community", "stays"), _members(found), format_, output)
    tell(f"Modularity {found.modularity:.3f}, from seed {found.seed}.")
    if stability := found.stability:
        agreement = f"{stability.nmi:.2f} (NMI), {stability.ari:.2f} (adjusted Rand)"
        tell(f"{stability.runs} runs agree to {agreement}; 1 is entirely.")


def _members(found: Communities) -> Iterator[dict[str, Any]]:
    """A row to each node, by community."""
    network, stability = found.network, found.stability
    for place in found.members.argsort(kind="stable").tolist():
        node = network.nodes[place]
        yield {
            "node": node,
            "label": network.label(node),
            "community": int(found.members[place]),
            "stays": float(stability.nodes[place]) if stability else None,
        }


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
    from missiongraph.networks.analysis.brokerage import COLUMNS, brokers

    known = zip(drawn.network.nodes, drawn.attribute(by), strict=True)
    found = brokers(drawn.network, {node: group for node, group in known if group})
    if found.ungrouped:
        nodes = "node" if found.ungrouped == 1 else "nodes"
        tell(f"{found.ungrouped:,} {nodes} left out: no {by} is known")
    rows = list(found.rows(top, role))
    if format_ != "table":
        names = [
            name for column in COLUMNS for name in (column, f"{column}_expected", f"{column}_z")
        ]
        print_rows(["node", "label", "group", *names], rows, format_, output)
        return
    z = f"{role}_z"
    cells = [
        [row["label"], row["group"], *(row[name] for name in COLUMNS), short(row[z])]
        for row in rows
    ]
    numeric = (*COLUMNS, f"{role} z")
    print_table(["label", by, *numeric], cells, numeric)
