"""The outline of a query is what its tokens say, also where nobody takes them apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.sparql import outline as module
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.dataset_clause import from_clauses, names_graphs
from missiongraph.sparql.engine import query_form
from missiongraph.sparql.library import queries
from missiongraph.sparql.outline import outline
from missiongraph.sparql.screening import MAX_DEPTH, MAX_SIZE, MAX_TERMS, screen

PIECES = st.sampled_from(
    ["PREFIX ", "prefix", "BASE ", "e:", ":", "select:", "<e:>", "<http://e/#(>", "<", ">", "<(>",
     "SELECT ", "select", "ASK", "DESCRIBE ", "CONSTRUCT", "INSERT ", "WITH ", "*", "?from",
     "$graph", "?s ?p ?o ", "{", "}", "(", ")", "[", "]", "FROM ", "NAMED ", "GRAPH ", "graph:x",
     "e:from", "SERVICE ", "x:service", "service:x", "a", ".", ";", "FILTER(", "1<2&&", "'", '"',
     "'''", '"""', "'#'", "\\", "\\#", "\\u0041", "#", "\n", " ", "\t", "@en", "<<", ">>", "é",
     "\u017f", "-"]
)  # fmt: skip


def by_tokens(text: str) -> tuple[str, bool, object]:
    scanned = screen(text, "a query")
    return query_form(scanned), names_graphs(scanned), from_clauses(scanned)


@given(st.lists(PIECES, max_size=14), st.booleans())
@examples(1000)
def test_it_is_what_the_tokens_say(pieces: list[str], begun: bool) -> None:
    text = ("SELECT * " if begun else "") + "".join(pieces)
    if glance := module._at_a_glance(text):
        assert (glance.form, glance.names_graphs, ([], [])) == by_tokens(text)


def test_most_queries_of_the_library_need_no_tokens() -> None:
    texts = [bind(query.text, query.bindings({})) for query in queries()]
    plain = [text for text in texts if not outline(text).scanned]
    assert len(plain) > 0.9 * len(texts)
    for text in plain:
        found = outline(text)
        assert (found.form, found.names_graphs, ([], [])) == by_tokens(text)


@pytest.mark.parametrize(
    "inside",
    [
        "{" * (MAX_DEPTH + 1),
        "?s" + "/a" * (MAX_SIZE + 1),
        " a" * (MAX_TERMS + 1),
        "SERVICE <e:> {}",
    ],
)
def test_what_goes_too_far_is_refused_as_ever(inside: str) -> None:
    with pytest.raises(QueryError):
        outline(f"SELECT * {{ {inside} }}")


def test_a_query_with_from_has_its_tokens() -> None:
    assert outline("SELECT * FROM <e:> { ?s ?p ?o }").scanned
    assert outline("SELECT ?from { ?from <e:from> 'FROM' } # FROM").scanned == ()
