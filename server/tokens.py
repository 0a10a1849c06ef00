"""Tokens: who may do what.

A settings file holds the SHA-256 of each token, never the token itself (it is random and long,
so a plain hash does not give it away)::

    [tokens.curator]
    sha256 = "…"
    scope = "write"
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from flask import request

from missiongraph.errors import MissionGraphError

from .problems import Problem
from .settings import toml

SCOPES = ("read", "write", "admin")
"""From the least to the most; each includes those before it."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Token:
    """A token by its hash: whose it is and what it opens."""

    name: str
    sha256: str
    scope: str


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

    def require(self, scope: str) -> str:
        """The name of whoever sends the current request; raises :class:`Problem` without right."""
        if scope == "read" and not self.read_takes_token:
            return ""
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        token = self._find(given.strip()) if kind.lower() == "bearer" else None
        if token is None:
            problem = Problem(
                HTTPStatus.UNAUTHORIZED, "Send 'Authorization: Bearer TOKEN' with a valid token."
            )
            problem.headers["WWW-Authenticate"] = 'Bearer realm="missiongraph"'
            raise problem
        if SCOPES.index(token.scope) < SCOPES.index(scope):
            detail = f"The token of {token.name} has scope {token.scope}; this takes {scope}."
            raise Problem(HTTPStatus.FORBIDDEN, detail)
        return token.name

    def _find(self, given: str) -> Token | None:
        """The token that is given; takes the same time whichever it is, and if it is none."""
        digest = hashed(given)
        found = None
        for token in self.tokens:
            if hmac.compare_digest(digest, token.sha256):
                found = token
        return found


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


def _token(file: Path, name: str, entry: object) -> Token:
    try:
        check_name(name)
    except MissionGraphError as error:
        raise MissionGraphError(f"{file}: {error}") from error
    if not isinstance(entry, dict) or not _HASH.fullmatch(str(entry.get("sha256", ""))):
        raise MissionGraphError(f"{file}: [tokens.{name}] takes sha256, 64 hexadecimal digits")
    if entry.get("scope") not in SCOPES:
        raise MissionGraphError(f"{file}: [tokens.{name}] takes scope, one of {', '.join(SCOPES)}")
    if others := set(entry) - {"sha256", "scope"}:
        raise MissionGraphError(f"{file}: [tokens.{name}] takes no {', '.join(sorted(others))}")
    return Token(name, entry["sha256"], entry["scope"])
