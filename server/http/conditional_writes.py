"""Reads the preconditions of a write from its headers (RFC 9110, section 13.1).

The entity tag of a ``GET`` depends on format and compression: ``"STATE-FORMAT:COMPRESSION"``. A
write compares the state alone, so a client may send back the tag of any representation.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import request

from missiongraph.writing.preconditions import ANY

from .problems import Problem

Tags = tuple[str, ...] | None

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*+"'
_LIST = re.compile(rf"(?:{_TAG})?(?:[ \t]*+,[ \t]*+(?:{_TAG})?)*+")


def preconditions() -> tuple[Tags, Tags]:
    """The states in If-Match and If-None-Match of the current request; None for a missing header.

    If-Match compares strongly, so a weak tag never matches (section 8.8.3.2). Raises
    :class:`Problem` (400) for a header that is not a list of entity tags.
    """
    strong = _listed("If-Match")
    if strong is not None:
        strong = tuple(tag for tag in strong if not tag.startswith("W/"))
    return _states(strong), _states(_listed("If-None-Match"))


def _listed(name: str) -> Tags:
    text = request.headers.get(name)
    if text is None:
        return None
    text = text.strip(" \t")
    if text == ANY:
        return (ANY,)
    if not _LIST.fullmatch(text):
        detail = f'{name} takes * or entity tags in double quotes, as in {name}: "tag".'
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    return tuple(re.findall(_TAG, text))


def _states(tags: Tags) -> Tags:
    return tags and tuple(tag if tag == ANY else f'"{_state(tag)}"' for tag in tags)


def _state(tag: str) -> str:
    return re.split("[-:]", tag.removeprefix("W/").strip('"'), maxsplit=1)[0]
