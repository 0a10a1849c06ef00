"""Checks tokens: which clients may read, write and administer.

With ``read = "token"`` in the table ``[access]`` of a settings file, every route but those of
:data:`OPEN` needs a token.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from flask import Flask, g, request

from missiongraph.errors import MissionGraphError
from missiongraph.server.http.problems import Problem
from missiongraph.server.settings import toml

from .tokens import SCOPES, Token, hashed
from .tokens import read as read_token

OPEN = {
    *("static", "health.live", "health.ready", "wellknown.robots", "wellknown.security"),
    *("openapi.openapi", "workbench.workbench", "workbench.completions", "library.query"),
    *("validate.form", "ontology.ontology", "resources.ontology", "resources.shapes"),
    *("catalogue.examples", "catalogue.example"),
    *("reconcile.manifest", "reconcile.properties", "reconcile.suggest_type"),
    *("reconcile.suggest_property", "reconcile_help.steps"),
}
"""The endpoints that never need a token: they show what ships with the program, and no data."""

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
        tokens = tuple(read_token(file, *item) for item in content.get("tokens", {}).items())
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
