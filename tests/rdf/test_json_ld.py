"""JSON-LD that comes in is kept whole, or refused with what would be lost; nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import DataError, QueryError
from missiongraph.namespaces import BASE
from missiongraph.rdf.json_ld import KNOWN, JsonLdError, context, read
from missiongraph.rdf.serialization import serialise
from missiongraph.rdf.store import load, parse
from missiongraph.server.cli.program import main
from missiongraph.writing.attempt import attempt
from missiongraph.writing.request import PUT, Write

P = "http://e.test/p"
OURS = BASE + "context.jsonld"
LOST = {
    '{"@id": "x:a", "undefined": 1}': "'undefined' is not a term of its context",
    '{"@id": "x:a", "no name": {"@id": "x:b", "x:p": 1}}': "'no name' is not a term",
    f'{{"@id": "http://e.test/bad iri", "{P}": 1}}': "'http://e.test/bad iri' is not an IRI",
    f'{{"@id": "x:a", "{P} q": 1}}': f"'{P} q' is not an IRI",
    f'{{"@id": "x:a", "{P}": {{"@id": "http://e.test/100%"}}}}': "e.test/100%' is not an IRI",
    '{"@context": {"p": {"@id": "x:p", "@type": "@id"}}, "@id": "x:a", "p": "x:a|b"}': "x:a|b",
    f'{{"@id": "x:a", "@reverse": {{"{P}": {{"@id": "x:{{}}"}}}}}}': "'x:{}' is not an IRI",
    f'{{"@id": "x:<g>", "@graph": [{{"@id": "x:a", "{P}": 1}}]}}': "'x:<g>' is not an IRI",
    f'{{"{P}": {{"@list": [1, {{"@id": "x:a b"}}]}}}}': "'x:a b' is not an IRI",
    '{"@id": "x:a", "@type": "x:bad type"}': "'x:bad type' is not an IRI",
    f'{{"@id": "x:a", "{P}": {{"@value": "x", "@language": "no tag"}}}}': "not a language tag",
    f'{{"@id": "x:a", "{P}": {{"@value": "x", "@direction": "rtl"}}}}': "as Turtle",
    '{"@id": "x:a", "_:b": 1}': "'_:b' is not a term",
    '[{"@id": "x:a"}, {"@context": null, "@id": "x:b", "label": 1}]': "'label' is not a term",
    f'{{"@context": ["{OURS}", null], "@id": "x:b", "label": 1}}': "'label' is not a term",
    '{"@context": {"@vocab": null}, "@id": "x:b", "label": 1}': "'label' is not a term",
    '{"@id": "x:a", "x:p": 1, "x:p": 2}': "the key 'x:p' twice",
}  # fmt: skip
KEPT = {
    f'{{"@context": "{OURS}", "@id": "x:a", "label": "x"}}': 1,
    f'{{"@context": {{"@import": "{OURS}", "x": "{P}"}}, "@id": "x:a", "x": 1, "label": 2}}': 2,
    f'{{"@context": ["{OURS}", {{"l": "x:l"}}], "@id": "x:a", "l": 1, "label": 2}}': 2,
    f'{{"@context": {{"a b": "{P}"}}, "@id": "x:a", "a b": "{{|}}"}}': 1,
    f'{{"@context": {{"gone": null}}, "@id": "x:a", "gone": 1, "{P}": [null, 1]}}': 1,
    f'{{"@id": "relative", "{P}": {{"@value": {{"a b": "<>"}}, "@type": "@json"}}}}': 1,
    f'{{"@context": {{"@vocab": "x:"}}, "@id": "x:a", "undefined": 1, "{P}": 1e400}}': 2,
    '{"@id": "x:a"}': 0,
    "[]": 0,
}


@pytest.mark.parametrize("document", LOST)
def test_what_would_be_lost_is_told(document: str) -> None:
    with pytest.raises(JsonLdError) as caught:
        list(read(document.encode(), "http://base.test/"))
    assert LOST[document] in str(caught.value)


@pytest.mark.parametrize("document", KEPT)
def test_what_is_whole_is_kept(document: str) -> None:
    assert len(list(read(document.encode(), "http://base.test/"))) == KEPT[document]


def test_what_is_relative_to_nothing_is_lost() -> None:
    with pytest.raises(JsonLdError, match="'a' is a relative IRI without a base"):
        list(read(f'{{"@id": "a", "{P}": 1}}'.encode()))


@pytest.mark.parametrize(
    "said",
    [
        '"https://other.test/c"',
        '["https://other.test/c"]',
        '{"@import": "https://other.test/c"}',
        '{"x": {"@id": "x:x", "@context": "https://other.test/c"}}',
    ],
)
def test_a_context_elsewhere_is_named_and_what_to_do(said: str) -> None:
    told = r"<https://other\.test/c> is not fetched.*Put the context into the document"
    with pytest.raises(JsonLdError, match=told):
        list(read(f'{{"@context": {said}, "@id": "x:a", "x": 1}}'.encode()))


def test_a_context_in_a_value_is_data() -> None:
    document = {"@id": "x:a", P: {"@value": {"@context": "https://o.test/"}, "@type": "@json"}}
    assert len(list(read(json.dumps(document).encode()))) == 1


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"x:p":' * 100_000, '{"@id": "x'])
def test_what_is_no_json_is_an_error(deep: str) -> None:
    with pytest.raises((ValueError, SyntaxError)):
        list(read(deep.encode()))


def test_every_known_context_is_one() -> None:
    for address in KNOWN:
        assert isinstance(context(address), dict)


NODES = st.sampled_from(["x:a", "http://e.test/é語", "http://e.test/%20?q#f"]).map(ox.NamedNode)
LITERALS = st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"]))) | st.builds(
    lambda text: ox.Literal(text, language="en-gb"), st.text("aé<|", max_size=3)
)


@given(st.lists(st.builds(ox.Quad, NODES | st.just(ox.BlankNode("1a")), NODES, NODES | LITERALS)))
@examples(100)
def test_what_we_write_comes_back_whole(quads: list[ox.Quad]) -> None:
    data = serialise(quads, ox.RdfFormat.JSON_LD)
    assert {*read(data)} == {*quads}


def test_files_and_writes_say_so(tmp_path: Path) -> None:
    path = tmp_path / "lost.jsonld"
    path.write_text('{"@id": "x:a", "undefined": 1, "x:p": 2}', "utf-8")
    for reading in (load, lambda path: list(parse(path))):
        with pytest.raises(DataError, match=r"lost\.jsonld: cannot be read: .*'undefined' is no"):
            reading(path)
    ran = CliRunner().invoke(main, ["validate", str(path)])
    assert ran.exit_code == 2 and "'undefined' is not a term of its context" in ran.output
    write = Write(PUT, "test", path.read_bytes(), "application/ld+json", "x:g")
    with pytest.raises(QueryError, match="'undefined' is not a term of its context"):
        attempt(ox.Store(), write, merged=False, gate=None)


def test_files_and_writes_know_our_context(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonld"
    path.write_text(f'{{"@context": "{OURS}", "@id": "x:a", "label": "x"}}', "utf-8")
    assert len(load(path)) == 2
    write = Write(PUT, "test", path.read_bytes(), "application/ld+json", "x:g")
    assert len(attempt(ox.Store(), write, merged=False, gate=None).change.added) == 1
