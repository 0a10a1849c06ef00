"""Requests are decoded as Flask decodes them, only faster."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from flask import Request as FlaskRequest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from werkzeug.test import create_environ

from missiongraph.server.middleware.application import Request, unquoted

PIECES = [
    *(b"%", b"=", b"4", b"1", b"z", b"\n", b"\r", b" ", b"+", b"%3D", b"%0a", b"%C3%A9", b"%e2"),
    *(b"_", b"&", b"query=", b"\xc3\xa9", b"%%", b"=%", b"%4"),
]


def joined(*more: bytes) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from([*PIECES, *more]), max_size=12).map(b"".join)


@given(joined(b"\xff"))
@examples(1000)
def test_percent_encoding_is_undone_as_by_the_standard_library(encoded: bytes) -> None:
    assert unquoted(encoded) == unquote_to_bytes(encoded)


@given(joined())  # what is not UTF-8 is refused before
@examples(1000)
def test_the_parameters_of_a_url_are_those_of_flask(encoded: bytes) -> None:
    environ = create_environ("/sparql") | {"QUERY_STRING": encoded.decode("latin-1")}
    usual, ours = FlaskRequest(environ), Request(environ)
    assert [*ours.args.items(multi=True)] == [*usual.args.items(multi=True)]
    assert ours.base_url == usual.base_url
