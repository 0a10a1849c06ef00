"""The commands for a writable graph: token, backup, restore, verify."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from missiongraph.server.state.tokens import (
    SCOPES,
    Token,
    check_graph,
    check_name,
    hashed,
    lines,
    new,
)
from missiongraph.writing.permission import ALL

from .common import FILE, NO, OUTPUT

FOLDER = click.Path(file_okay=False, path_type=Path)

_TOKEN_HELP = """Make a token for NAME: prints it once, and the lines for the settings file.

The settings file holds only a hash of the token. Clients send the token as
`Authorization: Bearer TOKEN`. With `read = "token"` in the table `[access]`, reading the data
needs a token, too.

\b
Scopes; each includes those before it:
{scopes}

A token of scope write lists its graphs: IRIs, beginnings of IRIs with a final *, and default for
the default graph of a plain dataset. Graphs that are computed from others take no writes.

\b
Examples:
  missiongraph token curator >> settings.toml
  missiongraph token ana --graph 'https://example.org/graphs/ana/*' >> settings.toml
  missiongraph token reader --scope read >> settings.toml
""".format(scopes="\n".join(f"  {scope:6} {opens}" for scope, opens in SCOPES.items()))


@click.command(help=_TOKEN_HELP)
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice([*SCOPES]),
    default="write",
    show_default=True,
    help="What the token permits.",
)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    metavar="IRI",
    help="A graph the token may write to, or with a final * all graphs that begin so; repeatable."
    "  [default: all graphs]",
)
def token(name: str, scope: str, graphs: tuple[str, ...]) -> None:
    """Make a token."""
    check_name(name)
    if graphs and scope != "write":
        raise click.UsageError("--graph needs --scope write: admin writes to all graphs")
    for graph in graphs:
        check_graph(graph)
    if scope == "write" and not graphs:
        graphs = ALL
        click.echo(f"{name} may write to all graphs; limit that with --graph.", err=True)
    fresh = new()
    click.echo(f"Token of {name}, shown this once: {fresh}", err=True)
    click.echo(lines(Token(name, hashed(fresh), scope, graphs)), nl=False)


@click.command()
@click.argument("directory", type=FOLDER)
@click.argument("file", type=OUTPUT)
def backup(directory: Path, file: Path) -> None:
    """Write the graph in DIRECTORY to FILE (.nq or .nq.gz), even while it is served.

    The file holds sorted N-Quads and the name of their state; `restore` turns it into a
    directory again. Name backups after their day and keep several: if an older copy replaces the
    whole directory, no check can notice that the graph is an older one.

    \b
    Example:
      missiongraph backup data/ graph-2026-11-25.nq.gz
    """
    from missiongraph.writing import directory as store

    head = store.backup(directory, file)
    click.echo(f"{file}: {head.quads:,} quads, fingerprint {head.fingerprint}")


@click.command()
@click.argument("file", type=FILE)
@click.argument("directory", type=FOLDER)
def restore(file: Path, directory: Path) -> None:
    """Make a new DIRECTORY from a backup FILE, after verifying its checksum.

    \b
    Example:
      missiongraph restore graph-2026-11-25.nq.gz data/
    """
    from missiongraph.writing import directory as store

    head = store.restore(file, directory)
    click.echo(f"{directory}: {head.quads:,} quads, fingerprint {head.fingerprint}")


@click.command()
@click.argument("directory", type=FOLDER)
@click.option("--shapes/--no-shapes", default=True, help="Also validate the graph.")
@click.option(
    "--accept",
    is_flag=True,
    help="First accept the journal as it is: if its chain is intact, its last complete write"
    " becomes the last one. Bytes after it are moved to unfinished.rdfp.",
)
@click.pass_context
def verify(context: click.Context, directory: Path, shapes: bool, accept: bool) -> None:
    """Check DIRECTORY: recount its base, follow the chain of its writes, validate the graph.

    Exits with 1 if the files are damaged, naming the file and the bytes where the damage begins,
    or if the graph breaks a shape. While the graph is served, only acknowledged writes are
    checked.

    \b
    Example:
      missiongraph verify data/
    """
    from missiongraph.errors import DataError, JournalError
    from missiongraph.validation.shapes import validate
    from missiongraph.writing import directory as store
    from missiongraph.writing import opening

    if not directory.is_dir():
        raise click.UsageError(f"{directory} is not a directory")
    if accept:
        opening.accept(directory)
    try:
        state = store.verify(directory)
    except (DataError, JournalError) as error:
        click.echo(f"missiongraph: {error}", err=True)
        context.exit(NO)
    if not store.is_anchored(directory):
        click.echo(
            f"{directory}: has no anchor until it is served: lost writes at its end go unnoticed",
            err=True,
        )
    click.echo(f"{directory}: {state.writes:,} writes, fingerprint {state.fingerprint}")
    if shapes:
        report = validate(store.named(state))
        click.echo(report.text(), nl=False)
        context.exit(0 if report.conforms else NO)
