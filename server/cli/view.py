"""Shared parts of the commands about networks: choice of network, view, and output of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from missiongraph.system.files import suffix

from .common import OUTPUT, Source, print_rows, read_text, source_options
from .completion import network_names

if TYPE_CHECKING:
    from missiongraph.networks.model.definition import NetworkQuery
    from missiongraph.networks.operations.loaded import LoadedNetwork
    from missiongraph.networks.operations.result import Result

Command = Callable[..., Any]

DEFAULT = "shared-missions"
FORMATS = ("table", "csv", "json", "parquet")
_VIEW = ("at", "since", "until", "undated", "method", "backbone", "unmerged")


def tell(message: str) -> None:
    """Print a note on the output to stderr."""
    click.echo(message, err=True)


def read_network(name: str) -> NetworkQuery:
    """The query of a shipped network by its name, or of one from a file or standard input (-)."""
    from missiongraph.networks.model.definition import NetworkQuery, find_network

    text = read_text(name)
    return find_network(name) if text is None else NetworkQuery.parse(text, Path(name).stem)


def network_argument(*, required: bool = False) -> Callable[[Command], Command]:
    """Add the argument ``NETWORK`` and the options of its view; passed on as ``drawn``."""

    def add(command: Command) -> Command:
        default = None if required else DEFAULT
        shown = "NETWORK" if required else "[NETWORK]"
        return click.argument(
            "network",
            metavar=shown,
            required=required,
            default=default,
            shell_complete=network_names,
        )(_drawing(command))

    return add


def network_option(command: Command) -> Command:
    """Add ``--network`` and the options of its view; without it, ``drawn`` is None."""
    help_ = "Only this network: a name, a .rq file or -; see `missiongraph networks list`."
    return click.option("--network", metavar="NETWORK", help=help_, shell_complete=network_names)(
        _drawing(command)
    )


def _drawing(command: Command) -> Command:
    @click.option(
        "--at", metavar="DAY", help="The network on a day, such as 2022-06-30, or in a year."
    )
    @click.option("--since", metavar="DAY", help="Ties that held on this day or later.")
    @click.option("--until", metavar="DAY", help="Ties that held on this day or earlier.")
    @click.option("--undated", is_flag=True, help="With a day: ties without a date, too.")
    @click.option("--layer", "layers", multiple=True, help="Only ties of this layer; repeatable.")
    @click.option("--method", help="Strength in a projection: count, newman, …  [default: its own]")
    @click.option(
        "--backbone",
        type=float,
        metavar="LEVEL",
        help="Only ties that are significant at this level, such as 0.05.",
    )
    @click.option("--unmerged", is_flag=True, help="Nodes apart that are matched as the same.")
    @source_options
    @wraps(command)
    def gathered(
        *arguments: Any,
        network: str | None,
        layers: Sequence[str],
        source: Source,
        **options: Any,
    ) -> Any:
        view = {name: options.pop(name) for name in _VIEW}
        if network:
            drawn = _drawn(network, source, layers=tuple(layers), **view)
            return command(*arguments, drawn=drawn, **options)
        if layers or any(view.values()):
            raise click.UsageError("--at, --layer and the like need --network")
        return command(*arguments, drawn=None, source=source, **options)

    return gathered


def _drawn(network: str, source: Source, **view: Any) -> LoadedNetwork:
    """Load the network of a command; rows left out of it are reported on stderr."""
    from missiongraph.networks.extract.construct import View
    from missiongraph.networks.extract.counts import in_words
    from missiongraph.networks.extract.load import left_out
    from missiongraph.networks.model.projection import weighing
    from missiongraph.networks.operations.loaded import LoadedNetwork

    query, shown = read_network(network), View.of(**view)
    drawn = LoadedNetwork(source.open().engine, query, shown)
    for line in left_out(drawn.whole):
        tell(line)
    about = drawn.whole.about
    for how, number in about["joined"].items():
        tell(f"{number:,} {'row' if number == 1 else 'rows'} joined: {how}")
    tell(in_words(about))
    if words := weighing(about):
        tell(f"{words}.")
    return drawn


def ask(drawn: LoadedNetwork, name: str, **parameters: Any) -> Result:
    """Run an operation that gives rows, the same as over HTTP and on pages."""
    from missiongraph.networks.operations.registry import OPERATIONS
    from missiongraph.networks.operations.result import Result

    result = OPERATIONS[name].run(drawn, **parameters)
    assert isinstance(result, Result)
    return result


def print_result(
    result: Result, format_: str, output: Path | None, *, top: int | None = None
) -> None:
    """Write the rows of an operation, at most ``top``; the table format omits IRIs of nodes."""
    columns = [name for name in result.table or () if (name, format_) != ("node", "table")]
    print_rows(columns, result.rows[:top], format_, output)


def rows_options(command: Command) -> Command:
    """Add ``--format`` and ``-o``; without ``--format``, the file's suffix gives the format."""

    @click.option(
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        help="Format of the output.  [default: by the file's suffix, else table]",
    )
    @click.option("-o", "--output", type=OUTPUT, help="File to write.  [default: standard output]")
    @wraps(command)
    def gathered(*arguments: Any, format_: str | None, output: Path | None, **options: Any) -> Any:
        chosen = format_ or (suffix(output) if output else "table")
        if chosen not in FORMATS or (output and chosen == "table"):
            raise click.UsageError(f"files are {', '.join(FORMATS[1:])}: set --format")
        return command(*arguments, format_=chosen, output=output, **options)

    return gathered
