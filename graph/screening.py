"""Screening: what a text may not hold before the engine's parser sees it.

The parser is recursive: some texts overflow its stack, and that ends the process. What is
measured here grows with that stack: brackets within brackets, and chains of whatever is joined
one by one. Data (blocks of VALUES and DATA, templates) may be as long as the text; the parser
reads them in a loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .errors import QueryError, Refused
from .syntax import Token, tokens

MAX_LENGTH = 1_000_000
"""Characters of the longest query."""

MAX_DEPTH = 256
"""Brackets within brackets; some thousands overflow the stack."""

MAX_SIZE = 500
"""Operators, clauses and triple patterns; a chain of a thousand can overflow it as well."""

MAX_TERMS = 2_000
"""Words, terms, operators and brackets outside data; lists of 3,000 can overflow it."""

_CLAUSES = ("UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "GRAPH", "VALUES")
_DATA = ("VALUES", "DATA", "CONSTRUCT", "INSERT", "DELETE")


def screen(text: str, what: str, max_length: int = MAX_LENGTH) -> list[Token]:
    """The tokens of a text that the engine may parse; ``what`` it is (a query, an update).

    Raises :class:`QueryError` for what the engine's parser would not survive and for SERVICE,
    which would send requests from this machine to wherever the text says.
    """
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
    # a keyword may touch what follows it: SERVICE:x{} is SERVICE and :x
    if any(t.kind in ("word", "name") and "SERVICE" in _keyword(t) for t in found):
        raise Refused("SERVICE is refused: no requests are sent to other servers")
    return found


def _keyword(token: Token) -> str:
    return token.text.partition(":")[0].upper()


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
