"""Describes the structure of a network: its figures, core, positions and nestedness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from missiongraph.errors import UnknownQuery
from missiongraph.networks.operations.lookup import find_node

from .findings import Findings
from .tested import Tested

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Progress
    from missiongraph.networks.structure.layers import Kind
    from missiongraph.networks.structure.nestedness import Null

__all__ = ["Structured"]


class Structured(Tested):
    """What a graph over a network answers about its structure."""

    def statistics(self) -> Findings:
        """The figures of the whole network, one in a row.

        Density, components, transitivity, degree assortativity and Freeman's centralisation by
        degree, closeness and betweenness; in a directed network also reciprocity and the counts of
        dyads and triads. Columns: ``name``, ``value`` (NaN if undefined), ``says``, ``range``,
        ``source``. See :mod:`missiongraph.networks.structure.statistics`.
        """
        return self._perform("statistics")

    def statistics_by_chance(
        self,
        by: str | Sequence[str] = (),
        *,
        runs: int = 100,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Findings:
        """Figures of the network, compared with random ones in which nodes have the same degrees.

        Transitivity, degree assortativity, modularity, reciprocity if directed, and for each
        attribute ``by`` the E-I index and the assortativity. Columns: ``name``, ``actual``,
        ``mean``, ``deviation``, ``z``, ``low``, ``high`` (the middle 95 % of ``runs``), ``p``.
        """
        names = [by] if isinstance(by, str) else list(by)
        how = {"runs": runs, "seed": seed, "progress": progress}
        return self._perform("statistics", chance=True, by=names, **how)

    def nestedness(
        self,
        null: Null = "fixed",
        *,
        runs: int = 100,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Findings:
        """Whether who has few ties is tied to a part of those with more: NODF, 0 to 100.

        For two-mode networks and projections (Almeida-Neto et al. 2008). Columns: ``name`` (nodf,
        rows, columns), ``actual``, and of ``runs`` random matrices ``mean``, ``deviation``, ``z``,
        ``low``, ``high`` (the middle 95 %) and ``p``. ``null``: ``fixed`` keeps all degrees,
        ``equiprobable`` the number of ties. ``facts["fill"]`` is the share of possible ties.
        """
        how = {"runs": runs, "seed": seed, "progress": progress}
        return self._perform("nestedness", null=null, **how)

    def layers(self, *names: str, pagerank: Kind | None = None) -> Findings:
        """In how many layers each node is tied, and how evenly its ties lie in them.

        Without ``names`` in all layers that count in the network. Columns: ``node``, ``label``,
        ``layers`` and ``ties`` of the node, ``participation`` (0 to 1) and ``entropy`` (Battiston,
        Nicosia and Latora 2014; NaN without ties), and its degree in each layer. With
        ``pagerank``, such as ``combined``, also that of the last layer by way of the others (Halu
        et al. 2013). ``facts`` has the ``correlation`` of degrees from layer to layer. Raises
        :class:`UnknownQuery` for an unknown layer, :class:`Unsuited` for fewer than two.
        """
        from missiongraph.networks.extract.construct import build_network
        from missiongraph.networks.structure.layers import layers, multiplex_pagerank

        asked = self._statements
        known = list(asked.ties.layers)
        counted = self.network.about["layers"] or known
        if unknown := [name for name in names if name not in known]:
            there = ", ".join(known) or "none"
            raise UnknownQuery(f"the network has no layer '{unknown[0]}'; there are: {there}")
        views = {name: replace(asked.view, layers=(name,)) for name in names or counted}
        drawn = {name: build_network(asked.ties, asked.query, view) for name, view in views.items()}
        found = layers(drawn)
        labels = {node: of.label(node) for of in drawn.values() for node in of.nodes}
        rows = [{"node": row["node"], "label": labels[row["node"]], **row} for row in found.rows()]
        facts = self._asked.about() | {"correlation": found.overlap().tolist()}
        if pagerank:
            by_node = dict(zip(*multiplex_pagerank(list(drawn.values()), pagerank), strict=True))
            rows = [row | {"pagerank": float(by_node[row["node"]])} for row in rows]
            facts["pagerank"] = pagerank
        return Findings.of_rows(facts, rows, "node", "label", "layers", "ties")

    def complete_lists(
        self,
        measure: str = "degree",
        *,
        runs: int = 20,
        seed: int = 0,
        top: int | None = None,
        progress: Progress | None = None,
        **parameters: Any,
    ) -> Findings:
        """The ranks if each list had been read to its end, as far as it is known what is unread.

        Columns: ``node``, ``label``, ``rank``, ``if_new`` (the rank if all unread entries are new
        nodes), ``if_known_best`` and ``if_known_worst`` (if they are nodes of the network, in
        ``runs`` random draws). ``facts`` has the lists that were ``completed``, the number of
        entries ``added``, and the number of lists ``not_completed``. See
        :mod:`missiongraph.networks.analysis.unread_lists`.
        """
        from missiongraph.networks.analysis.unread_lists import complete_lists
        from missiongraph.networks.operations.list_comparison import unread

        asked = self._statements
        labels = {node: self.network.label(node) for node in self.network.nodes}
        found = complete_lists(
            *(asked.ties, asked.query, unread(asked.engine), asked.view, measure, runs, seed),
            labels=labels,
            progress=progress,
            **parameters,
        )
        completed = {each.name: f"{each.read} read, {each.unread} not" for each in found.used}
        facts = self._asked.about() | {"measure": measure, "runs": runs, "seed": seed}
        facts |= {"completed": completed, "added": found.added}
        facts["not_completed"] = len(found.others)
        return Findings.of_rows(facts, found.rows(top), "node", "label", "rank")

    def rich_club(
        self, *, runs: int = 100, seed: int = 0, progress: Progress | None = None
    ) -> Findings:
        """Whether nodes of many ties are tied to each other, compared with random networks.

        Columns: ``more_than`` (k), the number of ``nodes`` with more ties than that, the ``ties``
        among them, their ``density``, ``mean`` and ``deviation`` of that in ``runs`` networks with
        the same degrees, ``ratio`` and ``z`` (Colizza et al. 2006).
        """
        return self._perform("rich-club", runs=runs, seed=seed, progress=progress)

    def brokers_between(
        self, one: str, other: str, *, by: str = "kind", top: int | None = None
    ) -> Findings:
        """Who stands between the nodes of two groups, such as two countries.

        ``by`` is the attribute whose values ``one`` and ``other`` are. Columns: ``node``,
        ``label``, ``pairs`` of nodes of the two groups that are tied to it and not to each other,
        and those it brokers ``alone``. ``facts`` has the numbers of ``untied`` pairs and of those
        that are ``brokered``. In a directed network paths lead from ``one`` to ``other``.
        """
        return self._perform("brokers-between", one=one, other=other, by=by, top=top)

    def core_periphery(
        self,
        *,
        by: Literal["steps", "strength"] = "steps",
        runs: int = 10,
        seed: int = 0,
    ) -> Findings:
        """The nodes in the core, tied to each other and to a periphery that is not.

        Columns: ``node``, ``label``, ``core`` (true or false), those of the core first. ``facts``
        has the ``fit``, the correlation with the ideal pattern (Borgatti and Everett 2000), and the
        densities ``within_core``, ``between`` and ``within_periphery``; ``exact`` is whether all
        cores were tried.
        """
        return self._perform("core-periphery", by=by, runs=runs, seed=seed)

    def positions(self, splits: int = 2) -> Findings:
        """Nodes with similar ties to the same others, in at most 2^splits positions (CONCOR).

        Columns: ``node``, ``label``, ``position`` (from 0; None without ties). ``facts`` has the
        ``densities`` of ties from position to position, and the ``fit``, the share of the variance
        of ties that they explain (Breiger, Boorman and Arabie 1975).
        """
        return self._perform("positions", splits=splits)

    def equivalent(self, node: str, *, top: int | None = None) -> Findings:
        """The nodes whose ties are most like those of ``node``, the most similar first.

        Columns: ``node``, ``label``, ``distance`` of their ties to all others, 0 if they are
        structurally equivalent (Lorrain and White 1971).
        """
        from missiongraph.networks.structure.positions import profile_distances

        network = self.network
        here = find_node(network, node)
        distances = profile_distances(network, here).tolist()
        rows: list[dict[str, Any]] = [
            {"node": other, "label": network.label(other), "distance": distance}
            for other, distance in zip(network.nodes, distances, strict=True)
            if other != here
        ]
        rows.sort(key=lambda row: (row["distance"], str(row["label"])))
        return Findings.of_rows(self._asked.about(), rows[:top], "node", "label", "distance")
