"""Writes networks in XML: GraphML, and GEXF 1.3, in which ties can have spells.

networkx writes both, too, but its GEXF contains the day of writing and has no intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from missiongraph.networks.extract.counts import described
from missiongraph.networks.extract.spells import Spells
from missiongraph.networks.extract.ties import OPEN
from missiongraph.networks.model.columns import Columns, counts, is_present, strength, ties
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.weights import SHARED, WEIGHT

from .xml import tag, text

_OPEN = (int(OPEN.min), int(OPEN.max))
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_TYPES = {bool: "boolean", int: "long", float: "double"}  # all others: string


def graphml(network: Network, table: Columns) -> Iterator[str]:
    """The lines of a GraphML document (http://graphml.graphdrawing.org).

    Ties have a ``weight``, which is their strength, their ``strength`` or ``distance``, and in a
    projection ``shared``, the number of nodes that both ends share.
    """
    columns, names = _without(table, "node"), table["node"]
    yield _HEAD
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for number, (name, values) in enumerate(columns.items()):
        yield _key(f"n{number}", "node", name, _type(values))
    yield _key("t0", "edge", WEIGHT, "double")
    yield _key("t1", "edge", network.weighed, "double")
    shared = counts(network)
    if shared is not None:
        yield _key("t2", "edge", SHARED, "long")
    yield f'<graph edgedefault="{_direction(network)}">'
    yield tag("desc", text(described(network)))
    for place, name in enumerate(names):
        data = (tag("data", text(value), key=f"n{n}") for n, value in _values(columns, place))
        yield tag("node", "".join(data), id=name)
    for number, (source, target, weight) in enumerate(ties(network)):
        known = tag("data", repr(strength(network, weight)), key="t0")
        known += tag("data", repr(weight), key="t1")
        if shared is not None:
            known += tag("data", str(shared[number]), key="t2")
        yield tag("edge", known, source=names[source], target=names[target])
    yield "</graph></graphml>"


def gexf(network: Network, table: Columns, spells: Spells | None = None) -> Iterator[str]:
    """The lines of a GEXF 1.3 document (https://gexf.net).

    Weights are strengths, the inverses of distances; ties also have the attribute ``strength`` or
    ``distance``, and in a projection ``shared``. With ``spells`` the document is dynamic. Gephi
    shows a tie without spells on every day; the attribute ``time`` says of each tie whether it is
    dated, undated, or dated but at no time of both nodes, so that such ties can be filtered out.
    """
    columns, names = _without(table, "node", "label"), table["node"]
    yield _HEAD
    yield '<gexf xmlns="http://gexf.net/1.3" version="1.3">'
    yield tag("meta", tag("creator", "MissionGraph") + tag("description", text(described(network))))
    dynamic = "" if spells is None else ' mode="dynamic" timeformat="date"'
    yield f'<graph defaultedgetype="{_direction(network)}"{dynamic}>'
    declared = (
        tag("attribute", id=number, title=name, type=_type(values))
        for number, (name, values) in enumerate(columns.items())
    )
    yield tag("attributes", "".join(declared), class_="node")
    means = tag("attribute", id=0, title=network.weighed, type="double")
    if spells is not None:
        means += tag("attribute", id=1, title="time", type="string")
    shared = counts(network)
    if shared is not None:
        means += tag("attribute", id=2, title=SHARED, type="long")
    yield tag("attributes", means, class_="edge")
    yield "<nodes>"
    for place, name in enumerate(names):
        values = (tag("attvalue", for_=n, value=value) for n, value in _values(columns, place))
        yield tag("node", tag("attvalues", "".join(values)), id=name, label=table["label"][place])
    yield "</nodes><edges>"
    for number, (source, target, weight) in enumerate(ties(network)):
        days = (spells or {}).get((network.nodes[source], network.nodes[target]))
        about = tag("attvalue", for_=0, value=repr(weight))
        if spells is not None:
            about += tag("attvalue", for_=1, value=_time(days))
        if shared is not None:
            about += tag("attvalue", for_=2, value=shared[number])
        content = tag("attvalues", about)
        if days:
            content += tag("spells", "".join(map(_spell, days)))
        yield tag(
            "edge",
            content,
            source=names[source],
            target=names[target],
            weight=repr(strength(network, weight)),
        )
    yield "</edges></graph></gexf>"


def _without(table: Columns, *names: str) -> Columns:
    return {name: values for name, values in table.items() if name not in names}


def _values(columns: Columns, place: int) -> Iterator[tuple[int, object]]:
    """The values of a node by number of the column; missing values and NaN are left out."""
    for number, values in enumerate(columns.values()):
        value = values[place]
        if is_present(value):
            yield number, _written(value)


def _written(value: object) -> object:
    """A value as written in GraphML and GEXF, whose types are those of Java."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and abs(value) == float("inf"):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _type(values: Sequence[Any]) -> str:
    """The type that fits all values of a column."""
    types = {type(value) for value in values if value is not None}
    if types == {int, float}:
        return "double"
    return _TYPES.get(types.pop(), "string") if len(types) == 1 else "string"


def _key(key: str, of: str, name: str, type_: str) -> str:
    return tag("key", None, id=key, for_=of, **{"attr.name": name, "attr.type": type_})


def _direction(network: Network) -> str:
    return "directed" if network.directed else "undirected"


def _time(days: Sequence[tuple[int, int]] | None) -> str:
    """What is known of the time of a tie with these spells."""
    if days is None:
        return "undated"
    return "dated" if days else "at no time of both"


def _spell(days: tuple[int, int]) -> str:
    """An interval that includes both its days; open at an end that is not known."""
    start, end = (None if day in _OPEN else _date(day) for day in days)
    return tag("spell", start=start, end=end)


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)
