"""The main entry point: open a graph, query it, extract networks, validate and export it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyoxigraph as ox

from missiongraph.ingest.build import Progress, build
from missiongraph.networks.observations import archive
from missiongraph.networks.observations.curated import CuratedEngine
from missiongraph.publishing.statistics import Info, describe
from missiongraph.rdf import export as _export
from missiongraph.rdf.formats import N_TRIPLES
from missiongraph.rdf.store import fingerprint, load
from missiongraph.sparql.bindings import term
from missiongraph.sparql.engine import Engine, Query
from missiongraph.sparql.library import find
from missiongraph.sparql.local import LocalEngine
from missiongraph.sparql.media_types import JSON
from missiongraph.sparql.results import Table
from missiongraph.system import sandbox

from .errors import MissionGraphError, NotAcceptable, QueryError
from .limits import Limits
from .namespaces import PREFIXES

if TYPE_CHECKING:
    import rdflib

    from missiongraph.networks.kit.graphs import AnalystGraph
    from missiongraph.networks.model.days import Day
    from missiongraph.networks.model.definition import NetworkQuery
    from missiongraph.validation.shapes import Report

_NAME = re.compile(r"[\w-]+")


def open(
    path: Path | str | Iterable[Path | str] | None = None,
    *,
    default_graph: str = "",
    networks: bool = True,
    progress: Progress | None = None,
) -> MissionGraph:
    """Open the curated graph, one or more RDF files, or a SPARQL service at ``https://…``.

    The curated graph is built on the first call; later ones open it from the user's cache, in
    milliseconds. Its networks are measured when a query first asks for their scores, and then
    kept; ``networks=False`` leaves the scores out. ``progress(step, done, total)`` is called
    while the graph is built or measured. A service is not contacted before the first query; for
    ``default_graph`` and credentials see :class:`~missiongraph.remote.engine.RemoteEngine`.
    Raises :class:`~missiongraph.errors.DataError` for a file that cannot be read; gives a
    :class:`~missiongraph.errors.CacheWarning` where the cache cannot hold the graph.
    """
    if path is None:
        return MissionGraph(engine=CuratedEngine(progress, networks=networks))
    if isinstance(path, str) and path.startswith(("http://", "https://")):
        from missiongraph.remote.engine import RemoteEngine

        return MissionGraph(engine=RemoteEngine(path, default_graph=default_graph))
    paths = [Path(p) for p in ([path] if isinstance(path, str | Path) else path)]
    return _in_memory(load(paths), fingerprint(paths))


def _in_memory(store: ox.Store, fingerprint: str) -> MissionGraph:
    """A graph over a store to which no other code holds a reference."""
    return MissionGraph(engine=LocalEngine(store, fingerprint, exclusive=True))


class MissionGraph:
    """An RDF dataset: one named graph per source, all merged as the default graph.

    Queries run on ``engine``; without one, on an in-memory engine over ``store``.
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
        """The store in memory; for a service, a copy, fetched anew on each access.

        Writes to the store in memory take effect. They cannot be detected, so after the first
        access the ties of networks are no longer cached. Raises
        :class:`~missiongraph.errors.RemoteError` when a service cannot be copied completely.
        """
        if isinstance(self.engine, LocalEngine):
            return self.engine.hand_out()
        return self._fetched()

    @property
    def _read(self) -> ox.Store:
        """The same store for reading only; caches of networks stay valid."""
        return self.engine.held if isinstance(self.engine, LocalEngine) else self._fetched()

    def _fetched(self) -> ox.Store:
        from missiongraph.remote.copy import fetch

        return fetch(self.engine)

    @property
    def fingerprint(self) -> str:
        """Identifies the state of the data; it changes whenever the data change."""
        return self.engine.fingerprint

    def query(self, text_or_name: str, **parameters: object) -> Table | bool | rdflib.Graph:
        """Run a SPARQL query, or a query of the library by its name.

        Returns a :class:`Table` for SELECT, a bool for ASK, an rdflib graph for CONSTRUCT and
        DESCRIBE. ``parameters`` bind variables to Python values, rdflib or pyoxigraph terms;
        strings for a library query are parsed by the types in its header. Raises
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
        """An rdflib Dataset over the same data; its default graph merges all named graphs.

        What is written through it goes to the graph that is named, and not to the default graph.
        """
        import rdflib  # slow to import, as are the next

        from missiongraph.sparql.rdflib_store import EngineStore, OxigraphStore

        engine = self.engine
        store = OxigraphStore(engine) if isinstance(engine, LocalEngine) else EngineStore(engine)
        dataset = rdflib.Dataset(store=store)
        _bind_prefixes(dataset)
        return dataset

    def select(self, text_or_name: str, **parameters: object) -> Table:
        """The rows of a SELECT or of a library query; :class:`QueryError` for any other form."""
        answer = self.query(text_or_name, **parameters)
        if not isinstance(answer, Table):
            raise QueryError("select() is for SELECT; query() answers ASK, CONSTRUCT and DESCRIBE")
        return answer

    def networks(self) -> Table:
        """The networks that ship: ``name``, ``question``, ``kind``, ``source``, ``target`` …"""
        from missiongraph.networks.model.definition import network_queries

        names = ("name", "question", "kind", "source", "target", "weight", "layer")
        return Table(
            names, tuple(tuple(getattr(q, name) for name in names) for q in network_queries())
        )

    def network(
        self,
        name_or_query: str | NetworkQuery,
        *,
        at: Day | None = None,
        since: Day | None = None,
        until: Day | None = None,
        undated: bool = False,
        layers: str | Sequence[str] = (),
        method: str = "",
        backbone: float = 1.0,
        unmerged: bool = False,
    ) -> AnalystGraph:
        """A network, by its shipped name or the text of a query, as a networkx graph.

        ``at`` is a day, month or year (``"2022-06-30"``, ``"2022-06"``, ``2022``), or ``since``
        the first and ``until`` the last of several; ties without a date are then left out unless
        ``undated``. ``layers`` are those that count, by default all that the query does not set
        apart. ``method`` is for projections, such as ``newman`` (2001). ``backbone`` keeps the ties
        significant at this level, up to 1, by the disparity filter. Organisations that are matched
        as the same are one node, unless ``unmerged``.

        The graph has methods (:class:`missiongraph.networks.kit.graphs.AnalystGraph`) beside those
        of networkx, and its ``graph`` what was counted and left out. An empty network, a time
        without ties and invalid rows give a :class:`~missiongraph.errors.NetworkWarning`. Raises
        :class:`UnknownQuery` for an unknown name and :class:`~missiongraph.errors.QueryError` for a
        query that defines no network.
        """
        from missiongraph.networks.extract.construct import View
        from missiongraph.networks.extract.load import warn
        from missiongraph.networks.kit.graphs import loaded
        from missiongraph.networks.model.definition import read_definition
        from missiongraph.networks.operations.loaded import LoadedNetwork

        view = View.of(
            at=at,
            since=since,
            until=until,
            undated=undated,
            layers=layers,
            method=method,
            backbone=backbone,
            unmerged=unmerged,
        )
        network = LoadedNetwork(self.engine, read_definition(name_or_query), view)
        warn(network.network, stacklevel=2)
        return loaded(network)

    def validate(self) -> Report:
        """Validate the merged graph; see :func:`missiongraph.validation.shapes.validate`.

        Network observations, which are computed, not curated, are left out.
        """
        from missiongraph.validation.shapes import validate

        if isinstance(self.engine, CuratedEngine) and not self.engine.handed_out:
            store = self.engine.curated
        else:
            store = archive.without(self._read)
        # The default graph of a store of ours has each statement once. No other thread may drop
        # the store's iterator, so no frame holds it: pyparsing keeps frames in cycles for long.
        return validate(
            quad for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())
        )

    def info(self) -> Info:
        """Counts of the entities and statements in the graph; networks are not measured for it."""
        from missiongraph.remote.engine import hidden_graphs

        engine = self.engine.present if isinstance(self.engine, CuratedEngine) else self.engine
        return describe(engine, hidden_graphs(engine))

    def export(self, target: Path | str | BinaryIO, format: str = "") -> None:
        """Write the whole graph; see :func:`missiongraph.rdf.export.export`."""
        _export.export(self._read, target, format)


def _rdflib_graph(n_triples: bytes) -> rdflib.Graph:
    import rdflib  # slow to import
    from rdflib.exceptions import ParserError

    graph = rdflib.Graph()
    _bind_prefixes(graph)
    try:
        return graph.parse(data=n_triples, format="nt")
    except ParserError as error:
        raise NotAcceptable(
            "rdflib cannot hold this graph, which has triple terms or base directions (RDF 1.2):"
            " query them with SELECT, or export the graph as Turtle or N-Quads"
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
    """Open the curated graph, or an RDF file, with queries in worker processes under ``limits``.

    ``directory`` takes writes, validated when ``shapes`` is true; ``services`` are the addresses
    that SERVICE may query; ``networks`` adds the scores of networks. Without ``fork``, queries
    run in this process, without limits and services, and a ``directory`` raises
    :class:`MissionGraphError`.
    """
    from missiongraph.isolation.engine import IsolatedEngine  # keeps open() cheap to import
    from missiongraph.remote.egress import EgressClient

    if not sandbox.holds()["isolation"]:
        if directory:
            raise MissionGraphError("a graph can be written only on systems with fork (POSIX)")
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
