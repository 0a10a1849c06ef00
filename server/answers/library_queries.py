"""What pages ask: queries of the library, whose answers are kept as long as the data is the same.

A page shows nothing that a query of the library does not say, so that each view can lead to its
data, its query and how to cite it.
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
_SHOWN = 5  # of several things of one name


@dataclass(frozen=True)
class LibraryAnswer:
    """A query of the library, the values it was asked with, and its rows.

    Rows are dictionaries of Python values (:class:`missiongraph.sparql.results.Table`); they are
    fetched when they are first looked at.
    """

    entry: LibraryQuery
    values: Mapping[str, str]
    text: str
    """The SPARQL with the values in it."""

    @cached_property
    def table(self) -> Table:
        """The rows; raises :class:`~missiongraph.server.http.problems.Problem`."""
        return Table.from_json(rows(Query(self.text)))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def given(self) -> dict[str, Any]:
        """The values as an address has them: things of ours as ``kind:key``."""
        return {name: short(value) for name, value in self.values.items()}

    @property
    def page(self) -> str:
        """Address of the query's own page, with the same values."""
        return url_for("library.query", name=self.entry.name, run=1, **self.given)

    @property
    def cite(self) -> str:
        """Address that tells how to cite the rows."""
        return url_for("cite.cite_by_name", name=self.entry.name, **self.given)

    @property
    def called(self) -> str:
        """What it was asked, in a few words: ``mission-aims us-apollo``."""
        ends = (re.split("[/#:]", str(value))[-1] for value in self.given.values())
        return " ".join([self.entry.name, *ends])

    def data(self, format: str = "csv") -> str:
        """Address of the rows in a format."""
        name = self.entry.name
        return url_for("library.data", name=name, extension=format, **self.given)


def ask(name: str, **values: str) -> LibraryAnswer:
    """Ask a query of the library; raises :class:`~missiongraph.server.http.problems.Problem`.

    ``values`` that are empty are left out.
    """
    entry = _found(name)
    given = {key: value for key, value in values.items() if value}
    try:
        return LibraryAnswer(entry, given, bind(entry.text, entry.bindings(given)))
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error


def asked_by_name(name: str, *apart: str) -> LibraryAnswer:
    """The query of the library that the request names, with the values that the request gives.

    Where a thing is wanted, what it is called will do. Parameters that are none of the query's,
    but for those ``apart``, are refused; raises :class:`Problem`.
    """
    entry = _found(name)
    known = {parameter.name: parameter for parameter in entry.parameters}
    if unknown := sorted(set(request.args) - {*known, *apart}):
        takes = f"it takes {', '.join(known)}" if known else "it takes none"
        detail = f"'{name}' has no parameter '{unknown[0]}'; {takes}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    given = {name: request.args[name].strip() for name in known if name in request.args}
    return ask(name, **{key: _meant(known[key], text) for key, text in given.items() if text})


def short(value: str) -> str:
    """An IRI as a parameter takes it: ``kind:key`` for things of ours."""
    return value.removeprefix(ID).replace("/", ":", 1) if value.startswith(ID) else value


def _found(name: str) -> LibraryQuery:
    try:
        return find(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error


def _meant(parameter: Parameter, text: str) -> str:
    """The value that a reader has typed: a label stands for the thing that is called so."""
    if not parameter.of or is_iri(text):
        return text
    things = [row["thing"] for row in ask("choices", group=parameter.of, called=text)]
    if len(things) == 1:
        return str(things[0])
    if things:
        several = ", ".join(short(thing) for thing in things[:_SHOWN])
        detail = f"Several are called '{text}'; give {parameter.name} as one of: {several}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    kind = re.split("[/#]", parameter.of)[-1]
    detail = f"Nothing of {kind} is called '{text}'; give {parameter.name} a name or an IRI."
    raise Problem(HTTPStatus.BAD_REQUEST, detail)


def rows(query: Query) -> bytes:
    """The answer to a SELECT in JSON, from the cache where this state of the data was asked it."""
    state, cache = context().graph.engine.fingerprint, context().cache
    tag = hashlib.sha256(f"page\0{state}\0{query.text}".encode()).hexdigest()[:32]
    if state and (kept := cache.get(tag)):
        return kept[1]
    answer = run(query, _CHOICE)
    body = answer.read()
    if state and answer.fingerprint == state:
        cache.put(tag, JSON, body)
    return body


def json_ready(value: Any) -> Any:
    """A value of a row as JSON has it."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and not isfinite(value):
        return lexical(value)
    return value.isoformat() if isinstance(value, date) else value


def dumped(asked: LibraryAnswer) -> str:
    """The rows as JSON."""
    return json.dumps([{k: json_ready(v) for k, v in row.items()} for row in asked])
