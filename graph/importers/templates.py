"""Fills the template of a CONSTRUCT with whole columns at a time.

A mapping whose WHERE is empty says nothing but its template: each of its triples is a pattern of
constants and columns. Which, the engine itself tells: it is asked once, with an IRI of its own for
each column. Then a pattern is a concatenation of columns, at a fifth of the cost of a query over
the rows (``graph/decisions/0021-importers-fill-templates.md``). As in SPARQL, a triple with an
empty cell is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import pyoxigraph as ox

from missiongraph.errors import MappingError
from missiongraph.ingest.mapping import Mapping

_MARK = "urn:missiongraph:column:"
Pattern = tuple[str, str, str]
"""Subject, predicate and object: a term in N-Triples, or the name of a column after ``?``."""


def patterns(mapping: Mapping) -> list[Pattern]:
    """The patterns of a mapping's template, sorted; raises :class:`MappingError` for a WHERE."""
    group = "\n".join(line.partition("#")[0] for line in mapping.tail.splitlines())
    if group.strip() not in ("}", ""):
        raise MappingError(f"{mapping.name}: its WHERE must be empty: compute columns instead")
    names = sorted(mapping.variables)
    row = " ".join(f"<{_MARK}{name}>" for name in names)
    triples = ox.Store().query(mapping.query(names, [f"({row})"]))
    assert isinstance(triples, ox.QueryTriples)
    made = [tuple(map(_term, (t.subject, t.predicate, t.object))) for t in triples]
    if any(term.startswith("_:") for pattern in made for term in pattern):
        raise MappingError(f"{mapping.name}: makes blank nodes: use IRIs")
    return sorted((s, p, o) for s, p, o in made)


def _term(term: object) -> str:
    if isinstance(term, ox.NamedNode) and term.value.startswith(_MARK):
        return "?" + term.value.removeprefix(_MARK)
    return str(term)


def filled(terms: pl.DataFrame, template: Iterable[Pattern], graph: str) -> pl.Series:
    """The N-Quads, each once, that some rows of terms give; columns of lists give one for each."""
    lines = [pl.Series("line", [], dtype=pl.String)]
    for pattern in template:
        names = [term[1:] for term in pattern if term.startswith("?")]
        rows = terms.select([*dict.fromkeys(names)]).drop_nulls()
        for name in dict.fromkeys(names):
            if rows.schema[name] == pl.List:
                rows = rows.explode(name)
        parts = [pl.col(t[1:]) if t.startswith("?") else pl.lit(t) for t in pattern]
        line = pl.concat_str([*parts, pl.lit(f"<{graph}> .")], separator=" ").alias("line")
        lines.append(rows.drop_nulls().select(line).to_series().unique(maintain_order=True))
    return pl.concat(lines)


def gives(terms: pl.DataFrame, template: Iterable[Pattern]) -> pl.Series:
    """Which rows of terms give a statement: those that fill a pattern with columns in it."""
    names = [{term[1:] for term in pattern if term.startswith("?")} for pattern in template]
    whole = [pl.all_horizontal(pl.col(sorted(each)).is_not_null()) for each in names if each]
    return terms.select(pl.any_horizontal(pl.lit(False), *whole).alias("gives")).to_series()
