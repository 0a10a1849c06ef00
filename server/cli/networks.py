"""The commands ``networks`` and ``centrality``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import format_option, print_rows, print_table, progress_bar
from .completion import measure_names
from .view import ask, network_argument, print_result, read_network, rows_options, tell

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Chance
    from missiongraph.networks.analysis.rank_robustness import Method
    from missiongraph.networks.measures.ranking import Ranking
    from missiongraph.networks.operations.loaded import LoadedNetwork

TOLD = 3
"""Number of the most influential sources that are printed below a ranking."""

LARGE = 1000
"""Scores from this value on are printed without decimals."""


@click.group()
def networks() -> None:
    """The networks that ship: queries whose rows are ties.

    \b
    Example:
      missiongraph networks list
    """


@networks.command("list")
@format_option("table", "csv", "json")
def list_(format_: str) -> None:
    """List the networks: the question, the nodes, and the meaning of a tie's strength.

    \b
    Example:
      missiongraph networks list --format json
    """
    from missiongraph.networks.model.definition import network_queries

    rows = [
        {
            "name": query.name,
            "question": query.question,
            "network": query.kind,
            "nodes": query.nodes,
            query.weighed: query.weight,
        }
        for query in network_queries()
    ]
    print_rows(("name", "question", "network", "nodes", "strength"), rows, format_)


@networks.command()
@click.argument("name")
def show(name: str) -> None:
    """Print the query of a network with its header, as a start for your own.

    \b
    Example:
      missiongraph networks show funding > mine.rq
    """
    click.echo(read_network(name).text, nl=False)


@networks.command()
@format_option("table", "csv", "json")
def measures(format_: str) -> None:
    """List the measures of `centrality`: the meaning of a high score, the range, the source.

    \b
    Example:
      missiongraph networks measures
    """
    from missiongraph.networks.measures.registry import MEASURES

    columns = ("name", "says", "range", "source")
    rows = [{name: getattr(measure, name) for name in columns} for measure in MEASURES.values()]
    print_rows(columns, rows, format_)


@click.command()
@network_argument()
@click.option(
    "--measure",
    "measures",
    shell_complete=measure_names,
    multiple=True,
    metavar="MEASURE",
    help="One of `missiongraph networks measures`; repeatable, rows are sorted by the first."
    "  [default: the five best known]",
)
@click.option("--top", type=click.IntRange(min=1), help="Number of rows.  [default: all]")
@click.option(
    "--sure",
    type=click.Choice(["sources", "resampling"]),
    help="Show the range of each rank: if sources are left out one at a time, or if a tenth of "
    "the ties are.",
)
@click.option("--chance", is_flag=True, help="Compare with random networks of the same degrees.")
@click.option(
    "--runs",
    type=click.IntRange(2),
    default=100,
    show_default=True,
    help="Number of samples of --sure resampling, and of random networks of --chance.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Seed; the same seed gives the same rows.",
)
@rows_options
def centrality(
    drawn: LoadedNetwork,
    measures: Sequence[str],
    top: int | None,
    sure: Method | None,
    chance: bool,
    runs: int,
    seed: int,
    format_: str,
    output: Path | None,
) -> None:
    """Rank the nodes of NETWORK: a network that ships, a .rq file of your own, or - (stdin).

    Equal scores share a rank. With --sure, `best` and `worst` give the range of a node's rank,
    and `cause` the source without which it falls farthest. With --chance, `z` is the number of
    standard deviations between a score and the mean of random networks.

    \b
    Examples:
      missiongraph centrality --top 10
      missiongraph centrality funding --measure pagerank --at 2022-06-30
      missiongraph centrality money --layer "EUR budget" --measure strength -o funders.csv
      missiongraph centrality --measure betweenness --sure sources --top 20
      missiongraph centrality mine.rq --measure degree --chance --format parquet -o mine.parquet
    """
    from missiongraph.networks.measures.ranking import DEFAULT, centrality
    from missiongraph.networks.measures.registry import find_measure

    chosen = tuple(dict.fromkeys(measures)) or DEFAULT
    for measure in map(find_measure, chosen):
        if measure.approximate:
            tell(f"{measure.name} is approximate: {measure.says}")
    ranking = (
        _robust(drawn, chosen, sure, runs, seed) if sure else centrality(drawn.network, chosen)
    )
    against = _against_chance(drawn, chosen, runs, seed) if chance else {}
    rows = list(_rows(ranking, against, top))
    if format_ == "table":
        _print(ranking, rows)
    else:
        columns = list(rows[0]) if rows else ["node", "label", *chosen]
        print_rows(columns, rows, format_, output)


@click.command()
@network_argument()
@click.option(
    "--measure",
    default="betweenness",
    show_default=True,
    shell_complete=measure_names,
    help="One of `missiongraph networks measures`.",
)
@click.option(
    "--top", type=click.IntRange(1), default=10, show_default=True, help="Ranks of each variant."
)
@click.option(
    "--lists", type=click.IntRange(0), default=5, show_default=True, help="Number of lists."
)
@rows_options
def rankings(
    drawn: LoadedNetwork, measure: str, top: int, lists: int, format_: str, output: Path | None
) -> None:
    """Compare the first ranks of NETWORK with and without each large list that it rests on.

    A list is a layer, a source, or a node with all that are tied to it. The rows are the first
    nodes of the network or of any variant; the last variant has the layers that the network sets
    apart. What is known of how complete each list is, is printed to standard error.

    \b
    Examples:
      missiongraph rankings shared-missions
      missiongraph rankings memberships --measure degree --lists 3 -o ranks.csv
    """
    result = ask(drawn, "rankings", measure=measure, top=top, lists=lists)
    for variant in result.facts["variants"]:
        for each in variant["lists"]:
            coverage = "; ".join(each["coverage"]) or "how much of it is held, is not known"
            tell(
                f"{variant['column']} ({each['label']}): {each['statements']:,} statements, "
                f"tau {variant['agreement']:.3f}; {coverage}"
            )
    print_result(result, format_, output)


def _robust(
    drawn: LoadedNetwork, measures: Sequence[str], method: Method, runs: int, seed: int
) -> Ranking:
    """The ranking with the range of each rank."""
    from missiongraph.networks.analysis.rank_robustness import robust

    with progress_bar() as advance:
        ranking = robust(
            drawn.ties,
            drawn.query,
            drawn.view,
            measures,
            method=method,
            runs=runs,
            seed=seed,
            progress=advance,
        )
    return replace(ranking, network=drawn.network)


def _against_chance(
    drawn: LoadedNetwork, measures: Sequence[str], runs: int, seed: int
) -> dict[str, Chance]:
    from missiongraph.networks.analysis.null_models import against_chance

    with progress_bar() as advance:
        return {
            measure: against_chance(drawn.network, measure, runs, seed, progress=advance)
            for measure in measures
        }


def _rows(
    ranking: Ranking, against: Mapping[str, Chance], top: int | None
) -> Iterator[dict[str, Any]]:
    """The rows of a ranking, with the source that each depends on most and its z-score."""
    for place, row in zip(ranking.order, ranking.rows(top), strict=False):
        for measure, interval in ranking.intervals.items():
            if interval.cause:
                row[f"{measure}_cause"] = interval.cause[place] or None
        for measure, chance in against.items():
            row[f"{measure}_z"] = float(chance.z[place])
        yield row


def _print(ranking: Ranking, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a table for people, and below it the sources that change the ranking most."""
    first = ranking.measures[0]
    cells = [{"rank": row[f"{first}_rank"], "label": row["label"]} for row in rows]
    for cell, row in zip(cells, rows, strict=True):
        for measure in ranking.measures:
            cell[measure] = short(row[measure])
            if f"{measure}_z" in row:
                cell[f"{measure} z"] = short(row[f"{measure}_z"])
            if f"{measure}_best" in row:
                cell[f"{measure} ranks"] = f"{row[f'{measure}_best']}-{row[f'{measure}_worst']}"
        if f"{first}_cause" in row:
            cell["lowest without"] = source_name(row[f"{first}_cause"])
    columns = list(cells[0]) if cells else ["rank", "label", *ranking.measures]
    numeric = set(columns) - {"label", "lowest without"}
    print_table(columns, [[cell[column] for column in columns] for cell in cells], numeric)
    if interval := ranking.intervals.get(first):
        tell(f"Ranks: {interval.method}.")
        for source, agreement in list(interval.moved.items())[:TOLD]:
            tell(f"Without {source_name(source)} the ranking agrees to {agreement:.3f} (tau).")


def short(score: float) -> str:
    """A score with four decimals, or none from :data:`LARGE` on; empty for NaN."""
    if score != score:
        return ""
    return f"{score:,.0f}" if abs(score) >= LARGE else f"{score:.4f}"


def source_name(graph: str | None) -> str:
    """A short name for the named graph of a source: the last part of its IRI."""
    return (graph or "").rpartition("/")[2]
