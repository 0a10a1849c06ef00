"""Resolves SERVICE blocks: fetches their rows before the engine runs the query.

Workers cannot open sockets, so this runs in the server's own process. Each ``SERVICE <address>
{ … }`` is sent to the service, if the operator has listed it, and replaced by its rows as
``VALUES``. In SPARQL 1.1 Federated Query, too, the solutions of a block are independent of the
rest of the query and joined with it, so a block should contain all that makes its result small.
Blank nodes become IRIs (``urn:uuid:``; RDF 1.1, 3.5).
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urljoin

import pyoxigraph as ox

from missiongraph.errors import Busy, ClientGone, LimitExceeded, QueryError, Refused, ServiceFailed
from missiongraph.limits import Limits
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.dataset_clause import FORMS
from missiongraph.sparql.engine import Query
from missiongraph.sparql.scanner import Token, line_of, prefixes, tokens, unescaped, variables
from missiongraph.sparql.screening import MAX_LENGTH, measure, services

from .egress import EgressClient

_LOOK = 0.1  # seconds between checks whether the client is still connected
_NOTHING = "VALUES () { () }"  # one solution that binds nothing: it joins with all others
_END = Token("end", "", 0, 0)


@dataclass(frozen=True)
class Block:
    """A SERVICE block of a query: its offsets, address, and pattern with braces."""

    start: int
    end: int
    address: str
    silent: bool
    pattern: str


class Federation:
    """Resolves SERVICE blocks through ``client``, which knows the listed services."""

    def __init__(self, client: EgressClient, limits: Limits) -> None:
        self._client, self._limits = client, limits
        self._slots = threading.BoundedSemaphore(limits.service_queries)
        self._pool = ThreadPoolExecutor(
            limits.service_queries * limits.service_blocks, thread_name_prefix="service"
        )

    def close(self) -> None:
        """Cancel waiting requests and accept no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def resolve(self, query: Query, gone: Callable[[], bool] | None = None) -> Query:
        """The query with its SERVICE blocks replaced by their rows; unchanged if it has none.

        Nothing is sent unless all blocks are allowed. Raises :class:`Refused` for a service that
        is not listed, is named by a variable or is within another, and :class:`QueryError`,
        :class:`LimitExceeded`, :class:`ServiceFailed` and :class:`ClientGone`. Failures of a
        SILENT service, time-outs included, are ignored.
        """
        if "service" not in query.text.lower():
            return query
        text = bind(query.text, query.parameters)
        scanned = measure(text, "a query")
        parts = list(blocks(text, scanned, query.base))
        if not parts:
            return query
        self._permit(parts)
        with self._slot():
            answers = self._answers(parts, _prologue(scanned, query.base), gone)
        for block, answer in zip(reversed(parts), reversed(answers), strict=True):
            lines = "\n" * text.count("\n", block.start, block.end)  # keeps line numbers in errors
            text = f"{text[: block.start]} {answer}{lines} {text[block.end :]}"
        if len(text) > MAX_LENGTH:
            most = f"{MAX_LENGTH:,} characters, the query included"
            message = f"the rows of other services may have {most}; ask them for less"
            raise LimitExceeded("service_rows", message)
        return replace(query, text=text, parameters={})

    def _permit(self, parts: Sequence[Block]) -> None:
        if len(parts) > self._limits.service_blocks:
            most = self._limits.service_blocks
            message = f"a query may have {most} SERVICE blocks, not {len(parts)}"
            raise LimitExceeded("service_blocks", message)
        for block in parts:
            if not self._client.lists(block.address):
                listed = ", ".join(f"<{address}>" for address in self._client.services)
                raise Refused(
                    f"SERVICE <{block.address}> is refused: the operator has not listed it."
                    f" Listed services: {listed}"
                )

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(blocking=False):
            most, seconds = self._limits.service_queries, self._limits.service_seconds
            message = f"{most} queries are already waiting for other services; try again later"
            raise Busy("service_queries", message, seconds)
        try:
            yield
        finally:
            self._slots.release()

    def _answers(
        self, parts: Sequence[Block], prologue: str, gone: Callable[[], bool] | None
    ) -> list[str]:
        """The rows of all blocks as VALUES, fetched at the same time."""
        until = time.monotonic() + self._limits.service_seconds
        most = self._limits.service_rows + 1
        calls = [
            self._pool.submit(
                self._client.ask,
                block.address,
                f"{prologue}SELECT * WHERE {block.pattern} LIMIT {most}",
                until,
            )
            for block in parts
        ]
        try:
            while time.monotonic() < until + _LOOK and wait(calls, _LOOK).not_done:
                if gone and gone():
                    raise ClientGone("the client disconnected while other services were queried")
            return [self._outcome(*pair) for pair in zip(parts, calls, strict=True)]
        finally:
            for call in calls:
                call.cancel()

    def _outcome(self, block: Block, call: Future[bytes]) -> str:
        """The rows of a block as VALUES; neutral ones if a SILENT service failed."""
        try:
            if not call.done():  # its host name is still being resolved
                message = f"<{block.address}> did not respond in time"
                raise LimitExceeded("service_seconds", message)
            return self._values(block, call.result())
        except ServiceFailed:
            if not block.silent:
                raise
        except LimitExceeded as error:
            if not block.silent or error.limit != "service_seconds":
                raise
        return _NOTHING

    def _values(self, block: Block, results: bytes) -> str:
        most = self._limits.service_rows
        try:
            return values(results, variables(block.pattern), most)
        except (SyntaxError, ValueError) as error:
            message = f"<{block.address}> does not send a SPARQL result: {error}"
            raise ServiceFailed(message) from error
        except LimitExceeded as error:
            message = f"<{block.address}> has more than {most:,} rows; ask for fewer"
            raise LimitExceeded(error.limit, message) from error


def blocks(text: str, scanned: Iterable[Token], base: str = "") -> Iterator[Block]:
    """The SERVICE blocks of a query, given its text and tokens.

    Raises :class:`Refused` for a block that is never allowed, :class:`QueryError` for a
    malformed one.
    """
    scanned = list(scanned)
    known, base = prefixes(scanned), _base(scanned, base)
    places, last = list(services(scanned)), -1
    scanned += [_END] * 3
    for index in places:
        if index <= last:
            continue
        token = scanned[index]
        if not token.is_word("SERVICE"):
            raise Refused(
                f"line {line_of(text, token.start)}: write SERVICE with a space before and after it"
            )
        silent = scanned[index + 1].is_word("SILENT")
        target, brace = scanned[index + 1 + silent], index + 2 + silent
        place = f"line {line_of(text, token.start)}"
        if target.kind == "variable":
            raise Refused(f"{place}: SERVICE {target.text} is refused: write the address itself")
        last = _closing(scanned, brace)
        if target.kind not in ("iri", "name") or not last:
            raise QueryError(f"{place}: SERVICE takes an address and a group {{ … }}")
        pattern = text[scanned[brace].start : scanned[last].end]
        for spelling in (pattern, unescaped(pattern)):
            if next(services([*tokens(spelling)]), None) is not None:
                raise Refused(f"{place}: SERVICE within SERVICE is refused: ask one by one")
        address = _address(target, known, base, place)
        yield Block(token.start, scanned[last].end, address, silent, pattern)


def values(results: bytes, wanted: set[str], most: int) -> str:
    """JSON results as a VALUES block that binds the variables ``wanted``.

    Terms are parsed and serialised again, so that none can end the block early. Raises
    :class:`SyntaxError` or :class:`ValueError` for anything but a table of RDF terms, and
    :class:`LimitExceeded` for more than ``most`` rows.
    """
    table = ox.parse_query_results(results, ox.QueryResultsFormat.JSON)
    if not isinstance(table, ox.QuerySolutions):
        raise ValueError("not a table")
    names = [variable for variable in table.variables if variable.value in wanted]
    nodes = uuid.uuid4()
    rows: list[str] = []
    try:
        for solution in table:
            if len(rows) == most:
                raise LimitExceeded("service_rows", "too many rows")
            rows.append(f"({' '.join(_written(solution[name], nodes) for name in names)})")
    finally:
        del table  # the traceback of an error must not carry it to another thread
    return f"VALUES ({' '.join(map(str, names))}) {{ {' '.join(rows)} }}"


def _written(term: object, nodes: uuid.UUID) -> str:
    """A term in SPARQL; blank nodes become IRIs derived from ``nodes`` and their label."""
    if term is None:
        return "UNDEF"
    if isinstance(term, ox.BlankNode):
        return f"<{uuid.uuid5(nodes, term.value).urn}>"
    if isinstance(term, ox.NamedNode | ox.Literal):
        return str(term)
    raise ValueError("a term is neither an IRI, a literal nor a blank node")


def _prologue(scanned: Iterable[Token], base: str) -> str:
    """The BASE and PREFIX declarations of a query, as text."""
    lines = [f"BASE <{base}>\n"] if base else []
    lines += (" ".join(part.text for part in parts) + "\n" for parts in _declarations(scanned))
    return "".join(lines)


def _base(scanned: Iterable[Token], base: str) -> str:
    for parts in _declarations(scanned):
        if len(parts) == 2:
            base = urljoin(base, parts[1].text[1:-1])
    return base


def _declarations(scanned: Iterable[Token]) -> Iterator[tuple[Token, ...]]:
    """BASE with its IRI, and PREFIX with its label and IRI."""
    head = list(scanned)
    for word, first, second in zip(head, head[1:], head[2:], strict=False):
        if word.is_word(*FORMS):
            return
        if word.is_word("BASE") and first.kind == "iri":
            yield word, first
        elif word.is_word("PREFIX") and (first.kind, second.kind) == ("name", "iri"):
            yield word, first, second


def _address(target: Token, known: dict[str, str], base: str, place: str) -> str:
    """The full IRI of an IRI or a prefixed name."""
    if target.kind == "iri":
        return urljoin(base, target.text[1:-1])
    prefix, _, local = target.text.partition(":")
    if prefix not in known:
        raise QueryError(f"{place}: declare the prefix {prefix}:")
    return urljoin(base, known[prefix] + re.sub(r"\\(.)", r"\1", local))


def _closing(scanned: Sequence[Token], brace: int) -> int:
    """The index of the brace that closes the one at ``brace``; 0 if there is none."""
    depth = 0
    for place in range(brace, len(scanned)):
        depth += (scanned[place].text == "{") - (scanned[place].text == "}")
        if depth == 0:
            return place if place > brace else 0
    return 0
