"""Writes elements and text of XML for files and pictures."""

from __future__ import annotations

from xml.sax.saxutils import escape

from missiongraph.rdf.representable import XML_FORBIDDEN

_RETURN = {"\r": "&#13;"}  # parsers turn a bare one into a line feed (XML 1.0, section 2.11)
_BREAKS = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"} | _RETURN


def text(value: object) -> str:
    """A value as escaped text between tags."""
    return escape(_held(value), _RETURN)


def tag(name: str, content: str | None = None, /, **attributes: object) -> str:
    """An element around ``content``, which is markup, or an empty element.

    Attributes that are None are left out. In their names, an underscore stands for a hyphen; one at
    the end, which avoids keywords of Python, is dropped.
    """
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_held(value), _BREAKS)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{pairs}/>" if content is None else f"<{name}{pairs}>{content}</{name}>"


def _held(value: object) -> str:
    """A value with U+FFFD for each character that XML does not allow (section 2.2)."""
    return XML_FORBIDDEN.sub("\ufffd", str(value))
