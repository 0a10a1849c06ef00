"""The commands about who is near whom: path, ego."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import NO, print_rows
from .view import network_argument, rows_options, tell

if TYPE_CHECKING:
    from missiongraph.networks.measures.distance import By
    from missiongraph.networks.operations.loaded import LoadedNetwork


def by_option(command: Any) -> Any:
    """Add ``--by``: whether steps count, or distances."""
    return click.option(
        "--by",
        type=click.Choice(["steps", "distance"]),
        default="steps",
        show_default=True,
        help="Count ties, or add up distances: a strength is as far as one over it.",
    )(command)


@click.command()
@network_argument(required=True)
@click.argument("first", metavar="A")
@click.argument("last", metavar="B")
@by_option
@click.option(
    "--limit", type=click.IntRange(1), default=1, show_default=True, help="How many of equal ones."
)
@rows_options
@click.pass_context
def path(
    context: click.Context,
    drawn: LoadedNetwork,
    first: str,
    last: str,
    by: By,
    limit: int,
    format_: str,
    output: Path | None,
) -> None:
    """Find a shortest path from A to B along the ties of NETWORK.

    A and B are IRIs, the ends of IRIs, or labels; what is misspelt is told near ones. Exits
    with 1 if no path leads there.

    \b
    Examples:
      missiongraph path organisations-missions vinnova "City of Turin"
      missiongraph path multiplex vinnova business-finland --limit 10 --format json
    """
    from missiongraph.networks.measures.paths import shortest_paths
    from missiongraph.networks.operations.lookup import find_node

    network = drawn.network
    ends = find_node(network, first), find_node(network, last)
    found = shortest_paths(network, *ends, by, limit)
    rows = [
        {"path": number, "step": step, "node": node, "label": network.label(node)}
        for number, path in enumerate(found, start=1)
        for step, node in enumerate(path.nodes)
    ]
    print_rows(_columns(("path", "step", "node", "label"), format_), rows, format_, output)
    if not found:
        tell("No path leads from {} to {}.".format(*map(network.label, ends)))
        context.exit(NO)


@click.command()
@network_argument(required=True)
@click.argument("node", metavar="NODE")
@click.option("--radius", type=float, default=1, show_default=True, help="How far around it.")
@by_option
@click.option("--top", type=click.IntRange(1), help="Only the first so many.  [default: all]")
@rows_options
def ego(
    drawn: LoadedNetwork,
    node: str,
    radius: float,
    by: By,
    top: int | None,
    format_: str,
    output: Path | None,
) -> None:
    """Show who is around NODE in NETWORK, those that are tied to it most strongly first.

    NODE is an IRI, the end of one, or a label. Direction is ignored.

    \b
    Examples:
      missiongraph ego shared-missions vinnova --top 10
      missiongraph ego funding "European Commission" --radius 2 --format csv
    """
    from missiongraph.networks.measures.paths import ego
    from missiongraph.networks.operations.lookup import find_node

    network = drawn.network.undirected
    centre = find_node(network, node)
    around = ego(network, centre, radius, by)
    place = around.index[centre]
    weights = around.matrix[[place]].toarray()[0]
    rows = [
        {"node": other, "label": around.label(other), around.weighed: float(weight) or None}
        for other, weight in zip(around.nodes, weights, strict=True)
        if other != centre
    ]
    nearest = -1 if around.weighed == "strength" else 1
    rows.sort(key=lambda row: _order(row, around.weighed, nearest))
    columns = _columns(("node", "label", around.weighed), format_)
    print_rows(columns, rows[:top], format_, output)


def _order(row: dict[str, Any], weighed: str, nearest: int) -> tuple[Any, ...]:
    """Those tied to the centre before others, the nearest first, then by label."""
    weight = row[weighed]
    return weight is None, nearest * (weight or 0), row["label"], row["node"]


def _columns(columns: tuple[str, ...], format_: str) -> tuple[str, ...]:
    """Without what is for machines in a table for people."""
    return tuple(name for name in columns if format_ != "table" or name != "node")
