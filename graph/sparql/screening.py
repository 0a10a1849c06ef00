"""Refuses queries that would crash the engine's parser or contact other servers.

The parser is recursive: some texts overflow its stack, which ends the process. The measures here
grow with that stack: the depth of brackets, and the length of chains of operators, clauses and
terms. Data (VALUES, DATA, templates) may be as long as the text, as the parser reads them in a
loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from missiongraph.errors import QueryError, Refused

from .scanner import Token, line_of, tokens

MAX_LENGTH = 1_000_000
"""The most characters in a query."""

MAX_DEPTH = 256
"""The deepest nesting of brackets; some thousands overflow the stack."""

MAX_SIZE = 500
"""The most operators, clauses and triple patterns; a chain of a thousand can overflow it."""

MAX_TERMS = 2_000
"""The most words, terms, operators and brackets outside data; lists of 3,000 can overflow it."""

_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")  # blanks and comments
_WHOLE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")  # cannot be a comparison
_HIDING = re.compile(r"['#()]")

CLAUSES = ("UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "GRAPH", "VALUES")
_DATA = ("VALUES", "DATA", "CONSTRUCT", "INSERT", "DELETE")


def screen(text: str, what: str, max_length: int = MAX_LENGTH) -> list[Token]:
    """The tokens of a text that the engine may parse; ``what`` names it ("a query") in errors.

    Raises :class:`QueryError` for text that would crash the engine's parser, and for SERVICE,
    which would send requests from this machine to any address.
    """
    scanned = measure(text, what, max_length)
    if next(services(scanned), None) is not None:
        raise Refused("SERVICE is refused: no requests are sent to other servers")
    return scanned


def measure(text: str, what: str, max_length: int = MAX_LENGTH) -> list[Token]:
    """The tokens of a text that is safe to parse; raises :class:`QueryError` for any other."""
    if len(text) > max_length:
        raise QueryError(f"{what} may have {max_length:,} characters, not {len(text):,}")
    scanned = list(tokens(text))
    if (depth := _depth(scanned)) > MAX_DEPTH:
        raise QueryError(f"brackets may nest {MAX_DEPTH} deep, not {depth}")
    code = list(_outside_data(scanned))
    size = sum(token.kind == "operator" or token.is_word(*CLAUSES) for token in code)
    if size > MAX_SIZE:
        raise QueryError(f"{what} may have {MAX_SIZE} operators and clauses, not {size}")
    if len(code) > MAX_TERMS:
        terms = f"{MAX_TERMS:,} words and terms outside VALUES and other data"
        raise QueryError(f"{what} may have {terms}, not {len(code):,}")
    if doubtful := _doubtful(text, code):
        line = line_of(text, doubtful.start)
        raise QueryError(
            f"line {line}: {doubtful.text} may be an IRI or a comparison; for a comparison, put a"
            " space after '<'; for an IRI, write it in full or with a prefix"
        )
    return scanned


def services(scanned: Sequence[Token]) -> Iterator[int]:
    """The indexes of the tokens that are or contain the keyword SERVICE.

    The engine accepts a keyword without a space after it: it reads ``SERVICE:x{}`` as
    ``SERVICE :x``. A prefix may contain the word as well. The difference: a group follows a
    service, but follows a name only after GRAPH, FROM and NAMED, or before the first group.
    """
    grouped = False
    for place, token in enumerate(scanned):
        if token.kind == "word" and "SERVICE" in token.text.upper():
            yield place
        elif token.kind == "name" and "SERVICE" in token.text.partition(":")[0].upper():
            before = scanned[place - 1]
            after = "".join(t.text for t in scanned[place + 1 : place + 3])
            begins_group = after.startswith("{") and not after.startswith("{|")
            if grouped and begins_group and not before.is_word("GRAPH", "FROM", "NAMED"):
                yield place
        grouped |= token.text == "{"


def _doubtful(text: str, code: Iterable[Token]) -> Token | None:
    """An IRI that the engine may read as less-than and more tokens, which were not checked.

    In ``FILTER(1<2&&'>'!='')`` the scanner finds the IRI ``<2&&'>``, as the standard demands
    (the longest token), the engine a comparison and a string. Such an IRI follows a term
    within parentheses, and matters only if it contains quotes, comments or parentheses.
    """
    brackets: list[str] = []
    before: Token | None = None
    for token in code:
        if (
            token.kind == "iri"
            and brackets[-1:] == ["("]
            and before
            and before.kind not in ("open", "operator")
            and _BETWEEN.fullmatch(text, before.end, token.start)
            and _HIDING.search(token.text)
            and not _WHOLE.match(token.text)
        ):
            return token
        if token.kind == "open":
            brackets.append(token.text)
        elif token.kind == "close" and brackets:
            brackets.pop()
        before = token
    return None


def _depth(scanned: Iterable[Token]) -> int:
    """The deepest nesting of brackets."""
    deepest = level = 0
    for token in scanned:
        level += (token.kind == "open") - (token.kind == "close")
        deepest = max(deepest, level)
    return deepest


def _outside_data(scanned: Iterable[Token]) -> Iterator[Token]:
    """The tokens outside the braces of VALUES, DATA and templates."""
    header = ""
    inside = 0
    for token in scanned:
        if inside or (token.text == "{" and header in _DATA):
            inside += (token.text == "{") - (token.text == "}")
            header = ""
            continue
        if token.kind != "variable" and token.text not in ("(", ")"):
            header = token.text.upper()
        yield token
