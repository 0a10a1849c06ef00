"""The JSON-LD context covers the ontology, and nothing is lost on the way there and back."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from rdflib import OWL, RDF, RDFS, XSD, Dataset, Graph, URIRef
from rdflib.compare import isomorphic

from missiongraph.namespaces import MOI, PREFIXES
from missiongraph.schema.context import complete, names
from missiongraph.schema.lint import main

ONTOLOGY = Path(str(resources.files("missiongraph.ontology")))
CONTEXT: dict[str, Any] = json.loads((ONTOLOGY / "context.jsonld").read_text("utf-8"))
EXAMPLES = sorted((ONTOLOGY / "examples" / "valid").glob("*.t*"))
TERMS: dict[str, Any] = CONTEXT["@context"]


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(ONTOLOGY / "missiongraph.ttl")


def own(ontology: Graph, kind: URIRef) -> list[URIRef]:
    found = ontology.subjects(RDF.type, kind)
    return [term for term in found if isinstance(term, URIRef) and str(term).startswith(MOI)]


def short(iri: str) -> str:
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def test_context_is_json_ld_1_1_and_names_every_prefix() -> None:
    assert TERMS["@version"] == 1.1
    assert PREFIXES.items() <= TERMS.items()


def test_every_class_has_its_name(ontology: Graph) -> None:
    for term in own(ontology, OWL.Class):
        assert TERMS[term.removeprefix(MOI)] == short(term)


def test_every_object_property_takes_addresses(ontology: Graph) -> None:
    for term in own(ontology, OWL.ObjectProperty):
        assert TERMS[term.removeprefix(MOI)] == {"@id": short(term), "@type": "@id"}


def test_every_datatype_property_takes_its_datatype(ontology: Graph) -> None:
    for term in own(ontology, OWL.DatatypeProperty):
        datatype = ontology.value(term, RDFS.range)
        typed = {"@id": short(term), "@type": short(str(datatype))}
        expected = short(term) if datatype in (RDFS.Literal, XSD.string) else typed
        assert TERMS[term.removeprefix(MOI)] == expected


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_survives_the_round_trip(path: Path) -> None:
    graph = merged(path)
    text = graph.serialize(format="json-ld", context=TERMS)
    document = json.loads(text)
    again = Graph().parse(data=text, format="json-ld")
    assert isomorphic(again, graph)
    assert uses_short_names(document)


def merged(path: Path) -> Graph:
    """The triples of an example, whichever graphs it names itself."""
    dataset = Dataset(default_union=True)
    dataset.parse(path)
    graph = Graph()
    for triple in dataset.triples((None, None, None)):
        graph.add(triple)
    return graph


def uses_short_names(document: dict[str, Any]) -> bool:
    nodes = document.get("@graph", [document])
    keys = {key for node in nodes for key in node if key not in ("@context", "id", "type")}
    return keys <= TERMS.keys()


def test_the_context_is_complete() -> None:
    assert CONTEXT["@context"].items() >= names(ONTOLOGY / "missiongraph.ttl").items()


def test_formatting_the_ontology_completes_the_context(tmp_path: Path) -> None:
    ontology = Path(shutil.copy(ONTOLOGY / "missiongraph.ttl", tmp_path))
    context = tmp_path / "context.jsonld"
    less = {name: entry for name, entry in TERMS.items() if name not in ("Mission", "hasRole")}
    context.write_text(json.dumps({"@context": less}))
    assert main(["--format", str(ontology)]) == 0
    again = json.loads(context.read_text("utf-8"))
    assert list(again["@context"].items()) == list(TERMS.items())
    assert not complete(ontology, context)
