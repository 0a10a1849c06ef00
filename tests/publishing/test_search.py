"""Search: names are found, also with wrong letters, and the best comes first."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from support.asking import table

from missiongraph import MissionGraph
from missiongraph.namespaces import ID
from missiongraph.publishing.search import Index, kind_of, plain
from missiongraph.publishing.search_rank import score, words

with (Path(__file__).parents[1] / "fixtures" / "searches.csv").open(encoding="utf-8") as file:
    SEARCHES = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def index(graph: MissionGraph) -> Iterator[Index]:
    made = Index(table(graph, "names"))
    yield made
    made.close()


@pytest.mark.parametrize(
    "wanted", SEARCHES, ids=[wanted["typed"].replace(" ", "-") for wanted in SEARCHES]
)
def test_what_a_person_means_comes_first(index: Index, wanted: dict[str, str]) -> None:
    """Names in other languages, acronyms, places for their authorities, wrong letters."""
    first = index.find(wanted["typed"]).hits[0]
    assert (first.kind, first.name) == (wanted["kind"], wanted["first"])


@pytest.mark.parametrize("typed", ["mazucato", "european comission", "vinova", "apolo program"])
def test_wrong_letters_find_names_that_look_alike_and_say_so(index: Index, typed: str) -> None:
    assert index.find(typed).alike


@pytest.mark.parametrize("typed", ["Praha", "Wasserstoff", "Skottland"])
def test_what_is_not_there_is_not_made_up(index: Index, typed: str) -> None:
    found = index.find(typed)
    assert not found.hits or found.alike


def test_accents_do_not_matter(index: Index) -> None:
    assert index.find("métropole de lyon").hits[:3] == index.find("metropole de lyon").hits[:3]


def test_other_names_are_found_and_told(index: Index) -> None:
    hit = next(hit for hit in index.find("A*STAR").hits if hit.other)
    assert hit.kind == "organisation" and "A*STAR" in hit.other


def test_a_note_is_found_and_shown(index: Index) -> None:
    hits = [hit for hit in index.find("procurement", 500).hits if hit.snippet]
    assert hits and all("procure" in hit.snippet.lower() for hit in hits)


def test_a_snippet_has_the_words_of_the_note_as_they_stand() -> None:
    note = f"{'far away ' * 9}Ørsted and Göteborg agreed{' and so on' * 9}"
    rows = [{"thing": ID + "mission/a", "as": how, "text": text} for how, text in
            (("name", "A mission"), ("note", note))]  # fmt: skip
    index = Index(rows)
    (hit,) = index.find("goteborg").hits
    assert "Ørsted and Göteborg agreed" in hit.snippet
    assert hit.snippet.startswith("…") and hit.snippet.endswith("…") and len(hit.snippet) < 99
    index.close()


def test_the_number_found_is_the_true_number(index: Index) -> None:
    found = index.find("mission", 10)
    assert len(found.hits) == 10 and found.total == sum(found.kinds.values()) > 500
    only = index.find("mission", 10_000, "programme")
    assert len(only.hits) == only.total == found.kinds["programme"]
    assert {hit.kind for hit in only.hits} == {"programme"}


def test_everything_shown_has_a_name(index: Index) -> None:
    assert not [hit for hit in index.find("city", 5000).hits if "://" in hit.name]
    assert "participation" not in index.find("city").kinds


def test_one_letter_finds_words_that_begin_with_it(index: Index) -> None:
    hits = index.find("z").hits
    assert hits and all(
        any(word.startswith("z") for word in words(plain(f"{hit.name} {hit.other} {hit.snippet}")))
        for hit in hits
    )


@pytest.mark.parametrize(
    "typed",
    ["", " ", "zzzzqqqq", "%", "''", '"', "***", "\0\0\0\0", "a" * 5000, 'x" OR "y', "_", "__ *"],
)
def test_nonsense_finds_nothing_and_breaks_nothing(index: Index, typed: str) -> None:
    assert not index.find(typed).hits


@given(st.text(max_size=60))
def test_whatever_is_typed_has_an_answer(typed: str) -> None:
    index = Index([{"thing": ID + "mission/a", "as": "name", "text": "A mission of note"}])
    found = index.find(typed)
    assert len(found.hits) == found.total <= 1
    index.close()


@given(st.text(min_size=3, max_size=40).filter(lambda text: bool(words(plain(text)))))
def test_a_name_finds_itself_first(name: str) -> None:
    rows = [
        {"thing": ID + "mission/a", "as": "name", "text": name},
        {"thing": ID + "mission/b", "as": "name", "text": "something else entirely"},
    ]
    index = Index(rows)
    assert index.find(name).hits[0].iri == ID + "mission/a"
    index.close()


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("hydrogen", ("mission", "Hydrogen Shot"), ("result", "Hydrogen: value in 2030")),
        ("turin", ("organisation", "City of Turin"), ("organisation", "Turin Chamber")),
        ("ab", ("organisation", "Alpha Bank (AB)"), ("organisation", "Abacus")),
        ("polio", ("mission", "Global Polio Initiative"), ("instrument", "Commission (polio)")),
    ],
)
def test_better_matches_and_kinds_score_more(
    name: str, better: tuple[str, str], worse: tuple[str, str]
) -> None:
    assert score(*better, [], name) > score(*worse, [], name)


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
        "snippet": "",
    }


def test_what_is_typed_is_escaped(client: FlaskClient) -> None:
    page = client.get("/search?q=<b>x", headers={"Accept": "text/html"}).text
    assert "<b>" not in page


def test_the_page_tells_how_many_there_are_and_of_which_kinds(client: FlaskClient) -> None:
    page = client.get("/search?q=mission", headers={"Accept": "text/html"}).text
    assert "found; the best 60 are shown" in page and "kind=programme" in page
    only = client.get("/search?q=mission&kind=programme", headers={"Accept": "text/html"}).text
    assert "show all kinds" in only and "/page/programme/" in only and "/page/mission/" not in only


def test_the_page_says_that_names_only_look_alike(client: FlaskClient) -> None:
    page = client.get("/search?q=mazucato", headers={"Accept": "text/html"}).text
    assert "Nothing has this word. " in page and "look alike" in page
