"""Betweenness from a sample: as near the exact one as it says."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks import centrality, from_networkx
from missiongraph.networks.measures.betweenness import betweenness
from missiongraph.networks.measures.sampled_betweenness import betweenness as sampled
from missiongraph.networks.measures.sampled_betweenness import sample_size


@examples(30)
@given(st.integers(0, 12), st.floats(0, 0.5), st.booleans(), st.integers(0, 1000))
def test_scores_are_within_the_bound(nodes: int, share: float, directed: bool, seed: int) -> None:
    network = from_networkx(nx.gnp_random_graph(nodes, share, seed=seed, directed=directed))
    found = sampled(network, epsilon=0.05, delta=1e-6, seed=seed)
    assert np.allclose(found, betweenness(network), rtol=0, atol=0.05)


def test_every_shortest_path_is_as_likely() -> None:
    rungs = nx.ladder_graph(9)  # as many paths from end to end as there are rungs
    network = from_networkx(rungs)
    found = sampled(network, epsilon=0.005, delta=1e-6)
    assert np.allclose(found, betweenness(network), rtol=0, atol=0.005)


def test_one_seed_gives_the_same_scores_each_time() -> None:
    network = from_networkx(nx.gnm_random_graph(60, 120, seed=1))
    first, again, other = (sampled(network, 0.05, seed=seed) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


def test_a_tenth_of_the_error_takes_a_hundred_times_the_paths() -> None:
    assert sample_size(1000, 0.01, 0.1) == pytest.approx(
        100 * sample_size(1000, 0.1, 0.1), rel=0.01
    )


def test_a_ranking_says_how_near_the_scores_are() -> None:
    ranking = centrality(nx.star_graph(3), ["betweenness", "betweenness-sampled"], epsilon=0.2)
    assert ranking.bounds == {
        "betweenness-sampled": "within 0.2 for all nodes at once, with probability 1 - 0.1"
    }


@pytest.mark.parametrize(("epsilon", "delta"), [(0, 0.1), (1, 0.1), (0.1, 0), (0.1, 1)])
def test_bounds_are_shares(epsilon: float, delta: float) -> None:
    with pytest.raises(QueryError, match="between 0 and 1"):
        sampled(from_networkx(nx.path_graph(3)), epsilon, delta)
