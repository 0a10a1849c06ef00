"""Which format a client gets for what it accepts."""

from __future__ import annotations

import pytest

from missiongraph.server.negotiation import Choice, accept_of, choose, wants_page

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
TURTLE, NTRIPLES, RDFXML = "text/turtle", "application/n-triples", "application/rdf+xml"
JSONLD = "application/ld+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def chosen(accept: str | None, short_name: str | None = None) -> Choice:
    return choose(accept, short_name)


@pytest.mark.parametrize(
    ("accept", "solutions", "triples"),
    [
        (None, JSON, TURTLE),
        ("*/*", JSON, TURTLE),
        (JSON, JSON, None),
        ("application/json", JSON, JSONLD),
        ("application/json; charset=utf-8", JSON, JSONLD),
        (XML, XML, None),
        ("application/xml", XML, RDFXML),
        ("text/xml", XML, None),
        (CSV, CSV, None),
        (TSV, TSV, None),
        ("text/*", "text/xml", TURTLE),
        (TURTLE, None, TURTLE),
        (NTRIPLES, None, NTRIPLES),
        ("text/plain", None, NTRIPLES),
        (RDFXML, None, RDFXML),
        (JSONLD, None, JSONLD),
        (f"{CSV};q=0.2, {XML};q=0.7", XML, None),
        (f"{TURTLE};q=0.1, {JSONLD};q=0.9, */*;q=0.01", JSON, JSONLD),
        (f"{JSON};q=0, {CSV}", CSV, None),
        (f"{CSV},{TURTLE}", CSV, TURTLE),
    ],
)
def test_the_best_format_of_each_form(
    accept: str | None, solutions: str | None, triples: str | None
) -> None:
    choice = chosen(accept)
    expected = XML if solutions == "text/xml" else solutions
    assert (choice.solutions, choice.triples, choice.html) == (expected, triples, False)


@pytest.mark.parametrize("accept", ["image/png", "application/pdf;q=0.9, image/*", f"{JSON};q=0"])
def test_nothing_that_we_have(accept: str) -> None:
    assert not chosen(accept)


@pytest.mark.parametrize("accept", [BROWSER, "text/html", f"text/html, {JSON};q=0.9"])
def test_a_browser_gets_a_page(accept: str) -> None:
    assert chosen(accept).html and wants_page(accept)


@pytest.mark.parametrize("accept", ["*/*", None, f"{JSON}, text/html;q=0.9"])
def test_a_program_gets_data(accept: str | None) -> None:
    assert not chosen(accept).html and not wants_page(accept)


def test_a_format_in_the_address_goes_before_accept() -> None:
    assert chosen(BROWSER, "csv") == Choice(CSV, None, False)
    assert chosen(CSV, "html").html


@pytest.mark.parametrize(
    ("name", "triples"),
    [("json-ld", JSONLD), ("rdf+xml", RDFXML), ("rdf", RDFXML), ("n3", TURTLE), ("nt", NTRIPLES)],
)
def test_names_that_other_clients_send_are_known(name: str, triples: str) -> None:
    assert chosen("*/*", name).triples == triples


def test_an_unknown_format_in_the_address_is_an_error() -> None:
    with pytest.raises(KeyError):
        accept_of(BROWSER, "pdf")
