"""Data that the description calls for in words, and Schemathesis cannot make up.

Loaded by it through the environment variable SCHEMATHESIS_HOOKS.
"""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

TERMS = st.sampled_from(["?a", "?b", "<x:a>", '"text"@en', "42", "true", '"é"', '"a\\u0001"',
                         "<http://e.test/語>", '"x"@ar--rtl', "<<( <x:a> <x:b> 1 )>>"])  # fmt: skip
PATTERNS = st.lists(
    st.tuples(st.sampled_from(["?a", "?b", "<x:a>"]), st.sampled_from(["?p", "<x:b>"]), TERMS),
    max_size=3,
).map(lambda triples: " . ".join(" ".join(triple) for triple in triples))
QUERIES = st.builds(
    "{} {{ {} }} {}".format,
    st.sampled_from(["SELECT * WHERE", "ASK", "CONSTRUCT { ?a <x:c> ?b } WHERE"]),
    PATTERNS,
    st.sampled_from(["", "LIMIT 3", "LIMIT 2 OFFSET 1"]),
)
UPDATES = st.sampled_from(
    [
        "INSERT DATA { GRAPH <x:g> { <x:a> <x:b> 1 } }",
        "DELETE WHERE { GRAPH <x:g> { ?s <x:b> ?o } }",
        "INSERT { GRAPH <x:h> { ?s ?p ?o } } WHERE { GRAPH <x:g> { ?s ?p ?o } }",
    ]
)
IRIS = st.from_regex(r"\Ax:[a-z]{1,9}\Z")
BODIES = {
    "text/turtle": "<x:a> <x:b> 1 .",
    "application/n-triples": "<x:a> <x:b> <x:c> .\n",
    "application/rdf+xml": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "application/ld+json": '{"@id": "x:a", "x:b": 1}',
}

schemathesis.openapi.format("sparql-query", QUERIES)
schemathesis.openapi.format("sparql-update", UPDATES)
schemathesis.openapi.format("absolute-iri", IRIS)
schemathesis.openapi.media_type("application/sparql-query", QUERIES.map(str.encode))
schemathesis.openapi.media_type("application/sparql-update", UPDATES.map(str.encode))
for kind, body in BODIES.items():
    schemathesis.openapi.media_type(kind, st.just(body.encode()))
