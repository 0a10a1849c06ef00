"""The commands that measure networks: networks, centrality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import format_option, print_rows, print_table, progress_bar
from .view import network_argument, read_network, rows_options, tell

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Chance
    from missiongraph.networks.analysis.rank_robustness import Method
    from missiongraph.networks.measures.ranking import Ranking
    from missiongraph.networks.operations.loaded import LoadedNetwork

TOLD = 3
"""How many of the sources that move a ranking are told."""

LARGE = 1000
"""From here on a score is told without fraction."""


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
    """List the networks: what they answer, who is tied to whom, and what strength means.

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
    """Print the query of a network, header and all: a start for one of your own.

    \b
    Example:
      missiongraph networks show funding > mine.rq
    """
    click.echo(read_network(name).text, nl=False)


@networks.command()
@format_option("table", "csv", "json")
def measures(format_: str) -> None:
    """List the measures of `centrality`: what a high score says, and who defined it.

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
    multiple=True,
    metavar="MEASURE",
    help="One of `missiongraph networks measures`; repeat for more, the first one ranks."
    "  [default: the five best known]",
)
@click.option("--top", type=click.IntRange(min=1), help="Only the first so many.  [default: all]")
@click.option(
    "--sure",
    type=click.Choice(["sources", "resampling"]),
    help="Say which ranks each could have: if one source at a time were wrong, or without a "
    "tenth of the ties.",
)
@click.option("--chance", is_flag=True, help="Compare with random networks of the same degrees.")
@click.option(
    "--runs",
    type=click.IntRange(2),
    default=100,
    show_default=True,
    help="Samples of --sure resampling, and random networks of --chance.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed, same rows.")
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
    """Rank who is central in NETWORK: a name that ships, a file .rq of your own, or -.

    Equal scores share a rank. With --sure, `best` and `worst` are the ranks that a node could
    have, and `cause` is the source without which it falls farthest. With --chance, `z` says how
    many standard deviations a score lies above that of random networks.

    \b
    Examples:
      missiongraph centrality --top 10
      missiongraph centrality funding --measure pagerank --at 2022-06-30
      missiongraph centrality money --layer EUR --measure strength -o funders.csv
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


def _robust(
    drawn: LoadedNetwork, measures: Sequence[str], method: Method, runs: int, seed: int
) -> Ranking:
    """The ranking with the ranks that each node could have."""
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
    """The rows of a ranking, with the source that each rests on most and its z-score."""
    for place, row in zip(ranking.order, ranking.rows(top), strict=False):
        for measure, interval in ranking.intervals.items():
            if interval.cause:
                row[f"{measure}_cause"] = interval.cause[place] or None
        for measure, chance in against.items():
            row[f"{measure}_z"] = float(chance.z[place])
        yield row


def _print(ranking: Ranking, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table for people, and below it what moves the ranking."""
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
    """A score to four digits after the point, or none where it is large."""
    if score != score:
        return ""
    return f"{score:,.0f}" if abs(score) >= LARGE else f"{score:.4f}"


def source_name(graph: str | None) -> str:
    """What to call the named graph of a source: the end of its IRI."""
    return (graph or "").rpartition("/")[2]
