"""SPARQL 1.1 Protocol: every form of query and update, dataset parameters, errors."""

from __future__ import annotations

from .client import UPDATE, Server
from .conversation import Request, hold
from .manifest import Case
from .sparql import graphs

_ENDPOINT = "/sparql/"


def protocol(server: Server, case: Case) -> None:
    """Each answer of the conversation is as expected."""
    server.reset(graphs(case.node, "ut"))

    def url(request: Request) -> str:
        parameters = request.path.removeprefix(_ENDPOINT)
        return (server.update if _updates(case, request) else server.query) + parameters

    hold(server, case, url)


def _updates(case: Case, request: Request) -> bool:
    """Whether a request is for the update service, which may lie elsewhere than the queries'."""
    means = "bad_update" in case.name or request.headers.get("Content-Type") == UPDATE
    return request.method == "POST" and (means or request.body.startswith(b"update="))
