"""SPARQL 1.1 Graph Store HTTP Protocol: graphs named by parameter, or by their own address."""

from __future__ import annotations

from .client import Server
from .conversation import hold
from .manifest import Case

_STORE = "/gsp"


def graphstore(server: Server, case: Case) -> None:
    """Each answer of the conversation, which starts with an empty store, is as expected."""
    server.reset()
    hold(server, case, lambda request: server.graphs + request.path.removeprefix(_STORE))
