"""What the commands share: options, tables and progress bars."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)

UNLIMITED = 100_000
"""Columns of a table that goes to a file or pipe: nothing is cut."""


def data_option(command: Command) -> Command:
    """Add ``--data FILE``: the graph to work on."""
    option = click.option(
        "--data",
        type=FILE,
        metavar="FILE",
        help="Work on this RDF file (for example a dump of `export`) instead of the curated graph.",
    )
    return option(command)


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


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], numeric: Iterable[str] = ()
) -> None:
    """Print rows under their headings, ``numeric`` columns to the right."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    right = set(numeric)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console().print(table)


def console() -> Console:
    """The terminal, or an output wide enough that no cell is cut or wrapped."""
    return _Console(width=None if sys.stdout.isatty() else UNLIMITED, highlight=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the program; rich would exit with 1."""
        raise


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress on stderr, on a terminal only; yields ``advance(step, done, total)``."""
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
