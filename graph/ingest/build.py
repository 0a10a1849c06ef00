"""Builds the dataset: tables, vocabularies, ontology and rules become one file of N-Quads.

Equal inputs give equal bytes: the lines are sorted and unique, and their SHA-256 is the dataset's
fingerprint, its version. Every statement is in a named graph: that of its source,
``graph/ontology``, ``graph/vocabularies`` or, if a rule derived it, ``graph/inferred``.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import re
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from missiongraph.derivation import rules
from missiongraph.errors import CacheWarning, Fault, MappingError, TableError
from missiongraph.namespaces import (
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    PROV,
    SOURCE_GRAPH,
    SOURCE_ID,
    VOCABULARIES_GRAPH,
)
from missiongraph.rdf.store import merge, parse
from missiongraph.resources import Inputs
from missiongraph.system import user_cache
from missiongraph.system.files import one_at_a_time, replacing
from missiongraph.system.scratch import Scratch

from . import references
from .mapping import Mapping

if TYPE_CHECKING:
    from missiongraph.derivation.rules import Rule

    from .tables import Batch, Triples

Progress = Callable[[str, int, int], None]
"""Called with the name of the next input, the number of inputs done, and their total."""

_FILE = "missiongraph.nq"
_BLANK = re.compile(rb"^_:|^<[^>]*> <[^>]*> _:", re.MULTILINE)


@dataclass(frozen=True)
class Build:
    """A built dataset: file, fingerprint (SHA-256), duration in seconds, triples by input."""

    path: Path
    fingerprint: str
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)


def build(
    destination: Path | str | None = None,
    progress: Progress | None = None,
    *,
    inputs: Inputs | None = None,
) -> Build:
    """Build the dataset into the file ``destination``, or into the user's cache.

    A cached dataset is rebuilt only when an input or the package has changed. Raises
    :class:`TableError` or :class:`MappingError` for an invalid input and :class:`BuildError`
    for tables that do not fit together; then nothing is written.
    """
    inputs = inputs or Inputs.shipped()
    if destination is not None:
        return _build(Path(destination), inputs, progress)
    folder = build_folder(inputs)
    if known := _cached(folder):
        return known
    if not user_cache.writable(folder):
        return _into_cache(_scratch(), inputs, progress)
    with one_at_a_time(folder / _FILE):  # processes that start together build only once
        try:
            return _cached(folder) or _into_cache(folder, inputs, progress)
        except OSError as error:  # a full disk, as folders can be written
            warnings.warn(
                f"{folder}: the graph cannot be kept there, and is built each time:"
                f" {error.strerror or error}",
                CacheWarning,
                stacklevel=2,
            )
            return _into_cache(_scratch(), inputs, progress)


def _scratch() -> Path:
    """A folder for this process, which is removed at its end."""
    scratch = Scratch()
    atexit.register(scratch.close)
    return scratch.path


def build_folder(inputs: Inputs | None = None) -> Path:
    """The folder of the user's cache for what is built from ``inputs``."""
    return user_cache.folder() / (inputs or Inputs.shipped()).key()


def _into_cache(folder: Path, inputs: Inputs, progress: Progress | None) -> Build:
    """Build into a folder of the cache."""
    built = _build(folder / _FILE, inputs, progress)
    facts = {"fingerprint": built.fingerprint, "seconds": built.seconds, "counts": built.counts}
    with replacing(folder / "build.json") as file:
        file.write(json.dumps(facts, indent=1).encode())
    return built


def quads(
    inputs: Inputs | None = None, progress: Progress | None = None
) -> tuple[list[bytes], dict[str, int]]:
    """The sorted N-Quads lines of the dataset, and the number of lines by input."""
    inputs = inputs or Inputs.shipped()
    steps = _Steps(len(inputs.tables()) + 2 + len(inputs.rule_files()), progress)
    stated = steps.collect(_stated(inputs))
    store = ox.Store()
    store.bulk_load(b"".join(stated), ox.RdfFormat.N_QUADS)
    merge(store)
    references.check(store, inputs)
    known = rules.read(inputs.rule_files())
    derived = steps.collect((f"rules/{rule.name}", _derive(store, rule)) for rule in known)
    steps.report("done")
    return sorted(stated | derived), steps.counts


class _Steps:
    """Collects the lines of the inputs, reports progress and counts the lines of each."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.counts: dict[str, int] = {}
        self._total, self._progress = total, progress

    def report(self, name: str) -> None:
        """Report that ``name`` comes next."""
        if self._progress:
            self._progress(name, len(self.counts), self._total)

    def collect(self, inputs: Iterable[tuple[str, Iterator[bytes]]]) -> set[bytes]:
        """All lines of ``inputs``; the faults of all tables are raised as one TableError."""
        collected: set[bytes] = set()
        faults: list[Fault] = []
        for name, lines in inputs:
            self.report(name)
            before = len(collected)
            try:
                collected.update(lines)
            except TableError as error:
                faults += error.faults
            self.counts[name] = len(collected) - before
        if faults:
            raise TableError(faults)
        return collected


def _stated(inputs: Inputs) -> Iterator[tuple[str, Iterator[bytes]]]:
    for mapping, table in inputs.tables():
        yield table.stem, _table_lines(table, Mapping.read(mapping))
    yield "ontology", _file_lines(inputs.ontologies(), ONTOLOGY_GRAPH)
    yield "vocabularies", _file_lines(inputs.vocabularies(), VOCABULARIES_GRAPH)


def _table_lines(table: Path, mapping: Mapping) -> Iterator[bytes]:
    """The N-Quads of a table, each in the graph of its row's source."""
    if mapping.source is None:
        raise MappingError(f"{mapping.name}: has no source column: add '# column source source'")
    # polars starts threads on import, which a process that forks must not have
    from .tables import map_batch, read_batches

    faults: list[Fault] = []
    for batch in read_batches(table, mapping):
        if lost := _lost_columns(table.name, batch, mapping):
            raise TableError(lost)
        try:
            mapped = map_batch(table.name, batch, mapping)
            faults += _silent_rows(table.name, batch, mapped)
            for triples in mapped:
                # blank node labels differ from run to run, so the bytes would, too
                if _BLANK.search(triples.data):
                    raise MappingError(f"{mapping.name}: makes blank nodes: use IRIs")
                yield from _in_graph(triples.data, triples.graph)
                yield _origin(triples.graph)
        except TableError as error:
            faults += error.faults
    if faults:
        raise TableError(faults)


def _lost_columns(file: str, batch: Batch, mapping: Mapping) -> list[Fault]:
    """A fault for each column that reaches no statement, or whose cells have no type."""
    typed = {column.name for column in mapping.columns}
    untyped = [name for name in batch.columns if name in mapping.variables - typed]
    use = f"reaches no statement: use ?NAME in {mapping.name}, or say '# unused NAME — why' there"
    declare = f"has no type: add a line '# column NAME TYPE' to {mapping.name}"
    faults = [Fault(file, 1, name, "", use) for name in mapping.lost(batch.columns)]
    return faults + [Fault(file, 1, name, "", declare) for name in untyped]


def _silent_rows(file: str, batch: Batch, mapped: Iterable[Triples]) -> Iterator[Fault]:
    """A fault for each row without a statement: all rows must reach the graph."""
    gave = frozenset[int]().union(*(part.rows for part in mapped))
    reason = "gives no statement: fill in its cells, or let the mapping use them"
    return (Fault(file, n, "", "", reason) for n, _ in batch.numbered if n not in gave)


def _origin(graph: str) -> bytes:
    """The statement, in a source's graph, that the graph is derived from the source."""
    source = SOURCE_ID + graph.removeprefix(SOURCE_GRAPH)
    return f"<{graph}> <{PROV}wasDerivedFrom> <{source}> <{graph}> .\n".encode()


def _in_graph(triples: bytes, graph: str) -> Iterator[bytes]:
    """N-Triples as N-Quads of one graph."""
    end = f" <{graph}> .\n".encode()
    return (line[:-2] + end for line in triples.split(b"\n") if line)


def _file_lines(paths: Iterable[Path], graph: str) -> Iterator[bytes]:
    """The N-Quads of some files, with canonical blank node labels (RDFC-1.0)."""
    dataset = ox.Dataset(quad for path in paths for quad in parse(path))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return _serialised((quad.triple for quad in dataset), graph)


def _derive(store: ox.Store, rule: Rule) -> Iterator[bytes]:
    """Run a rule over the merged graph; the triples that are new."""
    yield from _serialised(rule.derive(store), INFERRED_GRAPH)


def _serialised(triples: Iterable[ox.Triple], graph: str) -> Iterator[bytes]:
    return _in_graph(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", graph)


def _build(destination: Path, inputs: Inputs, progress: Progress | None) -> Build:
    start = time.perf_counter()
    lines, counts = quads(inputs, progress)
    data = b"".join(lines)
    with replacing(destination) as file:
        file.write(data)
    seconds = time.perf_counter() - start
    return Build(destination, hashlib.sha256(data).hexdigest(), seconds, counts)


def _cached(folder: Path) -> Build | None:
    """The dataset in a cache folder; None if it is missing or damaged."""
    try:
        facts = json.loads((folder / "build.json").read_text("utf-8"))
        data = (folder / _FILE).read_bytes()
        build = Build(folder / _FILE, **facts)
    except (OSError, ValueError, TypeError):
        return None
    return build if hashlib.sha256(data).hexdigest() == build.fingerprint else None
