"""Lists the operations on networks by name, for HTTP, pages, jobs and the command line.

:data:`OPERATIONS` has their parameters and formats; :func:`perform` runs one from a request in
JSON, in any process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from missiongraph.errors import QueryError
from missiongraph.networks.extract.attributes import ATTRIBUTES
from missiongraph.networks.measures.ranking import Ranking, centrality
from missiongraph.networks.measures.registry import MEASURES, find_measure
from missiongraph.networks.model import columns
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.weights import SHARED, WEIGHT
from missiongraph.sparql.engine import Engine

from .list_comparison import compared
from .loaded import LoadedNetwork
from .network_file import FILES, GROUPS, NONE, SCORES, File, described
from .operation import Operation
from .parameters import Parameter, view
from .picture import SIZES, SVG, Picture
from .registry_methods import STRUCTURE, TESTS
from .result import CSV, JSON, Result

if TYPE_CHECKING:
    from missiongraph.networks.analysis.rank_robustness import Method
    from missiongraph.networks.measures.distance import By

_ABOUT = tuple(name for name in ATTRIBUTES if name != "label")
_FILED = ", ".join((*GROUPS, *SCORES))
_ROLES = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")
_RESAMPLING = ("rate", "runs", "level")
_SEED = Parameter("whole", "Where random numbers start", least=0)
_TOP = Parameter("whole", "Number of rows, from the first", least=1)
_FOCUS = {
    "focus": Parameter("iri", "Only the nodes around this one, named as for ego"),
    "depth": Parameter("whole", "Number of steps around it", least=1, most=3),
}
_BY = Parameter("text", "Length of a path: in steps or distance", ("steps", "distance"))


def perform(engine: Engine, task: Mapping[str, Any]) -> tuple[str, bytes]:
    """Run the operation of a request, and return the media type and the bytes of its result.

    ``task`` has the name of the ``operation`` and its ``parameters``; ``name`` and ``text`` of the
    network's query; the ``view``, see :data:`~.parameters.VIEW`; the ``media_type``; and the limits
    ``nodes`` and ``ties``. Raises the errors of loading, building and measuring.
    """
    query = NetworkQuery.parse(task["text"], task["name"])
    drawn = LoadedNetwork(engine, query, view(task["view"]), task["nodes"], task["ties"])
    result = OPERATIONS[task["operation"]].run(drawn, **task["parameters"])
    return task["media_type"], result.encode(task["media_type"])


def _summary(drawn: LoadedNetwork) -> Result:
    query, ties = drawn.query, drawn.ties
    facts = {
        "kind": query.kind,
        "source": query.source,
        "target": query.target,
        query.weighed: query.weight,
        "layer": query.layer,
        "layers": list(ties.layers),
        "graphs": len(ties.graphs),
        "query": query.text,
    }
    return Result(drawn.about() | facts)


def _nodes(drawn: LoadedNetwork, attribute: Sequence[str] = (*GROUPS, *SCORES)) -> Result:
    network = drawn.network
    groups = [name for name in attribute if name in (*GROUPS, NONE)]
    known = described(network, groups, [name for name in attribute if name not in groups])
    values = {name: known.get(name, [None] * len(network)) for name in attribute if name != NONE}
    return Result(drawn.about(), columns.nodes(network, values))


def _ties(drawn: LoadedNetwork) -> Result:
    network = drawn.network
    nodes = network.nodes
    rows = (
        {
            "source": nodes[source],
            "target": nodes[target],
            network.weighed: weight,
            WEIGHT: columns.strength(network, weight),
        }
        for source, target, weight in columns.ties(network)
    )
    result = Result.of_rows(drawn.about(), rows, "source", "target", network.weighed, WEIGHT)
    shared, table = columns.counts(network), result.table or {}
    return result if shared is None else replace(result, table={**table, SHARED: shared})


def _centrality(
    drawn: LoadedNetwork,
    measure: str,
    top: int | None = None,
    sure: Method | None = None,
    **parameters: Any,
) -> Result:
    about = find_measure(measure)
    if sure != "resampling" and (unused := [n for n in _RESAMPLING if n in parameters]):
        raise QueryError(f"{unused[0]} needs sure=resampling")
    ranking = _ranking(drawn, measure, sure, parameters)
    facts = {
        "measure": measure,
        "says": about.says,
        "range": about.range,
        "defined_in": about.source,
        "approximate": about.bounded(**parameters) or None,
        "parameters": parameters,
    }
    if interval := ranking.intervals.get(measure):
        facts["interval"] = interval.method
    return Result.of_rows(drawn.about() | facts, ranking.rows(top), "node", "label", measure)


def _ranking(
    drawn: LoadedNetwork, measure: str, sure: Method | None, parameters: dict[str, Any]
) -> Ranking:
    if "personal" in parameters:
        parameters = parameters | {"personal": dict.fromkeys(parameters["personal"], 1.0)}
    if not sure:
        return centrality(drawn.network, [measure], **parameters)
    from missiongraph.networks.analysis.rank_robustness import robust

    ranking = robust(drawn.ties, drawn.query, drawn.view, [measure], method=sure, **parameters)
    return replace(ranking, network=drawn.network)


def _communities(drawn: LoadedNetwork, algorithm: str = "leiden", **parameters: Any) -> Result:
    from missiongraph.networks.analysis.communities import communities

    partition = communities(drawn.network, algorithm, **parameters)
    sizes = zip(partition.sizes.tolist(), partition.labels, strict=True)
    table = columns.nodes(drawn.network, {"community": partition.members})
    facts = {
        "algorithm": partition.method,
        "communities": [
            {"community": number, "members": size, "foremost": label}
            for number, (size, label) in enumerate(sizes)
        ],
        "modularity": partition.modularity,
        "resolution": partition.resolution,
        "seed": partition.seed,
    }
    if stability := partition.stability:
        table["stays"] = stability.nodes.tolist()
        facts["stability"] = {n: getattr(stability, n) for n in ("runs", "nmi", "ari")}
    return Result(drawn.about() | facts, table)


def _brokers(
    drawn: LoadedNetwork, by: str = "kind", role: str = "total", top: int | None = None
) -> Result:
    from missiongraph.networks.analysis.brokerage import brokers

    known = zip(drawn.network.nodes, drawn.attribute(by), strict=True)
    brokerage = brokers(drawn.network, {node: group for node, group in known if group is not None})
    facts = {"by": by, "role": role, "ungrouped": brokerage.ungrouped}
    return Result.of_rows(
        drawn.about() | facts, brokerage.rows(top, role), "node", "label", "group"
    )


def _ego(drawn: LoadedNetwork, node: str, radius: float = 1, by: By = "steps") -> Result:
    from .neighbourhood import around

    rows = around(drawn.network, node, radius, by)
    return Result.of_rows(drawn.about(), rows, "node", "label", drawn.network.weighed)


def _paths(drawn: LoadedNetwork, by: By = "steps", limit: int = 1, **ends: str) -> Result:
    from .neighbourhood import ways

    length, rows = ways(drawn.network, ends["from"], ends["to"], by, limit)
    return Result.of_rows(drawn.about() | {"length": length}, rows, "path", "step", "node", "label")


def _picture(
    drawn: LoadedNetwork,
    measure: str = "degree",
    colour: str = "community",
    top: int = 500,
    focus: str | None = None,
    depth: int | None = None,
    words: str = "yes",
) -> Picture:
    _goes_with(focus, depth)
    return Picture(drawn, measure, colour, top, focus, depth or 1, words == "yes")


def _export(
    drawn: LoadedNetwork,
    group: Sequence[str] = GROUPS,
    measure: Sequence[str] = SCORES,
    focus: str | None = None,
    depth: int | None = None,
) -> File:
    _goes_with(focus, depth)
    part = drawn if focus is None else replace(drawn, focus=(focus, depth or 1))
    return File(part, group, measure)


def _goes_with(focus: str | None, depth: int | None) -> None:
    if depth is not None and focus is None:
        raise QueryError("depth needs focus")


OPERATIONS: Mapping[str, Operation] = {
    "summary": Operation("What the network is and how large", _summary, formats=(JSON,)),
    "nodes": Operation(
        "Its nodes",
        _nodes,
        {
            "attribute": Parameter(
                "text",
                f"Column about them; again for another  [default: {_FILED}]",
                (*GROUPS, *MEASURES, NONE),
                many=True,
            )
        },
    ),
    "ties": Operation("Its ties", _ties),
    "centrality": Operation(
        "Its nodes, ranked by a measure",
        _centrality,
        {
            "top": _TOP,
            "sure": Parameter(
                "text",
                "The best and worst rank without each source, or without some ties",
                ("sources", "resampling"),
            ),
            "rate": Parameter("number", "Share of ties left out in resampling", least=0, most=1),
            "runs": Parameter("whole", "Times that resampling is repeated", least=1, most=10_000),
            "level": Parameter("number", "Share of ranks within the interval", least=0, most=1),
            "seed": _SEED,
        },
    ),
    "rankings": Operation(
        "Its first ranks with and without each large list that its ties come from",
        compared,
        {
            "measure": Parameter("text", "Measure that ranks the nodes", SIZES),
            "top": Parameter("whole", "Ranks shown of each variant", least=1, most=1000),
            "lists": Parameter("whole", "Number of lists, the largest first", least=0, most=50),
        },
    ),
    "communities": Operation(
        "Communities of nodes, and how stable they are over random seeds",
        _communities,
        {
            "algorithm": Parameter("text", "Method that finds them", ("leiden", "louvain")),
            "resolution": Parameter("number", "Above 1: more and smaller communities", least=0),
            "runs": Parameter("whole", "Runs, of which the best counts", least=1, most=1000),
            "seed": _SEED,
        },
    ),
    "brokers": Operation(
        "Brokers between other nodes, by groups of nodes",
        _brokers,
        {
            "by": Parameter("text", "Attribute that groups the nodes", _ABOUT),
            "role": Parameter("text", "Role by which they are sorted", (*_ROLES, "total")),
            "top": _TOP,
        },
    ),
    "ego": Operation(
        "The nodes around a node",
        _ego,
        {
            "node": Parameter(
                "iri", "The node: its IRI, the end of that, or its label", needed=True
            ),
            "radius": Parameter("number", "Largest length of a path from it", least=0),
            "by": _BY,
        },
    ),
    "paths": Operation(
        "The shortest paths from one node to another",
        _paths,
        {
            "from": Parameter("iri", "The first node, named as for ego", needed=True),
            "to": Parameter("iri", "The last node", needed=True),
            "by": _BY,
            "limit": Parameter("whole", "Number of equally short paths", least=1, most=1000),
        },
    ),
    "picture": Operation(
        "A picture of its highest ranked nodes: SVG, or their positions for your own",
        _picture,
        {
            "measure": Parameter("text", "Measure for the size of nodes", SIZES),
            "colour": Parameter("text", "Group for the colour of nodes", ("community", *_ABOUT)),
            "top": Parameter("whole", "Number of nodes, by the measure", least=1, most=5000),
            **_FOCUS,
            "words": Parameter("text", "Whether an SVG has title, labels, legend", ("yes", "no")),
        },
        (SVG, JSON, CSV),
    ),
    "export": Operation(
        "The network as a file for other programs; csv, parquet and pajek have only the ties",
        _export,
        {
            "group": Parameter(
                "text",
                f"Group of the nodes; again for another  [default: {', '.join(GROUPS)}]",
                (*GROUPS, NONE),
                many=True,
            ),
            "measure": Parameter(
                "text",
                f"Score of the nodes; again for another  [default: {', '.join(SCORES)}]",
                (*MEASURES, NONE),
                many=True,
            ),
            **_FOCUS,
        },
        formats=[*FILES],
    ),
    **STRUCTURE,
    **TESTS,
}
"""The operations by name; ``centrality`` also takes a ``measure`` and its parameters."""
