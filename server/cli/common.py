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

from missiongraph.errors import LimitExceeded, QueryError
from missiongraph.server.settings import Settings
from missiongraph.system import sandbox
from missiongraph.system.files import replacing

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from missiongraph import MissionGraph
    from missiongraph.limits import Limits

Advance = Callable[[str, int, int], None]
"""Called with the next step, the number of steps done and their total."""

Command = TypeVar("Command", bound=Callable[..., Any])

OK, NO, BAD_INPUT, FAULT, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes; ``NO`` means that a check failed, for example because of violations."""

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)

_STEPS = ("deriving", "validating", "recording")

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

        if not self.store:
            return missiongraph.open(self.data, progress=progress())
        from missiongraph.remote.engine import RemoteEngine  # slow to import

        engine = RemoteEngine(
            self.store, default_graph=self.default_graph, limits=limits or Settings.read()
        )
        return missiongraph.MissionGraph(engine=engine)


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
    from rich.box import SIMPLE_HEAD  # slow to import, as are the next
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    right = set(numeric)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(table)


def console() -> Console:
    """A console for standard output; not on a terminal, wide enough that no cell is cut."""
    from rich.console import Console  # slow to import

    class Unbroken(Console):
        def on_broken_pipe(self) -> None:
            """Re-raise for :class:`~.program.Program`; rich would exit with 1."""
            raise

    return Unbroken(width=None if sys.stdout.isatty() else UNLIMITED, highlight=False)


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


class _Bar:
    """A progress bar on stderr, if it is a terminal, from the first step to the last."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def advance(self, step: str, done: int, total: int) -> None:
        """Show the next step; the bar ends when all steps are done."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            self._begin()
        assert self._bar and self._task is not None
        self._bar.update(self._task, description=step, completed=done, total=total or None)
        if total and done >= total:
            self.end()

    def _begin(self) -> None:
        from rich.console import Console  # slow to import
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        described, elapsed = TextColumn("{task.description}"), TimeElapsedColumn()
        columns = (described, BarColumn(), MofNCompleteColumn(), elapsed)
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def end(self) -> None:
        """Remove the bar."""
        if self._bar:
            self._bar.stop()
            self._bar = None


def progress() -> Advance:
    """Report the progress of the running command; see :class:`_Bar`."""
    bar = _Bar()
    context = click.get_current_context(silent=True)
    if context:
        context.call_on_close(bar.end)
    return bar.advance


def steps() -> Callable[[str], None]:
    """Report the steps of a change of a directory as they begin."""
    advance = progress()
    return lambda step: advance(step, _STEPS.index(step), len(_STEPS))


@contextmanager
def progress_bar() -> Iterator[Advance]:
    """Show progress while the block runs; yields ``advance(step, done, total)``."""
    bar = _Bar()
    try:
        yield bar.advance
    finally:
        bar.end()
