"""Finds a node by its IRI, its label or the end of its IRI."""

from __future__ import annotations

from difflib import get_close_matches

from missiongraph.errors import UnknownQuery
from missiongraph.networks.model.network import Network, Node

_NEAR = 5


def find_node(network: Network, name: str) -> Node:
    """The node whose IRI, label or end of the IRI is ``name``.

    Case is ignored except in an IRI. Raises :class:`UnknownQuery`, with similar names if there is
    no such node, and with all candidates if there are several.
    """
    if name in network.index:
        return name
    wanted = name.casefold()
    for called in (network.label, _end):
        nodes = [node for node in network.nodes if called(node).casefold() == wanted]
        if len(nodes) > 1:
            raise UnknownQuery(f"'{name}' may be {' or '.join(map(str, nodes))}")
        if nodes:
            return nodes[0]
    raise UnknownQuery(f"no node '{name}' in {network.name}{_hint(network, wanted)}")


def _end(node: Node) -> str:
    """``vinnova`` of ``https://…/organisation/vinnova``."""
    return str(node).rstrip("/#").replace("#", "/").rpartition("/")[2]


def _hint(network: Network, wanted: str) -> str:
    """A suggestion of names that contain ``wanted`` or are similar; may be empty."""
    names = {name.casefold(): name for name in map(network.label, network.nodes)}
    names |= {_end(node).casefold(): network.label(node) for node in network.nodes}
    holding = sorted((name for name in names if wanted in name), key=len)
    near = [*holding[:_NEAR], *get_close_matches(wanted, names, _NEAR, 0.6)]
    labels = list(dict.fromkeys(names[name] for name in near))[:_NEAR]
    return f"; did you mean: {', '.join(labels)}?" if labels else ""
