"""Encodings are found by the bytes of a text."""

from __future__ import annotations

import codecs

import pytest

from missiongraph.importers.readers.encoding import decode

TEXT = "name;Ort\nÜniversität;Würzburg\n"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode("utf-8"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("cp1252"), "cp1252"),
        ((TEXT + "\x81").encode("iso-8859-1"), "iso-8859-1"),
    ],
)
def test_an_encoding_is_found(data: bytes, name: str) -> None:
    text, encoding = decode(data)
    assert encoding == name
    assert text.startswith(TEXT)


def test_a_stray_byte_does_not_make_other_characters_garbled() -> None:
    text, encoding = decode(TEXT.encode() + b"bad \xfc cell\n")
    assert encoding == "utf-8"
    assert text.startswith(TEXT)
    assert "\udcfc" in text


def test_an_encoding_that_is_told_counts() -> None:
    assert decode("é".encode("cp850"), "cp850") == ("é", "cp850")
