"""The first ranks with and without each large list, and how much of each list is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from missiongraph.namespaces import source_graph
from missiongraph.networks.analysis.large_lists import MOST, LargeList, compare_lists
from missiongraph.networks.analysis.unread_lists import UnreadList
from missiongraph.networks.extract.attributes import attribute
from missiongraph.networks.measures.registry import find_measure
from missiongraph.networks.model.network import Node
from missiongraph.sparql.engine import Engine

from .asking import rows
from .loaded import LoadedNetwork
from .result import Result

_COVERAGE = """
SELECT ?list ?thing ?held ?bound ?listed ?source {
  ?coverage a moi:Coverage ; rdfs:label ?list ; moi:covers ?thing ; moi:heldCount ?held ;
    prov:wasDerivedFrom ?source .
  OPTIONAL { ?coverage moi:listedCount ?listed }
  OPTIONAL { ?coverage moi:hasBound/skos:prefLabel ?bound }
} ORDER BY ?list
"""
_PARTS = """
SELECT DISTINCT ?thing ?part { [] moi:covers ?thing . ?part moi:partOfInitiative ?thing }
"""
_TITLES = "SELECT ?source ?title { ?source a moi:Source ; dcterms:title ?title }"
_TOLD = 3
"""Coverages that are told one by one; more are added up."""


@dataclass(frozen=True)
class Coverage:
    """How many entries of a list are ``held``, of the number ``listed``, if that is known.

    ``bound`` is how the number is meant, such as «More than»; empty for an exact one.
    """

    name: str
    thing: str
    held: int
    listed: int | None
    bound: str
    graph: str

    def __str__(self) -> str:
        of = "an unknown number" if self.listed is None else f"{self.listed:,}"
        return f"{self.name}: {self.held:,} of {f'{self.bound.lower()} ' * bool(self.bound)}{of}"


def compared(
    drawn: LoadedNetwork, measure: str = "betweenness", top: int = 10, lists: int = MOST
) -> Result:
    """The ranks of the first ``top`` nodes with and without each of the largest ``lists``.

    The facts tell of each variant its column, its lists with their coverage, and its agreement.
    """
    names = attribute(drawn.engine, [str(node) for node in drawn.ties.nodes])
    labels: dict[Node, str] = dict(names.items())
    comparison = compare_lists(
        drawn.ties, drawn.query, drawn.view, measure, most=lists, labels=labels
    )
    called = {**names, **_titles(drawn.engine)}
    held, parts = _coverage(drawn.engine), _parts(drawn.engine)
    variants = [
        {
            "column": variant.name,
            "added": variant.added,
            "nodes": len(variant.ranking.network),
            "ties": variant.ranking.network.size,
            "lists": [
                {
                    "kind": each.kind,
                    "name": each.name,
                    "label": called.get(each.name, each.name),
                    "statements": each.statements,
                    "coverage": covered(each, held, parts),
                }
                for each in variant.lists
            ],
            "agreement": variant.agreement,
        }
        for variant in comparison.variants
    ]
    about = find_measure(measure)
    facts = {
        "measure": measure,
        "says": about.says,
        "top": top,
        "lists": comparison.lists,
        "variants": variants,
    }
    columns = ["node", "label", "rank", *(variant.name for variant in comparison.variants)]
    return Result.of_rows(drawn.about() | facts, comparison.rows(top), *columns)


def unread(engine: Engine) -> list[UnreadList]:
    """The lists of which a number of entries is unread; of a bound, at least or about so many."""
    return [
        UnreadList(each.name, each.thing, each.held, each.listed - each.held)
        for each in _coverage(engine)
        if each.listed is not None and each.listed > each.held
    ]


def covered(
    each: LargeList, held: Sequence[Coverage], parts: Mapping[str, frozenset[str]]
) -> list[str]:
    """What is known of how complete a list is, in words; empty if nothing is.

    Of a node, the lists of its entries; of a source or layer, the lists that its sources tell of
    the nodes that it leads to, of a layer only if they cover most of these nodes; and the lists of
    a whole of which most of these nodes are parts.
    """
    if each.kind == "node":
        return [str(one) for one in held if one.thing == each.name]
    wholes = {
        thing for thing, of in parts.items() if 2 * len(of & each.nodes) > len(each.nodes) > 1
    }
    whole = [str(one) for one in held if one.thing in wholes]
    own = [one for one in held if one.thing in each.nodes and one.graph in each.graphs]
    if each.kind == "layer" and 2 * len({one.thing for one in own}) <= len(each.nodes):
        return whole
    if len(own) <= _TOLD:
        return [*whole, *map(str, own)]
    known = [one for one in own if one.listed is not None]
    at_least = "at least " if any(one.bound for one in known) else ""
    return [
        *whole,
        f"lists of {len({one.thing for one in known}):,} of the {len(each.nodes):,} it leads to: "
        f"{sum(one.held for one in known):,} of {at_least}"
        f"{sum(one.listed or 0 for one in known):,} entries",
    ]


def _titles(engine: Engine) -> dict[str, str]:
    """The title of each source, by its graph."""
    return {source_graph(row["source"]): row["title"] for row in rows(engine, _TITLES)}


def _coverage(engine: Engine) -> list[Coverage]:
    return [
        Coverage(
            row["list"],
            row["thing"],
            int(row["held"]),
            int(row["listed"]) if row["listed"] else None,
            row["bound"] or "",
            source_graph(row["source"]),
        )
        for row in rows(engine, _COVERAGE)
    ]


def _parts(engine: Engine) -> dict[str, frozenset[str]]:
    """The parts of each thing whose lists have a coverage."""
    parts: dict[str, set[str]] = {}
    for row in rows(engine, _PARTS):
        parts.setdefault(row["thing"], set()).add(row["part"])
    return {thing: frozenset(of) for thing, of in parts.items()}
