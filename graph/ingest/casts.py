"""Casts the cells of a column to RDF terms, strictly, a whole column at a time.

A cast takes a series of stripped, non-empty strings and returns two series: which are valid, and
their terms in SPARQL syntax. Numbers become canonical (``75.0`` is ``75``), so that no store
rewrites them; dates keep their precision (a year, a month or a day).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
import pyoxigraph as ox

from missiongraph.namespaces import CODE, ID, KINDS, SLUG, SOURCE_ID, VOCAB, XSD

from .mapping import Column

Cast = tuple[pl.Series, pl.Series]
"""Which cells are valid, and their terms."""

_KIND = "(?:" + "|".join(sorted(KINDS)) + ")"
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f]"

ADVICE = {
    "thing": "is not a key: write lower-case letters, digits and hyphens",
    "thing ": "is not a reference: write kind/key, such as mission/net-zero",
    "concept": "is not a code: write letters, digits, '.', '_' and '-'",
    "concept ": "is not a concept: write scheme/code, such as currency/EUR",
    "source": "is not a key of sources.csv: write lower-case letters, digits and hyphens",
    "date": "is not a date: write 2018, 2018-06 or 2018-06-30",
    "integer": "is not a whole number: write digits only, at most 18",
    "decimal": "is not a number: write digits and a point, at most 18 on either side",
    "boolean": "is not a boolean: write true or false",
    "url": "is not a web address: write it in full, starting with http:// or https://",
    "iri": "is not an IRI: write it in full or with one of the mapping's prefixes",
    "text": "holds a control character: retype it",
}
"""The advice for an invalid cell, by type (with a space: of a type without its argument)."""


def advice(column: Column) -> str:
    """The advice for an invalid cell in ``column``, to follow its value in a message."""
    if column.type == "code":
        codes = ", ".join(column.codes)
        return f"is not among the mapping's codes, {codes}: list it in VALUES, or correct the cell"
    bare = column.type in ("thing", "concept") and not column.argument
    return ADVICE[column.type + " " * bare]


def cast(column: Column, cells: pl.Series, prefixes: Mapping[str, str]) -> Cast:
    """Cast ``cells`` to the type of ``column``; ``prefixes`` are used for type ``iri``."""
    if column.type == "iri":
        return _iri(cells, prefixes)
    if column.type == "code":
        return cells.is_in(column.codes), _text(cells, "")[1]
    if column.type in ("thing", "concept", "text"):
        return _WITH_ARGUMENT[column.type](cells, column.argument)
    return _PLAIN[column.type](cells)


def _matches(cells: pl.Series, pattern: str) -> pl.Series:
    return cells.str.contains(f"^(?:{pattern})$")


def _wrap(before: str, cells: pl.Series, after: str) -> pl.Series:
    return before + cells + after


def _thing(cells: pl.Series, kind: str) -> Cast:
    if kind:
        return _matches(cells, SLUG), _wrap(f"<{ID}{kind}/", cells, ">")
    return _matches(cells, f"{_KIND}/{SLUG}"), _wrap(f"<{ID}", cells, ">")


def _concept(cells: pl.Series, scheme: str) -> Cast:
    if scheme:
        return _matches(cells, CODE), _wrap(f"<{VOCAB}{scheme}/", cells, ">")
    return _matches(cells, f"{SLUG}/{CODE}"), _wrap(f"<{VOCAB}", cells, ">")


def _source(cells: pl.Series) -> Cast:
    return _matches(cells, SLUG), _wrap(f"<{SOURCE_ID}", cells, ">")


def _text(cells: pl.Series, language: str) -> Cast:
    quoted = cells.str.replace_all("\\", "\\\\", literal=True)
    for char, escape in (('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        quoted = quoted.str.replace_all(char, escape, literal=True)
    tag = f'"@{language.lower()}' if language else '"'
    return ~cells.str.contains(_CONTROL), _wrap('"', quoted, tag)


def _date(cells: pl.Series) -> Cast:
    """Days must exist in the calendar; the year 0 is refused, as no source uses it."""
    length = cells.str.len_chars()
    day = cells + pl.Series(["-01-01"]).str.slice(0)
    day = day.str.slice(0, 10)
    shaped = _matches(cells, r"[0-9]{4}(?:-[0-9]{2}){0,2}") & ~cells.str.starts_with("0000")
    real = day.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    types = length.replace_strict(
        {4: "gYear", 7: "gYearMonth", 10: "date"}, default="", return_dtype=pl.String
    )
    return shaped & real, _wrap('"', cells, f'"^^<{XSD}') + types + ">"


def _integer(cells: pl.Series) -> Cast:
    number = cells.str.replace(r"^\+?(-?)0*([0-9])", "${1}${2}").str.replace("^-0$", "0")
    return _matches(cells, "[+-]?0*[0-9]{1,18}"), _wrap('"', number, f'"^^<{XSD}integer>')


def _decimal(cells: pl.Series) -> Cast:
    shaped = _matches(cells, r"[+-]?0*[0-9]{1,18}(?:\.[0-9]{0,18}0*)?|[+-]?\.[0-9]{1,18}0*")
    number = cells.str.replace(r"^([+-]?)\.", "${1}0.")
    number = number.str.replace(r"(\.[0-9]*?)0+$", "${1}").str.replace(r"\.$", "")
    number = number.str.replace(r"^\+?(-?)0*([0-9])", "${1}${2}").str.replace("^-0$", "0")
    return shaped, _wrap('"', number, f'"^^<{XSD}decimal>')


def _boolean(cells: pl.Series) -> Cast:
    value = cells.str.to_lowercase()
    return value.is_in(["true", "false"]), _wrap('"', value, f'"^^<{XSD}boolean>')


def _url(cells: pl.Series) -> Cast:
    good = {url for url in cells.drop_nulls().unique() if _is_iri(url)}
    shaped = _matches(cells, "https?://[^/?#]+.*")
    return shaped & cells.is_in(list(good)), _wrap("<", cells, ">")


def _iri(cells: pl.Series, prefixes: Mapping[str, str]) -> Cast:
    full = {cell: _expand(cell, prefixes) for cell in cells.drop_nulls().unique()}
    known = {cell: f"<{iri}>" for cell, iri in full.items() if _is_iri(iri)}
    terms = cells.replace_strict(known, default=None, return_dtype=pl.String)
    return terms.is_not_null(), terms


def _expand(cell: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, local = cell.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes else cell


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


_PLAIN: dict[str, Callable[[pl.Series], Cast]] = {
    "source": _source,
    "date": _date,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "url": _url,
}
_WITH_ARGUMENT: dict[str, Callable[[pl.Series, str], Cast]] = {
    "thing": _thing,
    "concept": _concept,
    "text": _text,
}
