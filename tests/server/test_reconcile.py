"""Matching lists by the Reconciliation Service API 0.2, as OpenRefine does."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.examples import examples
from support.misspelling import Spelt, spelt
from support.reconciliation import (
    MANIFEST,
    PROPOSALS,
    RESULTS,
    SUGGESTIONS,
    VALUES,
    conforms,
)

from missiongraph import MissionGraph
from missiongraph.namespaces import ID, ONTOLOGY
from missiongraph.publishing.reconciliation.candidates import Question, Reconciler
from missiongraph.publishing.reconciliation.matchable import KINDS, PROPERTIES, Thing
from missiongraph.publishing.search import Index
from missiongraph.server import create_app
from missiongraph.server.api.reconcile import reconciler
from missiongraph.server.api.reconcile_request import BATCH, CANDIDATES, COLUMNS, GIVEN, IDS
from missiongraph.server.state.access import Access

SPELLINGS = 500
EXAMPLES = partial(
    examples, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def known(client: FlaskClient) -> Mapping[str, Thing]:
    """The things of the graph that can be matched, by IRI."""
    with client.application.test_request_context():
        return reconciler().things


def post(client: FlaskClient, **fields: Any) -> Any:
    """The response to a form whose fields hold JSON."""
    return client.post("/reconcile", data={name: json.dumps(v) for name, v in fields.items()})


def results(client: FlaskClient, *queries: dict[str, Any]) -> list[list[Any]]:
    """The candidates of each query."""
    reply = post(client, queries={f"q{place}": query for place, query in enumerate(queries)})
    assert reply.status_code == 200, reply.text
    conforms(RESULTS, reply.json)
    return [reply.json[f"q{place}"]["result"] for place in range(len(queries))]


def first(client: FlaskClient, query: str, **more: Any) -> Any:
    """The best candidate for a name."""
    return results(client, {"query": query} | more)[0][0]


# --- names


def right(client: FlaskClient, known: Mapping[str, Thing], made: list[Spelt]) -> dict[Spelt, Any]:
    """The best candidates for spellings, sent in batches with their types, as lists have them."""
    found: dict[Spelt, Any] = {}
    for start in range(0, len(made), BATCH):
        batch = made[start : start + BATCH]
        asked = [{"query": each.text, "type": known[each.iri].kind, "limit": 3} for each in batch]
        for each, result in zip(batch, results(client, *asked), strict=True):
            found[each] = result[0] if result else {}
    return found


def test_misspelt_names_are_found_in_the_first_place(
    client: FlaskClient, known: Mapping[str, Thing]
) -> None:
    """At least 95 of 100 by each rule, of names and other names; and none is matched wrongly."""
    names = {iri: thing.names for iri, thing in known.items()}
    made = [*spelt(names, SPELLINGS, random.Random(20261130))]
    found = right(client, known, made)
    missed = [each for each, best in found.items() if best.get("id") != known[each.iri].id]
    assert len(made) == SPELLINGS
    assert len(missed) <= 0.05 * SPELLINGS, missed
    assert not [each for each in missed if found[each].get("match")]
    assert sum(best.get("match", False) for best in found.values()) > 0.75 * SPELLINGS


def test_what_is_not_in_the_graph_is_hardly_ever_matched(known: Mapping[str, Thing]) -> None:
    """Of 400 organisations that are taken out, at most one in 200 is taken for another."""
    ours = {iri: thing for iri, thing in known.items() if thing.kind == "organisation"}
    gone = sorted(random.Random(20261130).sample([*ours], 400))
    index = Index({"thing": iri, "as": "name", "text": t.name} for iri, t in ours.items())
    left = Reconciler({iri: thing for iri, thing in ours.items() if iri not in gone}, index)
    best = [each for iri in gone for each in left.candidates(Question(ours[iri].name), 1)]
    index.close()
    wrong = [each.thing.name for each in best if each.match]
    assert len(wrong) <= 400 / 200, wrong


def test_a_clear_winner_is_a_match(client: FlaskClient) -> None:
    best, second = results(client, {"query": "univercity college london", "limit": 2})[0]
    assert (best["id"], best["match"]) == ("organisation/ucl", True)
    assert best["score"] > second["score"] and not second["match"]


@pytest.mark.parametrize("query", ["NASA", "ucl", "Moonshot Goal 99", "City of Parka"])
def test_what_may_be_another_is_no_match(client: FlaskClient, query: str) -> None:
    assert not first(client, query)["match"]


def test_a_source_is_a_match_only_if_sources_are_asked_for(client: FlaskClient) -> None:
    """Titles of sources are often the names of what they are about."""
    title = "BRICS bank admits new members"
    assert not first(client, title)["match"] and first(client, title, type="source")["match"]
    found = results(client, {"query": "African Development Bank", "limit": 2})[0]
    assert [each["score"] for each in found] == [100, 100]
    kinds = [(each["type"][0]["id"], each["match"]) for each in found]
    assert kinds == [("organisation", True), ("source", False)]


def test_a_thing_is_found_by_its_identifier(client: FlaskClient) -> None:
    for text in (ID + "mission/us-apollo", "mission/us-apollo", "mission:us-apollo"):
        best = first(client, text)
        assert (best["id"], best["score"], best["match"]) == ("mission/us-apollo", 100, True)


def test_a_type_limits_the_candidates(client: FlaskClient) -> None:
    for type, kinds in (("organisation", {"organisation"}), ("initiative", {"mission"})):
        found = results(client, {"query": "Apollo programme", "type": type, "limit": 3})[0]
        assert {each["type"][0]["id"] for each in found} & kinds
    both = {"query": "Apollo programme", "type": ["mission", "person"], "type_strict": "all"}
    assert results(client, both) == [[]]


def test_a_country_tells_namesakes_apart(client: FlaskClient) -> None:
    """Three academies and councils of the graph share the name."""
    plain = first(client, "National Research Council", type="organisation")
    assert not plain["match"]
    for country in ("IT", "Italy", "italy"):
        given = [{"pid": "country", "v": country}]
        best = first(client, "National Research Council", type="organisation", properties=given)
        assert (best["id"], best["match"]) == ("organisation/cnr-italy", True)
        assert {"id": "country", "value": True} in best["features"]


def test_a_property_that_differs_forbids_a_match(client: FlaskClient) -> None:
    best = first(client, "Vinnova", properties=[{"pid": "country", "v": ["BR", "Chile"]}])
    assert (best["id"], best["match"], best["score"]) == ("organisation/vinnova", False, 75)


@pytest.mark.parametrize("value", ["https://ror.org/02m388s04", "02m388s04", {"id": "02M388S04"}])
def test_a_shared_identifier_is_a_match_without_a_name(client: FlaskClient, value: Any) -> None:
    (found,) = results(client, {"properties": [{"pid": "ror", "v": value}]})
    assert [each["match"] for each in found] == [True] and found[0]["score"] == 97


def test_other_properties_alone_give_candidates_but_no_match(client: FlaskClient) -> None:
    (found,) = results(
        client, {"properties": [{"pid": "country", "v": "Sweden"}], "type": "mission"}
    )
    assert found and not any(each["match"] for each in found)


@pytest.mark.parametrize("query", ["", " ", "...", "\0", "\ud800", "zzzzqqqq", "a" * 5000])
def test_nothing_to_be_found_gives_no_candidates(client: FlaskClient, query: str) -> None:
    assert results(client, {"query": query}) == [[]]


def test_candidates_come_in_the_order_of_their_scores(client: FlaskClient) -> None:
    (found,) = results(client, {"query": "Ministry of Economy", "limit": 1000})
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True) and len(found) <= CANDIDATES


# --- the protocol


def test_without_parameters_the_manifest_is_sent(client: FlaskClient) -> None:
    reply = client.get("/reconcile")
    conforms(MANIFEST, reply.json)
    sent: Any = reply.json
    assert (sent["identifierSpace"], sent["schemaSpace"]) == (ID, ONTOLOGY)
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_every_address_of_the_manifest_answers(client: FlaskClient) -> None:
    sent: Any = client.get("/reconcile").json
    places = [*sent["suggest"].values(), sent["extend"]["propose_properties"]]
    addresses = [place["service_url"] + place["service_path"] for place in places]
    ids = [sent[name]["url"] for name in ("view", "preview")]
    addresses += [url.replace("{{id}}", quote("organisation/vinnova", "")) for url in ids]
    for address in (*addresses, sent["logo"], sent["documentation"]):
        with client.get(address) as reply:
            assert reply.status_code in (200, 303), address


def test_addresses_have_the_prefix_of_the_site(client: FlaskClient) -> None:
    sent: Any = client.get("/reconcile", environ_overrides={"SCRIPT_NAME": "/graph"}).json
    assert sent["view"]["url"].startswith("http://localhost/graph/reconcile/view?")
    assert "/graph/graph" not in json.dumps(sent)


def test_get_answers_as_post_does(client: FlaskClient) -> None:
    queries = json.dumps({"q0": {"query": "Vinnova"}})
    got = client.get("/reconcile", query_string={"queries": queries})
    assert got.json == client.post("/reconcile", data={"queries": queries}).json


def test_there_is_no_jsonp(client: FlaskClient) -> None:
    reply = client.get("/reconcile?callback=alert")
    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("what", ["entity", "type", "property"])
@pytest.mark.parametrize("prefix", ["", "vin", "miss", "coun", "%22*", "a" * 3000])
def test_suggestions_have_their_shape(client: FlaskClient, what: str, prefix: str) -> None:
    conforms(SUGGESTIONS, client.get(f"/reconcile/suggest/{what}?prefix={prefix}").json)


@pytest.mark.parametrize(
    ("what", "prefix", "id"),
    [
        ("entity", "vinn", "organisation/vinnova"),
        ("entity", "organisation/vinnova", "organisation/vinnova"),
        ("type", "organi", "organisation"),
        ("type", "instr", "instrument"),
        ("property", "country", "country"),
    ],
)
def test_what_was_begun_is_suggested(client: FlaskClient, what: str, prefix: str, id: str) -> None:
    sent: Any = client.get(f"/reconcile/suggest/{what}?prefix={prefix}").json
    assert sent["result"][0]["id"] == id


def test_a_cursor_skips_suggestions(client: FlaskClient) -> None:
    asked = "/reconcile/suggest/entity?type=mission&prefix=mission"
    pages: list[Any] = [client.get(f"{asked}&cursor={at}").json for at in (0, 5, 10**8)]
    assert pages[0]["result"][5:] == pages[1]["result"][: len(pages[0]["result"]) - 5]
    assert pages[2]["result"] == []


def test_properties_are_proposed_for_a_type(client: FlaskClient) -> None:
    for asked in ("", "?type=person", "?type=organisation&limit=2"):
        sent: Any = client.get(f"/reconcile/properties{asked}").json
        conforms(PROPOSALS, sent)
    assert len(sent["properties"]) == sent["limit"] == 2


def test_a_list_is_extended(client: FlaskClient) -> None:
    names = ("country", "country-code", "start", "end", "iri")
    asked = {"ids": ["mission/us-apollo", "x"], "properties": [{"id": name} for name in names]}
    sent = post(client, extend=asked).json
    conforms(VALUES, sent)
    assert [each["id"] for each in sent["meta"]] == [*names]
    assert sent["rows"]["mission/us-apollo"] == {
        "country": [{"str": "United States"}],
        "country-code": [{"str": "US"}],
        "start": [{"str": "1961-05"}],
        "end": [{"int": 1972}],
        "iri": [{"str": ID + "mission/us-apollo"}],
    }
    assert set(map(len, sent["rows"]["x"].values())) == {0}


def test_every_property_of_every_kind_has_values_of_its_shape(
    client: FlaskClient, known: Mapping[str, Thing]
) -> None:
    chance = random.Random(1)
    ids = [thing.id for thing in chance.sample([*known.values()], IDS)]
    sent = post(client, extend={"ids": ids, "properties": [{"id": id} for id in PROPERTIES]}).json
    conforms(VALUES, sent)
    held = {id for row in sent["rows"].values() for id, values in row.items() if values}
    assert held >= {*PROPERTIES} - {"member-of"}


def test_no_kind_has_a_property_that_is_not_proposed_for_it(known: Mapping[str, Thing]) -> None:
    held = {(t.kind, name) for t in known.values() for name in PROPERTIES if t.values(name)}
    assert [(kind, name) for kind, name in held if kind not in PROPERTIES[name].of] == []


def test_a_preview_may_be_framed_and_runs_nothing(client: FlaskClient) -> None:
    reply = client.get("/reconcile/preview?id=organisation/vinnova")
    policy = reply.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy and "script-src" not in policy
    assert "X-Frame-Options" not in reply.headers and "Innovation agency" in reply.text
    assert client.get("/reconcile/help").headers["X-Frame-Options"] == "DENY"


def test_the_page_of_a_thing_is_seen(client: FlaskClient) -> None:
    reply = client.get("/reconcile/view?id=organisation%2Fvinnova")
    assert reply.location == "/page/organisation/vinnova"
    assert client.get("/reconcile/view?id=//evil.example").status_code == 404


def test_a_page_tells_the_steps_and_the_properties(client: FlaskClient) -> None:
    page = client.get("/reconcile/help").text
    assert "http://localhost/reconcile" in page and "Start reconciling" in page
    assert all(f">{id}<" in page for id in PROPERTIES)


def test_the_manifest_says_that_a_token_is_needed(graph: MissionGraph) -> None:
    closed = create_app(graph, access=Access(read_takes_token=True)).test_client()
    sent: Any = closed.get("/reconcile").json
    conforms(MANIFEST, sent)
    assert sent["authentication"]["name"] == "Authorization"
    for path in ("/reconcile?queries={}", "/reconcile/suggest/entity", "/reconcile/preview?id=a"):
        assert closed.get(path).status_code == 401
    assert closed.post("/reconcile", data={"queries": "{}"}).status_code == 401


# --- what is refused

LONG = [{"pid": "country", "v": "SE"}] * (GIVEN + 1)
BAD: list[tuple[dict[str, Any], int]] = [
    ({"query": "Vinnova"}, 400),
    ({"queries": {}, "extend": {}}, 400),
    ({"queries": []}, 400),
    ({"queries": {"a": {}}}, 400),
    ({"queries": {"a": "Vinnova"}}, 400),
    ({"queries": {"a": {"query": 1}}}, 400),
    ({"queries": {"a": {"query": "x", "limit": 0}}}, 400),
    ({"queries": {"a": {"query": "x", "limit": float("nan")}}}, 400),
    ({"queries": {"a": {"query": "x", "type": "planet"}}}, 400),
    ({"queries": {"a": {"query": "x", "type_strict": "some"}}}, 400),
    ({"queries": {"a": {"query": "x", "properties": [{"pid": "colour", "v": "red"}]}}}, 400),
    ({"queries": {"a": {"query": "x", "properties": [{"pid": "country", "v": {}}]}}}, 400),
    ({"queries": {"a": {"query": "x", "properties": LONG}}}, 413),
    ({"queries": {str(place): {"query": "x"} for place in range(BATCH + 1)}}, 413),
    ({"extend": {"ids": "a", "properties": []}}, 400),
    ({"extend": {"ids": [1], "properties": []}}, 400),
    ({"extend": {"ids": [], "properties": [{"id": "colour"}]}}, 400),
    ({"extend": {"ids": ["a"] * (IDS + 1), "properties": []}}, 413),
    ({"extend": {"ids": [], "properties": [{"id": "country"}] * (COLUMNS + 1)}}, 413),
]


@pytest.mark.parametrize(("fields", "status"), BAD)
def test_what_is_wrong_is_named(client: FlaskClient, fields: dict[str, Any], status: int) -> None:
    reply = post(client, **fields)
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
    assert len(reply.json["detail"]) > 10


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": 1e999}', "9" * 5000, "NaN"])
def test_what_is_no_batch_is_refused(client: FlaskClient, text: str) -> None:
    reply = client.post("/reconcile", data={"queries": text})
    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")


def test_a_body_that_is_no_form_is_refused(client: FlaskClient) -> None:
    assert client.post("/reconcile", json={"queries": {}}).status_code == 415


@pytest.mark.parametrize(
    "path", ["suggest/entity?cursor=-1", "suggest/type?cursor=x", "properties?type=x"]
)
def test_a_bad_parameter_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get(f"/reconcile/{path}").status_code == 400


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30),
    st.sampled_from([*KINDS, *PROPERTIES, "Vinnova", "organisation/vinnova", "any"]),
)  # fmt: skip
KEYS = st.sampled_from(["query", "type", "limit", "properties", "type_strict", "pid", "v", "id"])
ANYTHING = st.recursive(
    SCALARS,
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), part, max_size=4)
    ),
    max_leaves=12,
)
QUERY = st.fixed_dictionaries(
    {},
    optional={
        "query": st.text(max_size=40),
        "type": st.sampled_from([*KINDS]) | ANYTHING,
        "limit": st.integers(-1, 10**9) | ANYTHING,
        "properties": st.lists(
            st.fixed_dictionaries({"pid": st.sampled_from([*PROPERTIES]), "v": ANYTHING}),
            max_size=3,
        ),
    },
)
BATCHES = ANYTHING | st.dictionaries(st.text(max_size=5), QUERY, max_size=4)
EXTENSIONS = ANYTHING | st.fixed_dictionaries(
    {
        "ids": st.lists(st.text(max_size=20) | st.just("mission/us-apollo"), max_size=4) | ANYTHING,
        "properties": st.lists(
            st.fixed_dictionaries({"id": st.sampled_from([*PROPERTIES])}), max_size=4
        )
        | ANYTHING,
    }
)


@given(sent=BATCHES)
@EXAMPLES(200)
def test_any_batch_has_an_answer_or_an_error(client: FlaskClient, sent: Any) -> None:
    answered(post(client, queries=sent), RESULTS)


@given(sent=EXTENSIONS)
@EXAMPLES(150)
def test_any_request_for_values_has_an_answer_or_an_error(client: FlaskClient, sent: Any) -> None:
    answered(post(client, extend=sent), VALUES)


def answered(reply: Any, shape: Any) -> None:
    if reply.status_code == 200:
        conforms(shape, reply.json)
    else:
        assert reply.status_code in (400, 413), reply.text
        assert reply.mimetype == "application/problem+json"
