"""Converts IRIs to addresses and back (RFC 3987, sections 3.1 and 3.2).

HTTP carries URIs, in which characters beyond ASCII are percent-encoded. So one address may stand
for two IRIs: one with such characters, and one with their encoding. The data decide which of them
exists. Any other percent-encoding is part of the IRI and stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from string import ascii_letters, digits
from urllib.parse import quote, unquote_to_bytes

import pyoxigraph as ox
from flask import Flask, request
from werkzeug.routing import PathConverter

from missiongraph.namespaces import BASE

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_PATH = "/:@!$&'()*+,;=~"  # what a path holds besides letters, digits and -._ (RFC 3986, 3.3)
_UNRESERVED = frozenset(ascii_letters + digits + "-._~")
_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")

Readable = Callable[[str], bool]


class _Rest(PathConverter):
    """The rest of a path, which may begin with a slash."""

    part_isolating, regex = False, ".+?"


def take_any_path(app: Flask) -> None:
    """Keep Flask from merging slashes: ``a//b`` is another address and another IRI than ``a/b``."""
    app.url_map.merge_slashes = False
    app.url_map.converters["path"] = _Rest


def uri(iri: str) -> str:
    """The URI of an IRI: characters beyond ASCII are percent-encoded, all others stay."""
    return quote(iri, safe=_ASCII)


def path(place: str) -> str:
    """Percent-encode a place as a path, so that decoding the path gives the place again."""
    return quote(place, safe=_PATH)


def meant(address: str, query: str = "") -> Iterator[list[str]]:
    """IRIs of ours that an encoded path and query may stand for, the likeliest first.

    The IRIs of one list share the same address. ``query`` begins with its question mark.
    """
    here = BASE + address.removeprefix("/")
    readings = [
        *([_both(here + query)] if query else []),
        _both(here),
        [_decoded(here, lambda character: character in _UNRESERVED or _is_beyond(character))],
        [_decoded(here, lambda character: True)],
    ]
    seen: set[str] = set()
    for reading in readings:
        fresh = [iri for iri in dict.fromkeys(reading) if iri not in seen and _is_iri(iri)]
        seen.update(fresh)
        if fresh:
            yield fresh


def asked_address() -> tuple[str, str]:
    """The path below this application and the query of the request, encoded as they were sent.

    The query begins with its question mark, or is empty.
    """
    decoded = request.environ["PATH_INFO"].encode("latin-1")
    sent = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or ""
    raw, mark, query = quote(sent.encode("latin-1", "replace"), safe=_ASCII).partition("?")
    for begin in ("", request.environ.get("SCRIPT_NAME", ""), request.host_url.rstrip("/")):
        if unquote_to_bytes(raw.removeprefix(begin)) == decoded:
            return raw.removeprefix(begin), mark + query
    return path(decoded.decode("utf-8", "replace")), ""


def _both(address: str) -> list[str]:
    """The IRIs with this URI: with characters beyond ASCII decoded, and with them encoded."""
    return [_decoded(address, _is_beyond), address]


def _decoded(address: str, readable: Readable) -> str:
    """The address with its ``readable`` encoded characters decoded."""
    return _ENCODED.sub(lambda run: "".join(_characters(run[0], readable)), address)


def _characters(run: str, readable: Readable) -> Iterator[str]:
    end = 0
    for character in unquote_to_bytes(run).decode("utf-8", "surrogateescape"):
        begin, end = end, end + 3 * len(character.encode("utf-8", "surrogateescape"))
        is_broken = "\ud800" <= character <= "\udfff"
        yield run[begin:end] if is_broken or not readable(character) else character


def _is_beyond(character: str) -> bool:
    """Whether an IRI may hold the character, and a URI may not."""
    return not character.isascii() and _is_iri(f"x:?{character}")


def _is_iri(text: str) -> bool:
    try:
        return bool(ox.NamedNode(text))
    except ValueError:
        return False


__all__: Sequence[str] = ["asked_address", "meant", "path", "take_any_path", "uri"]
