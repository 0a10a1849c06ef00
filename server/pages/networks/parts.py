"""Parts of pages that a job computes: shown when it has ended, told as running until then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from missiongraph.networks.extract.counts import in_words
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.operations.result import JSON
from missiongraph.server.answers.job_answers import soon_read
from missiongraph.server.api.network_request import NetworkRequest
from missiongraph.server.http.addresses import at
from missiongraph.server.http.problems import Problem

WAIT_SECONDS = 0.5
"""Longest wait for a part, as the rest of the page is there at once."""


@dataclass(frozen=True)
class Part:
    """The answer of an operation on a network; not ``ended`` while it is computed.

    ``path`` and ``asked`` are its address. ``failed`` says why there is none; the rest of the page
    does not depend on it.
    """

    path: str
    asked: Mapping[str, Any]
    data: Mapping[str, Any]  # Any: JSON
    failed: str = ""

    def file(self, format: str, **more: str) -> str:
        """Its address in a format, such as ``csv``, with ``more`` parameters."""
        parameters = {**self.asked, **more, "format": format}
        return f"{at(self.path)}?{urlencode(parameters, doseq=True)}"

    @property
    def ended(self) -> bool:
        """Whether it has been computed, or has failed."""
        return bool(self.data or self.failed)

    @property
    def counts(self) -> str:
        """How many statements the ties rest on, and what is known of their dates, in words."""
        return in_words(self.data)


def part(
    operation: str,
    query: NetworkQuery,
    parameters: Mapping[str, Any] = {},
    view: Mapping[str, Any] = {},
    texts: Mapping[str, Any] = {},
) -> Part:
    """The answer of an operation, after a short wait.

    ``view`` has values of the view's parameters, ``texts`` the same as they stand in addresses.
    """
    there = f"/networks/{query.name}/{operation}", {**parameters, **texts}
    try:
        request = NetworkRequest(operation, query, view, parameters, JSON)
        body = soon_read(request, WAIT_SECONDS)
    except Problem as problem:
        return Part(*there, {}, str(problem))
    return Part(*there, json.loads(body) if body else {})
