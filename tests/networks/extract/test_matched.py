"""Organisations that are matched as the same are one node."""

from __future__ import annotations

import warnings

import pyoxigraph as ox

from missiongraph.networks.extract.load import load_network
from missiongraph.networks.model.network import Network
from missiongraph.sparql.local import LocalEngine

ID = "https://w3id.org/missiongraph/id/organisation/"
NETWORK = """# Who works with whom?
# network: undirected
PREFIX ex: <https://example.org/>
SELECT ?source ?target ?via { ?via ex:one ?source ; ex:other ?target }
"""
TIES = """
PREFIX ex: <https://example.org/>
PREFIX o: <https://w3id.org/missiongraph/id/organisation/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
ex:p ex:one o:pic-1 ; ex:other o:pic-3 .
ex:q ex:one o:ours ; ex:other o:pic-3 .
ex:r ex:one o:pic-1 ; ex:other o:ours .
ex:s ex:one o:pic-2 ; ex:other o:pic-3 .
"""
MATCH = """
o:pic-1 skos:exactMatch o:ours .
[] a owl:Axiom ; owl:annotatedSource o:pic-1 ; owl:annotatedProperty skos:exactMatch ;
  owl:annotatedTarget o:ours .
"""
RECORD = """
o:ours skos:exactMatch <https://ror.org/000000001> .
o:pic-2 skos:exactMatch <https://ror.org/000000001> .
"""


def network(*more: str, **view: bool) -> Network:
    """The network of the ties and more statements; without those of a body with itself."""
    store = ox.Store()
    store.load("".join((TIES, *more)), ox.RdfFormat.TURTLE)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "query: 1 row left out: a tie of a node to itself")
        return load_network(LocalEngine(store, ""), NETWORK, **view)


def ends(network: Network) -> set[str]:
    return {str(node).removeprefix(ID) for node in network.nodes}


def test_without_matches_nodes_stay_apart() -> None:
    assert ends(network(RECORD)) == {"pic-1", "pic-2", "pic-3", "ours"}


def test_a_matched_node_is_the_one_that_it_is_matched_with() -> None:
    drawn = network(MATCH)
    assert ends(drawn) == {"ours", "pic-2", "pic-3"}
    assert drawn.about["rejected"] == {"a tie of a node to itself": 1}


def test_ties_of_the_same_body_add_up() -> None:
    drawn = network(MATCH)
    at = {str(node).removeprefix(ID): n for n, node in enumerate(drawn.nodes)}
    assert drawn.matrix[at["ours"], at["pic-3"]] == 2


def test_bodies_with_the_same_record_are_one_where_there_are_matches() -> None:
    assert ends(network(MATCH, RECORD)) == {"ours", "pic-3"}


def test_matches_can_be_left_out() -> None:
    drawn = network(MATCH, RECORD, unmerged=True)
    assert ends(drawn) == {"pic-1", "pic-2", "pic-3", "ours"}
