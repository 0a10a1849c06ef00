"""The commands about who is near whom: path, ego."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import NO
from .view import ask, network_argument, print_result, rows_options, tell

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
    from missiongraph.networks.operations.lookup import find_node

    found = ask(drawn, "paths", **{"from": first, "to": last}, by=by, limit=limit)
    print_result(found, format_, output)
    if not found.rows:
        ends = (drawn.network.label(find_node(drawn.network, end)) for end in (first, last))
        tell("No path leads from {} to {}.".format(*ends))
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
    print_result(ask(drawn, "ego", node=node, radius=radius, by=by), format_, output, top=top)
