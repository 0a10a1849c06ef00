"""Nestedness: published figures, and all pairs one by one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks import Network, from_networkx
from missiongraph.networks.model.projection import project
from missiongraph.networks.structure.nestedness import nestedness, nestedness_by_chance

# the example of Almeida-Neto et al. 2008, as in the tests of EcologicalNetworks.jl: NODF 0.58
PUBLISHED = [
    [1, 0, 1, 1, 1],
    [1, 1, 1, 0, 0],
    [0, 1, 1, 1, 0],
    [1, 1, 0, 0, 0],
    [1, 1, 0, 0, 0],
]


def two_mode(rows: Any) -> Network:
    """A two-mode network with this matrix from sources to targets."""
    matrix = np.asarray(rows, float)
    n, m = matrix.shape
    whole = np.zeros((n + m, n + m))
    whole[:n, n:], whole[n:, :n] = matrix, matrix.T
    side = np.repeat([0, 1], [n, m]).astype(np.int8)
    return Network(list(range(n + m)), sparse.csr_array(whole), side=side)


def pair(one: Any, other: Any) -> float:
    more, less = sorted((set(np.flatnonzero(one)), set(np.flatnonzero(other))), key=len)[::-1]
    return 100 * len(more & less) / len(less) if len(more) > len(less) > 0 else 0.0


def test_nodf_of_the_published_example() -> None:
    assert nestedness(two_mode(PUBLISHED)).nodf == pytest.approx(58, abs=1)


@examples(60)
@given(st.integers(2, 6), st.integers(2, 6), st.floats(0, 1), st.integers(0, 99))
def test_nodf_is_the_mean_of_all_pairs(rows: int, columns: int, share: float, seed: int) -> None:
    matrix = np.random.default_rng(seed).random((rows, columns)) < share
    found = nestedness(two_mode(matrix))
    of_rows = [pair(a, b) for a, b in combinations(matrix, 2)]
    of_columns = [pair(a, b) for a, b in combinations(matrix.T, 2)]
    assert found.rows == pytest.approx(np.mean(of_rows))
    assert found.columns == pytest.approx(np.mean(of_columns))
    assert found.nodf == pytest.approx(np.mean(of_rows + of_columns))
    assert found.fill == pytest.approx(matrix.mean())


def test_a_triangle_is_nested_and_a_diagonal_is_not() -> None:
    assert nestedness(two_mode(np.tri(5))).nodf == pytest.approx(100)
    assert nestedness(two_mode(np.eye(5))).nodf == 0


def test_a_projection_has_the_nestedness_of_its_affiliations() -> None:
    affiliations = sparse.csr_array(np.array(PUBLISHED, float))
    shared = Network(list(range(5)), project(affiliations), affiliations=affiliations)
    assert nestedness(shared) == nestedness(two_mode(PUBLISHED))


def test_what_the_degrees_explain_is_no_more_nested_than_fixed_ones() -> None:
    nested = two_mode(np.tri(6))
    fixed = nestedness_by_chance(nested, "fixed", runs=20)[0]
    scattered = nestedness_by_chance(nested, "equiprobable", runs=50, seed=1)[0]
    assert fixed.mean == fixed.actual == 100 and np.isnan(fixed.z) and fixed.p == 1
    assert scattered.z > 2 and scattered.p < 0.05 and scattered.high < 100


def test_the_same_seed_gives_the_same_comparison() -> None:
    first, again, other = (
        nestedness_by_chance(two_mode(PUBLISHED), runs=30, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_one_mode_has_no_nestedness() -> None:
    with pytest.raises(QueryError, match="one mode"):
        nestedness(from_networkx(nx.path_graph(3)))
    null: Any = "magic"
    with pytest.raises(QueryError, match="fixed or equiprobable"):
        nestedness_by_chance(two_mode(PUBLISHED), null)
