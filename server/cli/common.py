"""Shared parts of the commands: options, tables, progress bars, limits."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from missiongraph.errors import LimitExceeded, QueryError
from missiongraph.server.settings import Settings
from missiongraph.system import sandbox
from missiongraph.system.files import replacing

if TYPE_CHECKING:
    from missiongraph import MissionGraph
    from missiongraph.limits import Limits

Command = TypeVar("Command", bound=Callable[..., Any])

OK, NO, BAD_INPUT, FAULT, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes; ``NO`` means that a check failed, for example because of violations."""

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)

UNLIMITED = 100_000
"""Characters in a line of a table that goes to a file or pipe, so that no cell is cut."""


@dataclass(frozen=True)
class Source:
    """The graph that a command works on: the curated graph, a file, or a SPARQL service."""

    data: Path | None = None
    store: str = ""
    default_graph: str = ""

    def open(self, limits: Limits | None = None) -> MissionGraph:
        """Open the graph; ``limits`` for a service default to the environment's settings."""
        import missiongraph
        from missiongraph.remote.engine import RemoteEngine

        if not self.store:
            if not self.data:
                _prepare()
            return missiongraph.open(self.data)
        engine = RemoteEngine(
            self.store, default_graph=self.default_graph, limits=limits or Settings.read()
        )
        return missiongraph.MissionGraph(engine=engine)


def _prepare() -> None:
    """Build the curated graph and measure its networks, if need be, with a progress bar."""
    from missiongraph.ingest.build import build
    from missiongraph.networks.observations.publish import publish

    with progress_bar() as advance:
        publish(build(progress=advance), advance)


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:  # Any: as click's
    """Add ``--data``, ``--store`` and ``--default-graph``, which are passed on as ``source``."""

    @click.option(
        "--data",
        type=FILE,
        metavar="FILE",
        help="Use this RDF file (for example one from `export`) instead of the curated graph.",
    )
    @click.option(
        "--store",
        default="",
        metavar="URL",
        help="Use this SPARQL service. Its credentials come from the environment: "
        "MISSIONGRAPH_STORE_USER and _PASSWORD, or MISSIONGRAPH_STORE_TOKEN.",
    )
    @click.option(
        "--default-graph",
        default="",
        metavar="IRI",
        help="The named graph of that service that holds every statement once; needed for "
        "Virtuoso.",
    )
    @wraps(command)
    def gathered(
        *arguments: Any, data: Path | None, store: str, default_graph: str, **options: Any
    ) -> Any:
        if data and store:
            raise click.UsageError("give --data or --store, not both")
        if default_graph and not store:
            raise click.UsageError("--default-graph needs --store")
        return command(*arguments, source=Source(data, store, default_graph), **options)

    return gathered


def format_option(*formats: str, default: str | None = None) -> Callable[[Command], Command]:
    """Add ``--format``, one of ``formats``."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(formats),
        default=default or formats[0],
        show_default=True,
        help="Format of the output.",
    )


def read_text(source: str) -> str | None:
    """The text of standard input if ``source`` is ``-``, or of a file; None for a name."""
    if source == "-":
        return _decoded(sys.stdin.buffer.read(), "standard input")
    path = Path(source)
    if path.is_file() or path.suffix == ".rq":
        return _decoded(path.read_bytes(), source)
    return None


def _decoded(data: bytes, source: str) -> str:
    """Decode UTF-8, without a byte order mark; raises :class:`QueryError`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QueryError(f"{source}: not UTF-8 text; save it as UTF-8") from error


def print_rows(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    format_: str,
    output: Path | None = None,
) -> None:
    """Write rows as table, csv, json or parquet, to standard output or the file ``output``.

    NaN is written as a missing value. The file is replaced only once it is complete.
    """
    records = [{column: _known(row.get(column)) for column in columns} for row in rows]
    if format_ == "table" and not output:
        print_table(columns, [list(record.values()) for record in records])
        return
    data = _encoded(columns, records, format_)
    if output:
        with replacing(output) as file:
            file.write(data)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)


def _known(value: Any) -> Any:
    return None if value != value else value


def _encoded(columns: Sequence[str], records: Sequence[dict[str, Any]], format_: str) -> bytes:
    if format_ == "json":
        return (json.dumps(records, indent=2, ensure_ascii=False) + "\n").encode()
    if format_ == "parquet":
        import polars as pl

        packed = io.BytesIO()
        values = {column: [record[column] for record in records] for column in columns}
        pl.DataFrame(values, strict=False).write_parquet(packed)
        return packed.getvalue()
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], numeric: Iterable[str] = ()
) -> None:
    """Print a table with headings; ``numeric`` columns are right-aligned."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    right = set(numeric)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(table)


def console() -> Console:
    """A console for standard output; not on a terminal, wide enough that no cell is cut."""
    return _Console(width=None if sys.stdout.isatty() else UNLIMITED, highlight=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Re-raise for :class:`~.program.Program`; rich would exit with 1."""
        raise


@contextmanager
def at_most_memory() -> Iterator[None]:
    """Limit a command's memory to that of a server's job, or half of the machine's if larger.

    Raises :class:`LimitExceeded`.
    """
    limit = "network_megabytes"
    megabytes = max(getattr(Settings.read(), limit), sandbox.physical_megabytes() // 2)
    try:
        with sandbox.at_most(megabytes):
            yield
    except MemoryError as error:
        message = f"this needs more than {megabytes:,} MB of memory; MISSIONGRAPH_{limit.upper()}"
        raise LimitExceeded(limit, f"{message} raises the limit") from error


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress on stderr if it is a terminal; yields ``advance(step, done, total)``."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    stderr = Console(stderr=True)
    with Progress(*columns, console=stderr, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)

        def advance(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total or None)

        yield advance
