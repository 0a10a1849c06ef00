"""Converts a whole table to an RDF file, as a stream on several threads.

Batches are read in one thread and mapped in others. Casting, querying and serialising release
Python's lock, so the threads use several cores; only a few batches are in memory at a time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyoxigraph as ox

from missiongraph.errors import SHOWN, Fault, MappingError, TableError
from missiongraph.system.files import replacing, suffix

from .mapping import Mapping

if TYPE_CHECKING:
    from .tables import Batch, Triples

Progress = Callable[[str, int, int], None]
"""Called with the table's name, the number of its bytes that are done, and their total."""

_IN_FLIGHT = 2  # batches that may wait for each worker


@dataclass(frozen=True)
class Mapped:
    """Statistics of a conversion: rows, triples and seconds.

    ``without`` are the rows, among ``rows``, that gave no triple, as ranges of row numbers in a
    spreadsheet. Rows whose cells are all ``empty`` are not counted in ``rows``. ``unused`` are the
    columns of the table that the mapping does not use.
    """

    rows: int
    triples: int
    seconds: float
    without: tuple[range, ...] = ()
    empty: int = 0
    unused: tuple[str, ...] = ()

    @property
    def rows_without(self) -> int:
        """The number of rows that gave no triple."""
        return sum(map(len, self.without))


def map_file(
    table: Path | str,
    mapping: Path | str | Mapping,
    destination: Path | str,
    *,
    workers: int = 2,
    delimiter: str = "",
    progress: Progress | None = None,
) -> Mapped:
    """Convert a CSV table (``.gz`` too) to an RDF file: ``.nt``, ``.ttl``, ``.nq`` or ``.trig``.

    If the mapping has a ``source`` column, quads go to the named graph of their row's source;
    triple formats leave the graph out. ``.gz`` may follow the suffix. The file is written only
    if every row can be mapped. Repeated triples are merged within 1,000 rows, not across.
    Without ``delimiter``, it is guessed from the header: a comma, semicolon, tab or bar.

    Raises :class:`TableError` with the first invalid cells, :class:`MappingError` for an invalid
    mapping or suffix.
    """
    start = time.perf_counter()
    table, destination = Path(table), Path(destination)
    if not isinstance(mapping, Mapping):
        mapping = Mapping.read(mapping)
    write = _writer(destination)
    rows = triples = empty = 0
    without: list[range] = []
    unused: tuple[str, ...] = ()
    with replacing(destination) as file:
        for batch, mapped in _mapped(table, mapping, write.format, workers, delimiter):
            unused = tuple(mapping.lost(batch.columns))
            numbers = [number for number, _ in batch.numbered]
            gave = frozenset[int]().union(*(part.rows for part in mapped))
            _extend(without, (number for number in numbers if number not in gave))
            rows += len(numbers)
            empty += len(batch.rows) - len(numbers)
            triples += sum(write(file, part) for part in mapped)
            if progress:
                progress(table.name, batch.position, table.stat().st_size)
    return Mapped(rows, triples, time.perf_counter() - start, tuple(without), empty, unused)


def _extend(ranges: list[range], numbers: Iterable[int]) -> None:
    """Append ascending numbers to ranges, joining consecutive ones."""
    for number in numbers:
        if ranges and ranges[-1].stop == number:
            ranges[-1] = range(ranges[-1].start, number + 1)
        else:
            ranges.append(range(number, number + 1))


def _mapped(
    table: Path, mapping: Mapping, format: ox.RdfFormat, workers: int, delimiter: str
) -> Iterator[tuple[Batch, list[Triples]]]:
    """The batches of a table in order with their triples.

    From the first fault on, only faults are collected, to be raised together.
    """
    faults: list[Fault] = []
    for batch, future in _futures(table, mapping, format, workers, delimiter):
        try:
            mapped = future.result()
        except TableError as error:
            faults += error.faults
        if len(faults) > SHOWN:
            break
        if not faults:
            yield batch, mapped
    if faults:
        raise TableError(faults)


def _futures(
    table: Path, mapping: Mapping, format: ox.RdfFormat, workers: int, delimiter: str
) -> Iterator[tuple[Batch, Future[list[Triples]]]]:
    """Submit batches to the workers, a few ahead of the consumer of the results."""
    # polars starts threads on import, which a process that forks must not have
    from .tables import map_batch, read_batches

    waiting: deque[tuple[Batch, Future[list[Triples]]]] = deque()
    with ThreadPoolExecutor(max_workers=max(workers, 1)) as pool:
        for batch in read_batches(table, mapping, delimiter=delimiter):
            waiting.append((batch, pool.submit(map_batch, table.name, batch, mapping, format)))
            if len(waiting) > _IN_FLIGHT * workers:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()


@dataclass(frozen=True)
class _Writer:
    """Appends triples to a file; adds the graph to each N-Triples line, or around Turtle."""

    format: ox.RdfFormat
    quads: bool

    def __call__(self, file: BinaryIO, triples: Triples) -> int:
        graph = f"<{triples.graph}>".encode() if self.quads and triples.graph else b""
        if not graph:
            file.write(triples.data)
        elif self.format is ox.RdfFormat.TURTLE:
            file.write(b"%s {\n%s}\n" % (graph, triples.data))  # older readers do not know GRAPH
        else:
            file.write(triples.data.replace(b" .\n", b" %s .\n" % graph))
        return triples.count


def _writer(destination: Path) -> _Writer:
    name = suffix(destination)
    if name not in ("nt", "nq", "ttl", "trig"):
        raise MappingError(
            f"{destination.name}: the name must end in .nt, .nq, .ttl or .trig (.gz)"
        )
    format = ox.RdfFormat.N_TRIPLES if name in ("nt", "nq") else ox.RdfFormat.TURTLE
    return _Writer(format, quads=name in ("nq", "trig"))
