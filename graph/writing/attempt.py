"""Carries out a write on a copy of the store and validates the result.

:func:`attempt` runs in a forked process, so it may fail or be killed at any moment without a
trace. Only its result, the exact change, goes back to the process that serves the store.
"""

from __future__ import annotations

import codecs
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

import pyoxigraph as ox

from missiongraph.derivation.incremental import Derivation
from missiongraph.errors import (
    LimitExceeded,
    NoSuchGraph,
    QueryError,
    UnsupportedFormat,
    ValidationFailed,
)
from missiongraph.rdf import json_ld, rdf_xml
from missiongraph.rdf.changes import NOTHING, Change, apply
from missiongraph.rdf.formats import (
    JSON_LD,
    N3,
    N_TRIPLES,
    RDF_XML,
    TURTLE,
    by_media_type,
    by_suffix,
)
from missiongraph.rdf.nesting import depth
from missiongraph.validation.incremental import IncrementalValidator
from missiongraph.validation.shapes import Report

from . import multipart
from .permission import Permission
from .request import DELETE, POST, PUT, UPDATE, Write
from .update import update

FORMATS = by_media_type(TURTLE, N_TRIPLES, RDF_XML, JSON_LD, N3)
"""Media types in which a client may send a graph."""

_SUFFIXES = {end: format.media_type for end, format in by_suffix("ttl", "nt", "rdf").items()}


@dataclass(frozen=True)
class Attempt:
    """The outcome of a write on the copy: its change, whether its graph existed, the report.

    ``derived`` is the change of the statements that rules derive, none of which is in ``change``.
    """

    change: Change
    existed: bool
    report: Report | None
    validation_seconds: float = 0.0
    derived: Change = NOTHING


def attempt(
    store: ox.Store,
    write: Write,
    *,
    merged: bool,
    gate: IncrementalValidator | None,
    derivation: Derivation | None = None,
    most: int = sys.maxsize,
) -> Attempt:
    """Carry out ``write`` on ``store``, derive what follows and validate the nodes it touched.

    Raises :class:`QueryError` for a malformed request, :class:`Refused` and :class:`Reserved` for
    a graph that may not be written to, :class:`NoSuchGraph`,
    :class:`UnsupportedFormat`, :class:`LimitExceeded` for a change of more than ``most``
    statements, derived ones included, and :class:`ValidationFailed` with the report if a shape is
    violated. The store is changed in any case: it is a copy.
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
            permission=permission_of(write),
        )
        _require_few(change, most)
    else:
        change = _on_graph(store, write, graph, existed, merged)
        _require_few(change, most)
        apply(store, change, merged=merged)
    derived = derivation.follow(store, change) if derivation and change else NOTHING
    _require_few(change.joined(derived), most, " with what rules derive from them")
    started = time.perf_counter()
    report = gate.check(store, change.joined(derived)) if gate and change else None
    seconds = time.perf_counter() - started if report else 0.0
    if report and not report.conforms:
        number = len(report.violations)
        raise ValidationFailed(f"{number} violations; nothing was written", report)
    return Attempt(change, existed, report, seconds, derived)


def _require_few(change: Change, most: int, what: str = "") -> None:
    """Limit the change, as validating many statements takes long and blocks other writes."""
    if (size := len(change.added) + len(change.removed)) > most:
        message = f"the write changes {size:,} statements{what}; at most {most:,} are checked"
        raise LimitExceeded("write_statements", f"{message} at a time: send them in parts")


def permission_of(write: Write) -> Permission:
    """The graphs that the client may write to."""
    return Permission(write.graphs, write.who)


def _on_graph(
    store: ox.Store,
    write: Write,
    graph: ox.NamedNode | ox.DefaultGraph,
    existed: bool,
    merged: bool,
) -> Change:
    """The change by the Graph Store Protocol: PUT replaces, POST adds, DELETE removes."""
    if merged and isinstance(graph, ox.DefaultGraph):
        raise QueryError("the default graph is the union of all graphs; name the graph to write to")
    permission_of(write).require(graph)
    if write.kind == DELETE and not existed:
        raise NoSuchGraph(f"there is no graph {write.graph}")
    old = set() if write.kind == POST else set(store.quads_for_pattern(*_ANY, graph))
    new = ox.Store()  # a store, so that literals are in the same canonical form
    if write.kind != DELETE:
        new.extend(_parsed(write, graph))
    removed = tuple(quad for quad in old if quad not in new)
    added = tuple(quad for quad in new if quad not in store)
    named = (graph,) if isinstance(graph, ox.NamedNode) else ()
    created = () if existed else named
    return Change(removed, added, created, named if write.kind == DELETE else ())


_ANY = (None, None, None)


def require_readable(write: Write) -> None:
    """Raise :class:`UnsupportedFormat` for a media type that is not supported, before parsing."""
    media_type = _bare(write.media_type)
    if write.kind in (PUT, POST) and media_type != multipart.MEDIA_TYPE:
        _require_known(media_type)


def _require_known(media_type: str) -> None:
    if media_type not in FORMATS:
        known = ", ".join(FORMATS)
        raise UnsupportedFormat(f"'{media_type}' is not supported here; send {known}")


def _parsed(write: Write, graph: ox.NamedNode | ox.DefaultGraph) -> Iterable[ox.Quad]:
    base = write.graph or write.base
    for media_type, body in _documents(write):
        _require_known(media_type)
        try:
            depth(body)
            for quad in _read(body.removeprefix(codecs.BOM_UTF8), media_type, base or ""):
                if not isinstance(quad.graph_name, ox.DefaultGraph):
                    raise QueryError("the data names graphs of its own; send triples")
                subject, predicate, object = quad.triple
                yield ox.Quad(subject, predicate, object, graph)
        except SyntaxError as error:
            raise QueryError(f"the data is not {media_type}: {error.msg}") from error
        except json_ld.JsonLdError as error:
            raise QueryError(f"the data cannot be parsed: {error}") from error


def _read(body: bytes, media_type: str, base: str) -> Iterable[ox.Quad]:
    format = FORMATS[media_type]
    if format == ox.RdfFormat.JSON_LD:
        return json_ld.read(body, base, rename_blank_nodes=True)
    if format == ox.RdfFormat.RDF_XML:
        rdf_xml.check(BytesIO(body))
    return ox.parse(body, format, base_iri=base or None, rename_blank_nodes=True)


def _documents(write: Write) -> Iterable[tuple[str, bytes]]:
    """The documents of a body: the body itself, or the files of a form."""
    media_type = _bare(write.media_type)
    if media_type != multipart.MEDIA_TYPE:
        return [(media_type, write.body)]
    files = multipart.files(write.media_type, write.body)
    return [(_kind(kind, name), content) for kind, name, content in files]


def _kind(media_type: str, name: str) -> str:
    """The media type of a file in a form; an unsupported one is replaced by that of its suffix."""
    if media_type in FORMATS:
        return media_type
    return _SUFFIXES.get(name.rpartition(".")[2], media_type)


def _bare(media_type: str) -> str:
    return re.split(r"\s*;", media_type, maxsplit=1)[0].strip().lower()
