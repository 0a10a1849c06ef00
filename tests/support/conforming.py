"""Whether what an import makes conforms to the shapes, beside the organisations it refers to."""

from __future__ import annotations

import pyoxigraph as ox

from missiongraph.importers.running import Imported
from missiongraph.namespaces import ID, ORG, RDF, RDFS
from missiongraph.validation.shapes import Report, validate


def report(done: Imported, *organisations: str) -> Report:
    """The report on the statements of an import, and on ours about some organisations."""
    quads = [*ox.parse(done.data, ox.RdfFormat.N_QUADS)]
    for key in organisations:
        thing, graph = ox.NamedNode(f"{ID}organisation/{key}"), ox.NamedNode("urn:ours")
        kind = ox.NamedNode(ORG + "FormalOrganization")
        quads.append(ox.Quad(thing, ox.NamedNode(RDF + "type"), kind, graph))
        quads.append(ox.Quad(thing, ox.NamedNode(RDFS + "label"), ox.Literal(key), graph))
    return validate(quads)
