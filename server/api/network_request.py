"""Reads a request about a network: operation, network, view, parameters and format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import request

from missiongraph.errors import QueryError
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.operations.parameters import VIEW, Parameter
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.server.http.negotiation import accept_of, format_named, preferred
from missiongraph.server.http.problems import Problem

FORMATS: Mapping[str, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "graphml": "application/graphml+xml",
    "gexf": "application/gexf+xml",
    "pajek": "text/plain",
    "svg": "image/svg+xml",
}
"""Values of ``?format=`` and their media types."""

REPEATED = 20
"""Most values of a parameter that may be repeated."""


@dataclass(frozen=True)
class NetworkRequest:
    """An operation on a network; all values can be written as JSON."""

    operation: str
    query: NetworkQuery
    view: Mapping[str, Any]
    parameters: Mapping[str, Any]
    media_type: str

    def task(self, nodes: int, ties: int) -> dict[str, Any]:  # Any: JSON
        """The task for ``perform`` of the operations, with the limits on nodes and ties."""
        return {
            "operation": self.operation,
            "name": self.query.name,
            "text": self.query.text,
            "view": dict(self.view),
            "parameters": dict(self.parameters),
            "media_type": self.media_type,
            "nodes": nodes,
            "ties": ties,
        }

    def tag(self, fingerprint: str) -> str:
        """A hash of all that the result depends on; empty if ``fingerprint`` is."""
        if not fingerprint:
            return ""
        key = json.dumps([fingerprint, self.task(0, 0)], sort_keys=True)
        return hashlib.sha256(key.encode()).hexdigest()[:32]

    @property
    def filename(self) -> str:
        """The name of a file with the result."""
        suffix = next(name for name, kind in FORMATS.items() if kind == self.media_type)
        what = "" if self.operation == "export" else f"-{self.operation}"
        return f"{self.query.name}{what}.{'net' if suffix == 'pajek' else suffix}"


def read_request(
    operation: str,
    query: NetworkQuery,
    more: Mapping[str, Parameter] = {},
    **fixed: Any,
) -> NetworkRequest:
    """Read the current request; ``more`` are further parameters, ``fixed`` those already set.

    Raises :class:`Problem` for an unknown, missing or invalid parameter (400), or if the client
    accepts none of the formats (406).
    """
    taken = {**OPERATIONS[operation].parameters, **more}
    known = {**VIEW, **taken}
    if unknown := sorted(set(request.args) - {*known, "format"}):
        there = ", ".join([*known, "format"])
        detail = f"There is no parameter '{unknown[0]}' here; parameters are {there}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    if lacking := [n for n, p in taken.items() if p.needed and n not in request.args]:
        raise Problem(HTTPStatus.BAD_REQUEST, f"Set {lacking[0]}: {taken[lacking[0]].says}.")
    view, parameters = _values(VIEW), _values(taken)
    kind = _media_type(OPERATIONS[operation].formats)
    return NetworkRequest(operation, query, view, fixed | parameters, kind)


def _values(known: Mapping[str, Parameter]) -> dict[str, Any]:
    values = {name: request.args.getlist(name) for name in known if name in request.args}
    if many := [name for name, texts in values.items() if len(texts) > REPEATED]:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{many[0]} may be repeated {REPEATED} times.")
    try:
        return {name: known[name].read(name, texts) for name, texts in values.items()}
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{error}.") from error


def _media_type(offered: Sequence[str]) -> str:
    """The media type of the answer, from ``format`` or else from Accept."""
    names = {name: kind for name, kind in FORMATS.items() if kind in offered}
    if (name := request.args.get("format")) is not None:
        try:
            return format_named(name, names | _suffixes(names), offered)
        except KeyError as error:
            known = ", ".join([*names, *offered])
            raise Problem(HTTPStatus.BAD_REQUEST, f"format must be one of {known}.") from error
    chosen = preferred(accept_of(request.headers.get("Accept"), None), offered)
    if chosen is None:
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"This is available as {', '.join(offered)}.")
    return chosen


def _suffixes(names: Mapping[str, str]) -> dict[str, str]:
    """The suffix of Pajek files, as another value of ``format``."""
    return {"net": names["pajek"]} if "pajek" in names else {}
