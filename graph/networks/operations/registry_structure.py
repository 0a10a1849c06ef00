"""Lists the operations that describe a whole network, for :mod:`.registry`."""

from __future__ import annotations

from collections.abc import Mapping

from missiongraph.networks.extract.attributes import ATTRIBUTES

from .operation import Operation
from .parameters import Parameter
from .structure import (
    brokers_between,
    core_periphery,
    nestedness,
    positions,
    rich_club,
    statistics,
)
from .temporal import temporal_closeness

GROUPED = tuple(name for name in ATTRIBUTES if name != "label")
"""The attributes that group nodes."""

SEED = Parameter("whole", "Where random numbers start", least=0)
TOP = Parameter("whole", "Number of rows, from the first", least=1)
RUNS = Parameter("whole", "Number of random networks", least=2, most=1000)

STRUCTURE: Mapping[str, Operation] = {
    "statistics": Operation(
        "Its figures as a whole, such as density and centralisation",
        statistics,
        {
            "chance": Parameter("flag", "Beside those of random networks of the same degrees"),
            "by": Parameter(
                "text",
                "With chance: attribute for the E-I index and assortativity; again for another",
                GROUPED,
                many=True,
            ),
            "runs": RUNS,
            "seed": SEED,
        },
    ),
    "core-periphery": Operation(
        "The nodes of its core and of its periphery, and how well that describes it",
        core_periphery,
        {
            "by": Parameter("text", "What counts of a tie", ("steps", "strength")),
            "runs": Parameter("whole", "Searches, of which the best counts", least=1, most=100),
            "seed": SEED,
        },
    ),
    "nestedness": Operation(
        "Whether who has few ties is tied to a part of those with more (NODF)",
        nestedness,
        {
            "null": Parameter(
                "text", "What random matrices keep: degrees, or all ties", ("fixed", "equiprobable")
            ),
            "runs": RUNS,
            "seed": SEED,
        },
    ),
    "rich-club": Operation(
        "Whether its nodes of many ties are tied to each other",
        rich_club,
        {"runs": RUNS, "seed": SEED},
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
            "top": TOP,
        },
    ),
    "brokers-between": Operation(
        "Who stands between the nodes of two groups",
        brokers_between,
        {
            "one": Parameter("text", "The first group, such as Sweden", needed=True),
            "other": Parameter("text", "The second group", needed=True),
            "by": Parameter("text", "Attribute whose values they are", GROUPED),
            "top": TOP,
        },
    ),
}
"""The operations by name."""
