"""Finding a node by what people call it."""

from __future__ import annotations

from difflib import get_close_matches

from missiongraph.errors import UnknownQuery
from missiongraph.networks.model.network import Network, Node

_NEAR = 5


def find_node(network: Network, name: str) -> Node:
    """The node that is called ``name``: by its IRI, its label, or the end of its IRI.

    Case does not matter for labels. Raises :class:`UnknownQuery` naming near ones if there is
    none, and all of them if there are several.
    """
    if name in network.index:
        return name
    wanted = name.casefold()
    for called in (network.label, _end):
        found = [node for node in network.nodes if called(node).casefold() == wanted]
        if len(found) > 1:
            raise UnknownQuery(f"'{name}' may be {' or '.join(map(str, found))}")
        if found:
            return found[0]
    raise UnknownQuery(f"no node '{name}' in {network.name}{_hint(network, wanted)}")


def _end(node: Node) -> str:
    """``vinnova`` of ``https://…/organisation/vinnova``."""
    return str(node).rstrip("/#").replace("#", "/").rpartition("/")[2]


def _hint(network: Network, wanted: str) -> str:
    """Names that hold what was written, or look like it."""
    names = {name.casefold(): name for name in map(network.label, network.nodes)}
    names |= {_end(node).casefold(): network.label(node) for node in network.nodes}
    holding = sorted((name for name in names if wanted in name), key=len)
    near = [*holding[:_NEAR], *get_close_matches(wanted, names, _NEAR, 0.6)]
    told = list(dict.fromkeys(names[name] for name in near))[:_NEAR]
    return f"; did you mean: {', '.join(told)}?" if told else ""
