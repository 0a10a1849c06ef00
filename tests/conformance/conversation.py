"""Conversations: HTTP requests with the answers that a manifest expects (HTTP in RDF)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urljoin

from . import results
from .client import Response, Server, check
from .compare import same
from .manifest import Case, Node

FORMATS = {
    "boolean": ("application/sparql-results+xml", "application/sparql-results+json"),
    "tabular": (
        "application/sparql-results+xml",
        "application/sparql-results+json",
        "text/csv",
        "text/tab-separated-values",
    ),
    "RDF": ("application/rdf+xml", "text/turtle", "application/n-triples"),
}
"""The media types that the manifests call by these names."""


@dataclass(frozen=True)
class Request:
    """One request of a conversation, and what is expected of its answer."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    expected: Node


def hold(server: Server, case: Case, url: Callable[[Request], str]) -> None:
    """Send the requests of a case one after another; each answer is as expected.

    ``url`` tells where a request goes. What an answer calls its ``Location`` stands in for the
    placeholder of that name in later requests, as part of a query string.
    """
    known: dict[str, str] = {}
    for node in case.node.the("mf:action").the("ht:requests").items():
        request = _request(node)
        target = url(request)
        for placeholder, location in known.items():
            target = target.replace(placeholder, quote(location, safe=""))
        answer = server.send(request.method, target, request.body, request.headers)
        _check(request, target, answer)
        if placeholder_node := request.expected.one("mf:expectedLocation"):
            check("Location" in answer.headers, "no Location")
            known[placeholder_node.value] = urljoin(target, answer.headers["Location"])


def _request(node: Node) -> Request:
    return Request(
        node.the("ht:methodName").value,
        node.the("ht:absolutePath").value,
        _headers(node),
        _body(node),
        node.the("ht:resp"),
    )


def _headers(node: Node) -> dict[str, str]:
    listed = node.one("ht:headers")
    headers = listed.items() if listed else ()
    return {h.the("ht:fieldName").value.title(): h.the("ht:fieldValue").value for h in headers}


def _body(node: Node) -> bytes:
    if content := node.one("ht:body"):
        encoding = content.the("cnt:characterEncoding").value
        return content.the("cnt:chars").value.encode(encoding)
    return b""


def _check(request: Request, url: str, answer: Response) -> None:
    expected, told = request.expected, f"{request.method} {request.path[:60]}: "
    statuses = [status.local for status in expected.all("mf:expectedStatus")]
    wanted = any(_is(answer.status, status) for status in statuses)
    check(wanted, f"{told}status {answer.status}, not {' or '.join(statuses)}")
    if format := expected.one("mf:expectedFormat"):
        check(answer.media_type in FORMATS[format.value], f"{told}it is {answer.media_type}")
    if kind := _headers(expected).get("Content-Type", "").partition(";")[0]:
        check(answer.media_type == kind, f"{told}it is {answer.media_type}, not {kind}")
    if truth := expected.one("mf:expectedBoolean"):
        found = results.of_bytes(answer.body, answer.media_type)
        check(found is (truth.value == "true"), f"{told}the answer is {found}")
    if graph := _body(expected):
        found = results.of_bytes(answer.body, kind, url)
        check(same(found, results.of_bytes(graph, kind, url)), f"{told}another graph")


def _is(status: int, name: str) -> bool:
    """Whether a status is the one called ``NoContent``, or of the class ``StatusCode2xx``."""
    if name.startswith("StatusCode"):
        return status // 100 == int(name[10])
    return status == HTTPStatus[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()]
