"""The commands of ``match`` by which people decide: accept, reject, undo, review and others."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from .common import FILE, OUTPUT
from .directory import FOLDER

if TYPE_CHECKING:
    from missiongraph.matching.decisions import Decisions
    from missiongraph.matching.table import Row

_KEYS = {"y": "accepted", "n": "rejected", "p": "part of", "u": "unsure"}
_BACK, _END = "b", "q"

into_option = click.option("--into", type=FOLDER, help="Directory of the writable graph.")
_by = click.option("--by", default="", metavar="NAME", help="Who decides.  [default: your login]")


def with_decisions(command: Callable[..., Any]) -> Callable[..., Any]:  # Any: as click's
    """Add ``--into`` and ``--decisions``; the file of decisions is passed on as ``decisions``."""

    @into_option
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


def known_decisions(path: Path) -> Decisions:
    """The decisions in a file; damaged lines are told."""
    from missiongraph.matching import decisions

    known = decisions.read(path)
    for number in known.damaged:
        click.echo(f"note: {path}, line {number}: cannot be read, and does not count", err=True)
    return known


def _decision(name: str, state: str, done: str, doc: str) -> click.Command:
    @click.command(name, help=doc)
    @click.argument("subject", metavar="ORGANISATION")
    @click.argument("other", metavar="OTHER")
    @with_decisions
    @_by
    def decide(subject: str, other: str, into: Path | None, decisions: Path, by: str) -> None:
        from missiongraph.matching import decisions as kept

        one, two = (_iri(each) for each in (subject, other))
        kept.append(decisions, [kept.decide(one, two, state, by or getpass.getuser())])
        click.echo(f"{decisions}: {done}")

    return decide


accept = _decision(
    "accept",
    "accepted",
    "accepted",
    """Decide that two organisations are the same.

    Name them by their IRI, or its end, such as pic-999904034 or ror-04m5j1k67.

    \b
    Example:
      missiongraph match accept pic-999904034 https://ror.org/04m5j1k67 --into data/
    """,
)
reject = _decision(
    "reject",
    "rejected",
    "rejected",
    """Decide that two organisations are not the same.

    The pair is not proposed again unless a name changes.

    \b
    Example:
      missiongraph match reject pic-999904034 ror-04m5j1k67 --into data/
    """,
)
unsure = _decision(
    "unsure",
    "unsure",
    "unsure",
    """Note that you cannot tell whether two organisations are the same.

    \b
    Example:
      missiongraph match unsure pic-999904034 ror-04m5j1k67 --into data/
    """,
)
part_of = _decision(
    "part-of",
    "part of",
    "part of",
    """Decide that the first organisation is a part of the second.

    \b
    Example:
      missiongraph match part-of pic-999904034 ror-04m5j1k67 --into data/
    """,
)
undo = _decision(
    "undo",
    "withdrawn",
    "taken back",
    """Take back what was decided on two organisations, by you or by a rule.

    No rule accepts the pair again; it waits for another decision.

    \b
    Example:
      missiongraph match undo pic-999904034 ror-04m5j1k67 --into data/
    """,
)


def _iri(text: str) -> str:
    from missiongraph.matching.organisations import ORGANISATION

    return text if "://" in text else ORGANISATION + text.removeprefix("organisation/")


@click.command()
@click.argument("candidates", type=FILE)
@with_decisions
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

    known = known_decisions(decisions)
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


@click.command("import")
@click.argument("table", type=FILE)
@with_decisions
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
    known = known_decisions(decisions).by_pair
    new = [d for d in made if d.pair not in known or known[d.pair].state != d.state]
    click.echo(f"{decisions}: {kept.append(decisions, new):,} decisions added")
    if same := len(made) - len(new):
        click.echo(f"  {same:,} were there already")
