"""A store that keeps literals as written tells all terms as they were."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import XSD, BNode, Literal, URIRef
from rdflib.term import Node
from support.examples import examples

from missiongraph.rdf.exact import ExactGraph, exact, held, told

SUBJECT, PREDICATE = ox.NamedNode("urn:s"), ox.NamedNode("urn:p")
DATATYPES = [
    *(f"{XSD}{name}" for name in ("integer", "int", "decimal", "double", "boolean", "string")),
    *(f"{XSD}{name}" for name in ("date", "dateTime", "time", "gYear", "duration", "anyURI")),
    "urn:t",
    "urn:x-missiongraph:exact:urn:t",
]
TEXTS = ("1", "01", "1.0", "1.50", "1e0", "true", "2020-01-01", "2020-01-01T24:00:00", "P1Y", "")


def kept(object: ox.Literal) -> ox.Store:
    store = ox.Store()
    store.add(exact(ox.Quad(SUBJECT, PREDICATE, object, ox.NamedNode("urn:g"))))
    return store


@examples(100)
@given(st.sampled_from(TEXTS) | st.text(max_size=4), st.sampled_from(DATATYPES))
def test_literals_are_told_as_they_were_written(text: str, datatype: str) -> None:
    literal = ox.Literal(text, datatype=ox.NamedNode(datatype))
    (value,) = ExactGraph(kept(literal)).objects()
    assert isinstance(value, Literal)
    assert str(value) == text
    assert str(value.datatype or XSD.string) == datatype
    assert (None, None, value) in ExactGraph(kept(literal))


@pytest.mark.parametrize(
    "node",
    [
        URIRef("urn:a"),
        BNode("b"),
        Literal("a"),
        Literal("a", datatype=XSD.string),
        Literal("a", lang="en"),
        Literal("01", datatype=XSD.integer, normalize=False),
        Literal("a", datatype=URIRef("urn:x-missiongraph:exact:t")),
    ],
    ids=repr,
)
def test_terms_of_rdflib_are_told_as_they_were(node: Node) -> None:
    assert told(held(node)) == node


def test_literals_that_differ_in_form_are_two() -> None:
    store = kept(ox.Literal("1", datatype=ox.NamedNode(str(XSD.integer))))
    other = ox.Literal("01", datatype=ox.NamedNode(str(XSD.integer)))
    store.add(exact(ox.Quad(SUBJECT, PREDICATE, other)))
    assert {str(value) for value in ExactGraph(store).objects()} == {"1", "01"}


def test_language_tags_are_compared_without_case() -> None:
    assert held(Literal("a", lang="EN")) == held(Literal("a", lang="en"))


def test_what_is_no_term_is_refused() -> None:
    with pytest.raises(ValueError, match="IRI"):
        held(URIRef("a b"))
