"""Compares a network with chance and with other networks: which ties and figures stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .findings import Findings
from .measured import Measured

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Backbone, Progress

__all__ = ["Tested"]


class Tested(Measured):
    """What a graph over a network answers with tests."""

    def significance(
        self,
        method: Backbone = "disparity",
        *,
        runs: int = 1000,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Findings:
        """The chance of each tie if ties were random; :meth:`backbone` keeps those of low chance.

        Columns: ``source``, ``target``, ``source_label``, ``target_label``, the weight, ``chance``
        (0 to 1), and ``fdr``, the least rate of false discoveries at which the tie is kept. The
        lowest chance comes first. ``method``, ``runs`` and ``seed`` are as in :meth:`backbone`.
        """
        from missiongraph.networks.analysis.null_models import tie_chances
        from missiongraph.networks.model.backbone import false_discovery

        network = self.network
        chances = tie_chances(network, method, runs=runs, seed=seed, progress=progress)
        of, rates = network.ends, false_discovery(network, chances)
        columns = [matrix[*of].tolist() for matrix in (network.matrix, chances, rates)]
        ties = sorted(zip(*(end.tolist() for end in of), *columns, strict=True), key=_by_chance)
        rows = (
            {
                "source": network.nodes[one],
                "target": network.nodes[other],
                "source_label": network.label(network.nodes[one]),
                "target_label": network.label(network.nodes[other]),
                network.weighed: weight,
                "chance": chance,
                "fdr": rate,
            }
            for one, other, weight, chance, rate in ties
        )
        facts = self._asked.about() | {"method": method}
        if method == "fdsm":
            facts |= {"runs": runs, "seed": seed}
        named = ("source", "target", "source_label", "target_label", network.weighed)
        return Findings.of_rows(facts, rows, *named, "chance", "fdr")


def _by_chance(tie: tuple[int, int, float, float, float]) -> tuple[float, float]:
    _, _, weight, chance, _ = tie
    return chance, -weight
