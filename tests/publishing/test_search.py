"""Search: names are found, also with wrong letters, and the best comes first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from support.asking import table

from missiongraph import MissionGraph
from missiongraph.namespaces import ID
from missiongraph.publishing.search import Index, kind_of, plain


@pytest.fixture(scope="module")
def index(graph: MissionGraph) -> Iterator[Index]:
    made = Index(table(graph, "names"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("mazucato", "Mariana Mazzucato"),
        ("european comission", "European Commission"),
        ("vinova", "Vinnova"),
        ("apolo program", "Apollo programme"),
        ("LEIPZIG climate", "Leipzig climate-neutral city"),
        ("rockefeler foundation", "Rockefeller Foundation"),
    ],
)
def test_wrong_letters_are_forgiven(index: Index, typed: str, name: str) -> None:
    assert index.find(typed)[0].name == name


def test_accents_do_not_matter(index: Index) -> None:
    assert index.find("métropole de lyon")[:3] == index.find("metropole de lyon")[:3]


def test_other_names_are_found_and_told(index: Index) -> None:
    hit = next(hit for hit in index.find("A*STAR") if hit.other)
    assert hit.kind == "organisation" and "A*STAR" in hit.other


def test_one_letter_finds_what_starts_with_it(index: Index) -> None:
    assert all(plain(hit.name).startswith("z") for hit in index.find("z"))


@pytest.mark.parametrize(
    "typed", ["", " ", "zzzzqqqq", "%", "''", '"', "***", "\0\0\0\0", "a" * 5000]
)
def test_nonsense_finds_nothing_and_breaks_nothing(index: Index, typed: str) -> None:
    assert index.find(typed) == []


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_hits(typed: str) -> None:
    index = Index([{"thing": ID + "mission/a", "as": "name", "text": "A mission of note"}])
    assert all(0 < hit.share <= 2 for hit in index.find(typed))
    index.close()


@given(st.text(min_size=3, max_size=40).filter(lambda text: len(plain(text)) >= 3))
def test_a_name_finds_itself_first(name: str) -> None:
    rows = [
        {"thing": ID + "mission/a", "as": "name", "text": name},
        {"thing": ID + "mission/b", "as": "name", "text": "something else entirely"},
    ]
    index = Index(rows)
    assert index.find(name)[0].iri == ID + "mission/a"
    index.close()


@pytest.mark.parametrize(
    ("iri", "kind"),
    [
        (ID + "mission/a", "mission"),
        ("https://w3id.org/missiongraph/vocab/country/FR", "concept"),
        ("https://w3id.org/missiongraph/ontology#Mission", "term"),
        ("https://w3id.org/missiongraph/shapes#x", "other"),
    ],
)
def test_a_kind_is_told_by_the_iri(iri: str, kind: str) -> None:
    assert kind_of(iri) == kind


def test_the_page_links_to_what_is_found(client: FlaskClient) -> None:
    page = client.get("/search?q=mazucato", headers={"Accept": "text/html"}).text
    assert '<a href="/page/person/mariana-mazzucato">Mariana Mazzucato</a>' in page


def test_programs_get_json(client: FlaskClient) -> None:
    found = client.get("/search?q=apollo", headers={"Accept": "application/json"}).json
    assert found and found[0] == {
        "iri": ID + "mission/us-apollo",
        "kind": "mission",
        "name": "Apollo programme",
        "other": "",
    }


def test_what_is_typed_is_escaped(client: FlaskClient) -> None:
    page = client.get("/search?q=<b>x", headers={"Accept": "text/html"}).text
    assert "<b>" not in page
