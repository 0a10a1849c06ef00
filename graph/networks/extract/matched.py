"""Makes one node of organisations that are matched as the same, before ties are counted.

Only a graph that holds matches (`missiongraph match write`) has any; then all of its
``skos:exactMatch`` count, so that two bodies with the same record of ROR are one, too.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from missiongraph.namespaces import ID
from missiongraph.sparql.engine import Engine, Query

from .ties import Ties, order

Pairs = list[tuple[str, str]]

_SAME = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?one ?other ?matched {
  { ?axiom owl:annotatedProperty skos:exactMatch ;
      owl:annotatedSource ?one ; owl:annotatedTarget ?other .
    BIND(true AS ?matched) }
  UNION {
    FILTER EXISTS { ?any owl:annotatedProperty skos:exactMatch }
    ?one skos:exactMatch ?other
    FILTER STRSTARTS(STR(?one), "https://w3id.org/missiongraph/id/organisation/")
  }
}
"""


def matches(engine: Engine) -> Pairs:
    """The pairs that are the same, those that were matched first; none without matches."""
    answer = engine.run(Query(_SAME), solutions="text/csv", triples=None).read().decode()
    rows = [*csv.reader(answer.splitlines())][1:]
    return [(one, other) for one, other, _ in sorted(rows, key=lambda row: (not row[2], row))]


def merged(ties: Ties, pairs: Pairs, *, directed: bool) -> Ties:
    """Ties between bodies instead of their descriptions; the same ties if nothing is matched.

    A body has the IRI of the description that others were matched with, as far as it is one of
    this graph. Ties of a body with itself are counted and left out later, as always.
    """
    names = _names(pairs)
    if not any(node in names for node in ties.nodes):
        return ties
    bodies = [names.get(node, node) for node in ties.nodes]
    nodes = sorted(set(bodies))
    places = {body: at for at, body in enumerate(nodes)}
    new = np.array([*(places[body] for body in bodies), -1], np.int32)  # -1 is that of no node
    result = replace(ties, nodes=nodes, source=new[ties.source], target=new[ties.target])
    return result.where(order(result, directed=directed))


def _names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The IRI that stands for each one that is the same as another."""
    first: dict[str, str] = {}

    def root(iri: str) -> str:
        while (above := first.setdefault(iri, iri)) != iri:
            first[iri] = first.setdefault(above, above)
            iri = first[iri]
        return iri

    matched = set()
    for one, other in pairs:
        matched.add(one)
        first[root(one)] = root(other)
    groups: dict[str, list[str]] = {}
    for iri in [*first]:
        groups.setdefault(root(iri), []).append(iri)
    names: dict[str, str] = {}
    for group in groups.values():
        ours = [iri for iri in group if iri.startswith(ID)]
        if len(ours) > 1:
            best = min(ours, key=lambda iri: (iri in matched, iri))
            names |= dict.fromkeys(ours, best)
    return names
