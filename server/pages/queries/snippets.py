"""Snippets: a query as people paste it into a shell or a program of theirs.

Whoever makes a link writes its query, and another pastes it: nothing in a query may end the text
that holds it. So only characters that mean nothing to a shell or to Python stand as they are, and
none that a terminal obeys.
"""

from __future__ import annotations

import shlex

_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) - frozenset("'\\!")
"""What may stand between single quotes in any shell, and in ``printf %b``."""


def curl(query: str, endpoint: str) -> str:
    """Asks with curl, in any POSIX shell: ``printf %b`` writes the query, line by line."""
    lines = " \\\n  ".join(f"'{_escaped(line)}'" for line in query.split("\n"))
    ask = f"curl -H 'Accept: text/csv' --data-urlencode query@- {shlex.quote(endpoint)}"
    return f"printf '%b\\n' \\\n  {lines} |\n  {ask}"


def python(query: str, endpoint: str) -> str:
    """Asks with SPARQLWrapper: each line of the query is a literal of printable ASCII."""
    lines = "".join(f"\n    {line!a}" for line in query.splitlines(keepends=True))
    return (
        "from SPARQLWrapper import SPARQLWrapper, JSON\n\n"
        f"endpoint = SPARQLWrapper({endpoint!a}, returnFormat=JSON)\n"
        f"endpoint.setQuery({lines}\n)\n"
        'rows = endpoint.queryAndConvert()["results"]["bindings"]'
    )


def _escaped(line: str) -> str:
    """A line whose other characters are written as octal bytes of UTF-8."""
    return "".join(
        char if char in _PLAIN else "".join(f"\\0{byte:03o}" for byte in char.encode())
        for char in line
    )
