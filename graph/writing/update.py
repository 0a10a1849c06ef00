"""Runs SPARQL 1.1 Update on a store and returns the exact change, quad by quad.

The engine's own update does not report what it changed. Here the engine parses templates and
computes solutions; operations are carried out one by one, and only quads that were really removed
or really new are recorded. https://www.w3.org/TR/sparql11-update/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyoxigraph as ox

from missiongraph.errors import QueryError, UpdateError
from missiongraph.rdf.changes import Change, merge_change
from missiongraph.sparql.engine import graph_names
from missiongraph.sparql.local import ask

from .permission import Graph, Permission
from .update_parser import Data, Manage, Modify, Operation, Transfer, read

EVERYTHING = Permission()
"""Permission to change all graphs but the reserved ones."""


def update(
    store: ox.Store,
    text: str,
    *,
    using: Sequence[str] = (),
    using_named: Sequence[str] = (),
    base: str = "",
    merged: bool = False,
    permission: Permission = EVERYTHING,
) -> Change:
    """Carry out the request ``text`` on ``store`` and return the net change of all operations.

    ``using`` and ``using_named`` are the dataset for the WHERE clauses, from the parameters of the
    request (SPARQL 1.1 Protocol, section 2.2.3). A triple in several graphs of USING counts once.
    With ``merged``, the default graph is kept equal to the union of all named graphs and cannot be
    written to directly.

    A graph without quads exists after CREATE, or after its last quad was removed.

    Raises :class:`QueryError` for text that is not SPARQL, exceeds a limit or names two datasets;
    :class:`Refused` for LOAD and SERVICE, and for a graph that ``permission`` does not cover;
    :class:`UpdateError` for a graph that is missing, exists already or is reserved, and when the
    engine fails. SILENT hides only that a graph is missing or exists already. Operations before
    the failing one have then changed the store.
    """
    default, named = graph_names(using), graph_names(using_named)
    operations = read(text, base)
    if (default or named) and any(map(_says_dataset, operations)):
        raise QueryError(
            "WITH and USING cannot be combined with using-graph-uri and using-named-graph-uri"
        )
    work = _Work(store, default, named, merged, permission)
    for operation in operations:
        try:
            work.do(operation)
        except (OSError, RuntimeError, ValueError, SyntaxError) as error:
            raise UpdateError(f"the update failed: {error}") from error
    return Change(tuple(work.removed), tuple(work.added), *work.graphs())


class _Work:
    """Carries out operations on a store and records their changes; the dicts are ordered sets."""

    def __init__(
        self,
        store: ox.Store,
        using: list[ox.NamedNode],
        using_named: list[ox.NamedNode],
        merged: bool,
        permission: Permission,
    ) -> None:
        self.removed: dict[ox.Quad, None] = {}
        self.added: dict[ox.Quad, None] = {}
        self._store = store
        self._using = using
        self._using_named = using_named
        self._merged = merged
        self._permission = permission
        self._was_there: dict[ox.NamedNode, bool] = {}

    def graphs(self) -> tuple[tuple[ox.NamedNode, ...], tuple[ox.NamedNode, ...]]:
        """The named graphs that were created, and those that were dropped."""
        touched = sorted(self._was_there.items(), key=lambda item: item[0].value)
        now = [(graph, was, self._store.contains_named_graph(graph)) for graph, was in touched]
        created = tuple(graph for graph, was, there in now if there and not was)
        return created, tuple(graph for graph, was, there in now if was and not there)

    def _touch(self, graph: Graph) -> None:
        if isinstance(graph, ox.NamedNode) and graph not in self._was_there:
            self._was_there[graph] = self._store.contains_named_graph(graph)

    def do(self, operation: Operation) -> None:
        match operation:
            case Data(insert=True):
                self._add(operation.quads)
            case Data():
                self._remove(operation.quads)
            case Modify():
                self._modify(operation)
            case Manage(verb="CREATE"):
                self._create(operation)
            case Manage():
                self._clear(operation)
            case Transfer():
                self._transfer(operation)

    def _permit(self, graphs: Iterable[Graph]) -> None:
        """Raise unless all ``graphs`` may be changed; ``_merge`` reports a merged default graph."""
        for graph in sorted(graphs, key=str):
            if not (self._merged and isinstance(graph, ox.DefaultGraph)):
                self._permission.require(graph)

    def _add(self, quads: Sequence[ox.Quad]) -> None:
        self._permit({quad.graph_name for quad in quads})
        new = dict.fromkeys(quad for quad in quads if quad not in self._store)
        for graph in {quad.graph_name for quad in new}:
            self._touch(graph)
        self._store.extend(new)
        _note(new, self.added, self.removed)
        self._merge(Change(added=tuple(new)))

    def _remove(self, quads: Sequence[ox.Quad]) -> None:
        self._permit({quad.graph_name for quad in quads})
        old = dict.fromkeys(quad for quad in quads if quad in self._store)
        for quad in old:
            self._store.remove(quad)
        _note(old, self.removed, self.added)
        self._merge(Change(removed=tuple(old)))

    def _merge(self, change: Change) -> None:
        """Apply a change to a merged default graph; raises if the change names that graph."""
        if self._merged:
            if any(isinstance(quad.graph_name, ox.DefaultGraph) for quad in change):
                raise UpdateError(
                    "the default graph is the union of all graphs: name the graph to write to,"
                    " GRAPH <…> { … } or WITH <…>"
                )
            merge_change(self._store, change)

    def _modify(self, operation: Modify) -> None:
        """Find all solutions, then delete, then insert (Update, section 3.1.3)."""
        delete, insert, graph = operation.delete, operation.insert, operation.graph
        names = list(delete.variables | insert.variables) or ["_"]  # a SELECT names some variable
        solutions = self._solutions(operation, names)
        old = list(delete.fill(names, solutions, graph))
        new = list(insert.fill(names, solutions, graph))
        self._remove(old)
        self._add(new)

    def _solutions(self, operation: Modify, names: list[str]) -> list[ox.QuerySolution]:
        # each solution gets fresh blank nodes, even one equal to another
        select = "SELECT" if operation.insert.blank_nodes else "SELECT DISTINCT"
        projected = " ".join("?" + name for name in names)
        query = f"{operation.prologue}{select} {projected} WHERE {operation.where}"
        default = [*operation.using] or self._using
        named = [*operation.using_named] or self._using_named
        if operation.graph and not default and not named:
            solutions = self._store.query(query, default_graph=[operation.graph])
        else:
            solutions = ask(self._store, query, default, named)
        assert isinstance(solutions, ox.QuerySolutions)
        return list(solutions)

    def _create(self, operation: Manage) -> None:
        graph = operation.target
        assert isinstance(graph, ox.NamedNode)
        self._permit([graph])
        if not operation.silent and self._store.contains_named_graph(graph):
            raise UpdateError(f"CREATE: the graph {graph} exists already")
        self._touch(graph)
        self._store.add_graph(graph)

    def _clear(self, operation: Manage) -> None:
        target = operation.target
        graphs: list[Graph]
        if isinstance(target, str):  # lists, as removing a graph hangs while an iterator is open
            whole = target == "ALL" and not self._merged  # a merged one empties with the others
            graphs = [*self._store.named_graphs(), *([ox.DefaultGraph()] if whole else [])]
            self._permission.require_sweep(f"{operation.verb} {target}", graphs)
        else:
            self._permit([target])
            graphs = [target] if self._there(target, operation) else []
        for graph in graphs:
            self._empty(graph, drop=operation.verb == "DROP")

    def _transfer(self, operation: Transfer) -> None:
        source, target = operation.source, operation.target
        self._permit([target, source] if operation.verb == "MOVE" else [target])
        if not self._there(source, operation) or source == target:
            return
        quads = [ox.Quad(q.subject, q.predicate, q.object, target) for q in self._quads(source)]
        if operation.verb != "ADD":
            self._empty(target, drop=True)
        self._add(quads)
        if operation.verb == "MOVE":
            self._empty(source, drop=True)

    def _empty(self, graph: Graph, *, drop: bool) -> None:
        self._remove(list(self._quads(graph)))
        if drop and not isinstance(graph, ox.DefaultGraph):
            self._touch(graph)
            self._store.remove_graph(graph)

    def _quads(self, graph: Graph) -> Iterator[ox.Quad]:
        return self._store.quads_for_pattern(None, None, None, graph)

    def _there(self, graph: ox.NamedNode | ox.DefaultGraph, operation: Manage | Transfer) -> bool:
        """Whether ``graph`` exists; raises :class:`UpdateError` if not, unless SILENT."""
        if isinstance(graph, ox.DefaultGraph) or self._store.contains_named_graph(graph):
            return True
        if not operation.silent:
            raise UpdateError(f"{operation.verb}: there is no graph {graph}")
        return False


def _note(quads: Iterable[ox.Quad], done: dict[ox.Quad, None], undone: dict[ox.Quad, None]) -> None:
    """Record ``quads`` as ``done``; one in ``undone`` is back where it was, and is dropped."""
    for quad in quads:
        if quad in undone:
            del undone[quad]
        else:
            done[quad] = None


def _says_dataset(operation: Operation) -> bool:
    return isinstance(operation, Modify) and bool(
        operation.graph or operation.using or operation.using_named
    )
