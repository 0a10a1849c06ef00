"""Measures structural holes: whether a node's contacts are tied to each other (Burt 1992).

An actor whose contacts do not know each other can bring them together or play them off against
each other. Strengths in both directions between two nodes are added. ``by`` is whether strengths
count or, with ``steps``, only the existence of ties; opposite ties then have twice the weight. A
loop makes a node its own contact, as in networkx. The score of a node without a tie to another is
NaN.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Scores, with_data

from .cohesion import By, ties_by


def constraint(network: Network | nx.Graph[Any], by: By = "strength") -> Scores:
    """How much of a node's ties lead, directly or indirectly, to the same contacts.

    The sum over contacts j of c_ij = (p_ij + sum over q of p_iq · p_qj)², where p_ij is the share
    of j in the ties of i (Burt 1992, equation 2.4). Above 0; low means room to broker. By this
    definition it can exceed 1: in a triangle each node has 9/8.
    """
    ties = _mutual(network, by)
    return _of_the_tied(ties, _sums(_local(ties)))


def hierarchy(network: Network | nx.Graph[Any], by: By = "strength") -> Scores:
    """How far the constraint of a node is concentrated in a single contact: 0 to 1.

    The Coleman-Theil index of disorder of the c_ij of :func:`constraint`, which add up to c_i over
    N contacts: the sum of r ln r, with r = N · c_ij / c_i, over N ln N (Burt 1992). 0 if all
    contacts constrain equally. With one contact, where that is 0 / 0, it is 1, as in JUNG.
    """
    ties = _mutual(network, by)
    local = _local(ties)
    contacts = np.diff(local.indptr)
    ratio = local.data * np.repeat(_inverse(_sums(local)) * contacts, contacts)
    disorder = np.maximum(_sums(with_data(local, ratio * np.log(ratio))), 0)  # rounds -1e-17
    several = np.maximum(contacts, 2)
    return _of_the_tied(ties, np.where(contacts > 1, disorder / (several * np.log(several)), 1.0))


def effective_size(network: Network | nx.Graph[Any], by: By = "strength") -> Scores:
    """The number of a node's contacts less their redundancy: 1 to that number.

    The sum over contacts j of 1 less the sum over q of p_iq · m_jq, where p_iq is the share of q
    in the ties of i, and m_jq the tie of j and q as a share of the strongest tie of j (Burt 1992).
    In an undirected network by steps, that is the number of contacts less the mean number of other
    contacts that a contact is tied to (Borgatti 1997). networkx gives other values for weighted and
    directed graphs, except with ``nodes=list(graph)`` (networkx#8906).
    """
    from missiongraph.networks.kernels.triangles import shared

    ties = _mutual(network, by)
    strongest = np.asarray(ties.max(axis=1).toarray()).ravel() if ties.shape[0] else np.zeros(0)
    common = shared(ties, np.ones(ties.shape[0])) @ _inverse(strongest)
    return _of_the_tied(ties, np.diff(ties.indptr) - common * _inverse(_sums(ties)))


def efficiency(network: Network | nx.Graph[Any], by: By = "strength") -> Scores:
    """Effective size as a share of the number of contacts: above 0 to 1.

    1 if no two contacts are tied to each other (Burt 1992). networkx recommends dividing by the
    degree, which in a directed network counts a contact with opposite ties twice.
    """
    contacts = np.diff(_mutual(network, by).indptr)
    share: Scores = effective_size(network, by) / np.maximum(contacts, 1)
    return share


def _mutual(network: Network | nx.Graph[Any], by: By) -> sparse.csr_array:
    """The sum of ties in both directions between two nodes (n x n, symmetric)."""
    network = from_networkx(network)
    matrix = ties_by(network, by)
    return (matrix + matrix.T).tocsr() if network.directed else matrix


def _local(ties: sparse.csr_array) -> sparse.csr_array:
    """c_ij, the constraint of each node by each of its contacts, in the pattern of ``ties``."""
    from missiongraph.networks.kernels.triangles import shared

    shares = _inverse(_sums(ties))
    whole = (ties + shared(ties, shares)).tocsr()
    return with_data(whole, (whole.data * np.repeat(shares, np.diff(whole.indptr))) ** 2)


def _of_the_tied(ties: sparse.csr_array, scores: Scores) -> Scores:
    """The scores, with NaN for nodes that have no tie to another."""
    return np.where(np.diff(ties.indptr) > (ties.diagonal() > 0), scores, np.nan)


def _sums(matrix: sparse.csr_array) -> Scores:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64)


def _inverse(values: Scores) -> Scores:
    """The inverse of each value, and 0 for 0."""
    return np.divide(1, values, out=np.zeros(len(values)), where=values > 0)
