"""Closeness along ties in the order of time: a published example, all paths one by one."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks.analysis.temporal import TemporalCloseness, temporal_closeness
from missiongraph.networks.model.network import Network

Ties = list[list[tuple[int, int]]]


def of(n: int, periods: Ties, *, directed: bool = False) -> TemporalCloseness:
    def network(ties: list[tuple[int, int]]) -> Network:
        matrix = np.zeros((n, n))
        for one, other in ties:
            matrix[one, other] = 1
            if not directed:
                matrix[other, one] = 1
        return Network(range(n), sparse.csr_array(matrix), directed)

    return temporal_closeness(
        (date(2000 + t, 1, 1), network(ties)) for t, ties in enumerate(periods)
    )


def arrivals(source: int, start: int, periods: Ties, *, directed: bool) -> dict[int, int]:
    """The first period in which each node is reached, by following all ties period by period."""
    there, first = {source}, {source: start}
    for period in range(start, len(periods)):
        ties = periods[period] + ([] if directed else [(b, a) for a, b in periods[period]])
        came = {b for a, b in ties if a in there} - there
        first |= dict.fromkeys(came, period)
        there |= came
    return first


def by_all_paths(n: int, periods: Ties, *, directed: bool) -> tuple[list[float], list[int]]:
    scores, reached = [], []
    for source in range(n):
        total = 0.0
        for start in range(len(periods)):
            found = arrivals(source, start, periods, directed=directed)
            total += sum(1 / (at - start + 1) for node, at in found.items() if node != source)
        scores.append(total / (max(n - 1, 1) * len(periods)))
        reached.append(len(arrivals(source, 0, periods, directed=directed)) - 1)
    return scores, reached


# The four snapshots in the manual of the R package TNC 0.1.0, function tcc (Kim and Anderson 2012);
# its sums before normalisation, which divides by 5 x 3 where the paper has the number of periods.
TNC: Ties = [[(0, 1), (1, 2)], [(1, 2), (2, 3), (2, 4)], [], [(0, 1), (1, 3)]]
SUMS = [43 / 12, 23 / 3, 67 / 12, 43 / 12, 3 / 2, 0]


def test_the_example_of_the_r_package_tnc() -> None:
    assert of(6, TNC).scores * 5 * 4 == pytest.approx(SUMS)


def test_what_comes_later_passes_nothing_on_to_before() -> None:
    found = of(3, [[(0, 1)], [(1, 2)]])
    # 0 reaches 1 at once and 2 a period later; 2 reaches only 1, in its second period
    assert found.reached.tolist() == [2, 2, 1]
    assert found.scores.tolist() == [(1 + 1 / 2) / 4, (1 + 1 / 2 + 1) / 4, (1 / 2 + 1) / 4]


def test_a_node_tied_to_all_others_all_the_time_has_1_and_one_without_ties_0() -> None:
    found = of(4, [[(0, 1), (0, 2)]] * 3)
    assert found.scores[3] == 0 and found.reached[3] == 0
    assert of(3, [[(0, 1), (0, 2)]] * 3).scores[0] == 1


def test_a_tie_of_a_period_is_followed_once_in_it() -> None:
    assert of(3, [[(0, 1), (1, 2)]]).reached.tolist() == [1, 2, 1]


@examples(60)
@given(st.data(), st.integers(1, 6), st.integers(1, 5), st.booleans())
def test_scores_are_those_of_all_paths(data: Any, n: int, number: int, directed: bool) -> None:
    pairs = [(a, b) for a in range(n) for b in range(n) if a != b]
    one = st.lists(st.sampled_from(pairs), unique=True) if pairs else st.just([])
    periods = data.draw(st.lists(one, min_size=number, max_size=number))
    found = of(n, periods, directed=directed)
    scores, reached = by_all_paths(n, periods, directed=directed)
    assert found.scores.tolist() == pytest.approx(scores) and found.reached.tolist() == reached
    assert found.scores.min(initial=0) >= 0 and found.scores.max(initial=0) <= 1 + 1e-12


def test_many_nodes_are_followed_in_parts() -> None:
    random = np.random.default_rng(3)
    periods: Ties = [[(int(a), int(b)) for a, b in random.integers(0, 300, (80, 2)) if a != b]
                     for _ in range(4)]  # fmt: skip
    scores, reached = by_all_paths(300, periods, directed=True)
    found = of(300, periods, directed=True)
    assert found.scores.tolist() == pytest.approx(scores) and found.reached.tolist() == reached


def test_without_periods_there_is_no_closeness() -> None:
    with pytest.raises(QueryError, match="at least one period"):
        temporal_closeness([])
