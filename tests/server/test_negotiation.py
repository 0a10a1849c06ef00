"""Which format a client gets for what it accepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from missiongraph.server.http.negotiation import (
    MEDIA_TYPES,
    Choice,
    accept_of,
    choose,
    preferred,
    wants_page,
)

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
        ("text/*", CSV, TURTLE),
        (f"*/*, {JSON};q=0", XML, TURTLE),
        (f"application/*, {JSON};q=0, {JSONLD};q=0", XML, NTRIPLES),
        ("Text/Turtle", None, TURTLE),
        ("APPLICATION/SPARQL-Results+XML; Q=0.3", XML, None),
        ('text/turtle; charset="UTF-8"', None, TURTLE),
        ("text/turtle;version=1.2", None, TURTLE),
        (f"{TURTLE};version=1.2, {NTRIPLES};q=0.1", None, NTRIPLES),
        (f"{TURTLE};q=0, {TURTLE};version=1.2", None, None),
        ("*/*;q=0.1, text/*;q=0.2, text/csv;q=0", TSV, TURTLE),
        ("application/json;q=0, */*", JSON, TURTLE),
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
    assert (choice.solutions, choice.triples, choice.html) == (solutions, triples, False)


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


@pytest.mark.parametrize("kind", MEDIA_TYPES)
def test_a_format_may_be_a_media_type(kind: str) -> None:
    for said in (kind, kind.upper(), kind.replace("+", " "), f" {kind};charset=utf-8"):
        assert chosen("image/png", said) == chosen(kind)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("JSON", "application/json"), (".ttl", TURTLE), ("srx", XML), ("Turtle", TURTLE)],
)
def test_names_and_suffixes_come_in_any_case(name: str, kind: str) -> None:
    assert chosen(None, name) == chosen(kind)


@pytest.mark.parametrize("name", ["pdf", "", "*/*", "text/*", "image/png", "/", "."])
def test_an_unknown_format_in_the_address_is_an_error(name: str) -> None:
    with pytest.raises(KeyError):
        accept_of(BROWSER, name)


OFFERED = ("a/b", "a/c+d", "e/f", "text/turtle")
RANGES = st.tuples(
    st.sampled_from([*OFFERED, "A/B", "Text/TURTLE", "a/*", "A/*", "e/*", "*/*", "x/y"]),
    st.sampled_from(["", ";level=1", ";Charset=UTF-8", '; charset="utf-8"']),
    st.sampled_from(["", ";q=0", ";q=0.5", "; Q=1.000", ";q=0.25", ";q=0.0"]),
)


def by_the_book(header: list[tuple[str, str, str]], kind: str, *, lenient: bool) -> float:
    """The quality of a media type, by the rules of the section one after the other."""
    qualities: list[tuple[int, bool, float]] = []
    for range, parameters, weight in header:
        plain = "level" not in parameters
        major, minor = range.lower().split("/")
        covers = (range.lower() == kind) or (minor == "*" and major in ("*", kind.split("/")[0]))
        if covers and (plain or lenient):
            specific = 0 if major == "*" else 1 if minor == "*" else 2
            quality = float(weight.partition("=")[2] or 1)
            qualities.append((specific, plain, quality))
    return max(qualities)[2] if qualities else 0


@given(st.lists(RANGES, min_size=1, max_size=5))
@examples(200)
def test_the_choice_is_that_of_the_standard(header: list[tuple[str, str, str]]) -> None:
    best = preferred(accept_of(", ".join(map("".join, header)), None), OFFERED)
    for lenient in (False, True):
        qualities = {kind: by_the_book(header, kind, lenient=lenient) for kind in OFFERED}
        if most := max(qualities.values()):
            assert best is not None and qualities[best] == most
            return
    assert best is None


@given(st.lists(RANGES.filter(lambda range: not range[1]), min_size=1, max_size=5))
@examples(150)
def test_werkzeug_would_give_the_client_nothing_better(header: list[tuple[str, str, str]]) -> None:
    """Where no range comes twice, for it reads the first of two that are the same."""
    said = {range.lower(): weight for range, _, weight in header}
    text = ", ".join(range + weight for range, weight in said.items())
    theirs = parse_accept_header(text, MIMEAccept)
    best = preferred(accept_of(text, None), OFFERED)
    assert (theirs.quality(best) if best else 0) == max(map(theirs.quality, OFFERED))


@given(st.text(max_size=60), st.none() | st.text(max_size=12))
@examples(150)
def test_no_header_breaks_it(header: str, name: str | None) -> None:
    try:
        choose(header, name)
    except KeyError:
        assert name is not None
