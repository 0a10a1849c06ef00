"""What pages ask: queries of the library, whose answers are kept as long as the data is the same.

A page shows nothing that a query of the library does not say, so that each view can lead to its
data, its query and how to cite it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from http import HTTPStatus
from math import isfinite
from typing import Any

from flask import url_for

from missiongraph.engine import Query
from missiongraph.errors import QueryError
from missiongraph.library import LibraryQuery, find
from missiongraph.parameters import bind
from missiongraph.results import Table, lexical

from ..answers import run
from ..context import context
from ..negotiation import Choice
from ..problems import Problem

_JSON = "application/sparql-results+json"
_CHOICE = Choice(_JSON, None, True)


@dataclass(frozen=True)
class Asked:
    """A query of the library, the values it was asked with, and its rows.

    Rows are dictionaries of Python values (:class:`missiongraph.results.Table`); they are fetched
    when they are first looked at.
    """

    entry: LibraryQuery
    values: Mapping[str, str]
    text: str
    """The SPARQL with the values in it."""

    @cached_property
    def table(self) -> Table:
        """The rows; raises :class:`~missiongraph.server.problems.Problem`."""
        return Table.from_json(rows(Query(self.text)))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def page(self) -> str:
        """Address of the query's own page, with the same values."""
        values: dict[str, Any] = dict(self.values)
        return url_for("library.query", name=self.entry.name, run=1, **values)

    def data(self, format: str = "csv") -> str:
        """Address of the rows in a format."""
        return url_for("sparql.sparql", query=self.text, format=format)


def ask(name: str, **values: str) -> Asked:
    """Ask a query of the library; raises :class:`~missiongraph.server.problems.Problem`.

    ``values`` that are empty are left out.
    """
    entry = find(name)
    given = {key: value for key, value in values.items() if value}
    try:
        return Asked(entry, given, bind(entry.text, entry.bindings(given)))
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error


def rows(query: Query) -> bytes:
    """The answer to a SELECT in JSON, from the cache where this state of the data was asked it."""
    state, cache = context().graph.engine.fingerprint, context().cache
    tag = hashlib.sha256(f"page\0{state}\0{query.text}".encode()).hexdigest()[:32]
    if state and (kept := cache.get(tag)):
        return kept[1]
    answer = run(query, _CHOICE)
    body = answer.read()
    if state and answer.fingerprint == state:
        cache.put(tag, _JSON, body)
    return body


def json_ready(value: Any) -> Any:
    """A value of a row as JSON has it."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and not isfinite(value):
        return lexical(value)
    return value.isoformat() if isinstance(value, date) else value


def dumped(asked: Asked) -> str:
    """The rows as JSON."""
    return json.dumps([{k: json_ready(v) for k, v in row.items()} for row in asked])
