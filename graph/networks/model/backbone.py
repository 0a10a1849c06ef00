"""Extracts backbones: the ties of a network that chance does not explain.

:func:`disparity` tests whether a tie is strong among the ties of its ends, in any network. The
others test whether two nodes of a projection share more than if affiliations were random:
:func:`hypergeometric` fixes the number of affiliations of each node,
:func:`~.degree_sequence.sdsm` on average also the number of nodes with each affiliation, and
:func:`~missiongraph.networks.analysis.null_models.fdsm_chances` both exactly.

All test tie by tie: of a thousand random ties, a level of 0.05 keeps about fifty. With ``fdr``, at
most a share ``level`` of the ties that are kept are expected to be random.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError

from .convert import from_networkx
from .network import Network, with_data
from .projection import project

Floats = npt.NDArray[np.float64]


def disparity(
    network: Network | nx.Graph[Any], level: float = 0.05, *, fdr: bool = False
) -> Network:
    """The network of the same nodes, with the ties whose :func:`disparity_chances` are below
    ``level`` for either end (Serrano, Boguñá & Vespignani 2009).

    Weights do not change; level 1 keeps all ties; ``fdr`` is as in :func:`significant`. Raises
    :class:`QueryError` for a level that is not above 0 and at most 1.
    """
    drawn = from_networkx(network)
    return significant(drawn, disparity_chances(drawn), level, "disparity", fdr=fdr)


def disparity_chances(network: Network | nx.Graph[Any]) -> sparse.csr_array:
    """The chance of a tie at least as strong, if strength were split at random (n x n, 0 to 1).

    If a node with k ties splits its strength s uniformly, a tie has strength w or more with chance
    (1 - w/s)^(k-1) (Serrano, Boguñá & Vespignani 2009, PNAS 106, 6483). Of the chances at both ends
    the smaller counts; in a directed network these are for the ties out of the source and into the
    target. The only tie of a node has chance 1 there, so it is kept only if it is strong at its
    other end. Distances count as their inverses, and a loop as one tie of its node.
    """
    drawn = from_networkx(network)
    strengths = drawn.strengths
    outward = _chances(strengths)
    inward = _chances(strengths.T.tocsr()).T.tocsr()  # the same ties, so in the same order
    return with_data(drawn.matrix, np.minimum(outward.data, inward.data))


def hypergeometric(
    network: Network | nx.Graph[Any], level: float = 0.05, *, fdr: bool = False
) -> Network:
    """The projection with the ties whose :func:`hypergeometric_chances` are below ``level``
    (Tumminello et al. 2011).

    Nodes and strengths do not change; ``fdr`` is as in :func:`significant`. Raises
    :class:`QueryError` for a network that is not a projection, and for a level that is not above 0
    and at most 1.
    """
    drawn = from_networkx(network)
    return significant(drawn, hypergeometric_chances(drawn), level, "hypergeometric", fdr=fdr)


def hypergeometric_chances(network: Network | nx.Graph[Any]) -> sparse.csr_array:
    """The chance that two nodes share at least as many, if affiliations were random (n x n).

    If two nodes have a and b affiliations out of N, the number they share is hypergeometric
    (Tumminello, Miccichè, Lillo, Piilo & Mantegna 2011, PLoS ONE 6, e17994). This model fixes the
    number of affiliations of each node, not the number of nodes with each affiliation. Columns
    without nodes do not count in N, and strengths are ignored.
    """
    from scipy.stats import hypergeom  # takes long to import

    drawn = from_networkx(network)
    affiliations = affiliations_of(drawn, "hypergeometric")
    degrees = np.diff(affiliations.indptr).astype(np.int64)
    rows, columns = places(drawn.matrix)
    both = np.sort(np.c_[degrees[rows], degrees[columns]], axis=1)
    cases, case = np.unique(np.c_[shared(drawn), both], axis=0, return_inverse=True)
    there = len(np.unique(affiliations.indices))
    chances = hypergeom.sf(cases[:, 0] - 1, there, cases[:, 1], cases[:, 2])
    return with_data(drawn.matrix, chances[case.ravel()])


def significant(
    network: Network,
    chances: sparse.csr_array,
    level: float,
    method: str,
    *,
    fdr: bool = False,
) -> Network:
    """The network with the ties whose ``chances`` (n x n, of the same pattern) are below ``level``.

    With ``fdr``, those whose :func:`false_discovery` is, so that at most a share ``level`` of the
    kept ties are expected to be random. Level 1 keeps all ties. Raises :class:`QueryError` for a
    level that is not above 0 and at most 1.
    """
    if not 0 < level <= 1:
        raise QueryError(f"the level of a backbone is above 0 and at most 1, not {level}")
    tested = false_discovery(network, chances) if fdr else chances
    kept = (tested.data < level) | (level == 1)
    rows, columns = places(network.matrix)
    matrix = sparse.csr_array(
        (network.matrix.data[kept], (rows[kept], columns[kept])), network.matrix.shape
    )
    about = {**network.about, "backbone": level, "backbone_by": method}
    if fdr:
        about["backbone_fdr"] = True
    return replace(network, matrix=matrix, affiliations=None, about=about)


def false_discovery(network: Network, chances: sparse.csr_array) -> sparse.csr_array:
    """The smallest rate of false discoveries at which each tie is kept (n x n, 0 to 1).

    Of m ties sorted by chance, the i-th has the least of m p / j over all j from i (Benjamini &
    Hochberg 1995; R's ``p.adjust``). Each tie
    of an undirected network is tested once.
    """
    from scipy.stats import false_discovery_control  # takes long to import

    rows, columns = places(network.matrix)
    once = slice(None) if network.directed else rows <= columns
    values, value = np.unique(chances.data, return_inverse=True)
    tested = chances.data[once]
    if not len(tested):
        return chances
    adjusted = np.ones(len(values))
    adjusted[value[once]] = false_discovery_control(tested)
    return with_data(chances, adjusted[value])


def affiliations_of(network: Network, method: str) -> sparse.csr_array:
    """The affiliations of a projection; raises :class:`QueryError` for any other network."""
    if network.affiliations is None:
        raise QueryError(
            f"{network.name} is not a projection, or is a backbone already: the {method} "
            "backbone needs the affiliations of the nodes"
        )
    return network.affiliations


def shared(network: Network) -> npt.NDArray[np.int64]:
    """The number of affiliations that the ends of each tie of a projection share."""
    assert network.affiliations is not None
    common = project(network.affiliations).multiply(network.pattern).tocsr()
    numbers: npt.NDArray[np.int64] = common.data.astype(np.int64)
    return numbers


def places(matrix: sparse.csr_array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int32]]:
    """The row and the column of each entry."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices


def _chances(strengths: sparse.csr_array) -> sparse.csr_array:
    """The chance of each entry, compared with the others in its row."""
    counts = np.diff(strengths.indptr)
    rows, _ = places(strengths)
    sums = np.bincount(rows, strengths.data, minlength=len(counts))
    share = np.minimum(strengths.data / sums[rows], 1)
    return with_data(strengths, (1 - share) ** (counts[rows] - 1))
