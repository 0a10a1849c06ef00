"""Matches a dataset against others, and puts together what rules and people say of each pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from .decisions import ACCEPTED, PART_OF, REJECTED, WITHDRAWN, Decision, Decisions
from .judging import Matcher, Pair
from .organisations import Dataset, Organisation
from .table import Row

RULE = "rule"
"""Who decided, if it was no person."""


def run(subjects: Dataset, targets: Iterable[Dataset], decisions: Decisions) -> list[Row]:
    """A row for each pair that rules find or people decided on, by subject and dataset.

    Pairs that were rejected are left out, unless a name has changed since. A pair whose decision
    was taken back is withdrawn, and rules do not accept it again; nor do they accept anything for
    an organisation of which a person has accepted another in the same dataset.
    """
    today = datetime.now(UTC).date().isoformat()
    rows: list[Row] = []
    for dataset in targets:
        followed = _followed(decisions, dataset)
        matcher = Matcher(dataset, followed.rejects)
        found = {pair.subject.iri: pair for pair in matcher.match(subjects.organisations.values())}
        decided = _decided(subjects, dataset, followed)
        for subject in subjects.organisations.values():
            rows += _rows(found.get(subject.iri), decided.get(subject.iri, []), dataset, today)
    order = {iri: at for at, iri in enumerate(subjects.organisations)}
    return sorted(rows, key=lambda row: order[row.subject])


def _followed(decisions: Decisions, dataset: Dataset) -> Decisions:
    """Decisions on records that were withdrawn, as ones on what they have become.

    Where nothing has come in their place, an acceptance is withdrawn.
    """
    by_pair = dict(decisions.by_pair)
    for pair, decision in decisions.by_pair.items():
        there = dataset.organisations.get(decision.object)
        if not there or (now := dataset.successor(there)) is there:
            continue
        if now is None:
            by_pair[pair] = replace(decision, state=WITHDRAWN, by=RULE)
        else:
            del by_pair[pair]
            by_pair.setdefault((decision.subject, now.iri), replace(decision, object=now.iri))
    return Decisions(by_pair, decisions.damaged)


_Decided = tuple[Organisation, Organisation, Decision]


def _decided(
    subjects: Dataset, dataset: Dataset, decisions: Decisions
) -> dict[str, list[_Decided]]:
    """The decisions on pairs of these datasets that are no rejections, by subject."""
    found: dict[str, list[_Decided]] = {}
    for decision in decisions.by_pair.values():
        one = subjects.organisations.get(decision.subject)
        other = dataset.organisations.get(decision.object)
        if one and other and decision.state != REJECTED:
            found.setdefault(one.iri, []).append((one, other, decision))
    return found


def _rows(
    pair: Pair | None, decided: list[_Decided], dataset: Dataset, today: str
) -> Iterator[Row]:
    """The rows of one subject: the decisions, and the pair of the rules if it adds to them."""
    for one, other, decision in decided:
        told = pair if pair and pair.target.iri == other.iri else Pair(one, other, 0.0, "", "")
        yield _row(told, dataset, decision.state, decision.by, decision.when[:10])
    if not pair or any(other.iri == pair.target.iri for _, other, _ in decided):
        return
    settled = any(decision.state in (ACCEPTED, PART_OF) for _, _, decision in decided)
    if settled:
        return
    by = RULE if pair.state == ACCEPTED else ""
    yield _row(pair, dataset, pair.state, by, today if by else "")


def _row(pair: Pair, dataset: Dataset, state: str, by: str, when: str) -> Row:
    one, other, second = pair.subject, pair.target, pair.runner_up
    return Row(
        *(one.iri, one.label, *_described(one)),
        *(other.iri, other.label, *_described(other)),
        dataset=dataset.name,
        score=f"{pair.score:.3f}",
        rule=pair.rule,
        runner_up=second.iri if second else "",
        runner_up_name=second.label if second else "",
        runner_up_score=f"{pair.runner_up_score:.3f}" if second else "",
        state=state,
        by=by,
        when=when,
    )


def _described(organisation: Organisation) -> tuple[str, str, str]:
    """City, country and kind."""
    each = (organisation.cities, organisation.countries, organisation.kinds)
    cities, countries, kinds = ("; ".join(cells) for cells in each)
    return cities, countries, kinds
