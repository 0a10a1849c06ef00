"""Markup: the little of XML that the writers of files and pictures need."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, in whatever way it is written (section 2.2)."""

_BREAKS = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def text(value: object) -> str:
    """A value as text between tags."""
    return escape(_held(value))


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
    """A value without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("", str(value))
