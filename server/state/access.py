"""Checks tokens: which clients may read, write and administer.

A settings file holds the SHA-256 of each token, never the token itself. Tokens are long and
random, so a plain hash does not reveal them::

    [tokens.curator]
    sha256 = "…"
    scope = "write"
    graphs = ["https://example.org/graphs/a", "https://example.org/graphs/b/*"]

With ``read = "token"`` in ``[access]``, every route but those of :data:`OPEN` needs a token.
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
    "read": "read, where reading needs a token",
    "write": "also write to the listed graphs, one graph at a time",
    "admin": "also write to any graph, and to all at once, as DROP ALL does",
}
"""Each scope and what it permits, from the least to the most; each includes those before it."""

OPEN = {
    *("static", "health.live", "health.ready", "wellknown.robots", "wellknown.security"),
    *("openapi.openapi", "workbench.workbench", "workbench.completions", "library.query"),
    *("validate.form", "ontology.ontology", "resources.ontology", "resources.shapes"),
    *("catalogue.examples", "catalogue.example"),
}
"""The endpoints that never need a token: they show what ships with the program, and no data."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Token:
    """A token, known by its hash, with its holder's name and what it permits.

    ``graphs`` limits scope write to these graphs, in the patterns of
    :class:`~missiongraph.writing.permission.Permission`; if empty, any graph may be written to.
    """

    name: str
    sha256: str
    scope: str
    graphs: tuple[str, ...] = ()

    @property
    def writes_to(self) -> tuple[str, ...] | None:
        """The graphs the token may write to; None for any, and for all at once."""
        if self.scope == "admin":
            return None
        return (self.graphs or ALL) if self.scope == "write" else ()


_ANYBODY = Token("", "", "read")


@dataclass(frozen=True)
class Access:
    """The known tokens, and whether reading needs one."""

    tokens: tuple[Token, ...] = ()
    read_takes_token: bool = False

    @classmethod
    def read(cls, file: Path | None) -> Access:
        """Read the tables ``[tokens.NAME]`` and ``[access]`` of a settings file.

        Without a file there are no tokens and reading is public. Raises
        :class:`MissionGraphError` naming the table that is not valid.
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
        """The token of the current request; an empty token if reading is public.

        Raises :class:`Problem` for a missing or unknown token (401), or one whose scope is less
        than ``scope`` (403).
        """
        if scope == "read" and not self.read_takes_token:
            return _ANYBODY
        token = self._sent()
        if token is None:
            problem = Problem(
                HTTPStatus.UNAUTHORIZED, "Send 'Authorization: Bearer TOKEN' with a valid token."
            )
            problem.headers["WWW-Authenticate"] = 'Bearer realm="missiongraph"'
            raise problem
        if [*SCOPES].index(token.scope) < [*SCOPES].index(scope):
            detail = f"The token of {token.name} has scope {token.scope}; this needs {scope}."
            raise Problem(HTTPStatus.FORBIDDEN, detail)
        return token

    def _sent(self) -> Token | None:
        """The token that the current request sends, cached for the request."""
        if "token" not in g:
            kind, _, text = request.headers.get("Authorization", "").partition(" ")
            g.token = self._find(text.strip()) if kind.lower() == "bearer" else None
        token: Token | None = g.token
        return token

    def _find(self, text: str) -> Token | None:
        """The token with this text; compares with all, so that the time reveals nothing."""
        digest = hashed(text)
        match = None
        for token in self.tokens:
            if hmac.compare_digest(digest, token.sha256):
                match = token
        return match


def register(app: Flask, access: Access) -> None:
    """Require a token for reading, where access says so, on all endpoints but :data:`OPEN`."""

    def close() -> None:
        if request.endpoint and request.endpoint not in OPEN and request.method != "OPTIONS":
            access.require("read")

    app.before_request(close)


def new() -> str:
    """Make a new token of 256 random bits."""
    return "mg_" + secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal, as it stands in a settings file."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def check_name(name: str) -> None:
    """Raise :class:`MissionGraphError` for an invalid name of a token."""
    if not _NAME.fullmatch(name):
        raise MissionGraphError(
            f"'{name}': a token's name has only letters, digits, '.', '_' and '-'"
        )


def lines(token: Token) -> str:
    """The table of a settings file that describes a token."""
    table = f'[tokens.{token.name}]\nsha256 = "{token.sha256}"\nscope = "{token.scope}"\n'
    if token.graphs:
        table += f"graphs = {json.dumps(token.graphs, ensure_ascii=False)}\n"
    return table


def check_graph(text: str) -> None:
    """Raise :class:`MissionGraphError` for an invalid entry in a token's list of graphs."""
    if text in ALL:
        return
    try:
        ox.NamedNode(text)
    except ValueError as error:
        message = f"'{text}' is not an absolute IRI, with or without a final *, nor '{DEFAULT}'"
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
