"""Runs library queries for pages and caches their rows until the data changes.

Pages show only answers of library queries, so that each view can link to its data, its query and
its citation.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from http import HTTPStatus
from math import isfinite
from typing import Any

from flask import request, url_for

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.namespaces import ID
from missiongraph.server.http.negotiation import Choice
from missiongraph.server.http.problems import Problem
from missiongraph.server.state.context import context
from missiongraph.sparql.bindings import bind, is_iri
from missiongraph.sparql.engine import Query
from missiongraph.sparql.library import LibraryQuery, Parameter, find
from missiongraph.sparql.media_types import JSON
from missiongraph.sparql.results import Table, lexical

from .run import run

_CHOICE = Choice(JSON, None, True)
_SHOWN = 5  # things of one name that an error lists


@dataclass(frozen=True)
class LibraryAnswer:
    """A library query, the values of its parameters, and its rows.

    Rows are dictionaries of Python values (:class:`missiongraph.sparql.results.Table`). The query
    runs when they are first read.
    """

    entry: LibraryQuery
    values: Mapping[str, str]
    text: str
    """The SPARQL with the values inserted."""

    @cached_property
    def table(self) -> Table:
        """The rows; raises :class:`~missiongraph.server.http.problems.Problem`."""
        return Table.from_json(rows(Query(self.text)))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def given(self) -> dict[str, Any]:  # Any: a cell is of any type
        """The values as they stand in addresses: IRIs of ours as ``kind:key``."""
        return {name: short(value) for name, value in self.values.items()}

    @property
    def page(self) -> str:
        """Address of the query's page, with the same values."""
        return url_for("library.query", name=self.entry.name, run=1, **self.given)

    @property
    def cite(self) -> str:
        """Address of the page on how to cite the rows."""
        return url_for("cite.cite_by_name", name=self.entry.name, **self.given)

    @property
    def called(self) -> str:
        """A short name of the query with its values: ``mission-aims us-apollo``."""
        ends = (re.split("[/#:]", str(value))[-1] for value in self.given.values())
        return " ".join([self.entry.name, *ends])

    def data(self, format: str = "csv") -> str:
        """Address of the rows in a format, such as ``csv``."""
        name = self.entry.name
        return url_for("library.data", name=name, extension=format, **self.given)


def ask(name: str, **values: str) -> LibraryAnswer:
    """The answer of a library query; empty ``values`` are left out.

    Raises :class:`~missiongraph.server.http.problems.Problem` for an unknown query (404) or a bad
    value (400).
    """
    entry = _entry(name)
    parameters = {key: value for key, value in values.items() if value}
    try:
        return LibraryAnswer(entry, parameters, bind(entry.text, entry.bindings(parameters)))
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error


def asked_by_name(name: str, *apart: str) -> LibraryAnswer:
    """The answer of a library query with the values in the current request's URL.

    A parameter that takes a thing also takes its label. Raises :class:`Problem` for parameters
    that the query does not have, except those in ``apart``.
    """
    entry = _entry(name)
    known = {parameter.name: parameter for parameter in entry.parameters}
    if unknown := sorted(set(request.args) - {*known, *apart}):
        takes = f"it takes {', '.join(known)}" if known else "it takes none"
        detail = f"'{name}' has no parameter '{unknown[0]}'; {takes}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    texts = {name: request.args[name].strip() for name in known if name in request.args}
    return ask(name, **{key: _meant(known[key], text) for key, text in texts.items() if text})


def short(value: str) -> str:
    """Shorten an IRI of ours to ``kind:key``, which parameters take too."""
    return value.removeprefix(ID).replace("/", ":", 1) if value.startswith(ID) else value


def _entry(name: str) -> LibraryQuery:
    try:
        return find(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error


def _meant(parameter: Parameter, text: str) -> str:
    """The value for a text from a form: a label is replaced by the IRI of the thing it names."""
    if not parameter.of or is_iri(text):
        return text
    things = [row["thing"] for row in ask("choices", group=parameter.of, called=text)]
    if len(things) == 1:
        return str(things[0])
    if things:
        several = ", ".join(short(thing) for thing in things[:_SHOWN])
        detail = f"Several are called '{text}'; set {parameter.name} to one of: {several}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    kind = re.split("[/#]", parameter.of)[-1]
    detail = f"No {kind} is called '{text}'; set {parameter.name} to a name or an IRI."
    raise Problem(HTTPStatus.BAD_REQUEST, detail)


def rows(query: Query) -> bytes:
    """The JSON results of a SELECT, cached for the present state of the data."""
    state, cache = context().graph.engine.fingerprint, context().cache
    tag = hashlib.sha256(f"page\0{state}\0{query.text}".encode()).hexdigest()[:32]
    if state and (cached := cache.get(tag)):
        return cached[1]
    answer = run(query, _CHOICE)
    body = answer.read()
    if state and answer.fingerprint == state:
        cache.put(tag, JSON, body)
    return body


def json_ready(value: Any) -> Any:  # Any: a cell is of any type
    """A value of a row in a type that ``json`` can write; NaN and infinities become texts."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and not isfinite(value):
        return lexical(value)
    return value.isoformat() if isinstance(value, date) else value


def dumped(answer: LibraryAnswer) -> str:
    """The rows as a JSON array of objects."""
    return json.dumps([{k: json_ready(v) for k, v in row.items()} for row in answer])
