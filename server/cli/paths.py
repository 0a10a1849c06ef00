"""The commands ``path`` and ``ego``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import NO
from .view import ask, network_argument, print_result, rows_options, tell

if TYPE_CHECKING:
    from missiongraph.networks.measures.distance import By
    from missiongraph.networks.operations.loaded import LoadedNetwork


def by_option(command: Any) -> Any:  # Any: as click's
    """Add ``--by``: count steps or add up distances."""
    return click.option(
        "--by",
        type=click.Choice(["steps", "distance"]),
        default="steps",
        show_default=True,
        help="Count ties, or add up distances (the inverse of a tie's strength).",
    )(command)


@click.command()
@network_argument(required=True)
@click.argument("first", metavar="A")
@click.argument("last", metavar="B")
@by_option
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Number of equally short paths.",
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

    A and B are IRIs, the last parts of IRIs, or labels; for a misspelt one, the error suggests
    similar names. Exits with 1 if there is no path.

    \b
    Examples:
      missiongraph path organisations-missions vinnova "City of Turin"
      missiongraph path multiplex vinnova business-finland --limit 10 --format json
    """
    from missiongraph.networks.operations.lookup import find_node

    result = ask(drawn, "paths", **{"from": first, "to": last}, by=by, limit=limit)
    print_result(result, format_, output)
    if not result.rows:
        ends = (drawn.network.label(find_node(drawn.network, end)) for end in (first, last))
        tell("No path leads from {} to {}.".format(*ends))
        context.exit(NO)


@click.command()
@network_argument(required=True)
@click.argument("node", metavar="NODE")
@click.option(
    "--radius", type=float, default=1, show_default=True, help="Largest distance from NODE."
)
@by_option
@click.option("--top", type=click.IntRange(1), help="Number of rows.  [default: all]")
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
    """List the nodes around NODE in NETWORK, the most strongly tied first.

    NODE is an IRI, the last part of one, or a label. The direction of ties is ignored.

    \b
    Examples:
      missiongraph ego shared-missions vinnova --top 10
      missiongraph ego funding "European Commission" --radius 2 --format csv
    """
    print_result(ask(drawn, "ego", node=node, radius=radius, by=by), format_, output, top=top)
