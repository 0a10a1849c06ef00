"""SERVICE is refused wherever the engine would see it, and a prefix may hold the word."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import MappingError, Refused
from missiongraph.ingest.mapping import Mapping
from missiongraph.sparql.screening import screen
from missiongraph.writing.update_parser import read

PREFIXES = "PREFIX service: <x:> PREFIX publicService: <x:> PREFIX : <http://127.0.0.1:9/> "
NAMED = [
    "SELECT * { ?s a service:Grant }",
    "SELECT ?s { ?s service:of publicService:x ; ?p service:a, service:b . }",
    "SELECT * { GRAPH service:g { ?s ?p ?o } }",
    "SELECT * FROM service:g { ?s ?p ?o }",
    "SELECT * FROM NAMED service:g { ?s ?p ?o }",
    "DESCRIBE service:a publicService:b { ?s ?p ?o }",
    "DESCRIBE service:a",
    "SELECT * { ?s ?p service:x {| ?q ?r |} }",
    "SELECT * { ?s service:x*/^publicService:y ?o FILTER(?o != service:x) }",
    "SELECT * { VALUES ?x { service:a service:b } }",
    "CONSTRUCT { ?s a service:x } WHERE { ?s a :service }",
]


@pytest.mark.parametrize("text", NAMED)
def test_a_prefix_may_hold_the_word(text: str) -> None:
    screen(PREFIXES + text, "a query")
    ox.Store().query(PREFIXES + text)


def test_it_may_in_updates_and_mappings() -> None:
    read(PREFIXES + "WITH service:g DELETE { ?s a service:x } WHERE { ?s a service:y }")
    read(PREFIXES + "INSERT DATA { GRAPH service:g { service:a service:b service:c } }")
    head = "# column id iri\n" + PREFIXES
    Mapping.parse(head + "CONSTRUCT { ?id a service:Grant } WHERE { }")
    with pytest.raises(MappingError, match="SERVICE"):
        Mapping.parse(head + "CONSTRUCT { ?id a service:Grant } WHERE { SERVICE:x {} }")


PIECES = st.sampled_from(
    ["SERVICE", "service", "SILENT", ":x", "x", " ", "{", "}", "{}", "?s ?p ", "true", "1", ".",
     "GRAPH", "FROM", "service:x", "<http://127.0.0.1:9/>", "{|", "a", "e:", "UNION", "#\n", "*",
     "OPTIONAL{", "FILTER EXISTS{", "BIND(1 AS ?z)", "SERVICE:x{}", "NAMED", "'x'"]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=7), st.booleans())
@examples(400)
def test_nothing_that_asks_a_service_passes(pieces: list[str], declared: bool) -> None:
    """The engine says so itself: nobody listens there, so that asking fails."""
    prefixes = PREFIXES + "PREFIX e: <http://127.0.0.1:9/> PREFIX x: <x:>" if declared else ""
    text = f"{prefixes} SELECT * {{ VALUES ?s {{ 1 }} {''.join(pieces)} }}"
    try:
        screen(text, "a query")
    except Refused:
        return
    try:
        list(ox.Store().query(text))  # type: ignore[arg-type]
    except SyntaxError:
        return
    except (OSError, RuntimeError) as error:
        raise AssertionError(f"{text} asks: {error}") from error
