"""Writes: what a client asks to change, carried out on a copy of the store and checked there.

:func:`attempt` runs in a forked process, so it may fail or be killed at any moment without a
trace; what it tells, the exact change, is all that is kept of it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from io import BytesIO
from typing import Any

import pyoxigraph as ox

from .change import DELETE, POST, UPDATE, Change, Write, apply
from .entities import refuse_growth
from .errors import NoSuchGraph, QueryError, UnsupportedFormat, ValidationFailed
from .gate import Gate
from .nesting import depth
from .update import update
from .validation import Report

FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "text/n3": ox.RdfFormat.N3,
}
"""Media types that a graph may be sent in."""

FORM = "multipart/form-data"

_SUFFIXES = {"ttl": "text/turtle", "nt": "application/n-triples", "rdf": "application/rdf+xml"}


@dataclass(frozen=True)
class Attempt:
    """What a write would do: its change, whether its graph was there, what the shapes say."""

    change: Change
    existed: bool
    report: Report | None
    validation_seconds: float = 0.0


def attempt(store: ox.Store, write: Write, *, merged: bool, gate: Gate | None) -> Attempt:
    """Carry out ``write`` on ``store`` and check what it touched.

    Raises :class:`QueryError` for a request that is wrong, :class:`NoSuchGraph`,
    :class:`UnsupportedFormat`, and :class:`ValidationFailed` with the report if a shape is
    broken. The store is changed all the same: it is a copy.
    """
    graph = ox.NamedNode(write.graph) if write.graph else ox.DefaultGraph()
    existed = not write.graph or store.contains_named_graph(graph)
    if write.kind == UPDATE:
        change = update(
            store,
            write.body.decode("utf-8"),
            using=write.using,
            using_named=write.using_named,
            base=write.base,
            merged=merged,
        )
    else:
        change = _on_graph(store, write, graph, existed, merged)
    started = time.perf_counter()
    report = gate.check(store, change) if gate and change else None
    seconds = time.perf_counter() - started if report else 0.0
    if report and not report.conforms:
        number = len(report.violations)
        raise ValidationFailed(f"{number} violations; nothing was written", report)
    return Attempt(change, existed, report, seconds)


def _on_graph(
    store: ox.Store,
    write: Write,
    graph: ox.NamedNode | ox.DefaultGraph,
    existed: bool,
    merged: bool,
) -> Change:
    """The Graph Store Protocol: put replaces a graph, post adds to it, delete removes it."""
    if merged and isinstance(graph, ox.DefaultGraph):
        raise QueryError("the default graph holds what all graphs say; name the graph to write to")
    if write.kind == DELETE and not existed:
        raise NoSuchGraph(f"there is no graph {write.graph}")
    old = set() if write.kind == POST else set(store.quads_for_pattern(*_ANY, graph))
    new = ox.Store()  # which holds literals in the form that the other holds them in
    if write.kind != DELETE:
        new.extend(_parsed(write, graph))
    removed = tuple(quad for quad in old if quad not in new)
    added = tuple(quad for quad in new if quad not in store)
    named = (graph,) if isinstance(graph, ox.NamedNode) else ()
    created = () if existed else named
    change = Change(removed, added, created, named if write.kind == DELETE else ())
    apply(store, change, merged=merged)
    return change


_ANY = (None, None, None)


def _parsed(write: Write, graph: ox.NamedNode | ox.DefaultGraph) -> Iterable[ox.Quad]:
    for media_type, body in _parts(write):
        if media_type not in FORMATS:
            known = ", ".join(FORMATS)
            raise UnsupportedFormat(f"'{media_type}' is not read here; send {known}")
        try:
            if FORMATS[media_type] == ox.RdfFormat.RDF_XML:
                refuse_growth(BytesIO(body))
            depth(body)
            for quad in ox.parse(
                body, FORMATS[media_type], base_iri=write.graph, rename_blank_nodes=True
            ):
                if not isinstance(quad.graph_name, ox.DefaultGraph):
                    raise QueryError("the data name graphs of their own; send triples")
                subject, predicate, object = quad.triple
                yield ox.Quad(subject, predicate, object, graph)
        except SyntaxError as error:
            raise QueryError(f"the data are not {media_type}: {error.msg}") from error


def _parts(write: Write) -> list[tuple[str, bytes]]:
    """The documents of a body: itself, or the files of a form."""
    media_type = _bare(write.media_type)
    if media_type != FORM:
        return [(media_type, write.body)]
    head = f"Content-Type: {write.media_type}\r\n\r\n".encode()
    form: Any = BytesParser(policy=HTTP).parsebytes(head + write.body)
    return [_part(part) for part in form.iter_parts()]


def _part(part: Any) -> tuple[str, bytes]:
    kind = _bare(part.get_content_type())
    if kind not in FORMATS:
        kind = _SUFFIXES.get((part.get_filename() or "").rpartition(".")[2], kind)
    return kind, part.get_payload(decode=True) or b""


def _bare(media_type: str) -> str:
    return re.split(r"\s*;", media_type, maxsplit=1)[0].strip().lower()
