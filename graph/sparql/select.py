"""Runs a SELECT on an engine and reads its rows, as RDF terms or as Python values."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.system.files import ChunkReader

from .engine import SOLUTIONS, Answer, Engine, Query
from .media_types import JSON
from .results import Table


def rows(engine: Engine, text: str) -> tuple[tuple[Any, ...], ...]:  # Any: a cell is of any type
    """The rows of a SELECT as Python values (:class:`~missiongraph.sparql.results.Table`)."""
    return Table.from_json(engine.run(Query(text), solutions=JSON, triples=None).read()).rows


def solutions(engine: Engine, text: str, media_type: str = JSON) -> ox.QuerySolutions:
    """The rows of a SELECT as RDF terms, fetched completely as JSON or XML.

    They belong to this thread: reading or releasing them in another is an error.
    """
    answer = engine.run(Query(text), solutions=media_type, triples=None)
    return _parsed(answer.read(), media_type)


def streamed(answer: Answer) -> ox.QuerySolutions:
    """The rows of an answer in JSON or XML, streamed; they belong to this thread, too."""
    return _parsed(cast(BinaryIO, ChunkReader(answer.chunks)), answer.media_type)


def _parsed(data: bytes | BinaryIO, media_type: str) -> ox.QuerySolutions:
    solutions = ox.parse_query_results(data, SOLUTIONS[media_type])
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions
