"""The commands that build, check and write graphs: build, validate, map, export, info."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING

import rich_click as click

from .common import (
    FILE,
    NO,
    OUTPUT,
    Source,
    at_most_memory,
    format_option,
    print_table,
    progress,
    progress_bar,
    source_options,
)
from .plot import GROUPS, export_network
from .view import network_option

if TYPE_CHECKING:
    from missiongraph.networks.operations.loaded import LoadedNetwork

_SHOWN = 50  # ranges of rows without triples that are listed


@click.command()
@click.option("-o", "--output", type=OUTPUT, help="File to write.  [default: the user's cache]")
def build(output: Path | None) -> None:
    """Build the curated graph from its tables, as sorted N-Quads.

    The same tables give the same bytes, whose SHA-256 is the fingerprint. The scores of the
    networks go into a second file beside it, `….networks.nq`. Other commands build the graph
    when they need it.

    \b
    Example:
      missiongraph build -o missiongraph.nq
    """
    from missiongraph.ingest.build import build
    from missiongraph.networks.observations.archive import path_for
    from missiongraph.networks.observations.publish import publish

    with progress_bar() as advance:
        graph = build(progress=advance)
        networks = publish(graph, advance)
    click.echo(f"{output or graph.path}: {graph.fingerprint} ({graph.seconds:.1f} s)")
    if output:
        _copy(graph.path, output)
        networks = _copy(networks, path_for(output))
    click.echo(f"{networks}")


def _copy(source: Path, target: Path) -> Path:
    from missiongraph.system.files import replacing

    with source.open("rb") as there, replacing(target) as file:
        copyfileobj(there, file)
    return target


@click.command()
@click.argument("files", nargs=-1, type=FILE)
@format_option("text", "turtle", "json")
@click.pass_context
def validate(context: click.Context, files: Sequence[Path], format_: str) -> None:
    """Check RDF files, by default the curated graph, against the SHACL shapes.

    Exits with 0 if the data conform (warnings are allowed), 1 if there are violations, and 2 if
    the check cannot run, for example because the files need more memory than a job of the server
    may take (network_megabytes) and more than half of this machine's.

    \b
    Examples:
      missiongraph validate
      missiongraph validate mine.ttl --format turtle > report.ttl
    """
    import missiongraph
    from missiongraph.validation.shapes import validate

    with at_most_memory():
        report = validate(files) if files else missiongraph.open(progress=progress()).validate()
    if format_ == "text":
        click.echo(report.text(), nl=False)
    elif format_ == "turtle":
        click.echo(report.serialised(), nl=False)
    else:
        click.echo(report.to_json())
    context.exit(0 if report.conforms else NO)


@click.command("map")
@click.argument("table", type=FILE)
@click.argument("mapping", type=FILE)
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    required=True,
    help="File to write, with the suffix .nt, .ttl, .nq or .trig, optionally followed by .gz.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Number of threads."
)
@click.option(
    "--delimiter",
    callback=lambda _context, _option, value: _character(value),
    help="Separator of cells, such as ';' or 'tab'.  [default: detected from the header]",
)
@click.option("--strict", is_flag=True, help="Exit with 1 if any row gives no triple.")
@click.pass_context
def map_(
    context: click.Context,
    table: Path,
    mapping: Path,
    output: Path,
    workers: int,
    delimiter: str,
    strict: bool,
) -> None:
    """Map your TABLE (CSV, also .gz) to RDF with MAPPING, a SPARQL CONSTRUCT.

    The variables of the query are the columns of the table, with _ for characters that a variable
    cannot have (?Amount_Awarded for "Amount Awarded"). Comments at the top of the query give the
    types of the columns. An invalid cell stops the mapping with an error that names file, row and
    column. Rows without triples are counted and listed; if no row gives one, the exit code is 1.

    \b
    Examples:
      missiongraph map grants.csv grants.rq -o grants.trig.gz
      missiongraph map projects.csv projects.rq -o projects.nt --delimiter ';' --strict
    """
    from missiongraph.ingest.convert import map_file

    with progress_bar() as advance:
        mapped = map_file(
            table, mapping, output, workers=workers, delimiter=delimiter, progress=advance
        )
    rate = mapped.rows / mapped.seconds if mapped.seconds else 0
    click.echo(
        f"{mapped.rows:,} rows, {mapped.triples:,} triples in {mapped.seconds:.1f} s"
        f" ({rate:,.0f} rows/s): {output}",
        err=True,
    )
    if mapped.empty:
        were = "row was" if mapped.empty == 1 else "rows were"
        click.echo(f"{mapped.empty:,} empty {were} skipped", err=True)
    if mapped.unused:
        click.echo(f"columns that the mapping does not use: {', '.join(mapped.unused)}", err=True)
    if mapped.without:
        rows = "row" if mapped.rows_without == 1 else "rows"
        click.echo(
            f"{mapped.rows_without:,} {rows} gave no triple: {_ranges(mapped.without)}", err=True
        )
        if strict or not mapped.triples:
            context.exit(NO)


def _character(value: str | None) -> str:
    """Parse a delimiter: one character, or ``tab`` or ``\\t``."""
    value = {"tab": "\t", "\\t": "\t"}.get(value or "", value or "")
    if len(value) > 1 or value in ('"', "\r", "\n"):
        raise click.BadParameter("a delimiter must be one character, such as ';', or 'tab'")
    return value


def _ranges(ranges: Sequence[range]) -> str:
    """Ranges of rows as a text such as ``2-9, 12``; long lists are cut."""
    shown = [f"{r.start}" if len(r) == 1 else f"{r.start}-{r.stop - 1}" for r in ranges[:_SHOWN]]
    return ", ".join(shown) + (", …" if len(ranges) > _SHOWN else "")


RDF = ("ttl", "trig", "nt", "nq", "jsonld", "xml")
NETWORKS = ("graphml", "gexf", "json", "pajek", "csv", "parquet", "dl", "gml", "matrix")


@click.command()
@click.option("-o", "--output", type=OUTPUT, help="File to write.  [default: standard output]")
@click.option(
    "--format",
    "format_",
    type=click.Choice((*RDF, *NETWORKS)),
    help="Format; the last nine are for networks.  [default: by the file's suffix; on standard "
    "output trig, or graphml for a network]",
)
@network_option
@click.option(
    "--measure",
    "measures",
    multiple=True,
    help="A score to write for each node, or none; repeatable.  [default: degree, strength, "
    "pagerank]",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    type=click.Choice((*GROUPS, "none")),
    help="A group to write for each node, or none; repeatable.  [default: kind, country, "
    "community]",
)
@click.option(
    "--dynamic", is_flag=True, help="In gexf, write the dates between which each tie holds."
)
def export(
    output: Path | None,
    format_: str | None,
    drawn: LoadedNetwork | None,
    measures: Sequence[str],
    groups: Sequence[str],
    dynamic: bool,
    source: Source | None = None,
) -> None:
    """Write the whole graph as RDF, or a network for other programs.

    trig, nq and jsonld keep the named graph of each source; ttl, nt and xml hold every statement
    once. Ties of a network have a `weight`, which networkx, igraph and Gephi read, and their
    strength or distance. csv and parquet hold the ties, with the nodes in a second file; so are
    the scores and groups of pajek. dl is for UCINET; matrix is a table for R, as CSV.
    Files with the suffix .gz are compressed.

    \b
    Examples:
      missiongraph export -o missiongraph.ttl.gz
      missiongraph export --format nq > missiongraph.nq
      missiongraph export --network shared-missions --measure pagerank -o missions.gexf
      missiongraph export --network funding --group kind --dynamic -o funding.gexf
      missiongraph export --network money --layer "EUR budget" --format csv > money.csv
    """
    allowed = NETWORKS if drawn else RDF
    if format_ and format_ not in allowed:
        what = "a network" if drawn else "the graph (for a network, give --network)"
        raise click.UsageError(f"no format '{format_}' of {what}; there are: {', '.join(allowed)}")
    if drawn:
        default = "" if output else "graphml"
        export_network(drawn, output, format_ or default, measures, groups, dynamic)
        return
    if measures or groups or dynamic:
        raise click.UsageError("--measure, --group and --dynamic need --network")
    graph = (source or Source()).open()
    if output:
        graph.export(output, format_ or "")
    else:
        graph.export(sys.stdout.buffer, format_ or "trig")


@click.command()
@format_option("table", "json")
@source_options
def info(format_: str, source: Source) -> None:
    """Show what is in the graph: things by class, sources, statements, fingerprint.

    \b
    Example:
      missiongraph info --format json
    """
    numbers = source.open().info()
    if format_ == "json":
        click.echo(json.dumps(asdict(numbers), indent=2, ensure_ascii=False))
        return
    counts = [(name, number) for name, number in vars(numbers).items() if isinstance(number, int)]
    counts += [(f"statements, {kind}", number) for kind, number in numbers.statements.items()]
    counts += list(numbers.classes.items())
    print_table(("what", "number"), [(name, f"{number:,}") for name, number in counts], ["number"])
    click.echo(f"\n{numbers.sourced:.1%} of curated statements are in the graph of their source")
    if source == Source() and not numbers.statements["networks"]:
        click.echo("the networks are not measured yet: the first query about their scores does it")
    click.echo(f"version {numbers.version}, fingerprint {numbers.fingerprint or 'unknown'}")
