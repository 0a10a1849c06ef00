"""Lists the methods of structure and chance among the operations, for :mod:`.registry`."""

from __future__ import annotations

from collections.abc import Mapping

from missiongraph.networks.extract.attributes import ATTRIBUTES

from .operation import Operation
from .parameters import Parameter
from .picture import SIZES
from .structure import (
    brokers_between,
    core_periphery,
    nestedness,
    positions,
    rich_club,
    statistics,
)
from .temporal import temporal_closeness
from .tested import compared_with, dethroned, missing, rests_on, significance

_GROUPED = tuple(name for name in ATTRIBUTES if name != "label")
_SEED = Parameter("whole", "Where random numbers start", least=0)
_TOP = Parameter("whole", "Number of rows, from the first", least=1)
_RUNS = Parameter("whole", "Number of random networks", least=2, most=1000)

_MEASURE = Parameter("text", "Measure that ranks the nodes", SIZES)

STRUCTURE: Mapping[str, Operation] = {
    "statistics": Operation(
        "Its figures as a whole, such as density and centralisation",
        statistics,
        {
            "chance": Parameter("flag", "Beside those of random networks of the same degrees"),
            "by": Parameter(
                "text",
                "With chance: attribute for the E-I index and assortativity; again for another",
                _GROUPED,
                many=True,
            ),
            "runs": _RUNS,
            "seed": _SEED,
        },
    ),
    "core-periphery": Operation(
        "The nodes of its core and of its periphery, and how well that describes it",
        core_periphery,
        {
            "by": Parameter("text", "What counts of a tie", ("steps", "strength")),
            "runs": Parameter("whole", "Searches, of which the best counts", least=1, most=100),
            "seed": _SEED,
        },
    ),
    "nestedness": Operation(
        "Whether who has few ties is tied to a part of those with more (NODF)",
        nestedness,
        {
            "null": Parameter(
                "text", "What random matrices keep: degrees, or all ties", ("fixed", "equiprobable")
            ),
            "runs": _RUNS,
            "seed": _SEED,
        },
    ),
    "rich-club": Operation(
        "Whether its nodes of many ties are tied to each other",
        rich_club,
        {"runs": _RUNS, "seed": _SEED},
    ),
    "positions": Operation(
        "Its nodes with similar ties to the same others (CONCOR)",
        positions,
        {"splits": Parameter("whole", "At most 2^splits positions", least=0, most=10)},
    ),
    "temporal-closeness": Operation(
        "Who reaches the others soonest along ties in the order of time",
        temporal_closeness,
        {
            "every": Parameter("text", "Length of a period", ("year", "quarter", "month")),
            "top": _TOP,
        },
    ),
    "brokers-between": Operation(
        "Who stands between the nodes of two groups",
        brokers_between,
        {
            "one": Parameter("text", "The first group, such as Sweden", needed=True),
            "other": Parameter("text", "The second group", needed=True),
            "by": Parameter("text", "Attribute whose values they are", _GROUPED),
            "top": _TOP,
        },
    ),
}
"""What a whole network is like, by name."""

TESTS: Mapping[str, Operation] = {
    "basis": Operation("What its ties rest on, by the strength of their sources", rests_on),
    "missing-sources": Operation(
        "How well its ranks hold if a share of the documents is missing",
        missing,
        {
            "measure": _MEASURE,
            "runs": Parameter("whole", "Draws of documents, of each share", least=1, most=1000),
            "seed": _SEED,
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
            "seed": _SEED,
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
            "seed": _SEED,
        },
    ),
}
"""What it rests on and how firm it is, by name."""
