"""Random networks with the same degrees, against all such networks counted one by one."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from missiongraph.errors import QueryError
from missiongraph.networks import Network, from_networkx
from missiongraph.networks.analysis.null_models import backbone, fdsm_chances, tie_chances
from missiongraph.networks.model.projection import project

RUNS = 4000


def of_matrix(rows: list[list[int]]) -> Network:
    affiliations = sparse.csr_array(np.array(rows, float))
    return Network(list(range(len(rows))), project(affiliations), affiliations=affiliations)


def every(matrix: Any) -> list[Any]:
    """All matrices of 0 and 1 with the row and column sums of ``matrix``."""
    columns = matrix.shape[1]
    choices = [
        [np.isin(range(columns), some) for some in combinations(range(columns), int(row.sum()))]
        for row in matrix
    ]
    wholes = (np.array(rows, int) for rows in product(*choices))
    return [whole for whole in wholes if (whole.sum(axis=0) == matrix.sum(axis=0)).all()]


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 0, 1]],
        [[1, 1, 1, 0, 0], [1, 1, 0, 0, 1], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]],
        [[1, 0, 0], [1, 1, 0], [1, 1, 1]],
    ],
)
def test_chances_with_fixed_degrees_are_shares_of_all_affiliations(rows: list[list[int]]) -> None:
    network = of_matrix(rows)
    actual = np.array(rows)
    alike = [matrix @ matrix.T for matrix in every(actual)]
    found = fdsm_chances(network, RUNS, seed=3).toarray()
    for i, j in combinations(range(len(rows)), 2):
        if many := (actual @ actual.T)[i, j]:
            expected = np.mean([shared[i, j] >= many for shared in alike])
            error = 5 * np.sqrt(max(expected * (1 - expected), 1 / RUNS) / RUNS)
            assert found[i, j] == found[j, i] == pytest.approx(expected, abs=error)


def test_the_same_seed_gives_the_same_chances() -> None:
    network = of_matrix([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 0, 1]])
    first, again, other = (fdsm_chances(network, 50, seed).data for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


def test_a_backbone_needs_enough_runs_for_its_level() -> None:
    network = of_matrix([[1, 1, 0], [1, 1, 1]])
    with pytest.raises(QueryError, match="more runs"):
        backbone(network, 0.01, "fdsm", runs=99)
    assert backbone(network, 0.01, "fdsm", runs=100).about["backbone_by"] == "fdsm"


def test_unknown_methods_and_other_networks_are_refused() -> None:
    plain = from_networkx(nx.path_graph(3))
    method: Any = "magic"
    with pytest.raises(QueryError, match="disparity, hypergeometric, sdsm or fdsm"):
        tie_chances(plain, method)
    with pytest.raises(QueryError, match="not a projection"):
        tie_chances(plain, "fdsm")
