"""Scores as RDF: an observation to each node, in the RDF Data Cube vocabulary (W3C 2014).

A network is a ``qb:DataSet``, its dimension is the node; scores are measures, and what a node
may lack (a score that is no number) or what tells of a score (ranks) are attributes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from missiongraph.namespaces import (
    ID,
    KINDS,
    MOI,
    NETWORK,
    NETWORKS_GRAPH,
    PROV,
    QB,
    RDF,
    RDFS,
    SLUG,
    XSD,
)
from missiongraph.networks.measures.ranking import Interval, Ranks
from missiongraph.networks.model.network import Scores

MEASURES = (
    "degree",
    "strength",
    "harmonic",
    "betweenness",
    "eigenvector",
    "pagerank",
    "constraint",
    "coreness",
)
"""The measures whose scores are published."""

SURE = ("degree", "harmonic", "betweenness", "pagerank")
"""Those of them that come with an interval of ranks."""

_PARTIAL = ("constraint",)  # of an isolate it is no number, and a measure is of all observations
_END = f"<{NETWORKS_GRAPH}> .\n"
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`]*')
_OURS = re.compile(f"{re.escape(ID)}((?:{'|'.join(sorted(KINDS))})/{SLUG})")


def structure() -> Iterator[str]:
    """What all networks have in common: dimension, measures and attributes."""
    of_all = f"<{NETWORK}structure>"
    yield _line(of_all, RDF + "type", f"<{QB}DataStructureDefinition>")
    yield _line(of_all, RDFS + "label", text("Scores of the nodes of a network", "en"))
    intervals = ("BestRank", "WorstRank", "RestsOn")
    attributes = [f"{m}Rank" for m in MEASURES] + [f"{m}{i}" for m in SURE for i in intervals]
    for kind, names in {
        "dimension": ["node"],
        "measure": [measure for measure in MEASURES if measure not in _PARTIAL],
        "attribute": [*_PARTIAL, *attributes, "community"],
    }.items():
        for name in names:
            component = f"<{NETWORK}structure/{name}>"
            yield _line(of_all, QB + "component", component)
            yield _line(component, RDF + "type", f"<{QB}ComponentSpecification>")
            yield _line(component, QB + kind, f"<{MOI}{name}>")


def dataset(name: str, about: Mapping[str, Any], sources: Sequence[str] = ()) -> Iterator[str]:
    """A network as a whole: ``about`` has its label, and values of our terms by their name."""
    subject = f"<{NETWORK}{name}>"
    yield _line(subject, RDF + "type", f"<{QB}DataSet>")
    yield _line(subject, QB + "structure", f"<{NETWORK}structure>")
    for term, value in about.items():
        if term == "label":
            yield _line(subject, RDFS + "label", text(value, "en"))
        else:
            yield _line(subject, MOI + term, _value(value))
    for source in sources:
        yield _line(subject, PROV + "wasDerivedFrom", f"<{source}>")


class Observations:
    """The observations of the nodes of one network; what is no IRI cannot be observed."""

    def __init__(self, name: str, nodes: Sequence[str]) -> None:
        self._name = name
        self._places = [place for place, node in enumerate(nodes) if _IRI.fullmatch(node)]
        self._nodes = [nodes[place] for place in self._places]
        self._subjects = [f"<{NETWORK}{name}/{_local(node)}> " for node in self._nodes]

    def heads(self) -> Iterator[str]:
        """What each of them is, and about whom."""
        rest = f"<{QB}dataSet> <{NETWORK}{self._name}> {_END}"
        kind = f"<{RDF}type> <{QB}Observation> {_END}"
        for subject, node in zip(self._subjects, self._nodes, strict=True):
            yield f"{subject}{kind}{subject}{rest}{subject}<{MOI}node> <{node}> {_END}"

    def scores(self, measure: str, scores: Scores) -> Iterator[str]:
        """Scores to ten digits; what is no number is not stated."""
        values = scores[self._places]
        numbers = zip(self._subjects, values.tolist(), np.isfinite(values), strict=True)
        before, after = f'<{MOI}{measure}> "', f'"^^<{XSD}double> {_END}'
        return (
            f"{subject}{before}{x:.10g}{after}" for subject, x, is_number in numbers if is_number
        )

    def ranks(self, term: str, ranks: Ranks, scores: Scores) -> Iterator[str]:
        """Ranks of those that have a score."""
        found = ranks[self._places].tolist()
        rows = zip(self._subjects, found, np.isfinite(scores[self._places]), strict=True)
        before, after = f'<{MOI}{term}> "', f'"^^<{XSD}integer> {_END}'
        return (f"{subject}{before}{rank}{after}" for subject, rank, has_score in rows if has_score)

    def interval(self, measure: str, interval: Interval, scores: Scores) -> Iterator[str]:
        """Best and worst rank, and the source graph that keeps a node from the worst."""
        yield from self.ranks(f"{measure}BestRank", interval.best, scores)
        yield from self.ranks(f"{measure}WorstRank", interval.worst, scores)
        for subject, place in zip(self._subjects, self._places, strict=True):
            if cause := interval.cause[place]:
                yield f"{subject}<{MOI}{measure}RestsOn> <{cause}> {_END}"

    def communities(self, labels: npt.NDArray[np.integer[Any]]) -> Iterator[str]:
        """Which community each node is in, and the communities: from 1, with a label."""
        base = f"{NETWORK}{self._name}/community/"
        for label in np.unique(labels).tolist():
            community, called = f"<{base}{label + 1}>", f"Community {label + 1} of {self._name}"
            yield _line(community, RDF + "type", f"<{MOI}Community>")
            yield _line(community, RDFS + "label", text(called, "en"))
        for subject, label in zip(self._subjects, labels[self._places].tolist(), strict=True):
            yield f"{subject}<{MOI}community> <{base}{label + 1}> {_END}"


def text(value: str, language: str = "") -> str:
    """A string as N-Quads write it."""
    for sign, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(sign, escaped)
    return f'"{value}"@{language}' if language else f'"{value}"'


def _value(value: Any) -> str:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        return f'"{value}"^^<{XSD}integer>'
    return f'"{value:.10g}"^^<{XSD}double>'


def _line(subject: str, predicate: str, object: str) -> str:
    return f"{subject} <{predicate}> {object} {_END}"


def _local(node: str) -> str:
    """What tells a node apart in the address of its observation: kind and slug, or a hash."""
    if ours := _OURS.fullmatch(node):
        return ours[1]
    return "node/" + hashlib.sha256(node.encode()).hexdigest()[:16]
