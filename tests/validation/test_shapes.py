"""The shapes: valid examples conform, each invalid one fails with exactly what it names."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SH, URIRef

from missiongraph.namespaces import MOI, SHAPES
from missiongraph.resources import Inputs
from missiongraph.validation.shapes import read, shapes, validate

ONTOLOGY = Path(str(files("missiongraph.ontology")))
EXAMPLES = ONTOLOGY / "examples"
VALID = sorted(path for path in EXAMPLES.glob("valid/*") if path.suffix in (".ttl", ".trig"))
INVALID = sorted(EXAMPLES.glob("invalid/*.ttl"))
HEADER = re.compile(r"# fails: shapes#(\S+)\n# why: \S")
ABSTRACT = {SH.property, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.severity}
ABSTRACT |= {RDF.type, RDFS.label, RDFS.comment, SH.message}


def named(path: Path) -> str:
    header = HEADER.match(path.read_text(encoding="utf-8"))
    assert header, f"{path.name} must begin with '# fails: shapes#…' and '# why: …'"
    return SHAPES + header[1]


def own_shapes(kind: URIRef) -> list[URIRef]:
    return [s for s in shapes().subjects(RDF.type, kind) if isinstance(s, URIRef)]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.name)
def test_valid_example_has_neither_violation_nor_warning(path: Path) -> None:
    report = validate(path)
    assert not report.violations + report.warnings, report.text()


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_example_fails_with_exactly_what_it_names(path: Path) -> None:
    report = validate(path)
    grave = {result.shape for result in report.violations + report.warnings}
    advice = {result.shape for result in report.infos}
    assert grave == {named(path)} or (not grave and named(path) in advice), report.text()


def test_every_constraint_has_an_invalid_example() -> None:
    graph = shapes()
    constrained = {
        shape for shape in own_shapes(SH.NodeShape) if set(graph.predicates(shape)) - ABSTRACT
    }
    constraints = {str(shape) for shape in [*own_shapes(SH.PropertyShape), *constrained]}
    assert constraints - {named(path) for path in INVALID} == set()


def test_every_constraint_meets_a_node_or_value_in_a_valid_example() -> None:
    # shapes that allow nothing complain of whatever they would else let pass
    strict = rdflib.Graph() + shapes()
    for shape in own_shapes(SH.NodeShape):
        strict.set((shape, SH.nodeKind, SH.Literal))
    for shape in own_shapes(SH.PropertyShape):
        strict.set((shape, SH.maxCount, rdflib.Literal(0)))
        strict.remove((shape, SH.minCount, None))
    _, results, _ = pyshacl.validate(read(VALID), shacl_graph=strict, advanced=True)
    strictness = (SH.NodeKindConstraintComponent, SH.MaxCountConstraintComponent)
    met = {
        shape
        for kind in strictness
        for result in results.subjects(SH.sourceConstraintComponent, kind)
        for shape in results.objects(result, SH.sourceShape)
    }
    assert {*own_shapes(SH.NodeShape), *own_shapes(SH.PropertyShape)} - met == set()


def test_every_own_class_is_targeted_and_has_a_valid_example() -> None:
    ontology = read(Inputs.shipped().ontologies())
    targets = set(shapes().objects(None, SH.targetClass))
    types = set(read(VALID).objects(None, RDF.type))
    for own in ontology.subjects(RDF.type, OWL.Class):
        if isinstance(own, URIRef) and own.startswith(MOI):
            assert own in targets, f"no shape targets {own}"
            family = set(ontology.transitive_subjects(RDFS.subClassOf, own))
            assert family & types, f"no valid example has a {own}"


@pytest.mark.long
def test_shapes_conform_to_shacl_itself() -> None:
    # pyshacl raises when the shapes graph breaks SHACL's own shapes
    conforms, _, text = pyshacl.validate(rdflib.Graph(), shacl_graph=shapes(), meta_shacl=True)
    assert conforms, text


def test_vocabularies_conform() -> None:
    report = validate(Inputs.shipped().vocabularies())
    assert not report.violations + report.warnings, report.text()


def test_every_shape_is_named_described_and_says_what_to_do() -> None:
    graph = shapes()
    for shape in own_shapes(SH.PropertyShape):
        for wanted in (SH.name, SH.description, SH.message, SH.severity, SH.order, SH.group):
            assert graph.value(shape, wanted), f"{shape} lacks {wanted}"
    for shape in own_shapes(SH.NodeShape):
        assert graph.value(shape, RDFS.label), f"{shape} lacks a label"
        assert graph.value(shape, RDFS.comment), f"{shape} lacks a comment"


def test_every_property_shape_belongs_to_a_shape_whose_name_it_begins_with() -> None:
    graph = shapes()
    for shape in own_shapes(SH.PropertyShape):
        (owner,) = graph.subjects(SH.property, shape)
        assert str(shape).startswith(f"{owner}-")
