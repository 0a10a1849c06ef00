"""The commands that make and check graphs: build, validate, map, export, info."""

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
    progress_bar,
    source_options,
)
from .plot import GROUPS, export_network
from .view import network_option

if TYPE_CHECKING:
    from missiongraph.networks.operations.loaded import LoadedNetwork

_SHOWN = 50  # ranges of rows that gave nothing


@click.command()
@click.option("-o", "--output", type=OUTPUT, help="File to write.  [default: the user's cache]")
def build(output: Path | None) -> None:
    """Build the curated graph from its tables, as sorted N-Quads.

    The same tables give the same bytes, whose SHA-256 is the fingerprint. The scores of its
    networks go to a file of their own beside it, `….networks.nq`. The other commands build
    on their own when needed.

    \b
    Example:
      missiongraph build -o missiongraph.nq
    """
    from missiongraph.ingest.build import build
    from missiongraph.networks.observations.archive import path_for
    from missiongraph.networks.observations.publish import publish

    with progress_bar() as advance:
        made = build(progress=advance)
        networks = publish(made, advance)
    click.echo(f"{output or made.path}: {made.fingerprint} ({made.seconds:.1f} s)")
    if output:
        _copy(made.path, output)
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

    Exits with 0 if nothing is wrong (warnings are allowed), 1 if there are violations,
    2 if the check cannot run, as when the files take more memory than a job of the server
    may (network_megabytes) and more than half of this machine's.

    \b
    Examples:
      missiongraph validate
      missiongraph validate mine.ttl --format turtle > report.ttl
    """
    import missiongraph
    from missiongraph.validation.shapes import validate

    with at_most_memory():
        report = validate(files) if files else missiongraph.open().validate()
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
    help="File to write; its name ends in .nt, .ttl, .nq or .trig, and .gz may follow.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads."
)
@click.option(
    "--delimiter",
    callback=lambda _context, _option, value: _character(value),
    help="What stands between cells, such as ';' or 'tab'.  [default: as the header shows]",
)
@click.option("--strict", is_flag=True, help="Exit with 1 if a row gives no triple.")
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

    The variables of the query are the columns of the table, with _ for what a variable cannot
    hold (?Amount_Awarded for "Amount Awarded"); comments at its head say what the columns hold.
    A bad cell stops the mapping and is named by file, row and column. Rows that give no triple
    are counted and listed; if no row gives one, the exit code is 1.

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
        click.echo(f"{mapped.empty:,} rows are empty and were passed over", err=True)
    if mapped.without:
        click.echo(
            f"{mapped.rows_without:,} rows gave no triple: {_ranges(mapped.without)}", err=True
        )
        if strict or not mapped.triples:
            context.exit(NO)


def _character(value: str | None) -> str:
    """A delimiter as one character; ``tab`` and ``\\t`` are one."""
    value = {"tab": "\t", "\\t": "\t"}.get(value or "", value or "")
    if len(value) > 1 or value in ('"', "\r", "\n"):
        raise click.BadParameter("a delimiter is one character, such as ';', or 'tab'")
    return value


def _ranges(ranges: Sequence[range]) -> str:
    """Numbers of rows for readers, the first of them: ``2-9, 12``."""
    shown = [f"{r.start}" if len(r) == 1 else f"{r.start}-{r.stop - 1}" for r in ranges[:_SHOWN]]
    return ", ".join(shown) + (", …" if len(ranges) > _SHOWN else "")


RDF = ("ttl", "trig", "nt", "nq", "jsonld", "xml")
NETWORKS = ("graphml", "gexf", "json", "pajek", "csv", "parquet")


@click.command()
@click.option("-o", "--output", type=OUTPUT, help="File to write.  [default: standard output]")
@click.option(
    "--format",
    "format_",
    type=click.Choice((*RDF, *NETWORKS)),
    help="Format; of a network one of the last six.  [default: by the file's name, on standard "
    "output trig, of a network graphml]",
)
@network_option
@click.option(
    "--measure",
    "measures",
    multiple=True,
    help="Write this score of the nodes, or none; repeat.  [default: degree, strength, pagerank]",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    type=click.Choice((*GROUPS, "none")),
    help="Write this of the nodes, or none; repeat.  [default: kind, country, community]",
)
@click.option("--dynamic", is_flag=True, help="In gexf, let ties come and go on their days.")
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

    trig, nq and jsonld keep the graph of each source; ttl, nt and xml hold every statement
    once. Ties of a network have a `weight`, which networkx, igraph and Gephi read, and their
    strength or distance. csv and parquet hold the ties; the nodes go into a file beside it, as
    pajek's scores and groups do. A name that ends in .gz is packed.

    \b
    Examples:
      missiongraph export -o missiongraph.ttl.gz
      missiongraph export --format nq > missiongraph.nq
      missiongraph export --network shared-missions --measure pagerank -o missions.gexf
      missiongraph export --network funding --group kind --dynamic -o funding.gexf
      missiongraph export --network money --layer EUR --format csv > money.csv
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
        raise click.UsageError("--measure, --group and --dynamic go with --network")
    graph = (source or Source()).open()
    if output:
        graph.export(output, format_ or "")
    else:
        graph.export(sys.stdout.buffer, format_ or "trig")


@click.command()
@format_option("table", "json")
@source_options
def info(format_: str, source: Source) -> None:
    """Tell what is in the graph: things by class, sources, statements, fingerprint.

    \b
    Example:
      missiongraph info --format json
    """
    found = source.open().info()
    if format_ == "json":
        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
        return
    counts = [(name, number) for name, number in vars(found).items() if isinstance(number, int)]
    counts += [(f"statements, {kind}", number) for kind, number in found.statements.items()]
    counts += list(found.classes.items())
    print_table(("what", "number"), [(name, f"{number:,}") for name, number in counts], ["number"])
    click.echo(f"\n{found.sourced:.1%} of curated statements stand in the graph of their source")
    click.echo(f"version {found.version}, fingerprint {found.fingerprint or 'unknown'}")
