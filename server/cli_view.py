"""What the commands about networks share: which network, which part of it, and where rows go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from missiongraph.files import suffix

from .cli_common import OUTPUT, Source, read_text, source_options

if TYPE_CHECKING:
    from missiongraph import MissionGraph
    from missiongraph.networks import Network, NetworkQuery, Ties, View

Command = Callable[..., Any]

DEFAULT = "shared-missions"
FORMATS = ("table", "csv", "json", "parquet")


@dataclass(frozen=True)
class Drawing:
    """The network that a command is about; what is left out of it is told on stderr."""

    query: NetworkQuery
    view: View
    source: Source

    @cached_property
    def graph(self) -> MissionGraph:
        """The graph that it is drawn from."""
        return self.source.open()

    @cached_property
    def ties(self) -> Ties:
        """The statements of its ties."""
        from missiongraph.networks import read_ties

        found = read_ties(self.graph.engine, self.query)
        for reason, number in found.rejected.items():
            tell(f"{number:,} {'row' if number == 1 else 'rows'} left out: {reason}")
        return found

    @cached_property
    def network(self) -> Network:
        """The network, with the labels of its nodes."""
        from missiongraph.networks import draw
        from missiongraph.networks.labels import attribute

        drawn = draw(self.ties, self.query, self.view)
        names = [str(node) for node in drawn.nodes]
        return replace(drawn, labels=attribute(self.graph.engine, names))

    def attribute(self, name: str) -> list[str | None]:
        """What is known of each node: its ``kind`` or ``country``."""
        from missiongraph.networks.labels import attribute

        names = [str(node) for node in self.network.nodes]
        known = attribute(self.graph.engine, names, name)
        return [known.get(name) for name in names]


def tell(message: str) -> None:
    """Say on stderr what the reader of the rows must know."""
    click.echo(message, err=True)


def read_network(name: str) -> NetworkQuery:
    """A shipped network by its name, or one's own from a file or standard input (-)."""
    from missiongraph.networks import NetworkQuery, find_network

    text = read_text(name)
    return find_network(name) if text is None else NetworkQuery.parse(text, Path(name).stem)


def network_argument(*, required: bool = False) -> Callable[[Command], Command]:
    """Add the argument ``NETWORK`` and which part of it to draw; they come as a ``drawing``."""

    def add(command: Command) -> Command:
        default = {} if required else {"default": DEFAULT, "metavar": "[NETWORK]"}
        return click.argument("network", **default)(_drawing(command))

    return add


def network_option(command: Command) -> Command:
    """Add ``--network`` and which part of it to draw; without it, ``drawing`` is None."""
    help_ = "Only this network: a name, a file .rq or -; see `missiongraph networks list`."
    return click.option("--network", metavar="NETWORK", help=help_)(_drawing(command))


def _drawing(command: Command) -> Command:
    @click.option("--at", metavar="DAY", help="As it was on a day, such as 2022-06-30.")
    @click.option("--since", metavar="DAY", help="Ties that held on this day or later.")
    @click.option("--until", metavar="DAY", help="Ties that held on this day or earlier.")
    @click.option("--layer", "layers", multiple=True, help="Only ties of this layer; repeat.")
    @click.option("--method", help="Of a projection: count, newman, …  [default: count]")
    @click.option(
        "--backbone",
        type=float,
        metavar="LEVEL",
        help="Only ties that are more than chance at this level, such as 0.05.",
    )
    @source_options
    @wraps(command)
    def gathered(
        *arguments: Any,
        network: str | None,
        layers: Sequence[str],
        source: Source,
        **options: Any,
    ) -> Any:
        from missiongraph.networks import View

        view = {name: options.pop(name) for name in ("at", "since", "until", "method", "backbone")}
        if network:
            drawn = Drawing(read_network(network), View.of(layers=tuple(layers), **view), source)
            return command(*arguments, drawing=drawn, **options)
        if layers or any(view.values()):
            raise click.UsageError("--at, --layer and the like go with --network")
        return command(*arguments, drawing=None, source=source, **options)

    return gathered


def rows_options(command: Command) -> Command:
    """Add ``--format`` and ``-o``, whose name tells the format if ``--format`` does not."""

    @click.option(
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        help="Format of the output.  [default: by the file's name, else table]",
    )
    @click.option("-o", "--output", type=OUTPUT, help="File to write.  [default: standard output]")
    @wraps(command)
    def gathered(*arguments: Any, format_: str | None, output: Path | None, **options: Any) -> Any:
        chosen = format_ or (suffix(output) if output else "table")
        if chosen not in FORMATS or (output and chosen == "table"):
            raise click.UsageError(f"a file holds {', '.join(FORMATS[1:])}: give --format")
        return command(*arguments, format_=chosen, output=output, **options)

    return gathered
