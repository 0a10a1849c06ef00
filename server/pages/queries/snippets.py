"""Code snippets that run a query from a shell or from Python.

A link may carry a hostile query that its reader then pastes, so no query may break out of the
string that holds it. All characters with a meaning for shells, Python or terminals are escaped.
"""

from __future__ import annotations

import shlex

_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) - frozenset("'\\!")
"""Characters that are safe between single quotes in any shell, and in ``printf %b``."""


def curl(query: str, endpoint: str) -> str:
    """A command for any POSIX shell: ``printf %b`` writes the query, and curl sends it."""
    lines = " \\\n  ".join(f"'{_escaped(line)}'" for line in query.split("\n"))
    ask = f"curl -H 'Accept: text/csv' --data-urlencode query@- {shlex.quote(endpoint)}"
    return f"printf '%b\\n' \\\n  {lines} |\n  {ask}"


def python(query: str, endpoint: str) -> str:
    """A program with SPARQLWrapper; each line of the query is a literal of printable ASCII."""
    lines = "".join(f"\n    {line!a}" for line in query.splitlines(keepends=True))
    return (
        "from SPARQLWrapper import SPARQLWrapper, JSON\n\n"
        f"endpoint = SPARQLWrapper({endpoint!a}, returnFormat=JSON)\n"
        f"endpoint.setQuery({lines}\n)\n"
        'rows = endpoint.queryAndConvert()["results"]["bindings"]'
    )


def _escaped(line: str) -> str:
    """A line with all but the plain characters as octal bytes of UTF-8."""
    return "".join(
        char if char in _PLAIN else "".join(f"\\0{byte:03o}" for byte in char.encode())
        for char in line
    )
