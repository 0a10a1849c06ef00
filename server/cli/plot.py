"""The command ``plot``, and the export of networks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from .common import OUTPUT
from .view import network_argument, tell

if TYPE_CHECKING:
    from missiongraph.networks.operations.loaded import LoadedNetwork

GROUPS = ("community", "kind", "country")


@click.command()
@network_argument()
@click.option("-o", "--output", type=OUTPUT, required=True, help="File to write: .svg or .png.")
@click.option(
    "--measure", default="degree", show_default=True, help="Measure shown by the size of nodes."
)
@click.option(
    "--colour",
    type=click.Choice(GROUPS),
    help="Attribute shown by colour.  [default: the mode in two-mode networks, else none]",
)
@click.option(
    "--labels",
    type=click.IntRange(0),
    default=25,
    show_default=True,
    help="Number of labelled nodes.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the layout.")
def plot(
    drawn: LoadedNetwork, output: Path, measure: str, colour: str | None, labels: int, seed: int
) -> None:
    """Draw NETWORK as a picture: a network that ships, a .rq file of your own, or - (stdin).

    An SVG needs no other package and follows the light or dark scheme of its reader. A PNG needs
    `pip install 'missiongraph[plot]'`.

    \b
    Examples:
      missiongraph plot -o shared-missions.svg
      missiongraph plot funding --measure pagerank --colour kind -o funding.png
      missiongraph plot --backbone 0.05 --at 2022-06-30 --colour community -o backbone.svg
    """
    from missiongraph.networks.output.svg import Look, plot

    groups = None if colour is None else groups_of(drawn, colour, seed)
    look = Look(measure, groups=groups, grouped=colour or "group", labels=labels, seed=seed)
    plot(drawn.network, output, look)


def export_network(
    drawn: LoadedNetwork,
    output: Path | None,
    format_: str,
    measures: Sequence[str],
    groups: Sequence[str],
    dynamic: bool,
) -> None:
    """Write a network, with scores and groups of its nodes, to a file or standard output."""
    from missiongraph.networks.operations.network_file import File
    from missiongraph.networks.operations.registry import OPERATIONS

    chosen = {"group": groups, "measure": measures}
    file = OPERATIONS["export"].run(drawn, **{name: of for name, of in chosen.items() if of})
    assert isinstance(file, File)
    days = None
    if dynamic:
        days = file.days()
        if days is None:
            tell("No tie has a date: the network is the same on every day.")
        elif lost := drawn.network.size - len(days):
            tell(f"{lost:,} ties have no dates: their ends never shared a third node on one day")
    for path in file.write(output or sys.stdout.buffer, format_, days):
        tell(str(path))


def groups_of(drawn: LoadedNetwork, name: str, seed: int = 0) -> list[str | None]:
    """The community (with its most central members), kind or country of each node."""
    if name != "community":
        return drawn.attribute(name)
    from missiongraph.networks.analysis.communities import communities

    result = communities(drawn.network, seed=seed)
    return [f"{number}: {result.labels[number]}" for number in result.members.tolist()]
