"""The command ``import``: open data of others into a writable graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import FILE, NO, OUTPUT, at_most_memory, format_option, print_rows, steps
from .directory import FOLDER

if TYPE_CHECKING:
    from missiongraph.importers.running import Imported, Options
    from missiongraph.importers.update import Difference

_SHOWN = 10  # things of each kind that an update lists


class _Importing(click.RichGroup):
    """A group whose first argument may also be the name of an importer."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named, or ``run`` with all arguments."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["run", *args]
        return super().resolve_command(ctx, args)


@click.group("import", cls=_Importing)
def import_() -> None:
    """Import open data that others publish: CORDIS, ROR and others, or a list of your own.

    Download the files yourself; nothing is fetched. Zip archives, .gz, CSV with any separator,
    xlsx, JSON and XML are read as published. `missiongraph import check` reads everything, writes
    nothing and accounts for each row; `missiongraph import NAME FILE… --into DIRECTORY` writes the
    statements into one named graph, with their source. They live beside what the directory holds.
    A NAME that ends in .toml is an importer of your own, of the kind that
    graph/importers/IMPORTING.md describes.

    \b
    Examples:
      missiongraph import list
      missiongraph import check cordis cordis.zip --only-topics 'HORIZON-MISS-*'
      missiongraph import cordis cordis.zip --into data/ --only-topics 'HORIZON-MISS-*'
      missiongraph import update cordis cordis.zip --into data/ --yes
      missiongraph import history --into data/
      missiongraph import forget cordis@2025-04-01 --into data/
    """


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:  # Any: as click's
    """Add what all commands that read files take; the import is passed on as ``imported``."""

    @click.argument("name")
    @click.argument("files", nargs=-1, required=True, type=FILE)
    @click.option("--edition", default="", help="Edition.  [default: the newest day in the data]")
    @click.option(
        "--only-topics",
        multiple=True,
        metavar="PATTERN",
        help="Only projects with a topic that fits; * stands for anything. Repeatable.",
    )
    @click.option("--since", default="", metavar="DATE", help="Only what starts then or later.")
    @click.option(
        "--country",
        multiple=True,
        metavar="CODE",
        help="Only rows of this country, as the publisher writes it. Repeatable.",
    )
    @click.option("--persons", is_flag=True, help="Also read columns about persons.")
    @click.option(
        "--licence",
        default="",
        metavar="URL",
        callback=lambda _context, _option, value: _address(value),
        help="Licence of the files.  [default: the importer's]",
    )
    @click.option(
        "--max-bad",
        default="1%",
        show_default=True,
        help="The share of a table's rows that may be rejected.",
    )
    @click.option(
        "--rejects", type=OUTPUT, help="File for the rejected rows (CSV), each with its remedy."
    )
    @wraps(command)
    def gathered(
        *,
        name: str,
        files: Sequence[Path],
        edition: str,
        only_topics: tuple[str, ...],
        since: str,
        country: tuple[str, ...],
        persons: bool,
        licence: str,
        max_bad: str,
        rejects: Path | None,
        **options: Any,
    ) -> Any:
        from missiongraph.importers.running import Options

        filters = {"only-topics": only_topics, "since": (since,) * bool(since), "country": country}
        asked = Options(edition, filters, persons, licence)
        imported = _read(name, files, asked, _share(max_bad), rejects)
        return command(imported=imported, **options)

    return gathered


def _read(
    name: str,
    files: Sequence[Path],
    options: Options,
    max_bad: float,
    rejects: Path | None,
) -> Imported:
    """Read the files, print the report, and write the rejected rows."""
    from missiongraph.importers import recipe, running
    from missiongraph.importers.account import write_rejects

    imported = running.run(recipe.find(name), files, options)
    for line in imported.report.lines():
        click.echo(line)
    if rejects:
        write_rejects(rejects, imported.report.rejects)
        click.echo(f"{rejects}: {len(imported.report.rejects):,} rejected rows")
    elif imported.report.rejects:
        click.echo("--rejects FILE.csv lists the rejected rows with their remedies", err=True)
    imported.require_few_bad(max_bad)
    return imported


def _address(text: str) -> str:
    """A web address, or nothing."""
    if text and not re.fullmatch(r'https?://[^\s<>"{}|\\^`]+', text):
        raise click.BadParameter("write the address of a licence, starting with https://")
    return text


def _share(text: str) -> float:
    """A share: ``1%`` or ``0.01``."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise click.BadParameter("write a share such as 1% or 0.01", param_hint="--max-bad")
    return share


_into = click.option("--into", type=FOLDER, required=True, help="Directory of a writable graph.")


@import_.command("list")
@format_option("table", "json", "csv")
def list_(format_: str) -> None:
    """List the importers that ship, with the tables that they read and their filters.

    \b
    Example:
      missiongraph import list
    """
    from missiongraph.importers import recipe

    importers = [recipe.find(name) for name in recipe.shipped()]
    rows = [
        {
            "name": importer.name,
            "title": importer.title,
            "tables": ", ".join(table.name for table in importer.tables),
            "filters": ", ".join(f"--{each.option}" for each in importer.filters),
            "licence": importer.licence,
        }
        for importer in importers
    ]
    print_rows(("name", "title", "tables", "filters", "licence"), rows, format_)


@import_.command()
@_reading
def check(imported: Imported) -> None:
    """Read all FILES of the importer NAME and write nothing.

    Tells for each table how many rows were written, filtered out, rejected or repeated (they add
    up), which codes no list has, whether known totals are met, and the size to expect.

    \b
    Example:
      missiongraph import check cordis cordis.zip --rejects rejects.csv
    """


@import_.command("run", hidden=True)
@_reading
@_into
def run(imported: Imported, into: Path) -> None:
    """Import FILES by the importer NAME into DIRECTORY, as one change.

    The change is validated as a whole; if it fails, the directory stays as it was. A directory
    that is served has to be stopped first.

    \b
    Example:
      missiongraph import cordis cordis.zip --into data/ --since 2021
    """
    from missiongraph.importers import editions

    with at_most_memory():
        written = editions.write(into, imported, steps())
    name = imported.source.replace("--", "@", 1)
    click.echo(f"{into}: {name}, {written.added:,} statements, {written.derived:,} derived")


@import_.command()
@_reading
@_into
@click.option("--yes", is_flag=True, help="Write the change; without, it is only shown.")
@click.pass_context
def update(context: click.Context, imported: Imported, into: Path, yes: bool) -> None:
    """Put a new edition in the place of the one before it.

    Shows what is added, changed and gone; writes it with --yes, and exits with 1 without.

    \b
    Example:
      missiongraph import update cordis cordis.zip --into data/ --yes
    """
    from missiongraph.importers import update as updating

    difference = updating.compare(into, imported)
    _show(difference)
    if not yes:
        click.echo("nothing was written; --yes writes it", err=True)
        context.exit(NO)
    with at_most_memory():
        _, written = updating.update(into, imported, steps())
    click.echo(f"{into}: {written.added:,} statements added, {written.removed:,} removed")


def _show(difference: Difference) -> None:
    click.echo(f"compared with {difference.before.name}:")
    for word in ("added", "changed", "gone"):
        things = getattr(difference, word)
        click.echo(f"  {len(things):,} things {word}")
        for thing in things[:_SHOWN]:
            click.echo(f"    {thing}")
        if len(things) > _SHOWN:
            click.echo(f"    … and {len(things) - _SHOWN:,} more")


@import_.command()
@_into
@format_option("table", "json", "csv")
def history(into: Path, format_: str) -> None:
    """List the imports that a directory holds, with their files and SHA-256.

    \b
    Example:
      missiongraph import history --into data/
    """
    from missiongraph.importers import editions

    rows = [
        {
            "import": edition.name,
            "imported": edition.retrieved,
            "rows": edition.extent,
            "statements": edition.statements,
            "licence": edition.licence,
            "file": file,
            "sha256": digest,
        }
        for edition in editions.history(into)
        for file, digest in edition.files
    ]
    columns = ("import", "imported", "rows", "statements", "licence", "file", "sha256")
    print_rows(columns, rows, format_)


@import_.command()
@click.argument("edition", metavar="NAME@EDITION")
@_into
def forget(edition: str, into: Path) -> None:
    """Take an import out of a directory again, with everything that was derived from it.

    \b
    Example:
      missiongraph import forget cordis@2025-04-01 --into data/
    """
    from missiongraph.importers import editions

    written = editions.forget(into, edition, steps())
    click.echo(f"{into}: {written.removed:,} statements removed")
