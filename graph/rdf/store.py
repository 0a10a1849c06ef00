"""Loads RDF files into a store in memory, with a named graph per source, merged by default.

The default graph holds each triple of all named graphs once, as a set: a triple that two
sources state counts once in a plain query, and ``GRAPH ?source { … }`` shows both.
Triples of a file without named graphs go to ``graph/file/<file name>``.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote

import pyoxigraph as ox

from missiongraph.errors import DataError
from missiongraph.namespaces import FILE_GRAPH
from missiongraph.system.files import suffix

from . import json_ld, rdf_xml
from .formats import by_suffix
from .nesting import Watched

FORMATS = by_suffix("nq", "nt", "trig", "ttl", "rdf", "owl", "xml", "jsonld")
"""Formats by file suffix; ``.gz`` may follow."""

_BLOCK = 1024 * 1024  # bytes


def load(paths: Path | str | Iterable[Path | str]) -> ox.Store:
    """Load one or more RDF files; raises :class:`DataError`, which names file and line."""
    store = ox.Store()
    fill(store, paths)
    return store


def fill(store: ox.Store, paths: Path | str | Iterable[Path | str]) -> None:
    """Load RDF files into an empty store; raises :class:`DataError`."""
    for path in [paths] if isinstance(paths, str | Path) else paths:
        _load(store, Path(path))
    merge(store)


def merge(store: ox.Store) -> None:
    """Add all triples of the named graphs to the default graph."""
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?graph { ?s ?p ?o } }")


def default_graph(store: ox.Store) -> ox.Store:
    """A copy of the default graph alone; look-ups there pass over less than half of the data.

    A store returns last what was inserted first, so triples are inserted from the end.
    """
    triples = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b""
    copy = ox.Store()
    copy.bulk_extend(_from_the_end(triples))
    return copy


def _from_the_end(triples: bytes) -> Iterator[ox.Quad]:
    """The quads of N-Triples from the last line to the first, a block at a time."""
    end = len(triples)
    while end:
        start = triples.rfind(b"\n", 0, max(end - _BLOCK, 0)) + 1
        yield from reversed(
            list(ox.parse(triples[start:end], ox.RdfFormat.N_TRIPLES, lenient=True))
        )
        end = start


def fingerprint(paths: Iterable[Path]) -> str:
    """The SHA-256 of the files' SHA-256s; of one file, its own. Raises :class:`DataError`."""
    digests = [_digest(path) for path in paths]
    if len(digests) == 1:
        return digests[0].hex()
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read: {error.strerror}") from error


def format_of(path: Path) -> ox.RdfFormat:
    """The RDF format by a file's suffix; raises :class:`DataError` if it is unknown."""
    if (name := suffix(path)) in FORMATS:
        return FORMATS[name]
    known = ", ".join("." + known for known in FORMATS)
    raise DataError(f"{path.name}: the suffix must name the file's format; use one of {known}")


def parse(path: Path, *, keep_labels: bool = False) -> Iterator[ox.Quad]:
    """The quads of a file; raises :class:`DataError`.

    Triples outside named graphs are in the default graph. Blank nodes get new labels, as they
    are scoped to the file (RDF 1.1 Concepts, section 3.4); ``keep_labels`` keeps those of the
    file, which is safe for a caller that reads only one.
    """
    with _opened(path) as file:
        format, base = format_of(path), _base(path)
        if format == ox.RdfFormat.JSON_LD:
            yield from json_ld.read(file.read(), base, rename_blank_nodes=not keep_labels)
        else:
            yield from ox.parse(file, format, base_iri=base, rename_blank_nodes=not keep_labels)


def named(path: Path, *, keep_labels: bool = False) -> Iterator[ox.Quad]:
    """The quads of a file, its triples in the file's own graph; see :func:`parse`."""
    graph = _graph(path)
    for quad in parse(path, keep_labels=keep_labels):
        if isinstance(quad.graph_name, ox.DefaultGraph):
            quad = ox.Quad(quad.subject, quad.predicate, quad.object, graph)
        yield quad


def _load(store: ox.Store, path: Path) -> None:
    graph, format = _graph(path), format_of(path)
    if format == ox.RdfFormat.JSON_LD:
        store.bulk_extend(named(path))
        return
    with _opened(path) as file:
        store.bulk_load(file, format, base_iri=_base(path), to_graph=graph)
        if format.supports_datasets:
            _name_default(store, graph)


def _name_default(store: ox.Store, graph: ox.NamedNode) -> None:
    """Move the triples of a quad file that are outside named graphs into ``graph``."""
    store.update(f"INSERT {{ GRAPH {graph} {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o }}; CLEAR DEFAULT")


def _base(path: Path) -> str:
    """The base IRI of a file, which reveals nothing of this machine's folders."""
    return _graph(path).value


def _graph(path: Path) -> ox.NamedNode:
    """The graph for the triples of a file that are outside named graphs."""
    return ox.NamedNode(FILE_GRAPH + quote(path.name))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, decompressed; errors in the block become a DataError that names it."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as opened:
            file = cast(BinaryIO, opened)
            if FORMATS.get(suffix(path)) == ox.RdfFormat.RDF_XML:
                rdf_xml.check(file)
            if opened.peek(3).startswith(codecs.BOM_UTF8):  # added by some editors
                file.read(len(codecs.BOM_UTF8))
            yield cast(BinaryIO, Watched(file))
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        reason = error.msg.partition(": ")[2] or error.msg
        raise DataError(f"{path.name}{line}: {reason}") from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        cause = getattr(error, "strerror", None) or error
        raise DataError(f"{path.name}: cannot be read: {cause}") from error
