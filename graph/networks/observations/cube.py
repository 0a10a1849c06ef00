"""Writes scores as RDF: an observation per node, in the RDF Data Cube vocabulary (W3C 2014).

A network is a ``qb:DataSet`` whose dimension is the node. Scores are measures; a score that nodes
may lack (NaN), and ranks, are attributes.
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

from .terms import ATTRIBUTES, MEASURES, PARTIAL

_END = f"<{NETWORKS_GRAPH}> .\n"
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`]*')
_OURS = re.compile(f"{re.escape(ID)}((?:{'|'.join(sorted(KINDS))})/{SLUG})")


def structure() -> Iterator[str]:
    """The structure of all networks: dimension, measures and attributes."""
    of_all = f"<{NETWORK}structure>"
    yield _line(of_all, RDF + "type", f"<{QB}DataStructureDefinition>")
    yield _line(of_all, RDFS + "label", text("Scores of the nodes of a network", "en"))
    for kind, names in {
        "dimension": ["node"],
        "measure": [measure for measure in MEASURES if measure not in PARTIAL],
        "attribute": ATTRIBUTES,
    }.items():
        for name in names:
            component = f"<{NETWORK}structure/{name}>"
            yield _line(of_all, QB + "component", component)
            yield _line(component, RDF + "type", f"<{QB}ComponentSpecification>")
            yield _line(component, QB + kind, f"<{MOI}{name}>")


def dataset(name: str, about: Mapping[str, Any], sources: Sequence[str] = ()) -> Iterator[str]:
    """A network as a whole; ``about`` has its label, and values by the name of our property."""
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
    """The observations of one network; nodes that are not IRIs have none."""

    def __init__(self, name: str, nodes: Sequence[str]) -> None:
        self._name = name
        self._places = [place for place, node in enumerate(nodes) if _IRI.fullmatch(node)]
        self._nodes = [nodes[place] for place in self._places]
        self._subjects = [f"<{NETWORK}{name}/{_local(node)}> " for node in self._nodes]

    def heads(self) -> Iterator[str]:
        """The type, network and node of each observation."""
        rest = f"<{QB}dataSet> <{NETWORK}{self._name}> {_END}"
        kind = f"<{RDF}type> <{QB}Observation> {_END}"
        for subject, node in zip(self._subjects, self._nodes, strict=True):
            yield f"{subject}{kind}{subject}{rest}{subject}<{MOI}node> <{node}> {_END}"

    def scores(self, measure: str, scores: Scores) -> Iterator[str]:
        """Scores to ten digits; NaN and infinite ones are left out."""
        values = scores[self._places]
        numbers = zip(self._subjects, values.tolist(), np.isfinite(values), strict=True)
        before, after = f'<{MOI}{measure}> "', f'"^^<{XSD}double> {_END}'
        return (
            f"{subject}{before}{x:.10g}{after}" for subject, x, is_number in numbers if is_number
        )

    def ranks(self, term: str, ranks: Ranks, scores: Scores) -> Iterator[str]:
        """Ranks of the nodes that have a score."""
        values = ranks[self._places].tolist()
        rows = zip(self._subjects, values, np.isfinite(scores[self._places]), strict=True)
        before, after = f'<{MOI}{term}> "', f'"^^<{XSD}integer> {_END}'
        return (f"{subject}{before}{rank}{after}" for subject, rank, has_score in rows if has_score)

    def interval(self, measure: str, interval: Interval, scores: Scores) -> Iterator[str]:
        """Best and worst rank, and the source graph without which a node has the worst."""
        yield from self.ranks(f"{measure}BestRank", interval.best, scores)
        yield from self.ranks(f"{measure}WorstRank", interval.worst, scores)
        for subject, place in zip(self._subjects, self._places, strict=True):
            if cause := interval.cause[place]:
                yield f"{subject}<{MOI}{measure}RestsOn> <{cause}> {_END}"

    def communities(self, labels: npt.NDArray[np.integer[Any]]) -> Iterator[str]:
        """The community of each node, and the communities themselves, numbered from 1."""
        base = f"{NETWORK}{self._name}/community/"
        for label in np.unique(labels).tolist():
            community, called = f"<{base}{label + 1}>", f"Community {label + 1} of {self._name}"
            yield _line(community, RDF + "type", f"<{MOI}Community>")
            yield _line(community, RDFS + "label", text(called, "en"))
        for subject, label in zip(self._subjects, labels[self._places].tolist(), strict=True):
            yield f"{subject}<{MOI}community> <{base}{label + 1}> {_END}"


def text(value: str, language: str = "") -> str:
    """A string as a literal in N-Quads."""
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
    """The part of an observation's IRI for its node: kind and slug, or a hash."""
    if ours := _OURS.fullmatch(node):
        return ours[1]
    return "node/" + hashlib.sha256(node.encode()).hexdigest()[:16]
