"""Converts a service's results to the format that the client requested."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import BinaryIO, cast

import pyoxigraph as ox

from missiongraph.errors import RemoteError
from missiongraph.rdf.representable import well_formed
from missiongraph.sparql.engine import HOLD, SOLUTIONS
from missiongraph.sparql.media_types import TSV
from missiongraph.sparql.results import Term, spelt
from missiongraph.system.files import ChunkReader

from .http_client import Reply

_ROWS = 500
_OWN = {
    b'"type": "bnode", "value": "nodeID://': b'"type": "bnode", "value": "',
    b"<bnode>nodeID://": b"<bnode>",
    b'"type": "typed-literal"': b'"type": "literal"',
}
_OVERLAP = max(map(len, _OWN))


def standard(reply: Reply) -> Reply:
    """The reply with Virtuoso's blank nodes and literals in JSON and XML made standard.

    Quotes and brackets in the text of a literal are escaped, so nothing else matches.
    """
    return replace(reply, chunks=_started(_replaced(reply.chunks)))


def _replaced(chunks: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    rest = b""
    try:
        yield b""
        for chunk in chunks:
            text = rest + chunk
            for old, new in _OWN.items():
                text = text.replace(old, new)
            text, rest = text[:-_OVERLAP], text[-_OVERLAP:]
            if text:
                yield text
        yield rest
    finally:
        chunks.close()


def sound(reply: Reply) -> Reply:
    """The reply, checked while it is read if it is XML.

    Reading raises :class:`RemoteError` where the XML is truncated or not well-formed.
    """
    if not reply.media_type.endswith("xml"):
        return reply
    return replace(reply, chunks=_started(_read_along(reply)))


def _read_along(reply: Reply) -> Generator[bytes, None, None]:
    try:
        yield b""
        yield from well_formed(reply.chunks)
    except ValueError as error:
        raise RemoteError(f"{reply.service} sent {error}") from error
    finally:
        reply.chunks.close()


def boolean(reply: Reply, media_type: str) -> bytes:
    """The result of an ASK in ``media_type``; Virtuoso sends a table with one number.

    Raises :class:`RemoteError` for any other JSON.
    """
    try:
        content = json.loads(b"".join(reply.chunks))
        if "boolean" in content:
            answer = content["boolean"] is True
        else:
            answer = any(_is_true(row) for row in content["results"]["bindings"])
    except (ValueError, LookupError, TypeError) as error:
        raise _unreadable(reply, error) from error
    text = json.dumps({"head": {}, "boolean": answer}).encode()
    parsed = ox.parse_query_results(text, ox.QueryResultsFormat.JSON)
    return parsed.serialize(format=SOLUTIONS[media_type]) or b""


def table(reply: Reply, media_type: str) -> Generator[bytes, None, None]:
    """The rows of a SELECT as CSV or TSV (SPARQL 1.1 Results CSV and TSV), as a stream.

    Closing it, read or not, closes ``reply``. Raises :class:`RemoteError` for JSON that is not
    a table.
    """
    return _started(_pieces(reply, tabbed=media_type == TSV))


def _pieces(reply: Reply, *, tabbed: bool) -> Generator[bytes, None, None]:
    """Some rows at a time; the parser is released here, as no other thread may release it."""
    write, solutions = _tsv if tabbed else _csv, None
    try:
        yield b""
        solutions = ox.parse_query_results(
            cast(BinaryIO, ChunkReader(reply.chunks)), ox.QueryResultsFormat.JSON
        )
        if not isinstance(solutions, ox.QuerySolutions):
            raise ValueError("not a table")
        names = [variable.value for variable in solutions.variables]
        rows = [[f"?{name}" for name in names] if tabbed else names]
        for solution in solutions:
            rows.append([_cell(solution[name], tabbed) for name in names])
            if len(rows) > _ROWS:
                yield write(rows)
                rows = []
        if rows:
            yield write(rows)
    except (ValueError, SyntaxError) as error:
        raise _unreadable(reply, error) from error
    finally:
        solutions = None  # otherwise the traceback of an error would hold it
        reply.chunks.close()


def held(pieces: Generator[bytes, None, None]) -> tuple[Iterator[bytes], int | None]:
    """The chunks of a small result and its size; a larger one is streamed, its size is None.

    Errors within the first ``HOLD`` bytes are raised here.
    """
    first, size = [], 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > HOLD:
            return _started(_all(first, pieces)), None
    return iter(first), size


def _all(first: list[bytes], pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    try:
        yield b""
        yield from first
        yield from pieces
    finally:
        pieces.close()


def _started(pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Skip the empty first chunk: only a started generator runs ``finally`` when closed."""
    next(pieces)
    return pieces


def _is_true(row: dict[str, dict[str, str]]) -> bool:
    return any(term["value"] in ("1", "true") for term in row.values())


def _unreadable(reply: Reply, error: Exception) -> RemoteError:
    return RemoteError(f"{reply.service} sent JSON that is not a SPARQL result: {error}")


def _cell(term: Term | None, tabbed: bool) -> str:
    """A term in Turtle syntax for TSV, and as plain text for CSV."""
    if term is None:
        return ""
    if tabbed or not isinstance(term, ox.NamedNode | ox.Literal):
        return spelt(term)
    return term.value


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _tsv(rows: list[list[str]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in rows).encode()
