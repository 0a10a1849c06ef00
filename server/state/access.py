"""Tokens: who may do what.

A settings file holds the SHA-256 of each token, never the token itself (it is random and long,
so a plain hash does not give it away)::

    [tokens.curator]
    sha256 = "…"
    scope = "write"
    graphs = ["https://example.org/graphs/a", "https://example.org/graphs/b/*"]

With ``read = "token"`` in ``[access]`` nothing is told of the data without a token: every route is
closed but those of :data:`OPEN`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pyoxigraph as ox
from flask import Flask, g, request

from missiongraph.errors import MissionGraphError
from missiongraph.server.http.problems import Problem
from missiongraph.server.settings import toml
from missiongraph.writing.permission import ALL, DEFAULT

SCOPES = {
    "read": "ask, where that takes a token",
    "write": "also write to the graphs that it lists, one by one",
    "admin": "also write to all graphs, and at once, as DROP ALL does",
}
"""What each opens, from the least to the most; each includes those before it."""

OPEN = {
    *("static", "health.live", "health.ready", "wellknown.robots", "wellknown.security"),
    *("openapi.openapi", "workbench.workbench", "workbench.completions", "library.query"),
    *("validate.form", "ontology.ontology", "resources.ontology", "resources.shapes"),
    *("catalogue.examples", "catalogue.example"),
}
"""The endpoints that tell what comes with the program, and nothing of the data."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Token:
    """A token by its hash: whose it is and what it opens.

    ``graphs`` are those that one of scope write may write to, as in
    :class:`~missiongraph.writing.permission.Permission`; if there are none, each of them.
    """

    name: str
    sha256: str
    scope: str
    graphs: tuple[str, ...] = ()

    @property
    def writes_to(self) -> tuple[str, ...] | None:
        """The graphs that it may write to; nothing if to all of them, also at once."""
        if self.scope == "admin":
            return None
        return (self.graphs or ALL) if self.scope == "write" else ()


_ANYBODY = Token("", "", "read")


@dataclass(frozen=True)
class Access:
    """The tokens that are known, and whether reading takes one."""

    tokens: tuple[Token, ...] = ()
    read_takes_token: bool = False

    @classmethod
    def read(cls, file: Path | None) -> Access:
        """The tables ``[tokens.NAME]`` and ``[access]`` of a settings file.

        Raises :class:`MissionGraphError` naming the token that is not well described.
        """
        if not file:
            return cls()
        content = toml(file)
        tokens = tuple(_token(file, *item) for item in content.get("tokens", {}).items())
        access = content.get("access", {})
        reading = access.get("read", "public")
        if reading not in ("public", "token") or set(access) - {"read"}:
            raise MissionGraphError(f"{file}: [access] takes read, 'public' or 'token', alone")
        return cls(tokens, reading == "token")

    def require(self, scope: str) -> Token:
        """The token of the current request; raises :class:`Problem` unless it opens ``scope``."""
        if scope == "read" and not self.read_takes_token:
            return _ANYBODY
        token = self._given()
        if token is None:
            problem = Problem(
                HTTPStatus.UNAUTHORIZED, "Send 'Authorization: Bearer TOKEN' with a valid token."
            )
            problem.headers["WWW-Authenticate"] = 'Bearer realm="missiongraph"'
            raise problem
        if [*SCOPES].index(token.scope) < [*SCOPES].index(scope):
            detail = f"The token of {token.name} has scope {token.scope}; this takes {scope}."
            raise Problem(HTTPStatus.FORBIDDEN, detail)
        return token

    def _given(self) -> Token | None:
        """The token that the current request sends; looked for once."""
        if "token" not in g:
            kind, _, given = request.headers.get("Authorization", "").partition(" ")
            g.token = self._find(given.strip()) if kind.lower() == "bearer" else None
        found: Token | None = g.token
        return found

    def _find(self, given: str) -> Token | None:
        """The token that is given; takes the same time whichever it is, and if it is none."""
        digest = hashed(given)
        found = None
        for token in self.tokens:
            if hmac.compare_digest(digest, token.sha256):
                found = token
        return found


def register(app: Flask, access: Access) -> None:
    """Close what is not open; whoever asks for what there is not hears no more than that."""

    def close() -> None:
        if request.endpoint and request.endpoint not in OPEN and request.method != "OPTIONS":
            access.require("read")

    app.before_request(close)


def new() -> str:
    """A fresh token: 256 random bits."""
    return "mg_" + secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What a settings file holds of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def check_name(name: str) -> None:
    """Raise :class:`MissionGraphError` for what cannot be a token's name."""
    if not _NAME.fullmatch(name):
        raise MissionGraphError(f"'{name}': a token's name is letters, digits, '.', '_', '-'")


def lines(token: Token) -> str:
    """What a settings file says of a token."""
    table = f'[tokens.{token.name}]\nsha256 = "{token.sha256}"\nscope = "{token.scope}"\n'
    if token.graphs:
        table += f"graphs = {json.dumps(token.graphs, ensure_ascii=False)}\n"
    return table


def check_graph(text: str) -> None:
    """Raise :class:`MissionGraphError` for what names no graphs in the list of a token."""
    if text in ALL:
        return
    try:
        ox.NamedNode(text)
    except ValueError as error:
        message = f"'{text}' is no absolute IRI, alone or up to a final *, nor '{DEFAULT}'"
        raise MissionGraphError(message) from error


def _token(file: Path, name: str, entry: object) -> Token:
    try:
        check_name(name)
    except MissionGraphError as error:
        raise MissionGraphError(f"{file}: {error}") from error
    where = f"{file}: [tokens.{name}]"
    if not isinstance(entry, dict) or not _HASH.fullmatch(str(entry.get("sha256", ""))):
        raise MissionGraphError(f"{where} takes sha256, 64 hexadecimal digits")
    if not isinstance(entry.get("scope"), str) or entry["scope"] not in SCOPES:
        raise MissionGraphError(f"{where} takes scope, one of {', '.join(SCOPES)}")
    if others := set(entry) - {"sha256", "scope", "graphs"}:
        raise MissionGraphError(f"{where} takes no {', '.join(sorted(others))}")
    return Token(name, entry["sha256"], entry["scope"], _graphs(where, entry))


def _graphs(where: str, entry: dict[str, object]) -> tuple[str, ...]:
    """The graphs that a token lists."""
    if "graphs" not in entry:
        return ()
    listed = entry["graphs"]
    if entry["scope"] != "write":
        raise MissionGraphError(f"{where} takes graphs with scope write only")
    if not (isinstance(listed, list) and listed and all(isinstance(iri, str) for iri in listed)):
        raise MissionGraphError(f"{where} takes graphs, a list of IRIs")
    for text in listed:
        try:
            check_graph(text)
        except MissionGraphError as error:
            raise MissionGraphError(f"{where} graphs: {error}") from error
    return tuple(listed)
