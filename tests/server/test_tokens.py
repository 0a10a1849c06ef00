"""Tokens: who may do what, who is told what, and where a token never shows."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.running import TURTLE, UPDATE, Client, Running, missiongraph, serving
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from missiongraph import MissionGraph
from missiongraph.errors import MissionGraphError
from missiongraph.server import create_app
from missiongraph.server.settings import Settings
from missiongraph.server.state import access
from missiongraph.server.state.access import OPEN, Access
from missiongraph.server.state.tokens import SCOPES, Token, hashed, lines, new
from missiongraph.sparql.local import LocalEngine

ELSEWHERE = Token("elsewhere", hashed("elsewhere-secret"), "write", ("x:own", "x:own/*"))
KNOWN = Access(
    (*(Token(f"{scope}r", hashed(f"{scope}-secret"), scope) for scope in SCOPES), ELSEWHERE)
)
CLOSED = Access(KNOWN.tokens, read_takes_token=True)
CLEAR = "INSERT DATA { GRAPH <g:a> { <x:a> <x:b> 1 } }"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def problem(response: TestResponse, status: int) -> str:
    assert response.status_code == status and response.mimetype == "application/problem+json"
    return str(json.loads(response.data)["detail"])


# --- writing


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "a.ttl").write_text("<x:a> <x:b> 1 .", "utf-8")
    settings = "".join(map(lines, KNOWN.tokens))
    options = ("--no-shapes", "--data", str(folder / "a.ttl"))
    with serving(
        folder / "graph", *options, settings=settings, limits={"access_log": 1}
    ) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Running) -> Client:
    return server.client()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Bearer wrong", 401),
        ("Bearer write-secret x", 401),
        ("Bearer é", 401),
        ("Basic write-secret", 401),
        ("write-secret", 401),
        (f"Bearer {hashed('write-secret')}", 401),
        ("Bearer read-secret", 403),
        ("Bearer write-secret", 200),
        ("bearer  write-secret ", 200),
        ("Bearer admin-secret", 200),
    ],
)
def test_who_may_write(client: Client, authorization: str, status: int) -> None:
    reply = client.update(CLEAR, Authorization=authorization)
    assert reply.status == status
    if status == 401:
        assert reply.headers["WWW-Authenticate"] == 'Bearer realm="missiongraph"'
        assert "Authorization: Bearer TOKEN" in reply.json["detail"]
    if status == 403:
        assert reply.json["detail"] == "The token of readr has scope read; this needs write."


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/sparql", UPDATE),
        ("PUT", "/graphs?graph=g%3Aa", TURTLE),
        ("POST", "/graphs?graph=g%3Aa", TURTLE),
        ("POST", "/graphs", TURTLE),
        ("DELETE", "/graphs?graph=g%3Aa", ""),
        ("PUT", "/graphs/a", TURTLE),
    ],
)
def test_every_way_to_write_takes_a_token(
    client: Client, method: str, path: str, kind: str
) -> None:
    reply = client(method, path, "", Content_Type=kind, Authorization="")
    assert reply.status == 401


SECRETS = ("read", "write", "elsewhere", "admin")
MAY = {  # the statuses for the tokens above: a graph that only some open, and one that all do
    ("PUT", "/graphs?graph=g%3Aa", TURTLE, ""): (403, 200, 403, 200),
    ("POST", "/graphs?graph=g%3Aa", TURTLE, ""): (403, 200, 403, 200),
    ("PUT", "/graphs?graph=x%3Aown", TURTLE, ""): (403, 201, 200, 200),
    ("POST", "/graphs?graph=x%3Aown%2F1", TURTLE, ""): (403, 201, 200, 200),
    ("POST", "/graphs?graph=x%3Aowner", TURTLE, ""): (403, 201, 403, 200),
    ("POST", "/graphs", TURTLE, ""): (403, 201, 403, 201),
    ("PUT", "/graphs/a", TURTLE, ""): (403, 201, 403, 200),
    ("DELETE", "/graphs?graph=x%3Anone", "", ""): (403, 404, 403, 404),
    ("POST", "/sparql", UPDATE, CLEAR): (403, 200, 403, 200),
    ("POST", "/sparql", UPDATE, "INSERT DATA { GRAPH <x:own/2> { <x:a> <x:b> 1 } }"): (
        *(403, 200, 200, 200),
    ),
    ("POST", "/sparql", UPDATE, "COPY <x:own/2> TO <g:a>"): (403, 200, 403, 200),
    (
        "POST",
        "/sparql",
        UPDATE,
        "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    ): (*(403, 200, 200, 200),),
    ("POST", "/sparql", UPDATE, "INSERT DATA { <x:a> <x:b> 1 }"): (403, 409, 409, 409),
    ("POST", "/sparql", UPDATE, "CLEAR ALL"): (403, 403, 403, 200),
    ("POST", "/sparql", UPDATE, "DROP NAMED"): (403, 403, 403, 200),
    ("POST", "/sparql", UPDATE, "DROP SILENT ALL"): (403, 403, 403, 200),
}


def test_who_may_write_where(client: Client) -> None:
    """The default graph is merged: whoever writes to it is told to name a graph."""
    found = {
        case: tuple(
            client(
                case[0], case[1], case[3], Content_Type=case[2], **bearer(f"{who}-secret")
            ).status
            for who in SECRETS
        )
        for case in MAY
    }
    assert found == MAY


def test_a_token_hears_which_graph_it_does_not_open(client: Client) -> None:
    for reply in (
        client("PUT", "/graphs?graph=g%3Ab", "", Content_Type=TURTLE, **bearer("elsewhere-secret")),
        client.update("CREATE GRAPH <g:b>", **bearer("elsewhere-secret")),
    ):
        said = "the token of elsewhere may not write to the graph <g:b>"
        assert reply.status == 403 and reply.json["detail"] == said


def test_a_reserved_graph_is_told_of_by_its_name(client: Client) -> None:
    iri = "https://w3id.org/missiongraph/graph/networks"
    for secret in ("write-secret", "admin-secret"):
        for reply in (
            client("DELETE", f"/graphs?graph={iri}", **bearer(secret)),
            client.update(f"DROP SILENT GRAPH <{iri}>", **bearer(secret)),
        ):
            assert reply.status == 409
            assert f"the graph <{iri}> accepts no writes: it holds" in reply.json["detail"]


def test_a_token_is_taken_from_nowhere_else(client: Client) -> None:
    for path in ("/sparql?token=write-secret", "/sparql?access_token=write-secret"):
        reply = client("POST", path, CLEAR, Content_Type=UPDATE, Authorization="")
        assert reply.status == 401


def test_a_token_shows_nowhere(server: Running, client: Client) -> None:
    """Not in problems, metrics, the log or the journal; nor does its hash."""
    seen = b""
    for secret in ("write-secret", "read-secret", "wrong-secret"):
        for text in (CLEAR, "no update", "DROP GRAPH <g:none>"):
            seen += client.update(text, **bearer(secret)).body
        seen += client("PATCH", "/graphs", **bearer(secret)).body
        seen += client("GET", "/sparql?query=nonsense", **bearer(secret)).body
    for path in ("/metrics", "/health", "/openapi.json"):
        seen += client("GET", path, **bearer("write-secret")).body
    seen += server.log.read_bytes() + (server.folder / "journal.rdfp").read_bytes()
    assert b"POST" in seen and b"writer" in seen
    for secret in ("write-secret", "read-secret", "wrong-secret"):
        assert secret.encode() not in seen and hashed(secret).encode() not in seen


# --- reading


READS = (
    "/sparql?query=ASK%7B%7D",
    "/graphs?default",
    "/graphs?graph=g%3Aa",
    "/graphs/a",
    "/queries/funded-posts?run=",
    "/metrics",
)
PAGES = ("*/*", "text/html")


@pytest.fixture(scope="module")
def closed(graph: MissionGraph) -> FlaskClient:
    return create_app(graph, Settings(), CLOSED).test_client()


@pytest.mark.parametrize("path", READS)
def test_reading_takes_a_token_where_the_settings_say_so(closed: FlaskClient, path: str) -> None:
    page = {"Accept": "text/html"} if path.startswith("/queries") else {}
    assert closed.get(path, headers=page).status_code == 401
    assert closed.get(path, headers=page | bearer("no")).status_code == 401
    for scope in SCOPES:
        assert closed.get(path, headers=page | bearer(f"{scope}-secret")).status_code in (200, 404)


GIVEN = {
    **{"path": "a", "name": "funding", "measure": "degree", "id": "0", "kind": "organisation"},
    **{"slug": "vinnova", "scheme": "actor-kind", "code": "a", "place": "a", "extension": "ttl"},
    **{"version": "0.1.0", "state": "0", "filename": "site.css"},
}


def routes(app: Flask, *, opened: bool) -> list[tuple[str, str]]:
    """Each method and address of the application, of the open endpoints or of the others."""
    places = app.url_map.bind("localhost")
    return [
        (method, places.build(rule.endpoint, given(rule), method))
        for rule in app.url_map.iter_rules()
        if (rule.endpoint in OPEN) is opened
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


def given(rule: Rule) -> dict[str, Any]:
    """Something in each place of an address."""
    return {name: GIVEN.get(name) for name in rule.arguments} | dict(rule.defaults or {})


def test_no_route_tells_of_the_data_without_a_token(closed: FlaskClient) -> None:
    """Every route is closed but those that are named; counts, states and tags stay behind it."""
    asked = routes(closed.application, opened=False)
    assert len(asked) > 100
    for method, path in [*asked, ("GET", "/dumps/missiongraph.nq.gz"), ("GET", "/health")]:
        for headers in ({}, bearer("no"), {"Accept": "text/html"}, {"If-None-Match": '"a"'}):
            reply = closed.open(path, method=method, headers=headers)
            assert reply.status_code == 401, (method, path)
            assert not {"ETag", "Location", "Link"} & set(reply.headers.keys())
            assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_token_opens_what_may_be_read(closed: FlaskClient) -> None:
    for path in ("/", "/cite", "/health", "/metrics", "/about", "/browse", "/networks", "/void"):
        for who in SECRETS:
            reply = closed.get(path, headers=bearer(f"{who}-secret"))
            assert reply.status_code == (404 if path == "/void" else 200)


def test_what_is_open_is_the_same_whatever_the_data(closed: FlaskClient) -> None:
    few = ox.Store()
    few.add(ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:b"), ox.Literal(1)))
    other = MissionGraph(engine=LocalEngine(few, "another-state"))
    others = create_app(other, Settings(), CLOSED).test_client()
    asked = routes(closed.application, opened=True)
    assert {"/health/live", "/openapi.json", "/validate"} <= {path for _, path in asked}
    for method, path in asked:
        with closed.open(path, method=method) as ours, others.open(path, method=method) as theirs:
            assert ours.status_code == theirs.status_code != 401
            assert ours.data == theirs.data or b"request_id" in ours.data, path
            assert ours.headers.get("ETag") == theirs.headers.get("ETag"), path


def test_preflights_and_what_there_is_not_need_no_token(closed: FlaskClient) -> None:
    assert closed.options("/sparql").status_code == 200
    assert closed.get("/nowhere").status_code == 404


def test_result_pages_take_a_token_too(closed: FlaskClient) -> None:
    path, page = "/sparql?query=ASK%7B%7D", {"Accept": "text/html"}
    assert closed.get(path, headers=page).status_code == 401
    assert closed.get(path, headers=page | bearer("read-secret")).status_code == 200
    form = {"query": "ASK {}"}
    assert closed.post("/sparql", data=form).status_code == 401
    assert closed.post("/sparql", data=form, headers=bearer("read-secret")).status_code == 200


def test_reading_is_open_otherwise(graph: MissionGraph) -> None:
    client = create_app(graph, Settings(), KNOWN).test_client()
    assert client.get("/sparql?query=ASK%7B%7D").status_code == 200


def test_a_graph_that_nobody_can_write_to_says_so(graph: MissionGraph) -> None:
    client = create_app(graph, Settings(), KNOWN).test_client()
    for headers in ({}, bearer("admin-secret")):
        put = client.put("/graphs?graph=x:a", data=b"", headers=headers)
        assert "read-only" in problem(put, 403)


# --- how tokens are kept


def test_tokens_are_long_random_and_kept_as_a_hash() -> None:
    made = {new() for _ in range(100)}
    assert len(made) == 100 and all(re.fullmatch(r"mg_[\w-]{43}", token) for token in made)
    assert hashed("a") == hashlib.sha256(b"a").hexdigest()


def test_all_tokens_are_compared_in_constant_time(
    graph: MissionGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def compare(one: str, other: str) -> bool:
        compared.append(other)
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(access, "hmac", type("hmac", (), {"compare_digest": compare}))
    client = create_app(graph, Settings(), CLOSED).test_client()
    for secret in ("read-secret", "admin-secret", "none"):
        compared.clear()
        client.get("/sparql?query=ASK%7B%7D", headers=bearer(secret))
        assert compared == [token.sha256 for token in CLOSED.tokens]


HASH = "0" * 64


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tokens", "end of"),
        ("tokens = 1", "[tokens"),
        ("[tokens]\na = 1", "[tokens.a] takes sha256"),
        ("[tokens.a]", "[tokens.a] takes sha256, 64 hexadecimal digits"),
        (f'[tokens.a]\nsha256 = "{HASH[1:]}"\nscope = "read"', "64 hexadecimal digits"),
        (f'[tokens.a]\nsha256 = "{HASH}"', "takes scope, one of read, write, admin"),
        (f'[tokens.a]\nsha256 = "{HASH}"\nscope = "root"', "takes scope"),
        (f'[tokens.a]\nsha256 = "{HASH}"\nscope = ["read"]', "takes scope"),
        (f'[tokens."a b"]\nsha256 = "{HASH}"\nscope = "read"', "a token's name has only letters"),
        (
            f'[tokens.a]\nsha256 = "{HASH}"\nscope = "read"\ntoken = "t"',
            "[tokens.a] takes no token",
        ),
        (f'[tokens.a]\nsha256 = "{HASH}"\nscope = "write"\ngraphs = []', "graphs, a list of IRIs"),
        (f'[tokens.a]\nsha256 = "{HASH}"\nscope = "write"\ngraphs = "x:a"', "a list of IRIs"),
        (f'[tokens.a]\nsha256 = "{HASH}"\nscope = "write"\ngraphs = [1]', "a list of IRIs"),
        (
            f'[tokens.a]\nsha256 = "{HASH}"\nscope = "write"\ngraphs = ["a"]',
            "'a' is not an absolute IRI",
        ),
        (f'[tokens.a]\nsha256 = "{HASH}"\nscope = "admin"\ngraphs = ["x:a"]', "scope write only"),
        ('[access]\nread = "none"', "[access] takes read, 'public' or 'token'"),
        ('[access]\nreads = "token"', "[access] takes read"),
        ("access = 1", "[access]"),
        ('[acess]\nread = "token"', "no table [acess], only [access]"),
    ],
)
def test_a_wrong_settings_file_is_a_clear_error(tmp_path: Path, text: str, said: str) -> None:
    """Above all one that would leave open what it means to close."""
    file = tmp_path / "settings.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(MissionGraphError) as caught:
        Access.read(file)
    assert str(caught.value).startswith(str(file)) and said in str(caught.value)


def test_a_settings_file_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MissionGraphError, match="No such file"):
        Access.read(tmp_path / "none.toml")


def test_no_settings_file_means_no_tokens() -> None:
    assert Access.read(None) == Access()


def test_the_command_makes_a_token_and_its_lines(tmp_path: Path) -> None:
    done = missiongraph("token", "me", "--scope", "read")
    assert done.returncode == 0
    token = done.stderr.split()[-1]
    assert token.startswith("mg_") and token not in done.stdout
    file = tmp_path / "settings.toml"
    file.write_text(done.stdout, "utf-8")
    assert Access.read(file).tokens == (Token("me", hashed(token), "read"),)


@pytest.mark.parametrize(
    ("options", "graphs"),
    [
        ([], ("*", "default")),
        (["--graph", "x:é", "--graph", 'x:"*'], None),
        (["--graph", "x:é", "--graph", "x:a/*", "--graph", "default"], ("x:é", "x:a/*", "default")),
        (["--scope", "admin"], ()),
        (["--scope", "read", "--graph", "x:a"], None),
    ],
)
def test_the_command_lists_the_graphs_of_a_token(
    tmp_path: Path, options: list[str], graphs: tuple[str, ...] | None
) -> None:
    done = missiongraph("token", "me", *options)
    assert done.returncode == (2 if graphs is None else 0)
    if graphs is not None:
        (tmp_path / "settings.toml").write_text(done.stdout, "utf-8")
        (token,) = Access.read(tmp_path / "settings.toml").tokens
        assert token.graphs == graphs


@pytest.mark.parametrize(
    ("token", "graphs"),
    [
        (Token("a", "", "read"), ()),
        (Token("a", "", "write"), ("*", "default")),  # a settings file of before graphs were listed
        (Token("a", "", "write", ("x:a",)), ("x:a",)),
        (Token("a", "", "admin"), None),
    ],
)
def test_a_scope_says_which_graphs_may_be_written_to(
    token: Token, graphs: tuple[str, ...] | None
) -> None:
    assert token.writes_to == graphs


def test_the_help_of_the_command_teaches_the_scopes() -> None:
    said = " ".join(missiongraph("token", "--help").stdout.split())
    assert all(scope in said for scope in SCOPES) and "DROP ALL" in said and "--graph" in said


def test_the_command_takes_only_names_that_can_be_read_again() -> None:
    done = missiongraph("token", "a b")
    assert done.returncode == 2 and done.stdout == "" and "letters" in done.stderr
