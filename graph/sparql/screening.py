"""Screening: what a text may not hold before the engine's parser sees it.

The parser is recursive: some texts overflow its stack, and that ends the process. What is
measured here grows with that stack: brackets within brackets, and chains of whatever is joined
one by one. Data (blocks of VALUES and DATA, templates) may be as long as the text; the parser
reads them in a loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from missiongraph.errors import QueryError, Refused

from .scanner import Token, line_of, tokens

MAX_LENGTH = 1_000_000
"""Characters of the longest query."""

MAX_DEPTH = 256
"""Brackets within brackets; some thousands overflow the stack."""

MAX_SIZE = 500
"""Operators, clauses and triple patterns; a chain of a thousand can overflow it as well."""

MAX_TERMS = 2_000
"""Words, terms, operators and brackets outside data; lists of 3,000 can overflow it."""

_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")  # blanks and comments
_WHOLE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")  # no comparison reads like that
_HIDING = re.compile(r"['#()]")

_CLAUSES = ("UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "GRAPH", "VALUES")
_DATA = ("VALUES", "DATA", "CONSTRUCT", "INSERT", "DELETE")


def screen(text: str, what: str, max_length: int = MAX_LENGTH) -> list[Token]:
    """The tokens of a text that the engine may parse; ``what`` it is (a query, an update).

    Raises :class:`QueryError` for what the engine's parser would not survive and for SERVICE,
    which would send requests from this machine to wherever the text says.
    """
    found = measure(text, what, max_length)
    if next(services(found), None) is not None:
        raise Refused("SERVICE is refused: no requests are sent to other servers")
    return found


def measure(text: str, what: str, max_length: int = MAX_LENGTH) -> list[Token]:
    """The tokens of a text that the engine's parser survives; raises :class:`QueryError`."""
    if len(text) > max_length:
        raise QueryError(f"{what} may have {max_length:,} characters, not {len(text):,}")
    found = list(tokens(text))
    if (depth := _depth(found)) > MAX_DEPTH:
        raise QueryError(f"brackets may nest {MAX_DEPTH} deep, not {depth}")
    asked = list(_outside_data(found))
    size = sum(token.kind == "operator" or token.is_word(*_CLAUSES) for token in asked)
    if size > MAX_SIZE:
        raise QueryError(f"{what} may have {MAX_SIZE} operators and clauses, not {size}")
    if len(asked) > MAX_TERMS:
        terms = f"{MAX_TERMS:,} words and terms outside VALUES and other data"
        raise QueryError(f"{what} may have {terms}, not {len(asked):,}")
    if doubtful := _doubtful(text, asked):
        line = line_of(text, doubtful.start)
        raise QueryError(
            f"line {line}: {doubtful.text} may be an IRI or a comparison; put a space after its '<'"
            " if it is a comparison, or write the IRI in full or with a prefix if it is none"
        )
    return found


def services(found: Sequence[Token]) -> Iterator[int]:
    """The places of the tokens that are or hold the keyword SERVICE.

    The engine takes a keyword that touches what follows it: ``SERVICE:x{}`` is SERVICE and :x.
    A prefix may hold the word all the same. What tells them apart: a group follows a service,
    and of all other names only those after GRAPH, FROM and NAMED, or before the first group.
    """
    grouped = False
    for place, token in enumerate(found):
        if token.kind == "word" and "SERVICE" in token.text.upper():
            yield place
        elif token.kind == "name" and "SERVICE" in token.text.partition(":")[0].upper():
            before, after = found[place - 1], "".join(t.text for t in found[place + 1 : place + 3])
            begins_group = after.startswith("{") and not after.startswith("{|")
            if grouped and begins_group and not before.is_word("GRAPH", "FROM", "NAMED"):
                yield place
        grouped |= token.text == "{"


def _doubtful(text: str, asked: Iterable[Token]) -> Token | None:
    """An IRI that the engine may read as less-than, and see what it hides from us.

    In ``FILTER(1<2&&'>'!='')`` the scanner finds the IRI ``<2&&'>``, as the standard has it
    (the longest token), the engine a comparison and a string. Such an IRI follows a term
    within parentheses, and matters if what it holds would begin or end something.
    """
    brackets: list[str] = []
    before: Token | None = None
    for token in asked:
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


def _depth(found: Iterable[Token]) -> int:
    """How deeply brackets nest."""
    deepest = level = 0
    for token in found:
        level += (token.kind == "open") - (token.kind == "close")
        deepest = max(deepest, level)
    return deepest


def _outside_data(found: Iterable[Token]) -> Iterator[Token]:
    """The tokens outside the braces of VALUES, DATA and templates."""
    header = ""
    inside = 0
    for token in found:
        if inside or (token.text == "{" and header in _DATA):
            inside += (token.text == "{") - (token.text == "}")
            header = ""
            continue
        if token.kind != "variable" and token.text not in ("(", ")"):
            header = token.text.upper()
        yield token
