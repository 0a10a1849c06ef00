"""The outline of a query: what the engine must know about it before it runs it.

Most queries are short, nest little, and have no FROM and no SERVICE. A few searches of the whole
text prove that, and that the engine may parse it, in a seventh of the time that it takes to split
the text into tokens; what they cannot prove, the tokens decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .dataset_clause import names_graphs
from .engine import query_form
from .scanner import Token
from .screening import CLAUSES, MAX_DEPTH, MAX_LENGTH, MAX_SIZE, MAX_TERMS, screen

_BLANK = r"[ \t\r\n]"
_CHARACTER = r"\w\u0080-\U0010ffff"
_OPERATORS = "|&!+*/^.;-"

_OPAQUE = re.compile(
    r"""\#[^\n\r]*
    | \"\"\".*?(?:\"\"\"|\Z) | '''.*?(?:'''|\Z) | "[^"\n\r]*+"? | '[^'\n\r]*+'?
    | <[^<>"{}|^`\x00-\x20]*>""",
    re.VERBOSE | re.DOTALL,
)
"""A comment, a string or an IRI, as the scanner finds them in a text without backslashes."""

_FORM = re.compile(
    rf"{_BLANK}*(?:(?:PREFIX{_BLANK}+[\w.-]*:|BASE){_BLANK}+)*"
    rf"(SELECT|ASK|CONSTRUCT|DESCRIBE)(?=[ \t\r\n{{(*?$])",
    re.IGNORECASE | re.ASCII,
)
_DOUBTFUL = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*://)[^<>\x00-\x20]*?['#()]")
"""The beginning of what :func:`~missiongraph.sparql.screening.screen` may take for a comparison."""

_AFTER_HEAD = re.compile(rf"[?$][{_CHARACTER}]+|:[{_CHARACTER}.:%-]*|@[A-Z0-9-]+")
"""Variables, names from their colon on, and language tags: none holds a keyword."""


class Outline(NamedTuple):
    """The form of a query (``SELECT``, ``ASK`` …), and whether it has GRAPH or FROM.

    ``scanned`` are its tokens, without which it has no FROM.
    """

    form: str
    names_graphs: bool
    scanned: Sequence[Token] = ()


def outline(text: str) -> Outline:
    """The outline of a query that may be run.

    Raises what :func:`~missiongraph.sparql.screening.screen` and
    :func:`~missiongraph.sparql.engine.query_form` raise.
    """
    if found := _at_a_glance(text):
        return found
    scanned = screen(text, "a query")
    return Outline(query_form(scanned), names_graphs(scanned), scanned)


def _at_a_glance(text: str) -> Outline | None:
    """The outline of a query whose measures are surely within the limits, else ``None``.

    Every count is of characters or words anywhere in the code, so it is never too small.
    """
    if len(text) > MAX_LENGTH or "\\" in text or "<<" in text or _DOUBTFUL.search(text):
        return None
    code = _OPAQUE.sub(" ", text)
    form = _FORM.match(code)
    if not form or len(code) > MAX_TERMS or sum(map(code.count, "{[(")) > MAX_DEPTH:
        return None
    upper = code.upper()
    if sum(map(code.count, _OPERATORS)) + sum(map(upper.count, CLAUSES)) > MAX_SIZE:
        return None
    if not any(word in upper for word in ("SERVICE", "FROM", "GRAPH")):
        return Outline(form[1].upper(), names_graphs=False)
    heads = _AFTER_HEAD.sub(" ", upper)
    if "SERVICE" in heads or "FROM" in heads:
        return None
    return Outline(form[1].upper(), names_graphs="GRAPH" in heads)
