"""Statements and changes of every kind, for property tests."""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import strategies as st

from missiongraph.rdf.changes import Change

iris = st.sampled_from(["x:a", "x:b", "http://x.test/é?q=%20#f", "urn:uuid:1"]).map(ox.NamedNode)
blank_nodes = st.sampled_from(["a", "b1", "0d"]).map(ox.BlankNode)
texts = st.text() | st.sampled_from(["TC .\n", 'a\n"b"\\\r\t\x00\x7f\u2028', "\U0010ffff"])
literals = st.one_of(
    texts.map(ox.Literal),
    st.builds(lambda text: ox.Literal(text, language="en-gb"), texts),
    st.builds(lambda text: ox.Literal(text, language="ar", direction=ox.BaseDirection.RTL), texts),
    st.builds(lambda text, datatype: ox.Literal(text, datatype=datatype), texts, iris),
)
triples = st.builds(ox.Triple, iris | blank_nodes, iris, iris | blank_nodes | literals)
quads = st.builds(
    ox.Quad,
    iris | blank_nodes,
    iris,
    iris | blank_nodes | literals | triples,
    iris | blank_nodes | st.just(ox.DefaultGraph()),
)
graphs = st.lists(iris, unique=True).map(tuple)
some = st.lists(quads, unique=True, max_size=4).map(tuple)
changes = st.builds(Change, some, some, graphs, graphs)


def quad(name: str, object: str = "o") -> ox.Quad:
    return ox.Quad(*(ox.NamedNode(f"x:{part}") for part in (name, "p", object, "g")))
