"""As much of SPARQL's grammar as is needed before a query reaches the engine.

A scanner that tells brackets and words from comments, strings and IRIs (SPARQL 1.1,
section 19.8); what is grammatical stays the engine's business.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_LETTER = r"[A-Za-z_\u0080-\U0010ffff]"  # beyond ASCII there is nothing but letters of names
_NAME = r"[\w\u0080-\U0010ffff]"
_LOCAL = rf"(?:{_NAME}|[.:%-]|\\[_~.!$&'()*+,;=/?\#@%-])"

_TOKEN = re.compile(
    rf"""
    (?P<comment>  \#[^\n\r]* )
  | (?P<string>   \"\"\"(?:[^\\]|\\(?:.|\Z))*?(?:\"\"\"|\Z)
                | '''(?:[^\\]|\\(?:.|\Z))*?(?:'''|\Z)
                | "(?:[^"\\\n\r]|\\.)*+"? | '(?:[^'\\\n\r]|\\.)*+'? )
  | (?P<iri>      <(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*> )
  | (?P<variable> [?$]{_NAME}+ )
  | (?P<tag>      @[A-Za-z]+(?:-+[A-Za-z0-9]+)* )
  | (?P<name>     :{_LOCAL}*+ )
  | (?P<run>      {_LETTER}(?:{_NAME}|[.-])*+ (?: :{_LOCAL}*+ )? )
  | (?P<number>   \d+(?:\.\d+)? )
  | (?P<operator> \|\| | && | [!+*/^|.;-] )
  | (?P<open>     << | [{{(\[] )
  | (?P<close>    >> | [}})\]] )
    """,
    re.VERBOSE | re.DOTALL,
)
"""No part can fail after reading far: scanning takes time in proportion to the text. Hence a
string may lack its end, and a run of letters is a name or words and dots, told apart later."""

_IN_RUN = re.compile(rf"(?P<word>{_LETTER}{_NAME}*)|(?P<number>\d+(?:\.\d+)?)|(?P<operator>[.-])")

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")

_HINT = re.compile(r"(?!LATERAL|SERVICE)[A-Z]{2,}|[{}()]")  # not what is refused anyway


class Token(NamedTuple):
    """A piece of a query: its kind (a group of the pattern above), text and place."""

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether this is one of ``words``, in capitals or not."""
        return self.kind == "word" and self.text.upper() in words


def tokens(text: str) -> Iterator[Token]:
    """The tokens of ``text`` in order, without comments."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "run":
            if kind != "comment":
                yield Token(kind, match[0], match.start(), match.end())
        elif ":" in match[0]:
            yield Token("name", match[0], match.start(), match.end())
        else:
            for part in _IN_RUN.finditer(text, match.start(), match.end()):
                yield Token(part.lastgroup or "", part[0], part.start(), part.end())


def unmarked(text: str) -> str:
    """The text without a byte order mark before it, which some editors put into files."""
    return text.removeprefix("\ufeff")


def unescaped(text: str) -> str:
    r"""The text without escapes such as ``\u00e9`` (SPARQL 1.1, section 19.2); those of no
    character are left out."""
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= sys.maxunicode else ""


def shape(text: str) -> str:
    """What is left of ``text`` without comments, spaces, and which IRIs, strings and numbers.

    Queries that one template makes have one shape.
    """
    kept = (
        m.lastgroup if m.lastgroup in ("iri", "string", "number") else m[0]
        for m in _TOKEN.finditer(text)
        if m.lastgroup != "comment"
    )
    return " ".join(part for part in kept if part)


def variables(text: str) -> set[str]:
    """The names of the variables in ``text``, without their ``?``."""
    return {token.text[1:] for token in tokens(text) if token.kind == "variable"}


def prefixes(found: Sequence[Token]) -> dict[str, str]:
    """The prefixes that a text of these tokens declares."""
    return {
        label.text.removesuffix(":"): iri.text[1:-1]
        for word, label, iri in zip(found, found[1:], found[2:], strict=False)
        if word.is_word("PREFIX") and label.kind == "name" and iri.kind == "iri"
    }


def explain(message: str, text: str) -> str:
    """The engine's complaint about ``text``, where and what, in a few words."""
    place, _, expected = message.removeprefix("error at ").partition(": expected ")
    line, _, column = place.partition(":")
    if not (line.isdigit() and column.isdigit()):
        return message
    if "Prefix not found" in expected:
        used = {t.text.partition(":")[0] for t in tokens(text) if t.kind == "name"}
        missing = sorted(used - set(prefixes([*tokens(text)])) - {"_"})
        return f"line {line}, column {column}: declare the prefix {': and '.join(missing)}:"
    words = [word for word in re.split(r"one of |, | or ", expected) if _HINT.fullmatch(word)]
    hint = f"; expected {' or '.join(words)}" if 0 < len(words) <= 3 else ""  # more are no help
    return f"line {line}, column {column} is not SPARQL{hint}"


def line_of(text: str, offset: int) -> int:
    """The line, from 1, on which the character at ``offset`` stands."""
    return text.count("\n", 0, offset) + 1
