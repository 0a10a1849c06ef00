"""Tokens as they stand in a settings file, which holds the SHA-256 of each, never itself.

Tokens are long and random, so a plain hash does not reveal them::

    [tokens.curator]
    sha256 = "…"
    scope = "write"
    graphs = ["https://example.org/graphs/a", "https://example.org/graphs/b/*"]
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from missiongraph.errors import MissionGraphError
from missiongraph.writing.permission import ALL, DEFAULT

SCOPES = {
    "read": "read, where reading needs a token",
    "write": "also write to the listed graphs, one graph at a time",
    "admin": "also write to any graph, and to all at once, as DROP ALL does",
}
"""Each scope and what it permits, from the least to the most; each includes those before it."""

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
    from pyoxigraph import NamedNode  # slow to import

    try:
        NamedNode(text)
    except ValueError as error:
        message = f"'{text}' is not an absolute IRI, with or without a final *, nor '{DEFAULT}'"
        raise MissionGraphError(message) from error


def read(file: Path, name: str, entry: object) -> Token:
    """The token of a table ``[tokens.NAME]``; raises :class:`MissionGraphError` if not valid."""
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
