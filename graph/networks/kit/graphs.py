"""Gives networks, as networkx graphs, methods for what analysts ask.

>>> import missiongraph as mg
>>> funding = mg.open().network("funding")
>>> funding.centrality("pagerank", top=3).columns
('node', 'label', 'pagerank', 'pagerank_rank', 'pagerank_best', 'pagerank_worst')
>>> funding.backbone(0.2).size() < funding.size()
True

All functions of networkx accept these graphs; their copies and subgraphs have the same methods.
Some methods read the statements behind the ties, such as ``series``. They raise an error for a
graph whose ties have changed since it was loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy import sparse

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks.extract.tie_facts import tie_facts
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node
from missiongraph.networks.model.projection import projection
from missiongraph.networks.nx.graphs import DirectedNetworkGraph, NetworkGraph, view
from missiongraph.networks.operations.loaded import LoadedNetwork
from missiongraph.networks.operations.lookup import find_node
from missiongraph.networks.operations.network_file import GROUPS, SCORES, File
from missiongraph.networks.operations.picture import SVG, Picture

from .drawing import Drawing
from .given import GivenNetwork
from .structured import Structured

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Backbone, Progress

_SHOWN = 100  # nodes of the picture in a notebook


class _Shaped(Structured):
    """What a graph over a network answers with other networks, pictures and files."""

    def ego(self, node: str, *, radius: float = 1) -> AnalystGraph:
        """The network of the nodes within ``radius`` steps of a node, and itself."""
        from missiongraph.networks.measures.paths import ego

        network = self.network
        centre = find_node(network, node)
        near = {*ego(network.undirected, centre, radius).nodes}
        return drawn(network.part([network.index[each] for each in network.nodes if each in near]))

    def backbone(
        self,
        level: float = 0.05,
        *,
        method: Backbone = "disparity",
        fdr: bool = False,
        runs: int = 1000,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> AnalystGraph:
        """The ties that are stronger than chance at a ``level`` of significance, and all nodes.

        ``disparity`` (Serrano, Boguñá and Vespignani 2009) compares the strength of a tie with
        those of its ends. The others are for projections, and compare the number of things that
        two nodes share with random affiliations: ``hypergeometric`` (Tumminello et al. 2011) keeps
        the number of things of each node, ``sdsm`` (Neal 2014) on average also the number of nodes
        with each thing, ``fdsm`` (Zweig and Kaufmann 2011) both exactly, in ``runs`` random
        networks. With ``fdr``, at most a share ``level`` of the kept ties are expected to be random
        (Benjamini and Hochberg 1995). :meth:`significance` is the table.
        """
        from missiongraph.networks.analysis.null_models import backbone

        return drawn(
            backbone(self.network, level, method, fdr=fdr, runs=runs, seed=seed, progress=progress)
        )

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

    def __getstate__(self) -> dict[str, Any]:
        """Copies in other processes have all ties with their facts, but not the store."""
        if self.loaded is None:
            return self.__dict__
        self.adj  # noqa: B018  # builds the dictionaries
        return self.__dict__ | {"loaded": None}

    def __repr__(self) -> str:
        """Its name and size, as networkx prints it."""
        return f"<{self}>"

    def _repr_svg_(self) -> str:
        """A picture of the highest ranked nodes, for a notebook."""
        return self.plot(top=_SHOWN).svg


class AnalystGraph(_Shaped, NetworkGraph):
    """An undirected network as a networkx graph with the methods of the kit."""

    def to_directed_class(self) -> Any:  # Any: networkx's nodes and graphs
        """The class of a directed copy."""
        return DirectedAnalystGraph

    def _make_ties(self, drawn: Network) -> None:
        super()._make_ties(drawn)
        _add_facts(self)


class DirectedAnalystGraph(_Shaped, DirectedNetworkGraph):
    """A directed network as a networkx graph with the methods of the kit."""

    def to_undirected_class(self) -> Any:  # Any: networkx's nodes and graphs
        """The class of an undirected copy."""
        return AnalystGraph

    def _make_ties(self, drawn: Network) -> None:
        super()._make_ties(drawn)
        _add_facts(self)


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
