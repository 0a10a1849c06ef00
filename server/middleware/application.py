"""Flask's application and request, with what they do for every request done in less time."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from flask import Request as FlaskRequest
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.sansio.utils import get_current_url


def unquoted(encoded: bytes) -> bytes:
    """``encoded`` without its percent-encoding, as ``unquote_to_bytes`` in a twentieth of the time.

    Quoted-printable (RFC 2045) is the same with another sign, and Python decodes it in C. What is
    malformed shortens by less than two bytes, and is decoded the usual way.
    """
    if b"\n" in encoded or b"\r" in encoded:  # quoted-printable joins lines
        return unquote_to_bytes(encoded)
    decoded = binascii.a2b_qp(encoded.replace(b"=", b"=3D").replace(b"%", b"="))
    well_formed = len(decoded) == len(encoded) - 2 * encoded.count(b"%")
    return decoded if well_formed else unquote_to_bytes(encoded)


class Request(FlaskRequest):
    """A request whose URL is decoded faster; its values are the same."""

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        """The parameters in the URL; bytes that are not UTF-8 stay encoded."""
        fields = (field.partition(b"=") for field in self.query_string.split(b"&") if field)
        return ImmutableMultiDict([(_text(name), _text(value)) for name, _, value in fields])

    @cached_property
    def base_url(self) -> str:
        """The URL without its parameters."""
        return _current_url(self.scheme, self.host, self.root_path, self.path)


class Application(Flask):
    """Flask with :class:`Request`, for views that are all plain functions."""

    request_class = Request

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:  # Any: as Flask has it
        """``func`` itself, without a look whether it is a coroutine."""
        return func


def _text(encoded: bytes) -> str:
    return unquoted(encoded.replace(b"+", b" ")).decode("utf-8", "werkzeug.url_quote")


_current_url = lru_cache(maxsize=256)(get_current_url)
