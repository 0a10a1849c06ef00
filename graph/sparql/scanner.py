"""A SPARQL tokenizer, for checks of a query before it reaches the engine.

It separates brackets and words from comments, strings and IRIs (SPARQL 1.1, section 19.8);
checking the grammar is left to the engine.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from missiongraph.namespaces import PREFIXES

_LETTER = r"[A-Za-z_\u0080-\U0010ffff]"  # outside names, SPARQL uses ASCII only
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
"""No alternative fails after a long match, so scanning takes time linear in the text. Hence a
string may lack its end, and a ``run`` of letters is split into a name or words and dots later."""

_IN_RUN = re.compile(rf"(?P<word>{_LETTER}{_NAME}*)|(?P<number>\d+(?:\.\d+)?)|(?P<operator>[.-])")

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")

_HINT = re.compile(r"(?!LATERAL|SERVICE)[A-Z]{2,}|[{}()]")  # without keywords that are refused


class Token(NamedTuple):
    """A token of a query: its kind (a group of the pattern above), text and offsets."""

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether this is one of ``words`` (given in capitals), in any case."""
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
    """The text without a leading byte order mark, which some editors add."""
    return text.removeprefix("\ufeff")


def unescaped(text: str) -> str:
    r"""The text with escapes such as ``\u00e9`` decoded (SPARQL 1.1, section 19.2); escapes
    beyond Unicode are dropped."""
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= sys.maxunicode else ""


def shape(text: str) -> str:
    """``text`` without comments and spaces, its IRIs, strings and numbers replaced by their kind.

    Queries from the same template have the same shape.
    """
    parts = (
        m.lastgroup if m.lastgroup in ("iri", "string", "number") else m[0]
        for m in _TOKEN.finditer(text)
        if m.lastgroup != "comment"
    )
    return " ".join(part for part in parts if part)


def variables(text: str) -> set[str]:
    """The names of the variables in ``text``, without their ``?``."""
    return {token.text[1:] for token in tokens(text) if token.kind == "variable"}


def prefixes(scanned: Sequence[Token]) -> dict[str, str]:
    """The prefixes that the tokens declare: IRIs by prefix."""
    return {
        label.text.removesuffix(":"): iri.text[1:-1]
        for word, label, iri in zip(scanned, scanned[1:], scanned[2:], strict=False)
        if word.is_word("PREFIX") and label.kind == "name" and iri.kind == "iri"
    }


def explain(message: str, text: str) -> str:
    """The engine's syntax error about ``text``, shortened to the place and a hint."""
    place, _, expected = message.removeprefix("error at ").partition(": expected ")
    line, _, column = place.partition(":")
    if not (line.isdigit() and column.isdigit()):
        return message
    if "Prefix not found" in expected:
        used = {t.text.partition(":")[0] for t in tokens(text) if t.kind == "name"}
        missing = sorted(used - set(prefixes([*tokens(text)])) - {"_"})
        known = [f"PREFIX {name}: <{PREFIXES[name]}>" for name in missing if name in PREFIXES]
        hint = f"; put before the query: {' '.join(known)}" if known else ""
        return f"line {line}, column {column}: declare the prefix {': and '.join(missing)}:{hint}"
    words = [word for word in re.split(r"one of |, | or ", expected) if _HINT.fullmatch(word)]
    hint = f"; expected {' or '.join(words)}" if 0 < len(words) <= 3 else ""  # more do not help
    return f"line {line}, column {column} is not SPARQL{hint}"


def line_of(text: str, offset: int) -> int:
    """The line number, from 1, of the character at ``offset``."""
    return text.count("\n", 0, offset) + 1
