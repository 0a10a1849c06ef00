"""The commands ``query`` and ``queries``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import rich_click as click

from missiongraph.errors import NotAcceptable
from missiongraph.sparql.media_types import CSV, JSON, TSV, XML

from .common import Source, format_option, print_rows, print_table, read_text, source_options
from .completion import query_names

if TYPE_CHECKING:
    from missiongraph.sparql.engine import Answer, Query

SOLUTIONS = {
    "csv": CSV,
    "tsv": TSV,
    "json": JSON,
    "xml": XML,
    "table": JSON,
}
TRIPLES = {
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "xml": "application/rdf+xml",
    "table": "text/turtle",
}
FORMATS = tuple(dict.fromkeys(["table", *SOLUTIONS, *TRIPLES]))


@click.command()
@click.argument("query", metavar="FILE|NAME|-", shell_complete=query_names)
@format_option(*FORMATS)
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="Set a parameter; repeatable."
)
@source_options
def query(query: str, format_: str, params: Sequence[str], source: Source) -> None:
    """Run a SPARQL query: a file, the name of a library query, or - for standard input.

    Prints a table for SELECT, yes or no for ASK, and Turtle for CONSTRUCT and DESCRIBE; choose
    another format with --format. The header of a library query gives the types of its parameters
    (see `missiongraph queries show`). Other values are texts, or IRIs in <angle brackets>.

    SPARQL cannot compare a year with a day (SPARQL 1.1, section 17.3): to compare or sort
    dates of different precision, use moi:earliest and moi:latest, which are days.

    \b
    Examples:
      missiongraph query funded-posts
      missiongraph query positions-on-date --param day=2018-06-27
      missiongraph query question.rq --format csv > answer.csv
      echo 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }' | missiongraph query -
      missiongraph query funded-posts --store https://example.org/sparql
    """
    from missiongraph.sparql.library import find

    text = read_text(query)
    bound = _query(find(query).text if text is None else text, _parameters(params))
    engine = source.open().engine
    try:
        answer = engine.run(bound, solutions=SOLUTIONS.get(format_), triples=TRIPLES.get(format_))
    except NotAcceptable:
        rows, rdf = ", ".join(SOLUTIONS), ", ".join(TRIPLES)
        reason = f"SELECT and ASK are available as {rows}; CONSTRUCT and DESCRIBE as {rdf}"
        raise click.UsageError(f"no format '{format_}' for this query: {reason}") from None
    _print(answer, format_)


@click.group()
def queries() -> None:
    """The query library: questions that the graph can answer.

    \b
    Example:
      missiongraph queries list
    """


@queries.command("list")
@format_option("table", "csv", "json")
def list_(format_: str) -> None:
    """List the library queries: name and question.

    \b
    Example:
      missiongraph queries list --format csv
    """
    from missiongraph.sparql.library import queries

    rows = [{"name": entry.name, "question": entry.question} for entry in queries()]
    print_rows(("name", "question"), rows, format_)


@queries.command()
@click.argument("name", shell_complete=query_names)
def show(name: str) -> None:
    """Print a library query with its header.

    \b
    Example:
      missiongraph queries show funded-posts > mine.rq
    """
    from missiongraph.sparql.library import find

    click.echo(find(name).text, nl=False)


def _query(text: str, values: dict[str, str]) -> Query:
    """A query with parameters: typed by its header if declared there, else by their form."""
    from missiongraph.sparql.bindings import parsed, term
    from missiongraph.sparql.engine import Query
    from missiongraph.sparql.library import LibraryQuery

    bindings = {
        name: parsed(value) if value.startswith(("<", '"')) else term(value)
        for name, value in values.items()
    }
    if text.startswith("#"):
        entry = LibraryQuery.parse(text)
        declared = {p.name: values[p.name] for p in entry.parameters if p.name in values}
        bindings |= entry.bindings(declared)
    return Query(text, parameters=bindings)


def _parameters(params: Sequence[str]) -> dict[str, str]:
    """Parse ``NAME=VALUE`` arguments."""
    for param in params:
        if "=" not in param:
            raise click.UsageError(f"--param takes NAME=VALUE, not '{param}'")
    return dict(param.split("=", 1) for param in params)


def _print(answer: Answer, format_: str) -> None:
    """Print an answer, as it is or as a table for people."""
    if format_ != "table" or answer.form not in ("select", "ask"):
        for chunk in answer.chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        return
    results = json.loads(b"".join(answer.chunks))
    if answer.form == "ask":
        click.echo("yes" if results["boolean"] else "no")
        return
    columns = results["head"]["vars"]
    rows = [
        [row[column]["value"] if column in row else None for column in columns]
        for row in results["results"]["bindings"]
    ]
    print_table(columns, rows, [c for c in columns if _is_numeric(c, results)])


def _is_numeric(column: str, results: dict[str, Any]) -> bool:
    """Whether every value of a column of SPARQL JSON results is a number; False for none."""
    terms = [row[column] for row in results["results"]["bindings"] if column in row]
    kinds = {term.get("datatype", "").rpartition("#")[2] for term in terms}
    return bool(kinds) and kinds <= {"integer", "decimal", "double", "float"}
