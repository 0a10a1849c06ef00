"""Tokens: who may do what, who is told what, and where a token never shows."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from running import TURTLE, UPDATE, Client, Running, missiongraph, serving
from werkzeug.test import TestResponse

from missiongraph import MissionGraph
from missiongraph.errors import MissionGraphError
from missiongraph.server import create_app, tokens
from missiongraph.server.settings import Settings
from missiongraph.server.tokens import SCOPES, Access, Token, hashed, new

KNOWN = Access(tuple(Token(f"{scope}r", hashed(f"{scope}-secret"), scope) for scope in SCOPES))
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
    settings = "".join(
        f'[tokens.{token.name}]\nsha256 = "{token.sha256}"\nscope = "{token.scope}"\n'
        for token in KNOWN.tokens
    )
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
        assert reply.json["detail"] == "The token of readr has scope read; this takes write."


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

    monkeypatch.setattr(tokens, "hmac", type("hmac", (), {"compare_digest": compare}))
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
        (f'[tokens."a b"]\nsha256 = "{HASH}"\nscope = "read"', "a token's name is letters"),
        (
            f'[tokens.a]\nsha256 = "{HASH}"\nscope = "read"\ntoken = "t"',
            "[tokens.a] takes no token",
        ),
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


def test_the_command_takes_only_names_that_can_be_read_again() -> None:
    done = missiongraph("token", "a b")
    assert done.returncode == 2 and done.stdout == "" and "letters" in done.stderr
