"""A graph to work with: query it, draw networks from it, validate it, export it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyoxigraph as ox
import rdflib
from rdflib.exceptions import ParserError

from missiongraph.ingest.build import Build, build
from missiongraph.networks.observations import archive
from missiongraph.networks.observations.publish import publish
from missiongraph.publishing.statistics import Info, describe
from missiongraph.rdf import export as _export
from missiongraph.rdf.formats import N_TRIPLES
from missiongraph.rdf.store import fingerprint, load
from missiongraph.remote.copy import fetch
from missiongraph.remote.engine import RemoteEngine, hidden_graphs
from missiongraph.sparql.bindings import term
from missiongraph.sparql.engine import Engine, Query
from missiongraph.sparql.library import find
from missiongraph.sparql.local import LocalEngine
from missiongraph.sparql.media_types import JSON
from missiongraph.sparql.rdflib_store import EngineStore, OxigraphStore
from missiongraph.sparql.results import Table
from missiongraph.system import sandbox

from .errors import MissionGraphError, NotAcceptable
from .limits import Limits
from .namespaces import PREFIXES

if TYPE_CHECKING:
    import networkx

    from missiongraph.networks.model.definition import NetworkQuery
    from missiongraph.validation.shapes import Report

_NAME = re.compile(r"[\w-]+")


def open(
    path: Path | str | Iterable[Path | str] | None = None,
    *,
    default_graph: str = "",
    networks: bool = True,
) -> MissionGraph:
    """Open the curated graph, one or more RDF files, or the address of a SPARQL service.

    The curated graph is built on the first call and then read from the user's cache, with the
    scores of its ``networks`` unless these are not wanted: to measure them, once, takes longer
    than all the rest. Raises :class:`~missiongraph.errors.DataError` for a file that cannot be
    read. Of a service,
    ``https://…``, nothing is read until it is asked; for ``default_graph`` and credentials see
    :class:`~missiongraph.remote.engine.RemoteEngine`.
    """
    if path is None:
        built = build()
        return _with_networks(built) if networks else _kept(load(built.path), built.fingerprint)
    if isinstance(path, str) and path.startswith(("http://", "https://")):
        return MissionGraph(engine=RemoteEngine(path, default_graph=default_graph))
    paths = [Path(p) for p in ([path] if isinstance(path, str | Path) else path)]
    return _kept(load(paths), fingerprint(paths))


def _with_networks(built: Build) -> MissionGraph:
    observations = publish(built)
    store = load(built.path)
    archive.add(store, observations)
    digest = archive.read_digest(observations, built.fingerprint)
    return _kept(store, archive.state_name(built.fingerprint, digest))


def _kept(store: ox.Store, fingerprint: str) -> MissionGraph:
    """A graph over a store that nobody else has."""
    return MissionGraph(engine=LocalEngine(store, fingerprint, exclusive=True))


class MissionGraph:
    """A graph to ask: who says what in named graphs, all of them merged as the default graph.

    It rests on an engine; that of a ``store`` in memory, unless another is given.
    """

    def __init__(
        self, store: ox.Store | None = None, fingerprint: str = "", *, engine: Engine | None = None
    ) -> None:
        if engine is None:
            engine = LocalEngine(ox.Store() if store is None else store, fingerprint)
        self.engine = engine

    def __repr__(self) -> str:
        return f"<MissionGraph {self.fingerprint[:12] or self.engine!r}>"

    @property
    def store(self) -> ox.Store:
        """The statements in memory; of a service, a copy, fetched anew each time.

        What is written to those in memory counts; as nobody knows when that is, ties of networks
        are not kept from then on. Raises :class:`~missiongraph.errors.RemoteError` when it cannot
        be had whole.
        """
        if isinstance(self.engine, LocalEngine):
            return self.engine.hand_out()
        return fetch(self.engine)

    @property
    def _read(self) -> ox.Store:
        """The same, only to be read: it is not lent."""
        return self.engine.held if isinstance(self.engine, LocalEngine) else fetch(self.engine)

    @property
    def fingerprint(self) -> str:
        """Names the state of the data: another state, another fingerprint."""
        return self.engine.fingerprint

    def query(self, text_or_name: str, **parameters: object) -> Table | bool | rdflib.Graph:
        """Run SPARQL, or a query of the library by its name.

        SELECT gives a :class:`Table`, ASK a bool, CONSTRUCT and DESCRIBE an rdflib graph.
        ``parameters`` give variables their value: Python values, rdflib or pyoxigraph terms;
        for a library query, strings are read as its header says. Raises
        :class:`~missiongraph.errors.QueryError`, and :class:`~missiongraph.errors.NotAcceptable`
        for a graph that rdflib cannot hold.
        """
        if _NAME.fullmatch(text_or_name):
            shipped = find(text_or_name)
            text, bindings = shipped.text, shipped.bindings(parameters)
        else:
            text, bindings = text_or_name, {n: term(v) for n, v in parameters.items()}
        query = Query(text, parameters=bindings)
        answer = self.engine.run(query, solutions=JSON, triples=N_TRIPLES.media_type)
        data = answer.read()
        if answer.form == "select":
            return Table.from_json(data)
        if answer.form == "ask":
            return bool(ox.parse_query_results(data, ox.QueryResultsFormat.JSON))
        return _rdflib_graph(data)

    @cached_property
    def dataset(self) -> rdflib.Dataset:
        """An rdflib Dataset over the same data, whose default graph is the merged set."""
        engine = self.engine
        store = OxigraphStore(engine) if isinstance(engine, LocalEngine) else EngineStore(engine)
        dataset = rdflib.Dataset(store=store)
        _bind_prefixes(dataset)
        return dataset

    def network(self, name_or_query: str | NetworkQuery, **view: object) -> networkx.Graph[Any]:
        """Draw a network of a shipped name, or of a query's text, as a networkx graph.

        ``view`` says which part and how: ``at`` a day, ``since`` and ``until``, ``layers``,
        ``method`` of projection, ``backbone``; see
        :class:`missiongraph.networks.extract.construct.View`. The graph's ``network.about`` says
        how many statements there were, how many of them were undated, and how many rows were
        rejected or joined; a network without nodes, and rows that are no good, give a
        :class:`~missiongraph.errors.NetworkWarning`. Raises :class:`UnknownQuery` for a name that
        does not ship and :class:`~missiongraph.errors.QueryError` for a query that draws no
        network.
        """
        from missiongraph.networks.extract.load import load_network
        from missiongraph.networks.nx.graphs import to_networkx

        return to_networkx(load_network(self.engine, name_or_query, **view))

    def validate(self) -> Report:
        """Check the merged graph; see :func:`missiongraph.validation.shapes.validate`.

        The observations of networks, which programs make by themselves, are left out.
        """
        from missiongraph.validation.shapes import validate

        return validate(archive.without(self._read))

    def info(self) -> Info:
        """Counts of things and statements."""
        return describe(self.engine, hidden_graphs(self.engine))

    def export(self, target: Path | str | BinaryIO, format: str = "") -> None:
        """Write the whole graph; see :func:`missiongraph.rdf.export.export`."""
        _export.export(self._read, target, format)


def _rdflib_graph(n_triples: bytes) -> rdflib.Graph:
    graph = rdflib.Graph()
    _bind_prefixes(graph)
    try:
        return graph.parse(data=n_triples, format="nt")
    except ParserError as error:
        raise NotAcceptable(
            "rdflib cannot hold this graph, which has triple terms or base directions (RDF 1.2):"
            " ask for them with SELECT, or export the graph as Turtle or N-Quads"
        ) from error


def _bind_prefixes(graph: rdflib.Graph) -> None:
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)


@contextmanager
def open_isolated(
    data: Path | None,
    limits: Limits,
    *,
    directory: Path | None = None,
    shapes: bool = True,
    services: Sequence[str] = (),
    networks: bool = True,
) -> Iterator[MissionGraph]:
    """The curated graph, or an RDF file, with its queries in processes of their own.

    Where the system has no ``fork`` they run in this process, without limits and without
    ``services``, the addresses of the SPARQL services that queries may ask; then no
    ``directory`` can be written to, which raises :class:`MissionGraphError`. ``networks`` says
    whether the scores of networks are part of the graph.
    """
    from missiongraph.isolation.engine import IsolatedEngine  # what else opens a graph needs none
    from missiongraph.remote.egress import EgressClient

    if not sandbox.holds()["isolation"]:
        if directory:
            raise MissionGraphError("a graph takes writes only where processes can fork: POSIX")
        yield open(data, networks=networks)
        return
    engine = IsolatedEngine(
        [] if directory else [data or build().path],
        limits=limits,
        directory=directory,
        shapes=shapes,
        services=EgressClient(services, limits) if services else None,
        networks=networks,
    )
    try:
        yield MissionGraph(engine=engine)
    finally:
        engine.close()
