"""Structural holes: whether those that a node is tied to are tied to each other (Burt 1992).

Who is tied to people that do not know each other may bring them together, or play them off
against each other. Here the tie of two nodes is all that goes between them: strengths in and out
are added up. ``by`` says whether strengths count or, by steps, only that there is a tie; then
opposite ties are a tie twice as strong. A tie of a node to itself makes it a contact of its own,
as in networkx. A node without a tie to another has no score: not a number.
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
    """How much of a node's ties leads, directly or through others, to the same contacts.

    The sum over contacts j of c_ij = (p_ij + sum over q of p_iq · p_qj)², where p_ij is the share
    that j has in the ties of i (Burt 1992, equation 2.4). Above 0; low means room to broker. It
    may pass 1: that is the definition, and in a triangle each node has 9/8.
    """
    ties = _mutual(network, by)
    return _of_the_tied(ties, _sums(_local(ties)))


def hierarchy(network: Network | nx.Graph[Any], by: By = "strength") -> Scores:
    """How far the constraint of a node comes from a single contact: 0 to 1.

    The Coleman-Theil index of disorder of the c_ij of :func:`constraint`, which add up to c_i over
    N contacts: the sum of r ln r, with r = N · c_ij / c_i, over N ln N (Burt 1992). 0 where all
    constrain alike. Of one contact that is 0 / 0, and all comes from that one: 1, as in JUNG.
    """
    ties = _mutual(network, by)
    local = _local(ties)
    contacts = np.diff(local.indptr)
    ratio = local.data * np.repeat(_inverse(_sums(local)) * contacts, contacts)
    disorder = np.maximum(_sums(with_data(local, ratio * np.log(ratio))), 0)  # -1e-17 is 0
    several = np.maximum(contacts, 2)
    return _of_the_tied(ties, np.where(contacts > 1, disorder / (several * np.log(several)), 1.0))


def effective_size(network: Network | nx.Graph[Any], by: By = "strength") -> Scores:
    """How many contacts a node has, less what they have in common: 1 to their number.

    The sum over contacts j of 1 less the sum over q of p_iq · m_jq, where p_iq is the share of q
    in the ties of i, and m_jq the tie of j and q as a share of the strongest tie of j (Burt 1992).
    Undirected by steps, that is the number of contacts less the mean number of other contacts to
    which one of them is tied (Borgatti 1997). networkx has other numbers for weighted
    and directed graphs, unless it is asked for ``nodes=list(graph)`` (networkx#8906).
    """
    from missiongraph.networks.kernels.triangles import shared

    ties = _mutual(network, by)
    strongest = np.asarray(ties.max(axis=1).toarray()).ravel() if ties.shape[0] else np.zeros(0)
    common = shared(ties, np.ones(ties.shape[0])) @ _inverse(strongest)
    return _of_the_tied(ties, np.diff(ties.indptr) - common * _inverse(_sums(ties)))


def efficiency(network: Network | nx.Graph[Any], by: By = "strength") -> Scores:
    """Effective size as a share of the number of contacts: above 0 to 1.

    1 where no two contacts are tied to each other (Burt 1992). networkx advises to divide by the
    degree, which in a directed network counts a contact with opposite ties twice.
    """
    contacts = np.diff(_mutual(network, by).indptr)
    share: Scores = effective_size(network, by) / np.maximum(contacts, 1)
    return share


def _mutual(network: Network | nx.Graph[Any], by: By) -> sparse.csr_array:
    """What goes between each two nodes, in and out (n x n, symmetric)."""
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
    """The scores, but of nodes that have no tie to another."""
    return np.where(np.diff(ties.indptr) > (ties.diagonal() > 0), scores, np.nan)


def _sums(matrix: sparse.csr_array) -> Scores:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64)


def _inverse(values: Scores) -> Scores:
    """One over each, and 0 for 0."""
    return np.divide(1, values, out=np.zeros(len(values)), where=values > 0)
