"""Markup: the little of XML that the writers of files and pictures need."""

from __future__ import annotations

from xml.sax.saxutils import escape

from missiongraph.rdf.representable import XML_FORBIDDEN

_RETURN = {"\r": "&#13;"}  # a bare one would be read as a line feed (XML 1.0, section 2.11)
_BREAKS = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"} | _RETURN


def text(value: object) -> str:
    """A value as text between tags."""
    return escape(_held(value), _RETURN)


def tag(name: str, content: str | None = None, /, **attributes: object) -> str:
    """An element around ``content``, which is markup, or with nothing in it.

    Attributes that are None are left out. In their names an underscore stands for a hyphen, and
    one at the end, which keeps a name apart from a word of Python, for nothing.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_held(value), _BREAKS)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}/>" if content is None else f"<{name}{given}>{content}</{name}>"


def _held(value: object) -> str:
    """A value with U+FFFD in place of each character that XML cannot hold (section 2.2)."""
    return XML_FORBIDDEN.sub("\ufffd", str(value))
