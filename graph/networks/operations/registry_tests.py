"""Lists the operations that test a network: sources, chance, others; for :mod:`.registry`."""

from __future__ import annotations

from collections.abc import Mapping

from .operation import Operation
from .parameters import Parameter
from .picture import SIZES
from .registry_structure import SEED
from .tested import compared_with, dethroned, missing, rests_on, significance

_MEASURE = Parameter("text", "Measure that ranks the nodes", SIZES)

TESTS: Mapping[str, Operation] = {
    "basis": Operation("What its ties rest on, by the strength of their sources", rests_on),
    "missing-sources": Operation(
        "How well its ranks hold if a share of the documents is missing",
        missing,
        {
            "measure": _MEASURE,
            "runs": Parameter("whole", "Draws of documents, of each share", least=1, most=1000),
            "seed": SEED,
        },
    ),
    "dethroning": Operation(
        "The fewest documents on which a high rank depends, and their statements",
        dethroned,
        {
            "measure": _MEASURE,
            "node": Parameter("iri", "The node, named as for ego  [default: the first ranked]"),
            "within": Parameter("whole", "Ranks that it has to leave", least=1, most=1000),
            "limit": Parameter("whole", "Networks to measure at most", least=1, most=2000),
        },
    ),
    "backbone": Operation(
        "Its ties that chance does not explain, the least likely first",
        significance,
        {
            "by": Parameter(
                "text",
                "Model of random ties; all but disparity are for projections",
                ("disparity", "hypergeometric", "sdsm", "fdsm"),
            ),
            "level": Parameter("number", "Ties whose chance is below this", least=0, most=1),
            "fdr": Parameter("flag", "Those whose rate of false discoveries is"),
            "runs": Parameter("whole", "Random networks of fdsm", least=1, most=10_000),
            "seed": SEED,
        },
    ),
    "compare": Operation(
        "Its correlation with other networks, tested by permuting nodes (QAP)",
        compared_with,
        {
            "other": Parameter(
                "text", "A network that ships; again for another", many=True, needed=True
            ),
            "by": Parameter("text", "What counts of a tie", ("strength", "steps")),
            "runs": Parameter("whole", "Permutations", least=1, most=10_000),
            "seed": SEED,
        },
    ),
}
"""The operations by name."""
