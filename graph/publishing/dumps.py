"""Writes all data of a graph to files with checksums; the same data gives the same bytes.

Statements are sorted on disk in runs, so memory does not grow with the graph.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import pyoxigraph as ox

from missiongraph.errors import StateGone
from missiongraph.rdf.formats import by_suffix
from missiongraph.rdf.serialization import write_triples
from missiongraph.sparql.engine import Engine, Query
from missiongraph.sparql.media_types import JSON
from missiongraph.sparql.select import streamed
from missiongraph.system.files import replacing

FILES = {
    f"missiongraph.{end}.gz": format for end, format in by_suffix("nq", "trig", "nt", "ttl").items()
}
"""The files of a dump and their formats. Those of N-Quads and TriG name the graph of each
statement and contain the default graph of a dataset that is not merged."""

SUMS = "SHA256SUMS"
"""The file of their checksums, in the format of ``sha256sum --check``."""

_MERGED = "SELECT ?s ?p ?o ?graph { GRAPH ?graph { ?s ?p ?o } }"
_PLAIN = "SELECT ?s ?p ?o ?graph { { GRAPH ?graph { ?s ?p ?o } } UNION { ?s ?p ?o } }"
_RUN = 200_000  # lines sorted in memory at a time
_TAB = "\t"  # occurs in no term of N-Triples


def make(engine: Engine, folder: Path, *, state: str = "", merged: bool = True) -> None:
    """Write all files of a dump to ``folder``, which appears complete or not at all.

    If ``state``, a fingerprint, is given and the engine answers from another, raises
    :class:`StateGone`. The default graph of a ``merged`` dataset is left out, as it is the union of
    the named graphs.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=folder.parent, prefix="."))
    try:
        _write(_lines(engine, state, merged), work)
        work.chmod(0o755)
        work.rename(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        if not folder.is_dir():  # else another process has just written the same dump
            raise


def checksums(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of a dump, in hexadecimal, by file name."""
    lines = (folder / SUMS).read_text("ascii").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def _write(statements: Iterable[tuple[str, str]], folder: Path) -> None:
    with ExitStack() as runs, replacing(folder / "missiongraph.nq.gz") as file:
        for graph, triple in _sorted(statements, runs):
            file.write((f"{triple} {graph} .\n" if graph else f"{triple} .\n").encode())
    with ExitStack() as runs, replacing(folder / "missiongraph.nt.gz") as file:
        lines = _sorted(_triples(folder / "missiongraph.nq.gz"), runs)
        for (_, triple), _same in groupby(lines):
            file.write(f"{triple} .\n".encode())
    with (
        _parsed(folder / "missiongraph.nq.gz", ox.RdfFormat.N_QUADS) as quads,
        replacing(folder / "missiongraph.trig.gz") as file,
    ):
        write_triples(quads, ox.RdfFormat.TRIG, file)  # type: ignore[arg-type]  # takes quads, too
    with (
        _parsed(folder / "missiongraph.nt.gz", ox.RdfFormat.N_TRIPLES) as quads,
        replacing(folder / "missiongraph.ttl.gz") as file,
    ):
        write_triples((quad.triple for quad in quads), ox.RdfFormat.TURTLE, file)
    sums = "".join(f"{_digest(folder / name)}  {name}\n" for name in FILES)
    (folder / SUMS).write_text(sums, "ascii")


def _lines(engine: Engine, state: str, merged: bool) -> Iterator[tuple[str, str]]:
    """The graph (empty for the default graph) and the triple of each statement, as N-Triples.

    A single query, so that all statements are from one state.
    """
    answer = engine.run(Query(_MERGED if merged else _PLAIN), solutions=JSON, triples=None)
    if state and answer.fingerprint != state:
        answer.close()
        raise StateGone(f"the data is no longer in the state {state}")
    for row in streamed(answer):
        yield str(row["graph"] or ""), str(ox.Triple(row["s"], row["p"], row["o"]))


def _triples(quads: Path) -> Iterator[tuple[str, str]]:
    with _parsed(quads, ox.RdfFormat.N_QUADS) as parsed:
        for quad in parsed:
            yield "", str(quad.triple)


def _sorted(lines: Iterable[tuple[str, str]], runs: ExitStack) -> Iterator[tuple[str, str]]:
    """The lines in order: sorted runs in temporary files are merged."""
    lines, files = iter(lines), list[TextIO]()
    while run := sorted(islice(lines, _RUN)):
        file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        runs.callback(file.close)
        file.writelines(f"{graph}{_TAB}{triple}\n" for graph, triple in run)
        file.seek(0)
        files.append(file)
    split = ((tuple(line[:-1].split(_TAB, 1)) for line in file) for file in files)
    yield from cast(Iterator[tuple[str, str]], heapq.merge(*split))


@contextmanager
def _parsed(path: Path, format: ox.RdfFormat) -> Iterator[Iterator[ox.Quad]]:
    with gzip.open(path) as file:
        yield ox.parse(cast(BinaryIO, file), format)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
