"""Gives networks, as networkx graphs, methods for what analysts ask.

>>> import missiongraph as mg
>>> funding = mg.open().network("funding")
>>> funding.centrality("pagerank", top=3).columns
('node', 'label', 'pagerank', 'pagerank_rank')
>>> funding.backbone(0.2).size() < funding.size()
True

Whatever networkx does with a graph it does with these, and copies and subgraphs have the same
methods. Those that need the statements behind the ties (``sure``, ``series``) need the network as
it was loaded, and say so otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks.extract.tie_facts import tie_facts
from missiongraph.networks.extract.time_slices import ALL, Every, changes, slices
from missiongraph.networks.measures.distance import By
from missiongraph.networks.measures.ranking import DEFAULT, Ranking, centrality
from missiongraph.networks.model.backbone import disparity, hypergeometric
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.days import Day
from missiongraph.networks.model.network import Network, Node
from missiongraph.networks.model.projection import projection
from missiongraph.networks.nx.graphs import DirectedNetworkGraph, NetworkGraph, view
from missiongraph.networks.operations.loaded import LoadedNetwork
from missiongraph.networks.operations.lookup import find_node
from missiongraph.networks.operations.neighbourhood import around, ways
from missiongraph.networks.operations.network_file import GROUPS, SCORES, File
from missiongraph.networks.operations.picture import SVG, Picture
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.networks.operations.result import Result

from .findings import Findings
from .given import NO_SOURCES, GivenNetwork

if TYPE_CHECKING:
    from missiongraph.networks.analysis.rank_robustness import Method, Progress

_SHOWN = 100  # nodes of the picture in a notebook


class _Asked:
    """The methods of both kinds of graph."""

    loaded: LoadedNetwork | None = None
    """The network as loaded from a graph, with its statements; None for any other."""

    if TYPE_CHECKING:
        drawn: Network | None

        @property
        def network(self) -> Network: ...

        @property
        def adj(self) -> Any: ...

    def centrality(
        self,
        measures: str | Sequence[str] = DEFAULT,
        *,
        top: int | None = None,
        sure: Method | None = None,
        rate: float = 0.1,
        runs: int = 100,
        level: float = 0.9,
        seed: int = 0,
        progress: Progress | None = None,
        **parameters: Any,
    ) -> Findings:
        """Rank the nodes by one or several measures; the first determines the order.

        Columns: ``node``, ``label``, and for each measure its score and ``<measure>_rank``. With
        ``sure``, also ``<measure>_best`` and ``<measure>_worst``: the ranks that remain possible
        when each source is left out (``sources``), or in a share ``level`` of ``runs`` networks
        without a share ``rate`` of their ties (``resampling``). ``parameters`` are those of the
        measures (``missiongraph.networks.MEASURES``). Raises :class:`UnknownQuery` for an unknown
        measure or parameter, and for ``sure`` on a network without statements.
        """
        about = self._asked.about()
        if not sure:
            ranking = centrality(self.network, measures, **parameters)
        else:
            ranking = self._robust(measures, sure, rate, runs, level, seed, progress, parameters)
        facts = about | {"measures": list(ranking.measures), "of": len(ranking.network)}
        if ranking.intervals:
            facts["interval"] = next(iter(ranking.intervals.values())).method
        if ranking.bounds:
            facts["approximate"] = dict(ranking.bounds)
        return Findings.of_rows(facts, ranking.rows(top), "node", "label", *ranking.measures)

    def _robust(
        self,
        measures: str | Sequence[str],
        sure: Method,
        rate: float,
        runs: int,
        level: float,
        seed: int,
        progress: Progress | None,
        parameters: Mapping[str, Any],
    ) -> Ranking:
        from missiongraph.networks.analysis.rank_robustness import robust

        of = self._statements
        ranking = robust(
            of.ties,
            of.query,
            of.view,
            measures,
            method=sure,
            rate=rate,
            runs=runs,
            level=level,
            seed=seed,
            progress=progress,
            **parameters,
        )
        return replace(ranking, network=of.network)

    def brokers(self, by: str = "kind", *, role: str = "total", top: int | None = None) -> Findings:
        """Count the brokerage roles of each node (Gould and Fernandez 1989), by groups.

        ``by`` is an attribute of the nodes, such as ``country``; nodes without it are left out,
        and ``facts["ungrouped"]`` counts them. Columns: ``node``, ``label``, ``group``, and each
        role with its expected value and z-score, sorted by ``role``.
        """
        from missiongraph.networks.analysis.brokerage import brokers

        groups = self._attribute(by)
        brokerage = brokers(self.network, groups)
        facts = self._asked.about() | {"by": by, "role": role, "ungrouped": brokerage.ungrouped}
        return Findings.of_rows(facts, brokerage.rows(top, role), "node", "label", "group")

    def communities(
        self,
        algorithm: Literal["leiden", "louvain"] = "leiden",
        *,
        resolution: float = 1.0,
        runs: int = 10,
        seed: int = 0,
    ) -> Findings:
        """The community of each node, and in how many runs it stays with most of its community.

        Columns: ``node``, ``label``, ``community`` (from 0, the largest first), ``stays`` (0 to 1).
        ``facts`` has the modularity and the size and foremost member of each community.
        """
        return self._perform(
            "communities", algorithm=algorithm, resolution=resolution, runs=runs, seed=seed
        )

    def path(self, first: str, last: str, *, by: By = "steps", limit: int = 1) -> Findings:
        """The shortest paths from one node to another, named by IRI, end of the IRI or label.

        Columns: ``path`` from 1, ``step`` from 0, ``node``, ``label``; no rows without a path.
        ``facts["length"]`` is in steps, or the sum of distances (inverse strengths).
        """
        length, rows = ways(self.network, first, last, by, limit)
        facts = self._asked.about() | {"length": length}
        return Findings.of_rows(facts, rows, "path", "step", "node", "label")

    def neighbours(self, node: str, *, radius: float = 1, by: By = "steps") -> Findings:
        """The nodes around a node, the closest first, as a table; :meth:`ego` is their graph."""
        rows = around(self.network, node, radius, by)
        return Findings.of_rows(self._asked.about(), rows, "node", "label", self.network.weighed)

    def ego(self, node: str, *, radius: float = 1) -> AnalystGraph:
        """The network of the nodes within ``radius`` steps of a node, and itself."""
        from missiongraph.networks.measures.paths import ego

        network = self.network
        centre = find_node(network, node)
        near = {*ego(network.undirected, centre, radius).nodes}
        return drawn(network.part([network.index[each] for each in network.nodes if each in near]))

    def backbone(
        self, level: float = 0.05, *, method: Literal["disparity", "hypergeometric"] = "disparity"
    ) -> AnalystGraph:
        """The ties that are stronger than chance at a ``level`` of significance, and all nodes.

        ``disparity`` (Serrano, Boguñá and Vespignani 2009) compares the strength of a tie with
        those of its ends; ``hypergeometric`` (Tumminello et al. 2011) the number of things that two
        nodes of a projection share with what their degrees let expect.
        """
        if method not in ("disparity", "hypergeometric"):
            raise QueryError(f"method is disparity or hypergeometric, not '{method}'")
        reduce = disparity if method == "disparity" else hypergeometric
        return drawn(reduce(self.network, level))

    def project(self, onto: str | Iterable[Node], *, method: str = "newman") -> AnalystGraph:
        """The nodes of one side of a two-mode network, tied by what they share.

        ``onto`` is the name of a side, such as ``organisations``, or its nodes. ``method``:
        ``newman`` (2001) lets each shared thing count less the more nodes share it; ``count``
        counts them. Raises :class:`QueryError` if two of the nodes are tied.
        """
        network = self.network
        if isinstance(onto, str):
            names = network.sides
            if onto not in names:
                there = ", ".join(dict.fromkeys(names)) or "none: it has one kind of node"
                raise UnknownQuery(f"the network has no side '{onto}'; there are: {there}")
            onto = [node for node, side in zip(network.nodes, names, strict=True) if side == onto]
        return drawn(projection(network, onto, method))

    def compare(self, other: nx.Graph[Any] | Network, measure: str = "degree") -> Findings:
        """What differs in ``other``: nodes and ties that came or went, and ranks that changed.

        Columns: ``change`` (came, gone, moved, tie came, tie gone), ``node``, ``label``, ``with``
        (the other end of a tie), ``before`` and ``after`` (ranks by ``measure``). ``facts`` has the
        share of ties that both have (Jaccard, 0 to 1; None if neither has any).
        """
        after = from_networkx(other)
        found = changes(self.network, after, measure)
        label = {**self.network.labels, **after.labels}
        one_end = [("came", found.came), ("gone", found.gone)]
        rows = [_change(what, node, label) for what, nodes in one_end for node in nodes]
        rows += [
            _change("moved", m.node, label, before=m.before, after=m.after) for m in found.moved
        ]
        for what, pairs in (("tie came", found.ties_came), ("tie gone", found.ties_gone)):
            rows += [_change(what, a, label, to=b) for a, b in pairs]
        both = self.network.size - len(found.ties_gone)
        every = both + len(found.ties_gone) + len(found.ties_came)
        facts = self._asked.about() | {
            "other": {"nodes": len(after), "ties": after.size},
            "measure": measure,
            "shared_ties": both,
            "jaccard": both / every if every else None,
        }
        columns = ("change", "node", "label", "with", "before", "after")
        return Findings.of_rows(facts, rows, *columns)

    def series(
        self,
        since: Day | None = None,
        until: Day | None = None,
        measures: str | Sequence[str] = ("degree",),
        *,
        every: Every = "year",
        window: int = 1,
        cumulative: bool = False,
        undated: bool = False,
        **parameters: Any,
    ) -> Findings:
        """The scores and ranks of every node over time, one row for a node, period and measure.

        Columns: ``period`` (its first day), ``node``, ``label``, ``present`` (whether it has a tie
        then), ``measure``, ``score``, ``rank`` (None if it is not present). ``facts["periods"]``
        has for each period the number of nodes with ties, of ties, and of statements: without a
        date, of a single day, left out. See
        :func:`missiongraph.networks.extract.time_slices.slices`. Raises :class:`UnknownQuery`
        for a network without statements.
        """
        of = self._statements
        if of.view.at or of.view.since or of.view.until:
            raise QueryError("a series sets the dates: ask the network of all time for it")
        timeless = replace(of.view, undated=undated) if undated else of.view
        cut = slices(
            of.ties,
            of.query,
            every,
            since,
            until,
            window=window,
            cumulative=cumulative,
            view=timeless or ALL,
        )
        labels = self.network.labels
        rows: list[dict[str, Any]] = []
        periods: list[dict[str, Any]] = []
        for day, slice_ in cut:
            tied = _tied(slice_)
            ranking = centrality(slice_, measures, **parameters)
            about = {
                n: slice_.about[n] for n in ("statements", "undated", "single_day", "left_out")
            }
            periods.append({"period": day, "nodes": int(tied.sum()), "ties": slice_.size, **about})
            for measure in ranking.measures:
                ranks = ranking.ranks(measure).tolist()
                scores = ranking.scores[measure].tolist()
                rows += [
                    {
                        "period": day,
                        "node": node,
                        "label": labels.get(node, str(node)),
                        "present": there,
                        "measure": measure,
                        "score": score,
                        "rank": rank if there else None,
                    }
                    for node, there, score, rank in zip(
                        slice_.nodes, tied.tolist(), scores, ranks, strict=True
                    )
                ]
        columns = ("period", "node", "label", "present", "measure", "score", "rank")
        return Findings.of_rows(of.about() | {"periods": periods}, rows, *columns)

    def plot(
        self,
        target: Path | str | None = None,
        *,
        size: str = "degree",
        colour: str = "community",
        top: int = 500,
        focus: str | None = None,
        depth: int = 1,
        words: bool = True,
    ) -> Drawing:
        """A picture of the ``top`` nodes by the measure ``size``; in a notebook, it shows itself.

        ``colour`` is ``community`` or an attribute such as ``kind``; ``focus`` a node, with those
        within ``depth`` steps of it. With a ``target``, the picture is written there: ``.svg``, or
        ``.png`` with ``missiongraph[plot]``.
        """
        picture = Picture(self._asked, size, colour, top, focus, depth, words)
        drawing = Drawing(picture.encode(SVG).decode())
        if target is not None:
            drawing.save(target)
        return drawing

    def export(
        self,
        target: Path | str,
        format: str = "",
        *,
        groups: Sequence[str] = GROUPS,
        scores: Sequence[str] = SCORES,
    ) -> list[Path]:
        """Write the network for other programs, by the suffix of the path; returns all paths.

        Formats: :mod:`missiongraph.networks.output.writers`. ``groups`` and ``scores`` are written
        with the nodes.
        """
        asked = self._asked
        there = [name for name in groups if name == "community" or name in asked.network.attributes]
        file = File(asked, there, scores)
        spells = file.days() if not isinstance(asked, GivenNetwork) else None
        return file.write(Path(target), format, spells)

    def _perform(self, operation: str, **parameters: Any) -> Findings:
        result = OPERATIONS[operation].run(self._asked, **parameters)
        return Findings.of(cast(Result, result))

    @property
    def _asked(self) -> LoadedNetwork:
        """The network as operations take it."""
        network = self.network
        if self.loaded is not None and network is self.drawn:
            return self.loaded
        return GivenNetwork.of(network)

    @property
    def _statements(self) -> LoadedNetwork:
        asked = self._asked
        if isinstance(asked, GivenNetwork):
            raise UnknownQuery(NO_SOURCES)
        return asked

    def _attribute(self, name: str) -> dict[Node, Any]:
        attributes = self.network.attributes
        if name not in attributes:
            there = ", ".join(attributes) or "none"
            raise UnknownQuery(f"nodes have no attribute '{name}'; there are: {there}")
        return dict(attributes[name])

    def __getstate__(self) -> dict[str, Any]:
        """Copies in other processes have all ties with their facts, but not the store."""
        if self.loaded is None:
            return self.__dict__
        self.adj  # noqa: B018  # builds the dictionaries
        return self.__dict__ | {"loaded": None}

    def _repr_svg_(self) -> str:
        """A picture of the highest ranked nodes, for a notebook."""
        return self.plot(top=_SHOWN).svg


class AnalystGraph(_Asked, NetworkGraph):
    """An undirected network as a networkx graph with the methods of the kit."""

    def to_directed_class(self) -> Any:
        """The class of a directed copy."""
        return DirectedAnalystGraph

    def _make_ties(self, drawn: Network) -> None:
        super()._make_ties(drawn)
        _add_facts(self)


class DirectedAnalystGraph(_Asked, DirectedNetworkGraph):
    """A directed network as a networkx graph with the methods of the kit."""

    def to_undirected_class(self) -> Any:
        """The class of an undirected copy."""
        return AnalystGraph

    def _make_ties(self, drawn: Network) -> None:
        super()._make_ties(drawn)
        _add_facts(self)


class Drawing:
    """A picture as SVG, which a notebook shows."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def __repr__(self) -> str:
        return f"<Drawing: {len(self.svg):,} characters of SVG>"

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, target: Path | str) -> Path:
        """Write it as ``.svg`` or ``.png``; returns the path."""
        from missiongraph.networks.output.svg import save

        return save(self.svg, target)


def drawn(network: Network, loaded: LoadedNetwork | None = None) -> AnalystGraph:
    """A network as a graph with the methods of the kit; of class
    :class:`DirectedAnalystGraph` if it is directed.

    ``graph.graph`` has its name, and if known the question, view, counts and source query.
    """
    graph = cast(AnalystGraph, view(network, kinds=(AnalystGraph, DirectedAnalystGraph)))
    graph.loaded = loaded
    graph.graph.update(_facts(network))
    return graph


def loaded(of: LoadedNetwork) -> AnalystGraph:
    """A network as loaded from a graph, which knows its statements."""
    return drawn(of.network, of)


def network(
    of: Any,
    *,
    weight: str | None = None,
    nodes: Sequence[Node] | None = None,
    directed: bool = False,
) -> AnalystGraph:
    """A network of your own, as a graph with the methods of the kit.

    ``of`` is a graph of networkx or igraph, a table of pandas, polars or pyarrow with the columns
    ``source`` and ``target``, a matrix of scipy or numpy whose rows and columns are ``nodes``, or a
    network. ``weight`` names the attribute or column with the strength of a tie; without it,
    ``strength``, ``distance`` or ``weight`` is taken if there is one. A matrix is ``directed`` or
    symmetric. Raises :class:`QueryError` for anything else.
    """
    if sparse.issparse(of) or isinstance(of, np.ndarray):
        of = _of_matrix(of, nodes, directed)
    elif directed or nodes is not None:
        raise QueryError("nodes and directed are for matrices; graphs know both")
    return drawn(from_networkx(of, weight))


def _of_matrix(matrix: Any, nodes: Sequence[Node] | None, directed: bool) -> Network:
    whole = sparse.csr_array(matrix, dtype=np.float64)
    rows, columns = whole.shape
    names = list(range(rows)) if nodes is None else list(nodes)
    if rows != columns or len(names) != rows or len({*names}) != rows:
        raise QueryError(
            f"a matrix of ties has a row and a column for each node; this one is {rows} by "
            f"{columns}, for {len(names)} nodes"
        )
    whole.sum_duplicates()
    whole.eliminate_zeros()
    if not np.all(np.isfinite(whole.data) & (whole.data > 0)):
        raise QueryError("the entries of a matrix of ties are numbers from 0; 0 is no tie")
    if not directed and abs(whole - whole.T).nnz:
        raise QueryError("the matrix is not symmetric: give directed=True, or make it so")
    return Network(names, whole, directed)


def _facts(network: Network) -> dict[str, Any]:
    """What a graph tells about itself, as texts and numbers, which all formats of files hold."""
    query, about = network.definition, network.about
    facts: dict[str, Any] = {}
    if query is not None and query.text:
        facts |= {"question": query.question, "query": query.text}
    for name in ("at", "since", "until", "method", "statements", "undated", "single_day"):
        if about.get(name) not in (None, ""):
            facts[name] = about[name]
    if about.get("layers"):
        facts["layers"] = ", ".join(about["layers"])
    for name in ("left_out", "rejected", "joined"):
        facts |= {f"{name}: {why}": number for why, number in (about.get(name) or {}).items()}
    return facts


def _add_facts(graph: Any) -> None:
    """Add to the ties what their statements tell: days, layers and sources."""
    if (of := graph.loaded) is not None:
        for (source, target), facts in tie_facts(of.ties, graph.drawn, of.view).items():
            graph._adj[source][target].update(facts)


def _change(
    what: str, node: Node, label: Mapping[Node, str], *, to: Node = None, **ranks: int
) -> dict[str, Any]:
    return {
        "change": what,
        "node": node,
        "label": label.get(node, str(node)),
        "with": None if to is None else label.get(to, str(to)),
        "before": ranks.get("before"),
        "after": ranks.get("after"),
    }


def _tied(network: Network) -> Any:
    """Which nodes have a tie."""
    matrix = network.matrix
    return (np.diff(matrix.indptr) + np.bincount(matrix.indices, minlength=len(network))) > 0
