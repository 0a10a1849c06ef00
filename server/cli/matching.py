"""The command ``match``: which organisations of two datasets are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from .common import FILE, NO, OUTPUT, at_most_memory, print_rows, progress
from .deciding import (
    accept,
    import_,
    into_option,
    known_decisions,
    part_of,
    reject,
    review,
    undo,
    unsure,
    with_decisions,
)

if TYPE_CHECKING:
    from missiongraph.matching.gold import Outcome
    from missiongraph.matching.organisations import Dataset
    from missiongraph.matching.table import Row

_STEPS = ("deriving", "validating", "recording")
_SHOWN = 20


@click.group()
def match() -> None:
    """Match organisations: which of one dataset are the same as which of another.

    `missiongraph match run` compares names, countries, cities, kinds and identifiers, and writes
    a table of candidates: pairs that a rule accepts, and pairs proposed to you. What you decide is
    kept in decisions.jsonl beside the graph, for all editions to come; `write` puts the accepted
    pairs into the graph. How it works, and the rules: graph/matching/MATCHING.md.

    \b
    Examples:
      missiongraph match run cordis --against curated,ror --into data/ --read ror=ror.json
      missiongraph match review candidates.csv --into data/
      missiongraph match write cordis candidates.csv --into data/
      missiongraph match test gold.csv --against ror --read ror=ror.json
    """


_read = click.option(
    "--read",
    "files",
    multiple=True,
    metavar="NAME=FILE",
    help="Read this dataset from a file of its publisher, not from the graph. Repeatable.",
)


@match.command()
@click.argument("dataset")
@click.option(
    "--against", required=True, metavar="NAME,…", help="Datasets: curated, ror or another."
)
@_read
@with_decisions
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    default="candidates.csv",
    show_default=True,
    help="Table of candidates.",
)
def run(
    dataset: str,
    against: str,
    files: Sequence[str],
    into: Path | None,
    decisions: Path,
    output: Path,
) -> None:
    """Compare the organisations of DATASET with others and write a table of candidates.

    A dataset is an import that the graph holds, such as cordis or cordis@2025-04-01, the curated
    graph, or files with --read. Only files tell the cities, and which records of ROR were
    withdrawn and what came in their place. Nothing is written into the graph.

    \b
    Example:
      missiongraph match run cordis --against ror --read cordis=cordis.zip --read ror=ror.json
    """
    from missiongraph.matching import running, table

    known = known_decisions(decisions)
    given = _given(files)
    with at_most_memory():
        subjects = _dataset(dataset, given, into)
        targets = (_dataset(name, given, into) for name in against.split(","))
        rows = running.run(subjects, targets, known)
    table.write(output, rows)
    click.echo(f"{output}: {len(subjects.organisations):,} organisations of {dataset}")
    for (state, rule), number in sorted(_counted(rows).items()):
        click.echo(f"  {number:7,} {state}, {rule}" if rule else f"  {number:7,} {state}")


def _counted(rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    return Counter((row.state, row.rule) for row in rows)


def _given(files: Sequence[str]) -> dict[str, list[Path]]:
    """The files of each dataset, from ``NAME=FILE``."""
    given: dict[str, list[Path]] = {}
    for each in files:
        name, found, file = each.partition("=")
        if not found or not Path(file).is_file():
            raise click.BadParameter(f"{each}: write NAME=FILE", param_hint="--read")
        given.setdefault(name, []).append(Path(file))
    return given


def _dataset(name: str, given: dict[str, list[Path]], into: Path | None) -> Dataset:
    """A dataset from its files, the graph in a directory, or the curated graph."""
    from missiongraph.matching import reading

    name = name.strip()
    if name in given:
        return reading.from_files(name, given[name])
    if into:
        from missiongraph.writing import directory

        return reading.from_graph(name, directory.load(into).store)
    if name != reading.CURATED:
        raise click.UsageError(f"{name}: give its files by --read {name}=FILE, or --into DIRECTORY")
    from missiongraph.ingest.build import build
    from missiongraph.rdf.store import load

    return reading.from_graph(name, load([build(progress=progress()).path]))


@match.command()
@click.argument("dataset")
@click.argument("candidates", type=FILE)
@with_decisions
def write(dataset: str, candidates: Path, into: Path | None, decisions: Path) -> None:
    """Write the accepted pairs of CANDIDATES into the graph, with the decisions made since.

    They form one named graph with rule, score, day and who decided, in the place of the matches of
    DATASET that are there. `missiongraph import history` lists it, and `missiongraph import forget`
    takes it out. A directory that is served has to be stopped first.

    \b
    Example:
      missiongraph match write cordis candidates.csv --into data/
    """
    from missiongraph.matching import statements, table

    if not into:
        raise click.UsageError("give the directory of the graph: --into DIRECTORY")
    rows = [*statements.decided(table.read(candidates), known_decisions(decisions))]
    advance = progress()

    def step(name: str) -> None:
        advance(name, _STEPS.index(name), len(_STEPS))

    with at_most_memory():
        written = statements.write(into, dataset.partition("@")[0], candidates, rows, step)
    click.echo(f"{into}: {written.added:,} statements added, {written.removed:,} removed")


@match.command("test")
@click.argument("gold", type=FILE)
@click.option("--against", default="", metavar="NAME", help="Dataset to match against.")
@_read
@into_option
@click.option(
    "--least",
    type=(float, float),
    metavar="PRECISION RECALL",
    help="Exit with 1 if one of the two is less.",
)
@click.pass_context
def test_(
    context: click.Context,
    gold: Path,
    against: str,
    files: Sequence[str],
    into: Path | None,
    least: tuple[float, float] | None,
) -> None:
    """Test the rules on pairs that people judged: precision and recall of what they accept.

    GOLD has the columns name, country, same (yes or no) and object or ror, an identifier; further
    ones are city, type (HES, REC, PRC, PUB) and object_name or ror_name. Without --against, names
    are matched against those in the file alone, which have no further names.

    \b
    Example:
      missiongraph match test gold.csv --against ror --read ror=ror.json --least 0.99 0.8
    """
    from missiongraph.matching import gold as judged

    dataset = _dataset(against, _given(files), into) if against else None
    outcome = judged.test(gold, dataset)
    _print_outcome(outcome)
    if least and (outcome.precision < least[0] or outcome.recall() < least[1]):
        context.exit(NO)


def _print_outcome(outcome: Outcome) -> None:
    kinds = ("", "university", "research-institute", "company", "public-body")
    rows = [
        {
            "kind": kind or "all",
            "same": outcome.number(kind),
            "recall": f"{outcome.recall(kind):.3f}",
            "with proposals": f"{outcome.proposed(kind):.3f}",
        }
        for kind in kinds
        if outcome.number(kind)
    ]
    print_rows(("kind", "same", "recall", "with proposals"), rows, "table")
    accepted = sum(each.accepted for each in outcome.pairs)
    click.echo(
        f"precision {outcome.precision:.3f}: {accepted:,} of {len(outcome.pairs):,} accepted"
    )
    for each in [each for each in outcome.pairs if each.wrong][:_SHOWN]:
        assert each.pair
        click.echo(f"  wrong: {each.subject.label} | {each.pair.target.label}, {each.pair.rule}")


for command in (review, accept, reject, part_of, unsure, undo, import_):
    match.add_command(command)
