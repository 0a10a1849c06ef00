"""Gives the classes and properties of the ontology their names in the JSON-LD context.

A class or a property without a datatype, or of strings, is short for its IRI; an object property
takes addresses, and other datatype properties take their datatype (JSON-LD 1.1, sections 4.1
and 4.2.3). Names in the context that the ontology does not define stay as they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import rdflib
from rdflib import OWL, RDF, RDFS, XSD, URIRef

from missiongraph.namespaces import MOI, short
from missiongraph.system.files import replacing

_KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)


def complete(ontology: Path, context: Path) -> bool:
    """Add to the context what the ontology defines; returns whether it has changed.

    Names stay in their order; a new one comes before the next of its kind in the alphabet.
    """
    document = json.loads(context.read_text("utf-8"))
    before = list(document["@context"].items())
    document["@context"] = dict(_merged(before, names(ontology)))
    if list(document["@context"].items()) == before:
        return False
    with replacing(context) as file:
        file.write((json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
    return True


def names(ontology: Path) -> dict[str, Any]:  # Any: JSON
    """The entry of each class and property that an ontology defines, by its name in a context."""
    graph = rdflib.Graph().parse(ontology)
    own = {
        term: _entry(graph, term, kind)
        for kind in _KINDS
        for term in graph.subjects(RDF.type, kind)
        if isinstance(term, URIRef) and term.startswith(MOI)
    }
    return {term.removeprefix(MOI): entry for term, entry in sorted(own.items())}


def _entry(graph: rdflib.Graph, term: URIRef, kind: URIRef) -> str | dict[str, str]:
    if kind == OWL.ObjectProperty:
        return {"@id": short(term), "@type": "@id"}
    datatype = graph.value(term, RDFS.range)
    if kind == OWL.Class or datatype in (RDFS.Literal, XSD.string):
        return short(term)
    return {"@id": short(term), "@type": short(str(datatype))}


def _merged(entries: list[tuple[str, Any]], own: dict[str, Any]) -> list[tuple[str, Any]]:
    merged = [(name, own.get(name, entry)) for name, entry in entries]
    there = dict(entries)
    for name, entry in own.items():
        if name not in there:
            after = (
                place
                for place, (other, _) in enumerate(merged)
                if other in own and other > name and other[0].isupper() == name[0].isupper()
            )
            merged.insert(next(after, len(merged)), (name, entry))
    return merged
