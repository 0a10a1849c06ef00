"""The command ``match``: which organisations of two datasets are the same."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import FILE, NO, OUTPUT, at_most_memory, print_rows, steps
from .directory import FOLDER

if TYPE_CHECKING:
    from missiongraph.matching.decisions import Decisions
    from missiongraph.matching.gold import Outcome
    from missiongraph.matching.organisations import Dataset
    from missiongraph.matching.table import Row

_SHOWN = 20  # wrong pairs that are listed
_KEYS = {"y": "accepted", "n": "rejected", "p": "part of", "u": "unsure"}
_BACK, _END = "b", "q"


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


_into = click.option("--into", type=FOLDER, help="Directory of the writable graph.")
_by = click.option("--by", default="", metavar="NAME", help="Who decides.  [default: your login]")
_read = click.option(
    "--read",
    "files",
    multiple=True,
    metavar="NAME=FILE",
    help="Read this dataset from a file of its publisher, not from the graph. Repeatable.",
)


def _deciding(command: Callable[..., Any]) -> Callable[..., Any]:  # Any: as click's
    """Add ``--into`` and ``--decisions``; the file of decisions is passed on as ``decisions``."""

    @_into
    @click.option(
        "--decisions",
        type=OUTPUT,
        help="File of decisions.  [default: decisions.jsonl in the directory, or here]",
    )
    @wraps(command)
    def gathered(*, into: Path | None, decisions: Path | None, **options: Any) -> Any:
        from missiongraph.matching.decisions import FILE as NAME

        return command(into=into, decisions=decisions or (into or Path()) / NAME, **options)

    return gathered


@match.command()
@click.argument("dataset")
@click.option(
    "--against", required=True, metavar="NAME,…", help="Datasets: curated, ror or another."
)
@_read
@_deciding
@click.option("-o", "--output", type=OUTPUT, default="candidates.csv", help="Table to write.")
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

    known = _known(decisions)
    given = _given(files)
    with at_most_memory():
        subjects = _dataset(dataset, given, into)
        targets = (_dataset(name, given, into) for name in against.split(","))
        rows = running.run(subjects, targets, known)
    table.write(output, rows)
    click.echo(f"{output}: {len(subjects.organisations):,} organisations of {dataset}")
    counted = Counter((row.state, row.rule) for row in rows)
    for (state, rule), number in sorted(counted.items()):
        click.echo(f"  {number:7,} {state}, {rule}" if rule else f"  {number:7,} {state}")


def _known(path: Path) -> Decisions:
    """The decisions in a file; damaged lines are told."""
    from missiongraph.matching import decisions

    known = decisions.read(path)
    for number in known.damaged:
        click.echo(f"note: {path}, line {number}: cannot be read, and does not count", err=True)
    return known


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
    from missiongraph.matching.reading import read_dataset

    return read_dataset(name.strip(), given.get(name.strip(), ()), into)


@match.command()
@click.argument("dataset")
@click.argument("candidates", type=FILE)
@_deciding
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
    rows = [*statements.decided(table.read(candidates), _known(decisions))]
    with at_most_memory():
        written = statements.write(into, dataset.partition("@")[0], candidates, rows, steps())
    click.echo(f"{into}: {written.added:,} statements added, {written.removed:,} removed")


@match.command("test")
@click.argument("gold", type=FILE)
@click.option("--against", default="", metavar="NAME", help="Dataset to match against.")
@_read
@_into
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
    """Print recall by kind, precision, and pairs that are wrong."""
    print_rows(("kind", "same", "recall", "with proposals"), outcome.rows(), "table")
    accepted = sum(each.accepted for each in outcome.pairs)
    click.echo(
        f"precision {outcome.precision:.3f}: {accepted:,} of {len(outcome.pairs):,} accepted"
    )
    for each in [each for each in outcome.pairs if each.wrong][:_SHOWN]:
        found = f"{each.pair.target.label}, {each.pair.rule}" if each.pair else ""
        click.echo(f"  wrong: {each.subject.label} | {found}")


_DECISIONS = (
    ("accept", "accepted", "Decide that two organisations are the same."),
    (
        "reject",
        "rejected",
        "Decide that two organisations are not the same, unless a name changes.",
    ),
    ("unsure", "unsure", "Note that you cannot tell whether two organisations are the same."),
    ("part-of", "part of", "Decide that the first organisation is a part of the second."),
    (
        "undo",
        "withdrawn",
        "Take back what you, somebody or a rule has decided on two organisations.",
    ),
)
_HOW = """{purpose}

Name them by their IRIs or the ends of these. The last decision on a pair counts.

\b
Example:
  missiongraph match {name} pic-999904034 ror-04m5j1k67 --into data/
"""


def _add(name: str, state: str, purpose: str) -> None:
    """Add a command that decides on one pair."""

    @match.command(name, help=_HOW.format(name=name, purpose=purpose))
    @click.argument("subject", metavar="ORGANISATION")
    @click.argument("other", metavar="OTHER")
    @_deciding
    @_by
    def decide(subject: str, other: str, into: Path | None, decisions: Path, by: str) -> None:
        from missiongraph.matching import decisions as kept

        one, two = _iri(subject), _iri(other)
        kept.append(decisions, [kept.decide(one, two, state, by or getpass.getuser())])
        click.echo(f"{decisions}: {state}")


for each in _DECISIONS:
    _add(*each)


def _iri(text: str) -> str:
    from missiongraph.matching.organisations import ORGANISATION

    return text if "://" in text else ORGANISATION + text.removeprefix("organisation/")


@match.command()
@click.argument("candidates", type=FILE)
@_deciding
@_by
def review(candidates: Path, into: Path | None, decisions: Path, by: str) -> None:
    """Decide on the pairs of CANDIDATES that are proposed, one after the other, by a key.

    y: the same; n: not the same; p: the first is a part of the second; u: unsure; b: back to the
    pair before; q: end. Each answer is kept at once.

    \b
    Example:
      missiongraph match review candidates.csv --into data/
    """
    from missiongraph.matching import table

    known = _known(decisions)
    rows = [row for row in table.read(candidates) if row.state == "proposed"]
    rows = [row for row in rows if (row.subject, row.object) not in known.by_pair]
    number = _reviewed(rows, decisions, by or getpass.getuser())
    click.echo(f"{decisions}: {number:,} decided, {len(rows) - number:,} left")


def _reviewed(rows: Sequence[Row], path: Path, by: str) -> int:
    """Ask about rows in turn; returns how many were decided."""
    from missiongraph.matching import decisions

    at = 0
    while at < len(rows):
        row = rows[at]
        names = (row.subject_name, row.object_name)
        click.echo(f"\n{at + 1:,} of {len(rows):,}: score {row.score}, {row.rule}")
        click.echo(_card(row.subject_name, row.subject_city, row.subject_country, row.subject_kind))
        click.echo(_card(row.object_name, row.object_city, row.object_country, row.object_kind))
        if row.runner_up_name:
            click.echo(f"  next: {row.runner_up_name}, {row.runner_up_score}")
        click.echo("y n p u b q? ", nl=False)
        key = click.getchar().lower()
        click.echo(key)
        if key in (_END, ""):  # nothing, where the input ends
            break
        if key == _BACK and at:
            at -= 1
            last = rows[at]
            names = (last.subject_name, last.object_name)
            undone = decisions.decide(last.subject, last.object, "withdrawn", by, names)
            decisions.append(path, [undone])
        elif key in _KEYS:
            made = decisions.decide(row.subject, row.object, _KEYS[key], by, names)
            decisions.append(path, [made])
            at += 1
    return at


def _card(name: str, city: str, country: str, kind: str) -> str:
    return f"  {name} | {', '.join(filter(None, (city, country, kind)))}"


@match.command("import")
@click.argument("table", type=FILE)
@_deciding
@_by
def import_(table: Path, into: Path | None, decisions: Path, by: str) -> None:
    """Add the decisions in a CSV file: its columns are subject, object and state.

    That can be a table of candidates in which you have filled in states: accepted, rejected,
    unsure, part of, withdrawn. Proposed rows, and those that a rule has accepted, are left out.

    \b
    Example:
      missiongraph match import decisions.csv --into data/
    """
    from missiongraph.matching import decisions as kept

    made = [*kept.from_table(table, by or getpass.getuser())]
    known = _known(decisions).by_pair
    new = [d for d in made if d.pair not in known or known[d.pair].state != d.state]
    click.echo(f"{decisions}: {kept.append(decisions, new):,} decisions added")
    if same := len(made) - len(new):
        click.echo(f"  {same:,} were there already")
