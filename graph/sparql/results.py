"""The result of a SELECT as a table of Python values."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any, cast

import pyoxigraph as ox

from missiongraph.errors import NotAcceptable
from missiongraph.namespaces import XSD

if TYPE_CHECKING:
    import pandas
    import polars
    import rdflib

SHOWN = 20
"""Rows that are printed; the table itself has all rows."""

_WIDTH = 60
_READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "decimal": Decimal,
    "double": float,
    "float": float,
    "boolean": {"true": True, "false": False, "1": True, "0": False}.__getitem__,
    "date": date.fromisoformat,
    "dateTime": datetime.fromisoformat,
}

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True, repr=False)
class Table:
    """Named columns and rows of Python values, in the order of the query's result.

    Integers are ``int``, decimals ``Decimal``, dates ``date``; years, months, IRIs and all
    else are strings; unbound values are ``None``. :attr:`terms` has the same rows as RDF
    terms. Iterating gives each row as a dictionary.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    _terms: tuple[tuple[Term | None, ...], ...] = ()

    @classmethod
    def from_json(cls, data: bytes) -> Table:
        """Read SPARQL 1.1 Query Results JSON."""
        solutions = ox.parse_query_results(data, ox.QueryResultsFormat.JSON)
        assert isinstance(solutions, ox.QuerySolutions)
        columns = tuple(variable.value for variable in solutions.variables)
        terms = tuple(tuple(row[name] for name in columns) for row in solutions)
        return cls(columns, tuple(tuple(map(python_value, row)) for row in terms), terms)

    @cached_property
    def terms(self) -> list[tuple[rdflib.term.Identifier | None, ...]]:
        """The rows as rdflib terms; raises :class:`NotAcceptable` for terms that rdflib lacks."""
        return [tuple(map(_rdflib, row)) for row in self._terms]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return dict(zip(self.columns, self.rows[index], strict=True))

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas DataFrame, decimals as floats; raises :class:`ImportError` without pandas."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas needs: pip install 'missiongraph[pandas]'") from error
        rows = [[float(v) if isinstance(v, Decimal) else v for v in row] for row in self.rows]
        return pandas.DataFrame(rows, columns=list(self.columns))

    def to_polars(self) -> polars.DataFrame:
        """A polars DataFrame, decimals as floats; a column of several types holds texts."""
        import polars  # starts threads, which a process must not have when it forks

        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in self.columns)
        return polars.DataFrame(
            [
                polars.Series(name, _of_one_type(values), strict=False)
                for name, values in zip(self.columns, columns, strict=True)
            ]
        )

    def to_arrow(self) -> Any:  # Any: pyarrow is not installed with us
        """An Arrow table, as :meth:`to_polars`; raises :class:`ImportError` without pyarrow."""
        return self.to_polars().to_arrow()

    def to_csv(self) -> str:
        """CSV with a header row; unbound values are empty."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_text(value) for value in row] for row in self.rows)
        return text.getvalue()

    def to_json(self) -> str:
        """A JSON array with an object for each row; dates, infinities and NaN are strings."""
        rows = [{name: _number(value) for name, value in row.items()} for row in self]
        return json.dumps(rows, default=_json, ensure_ascii=False, indent=1, allow_nan=False)

    def to_markdown(self) -> str:
        """A Markdown table of all rows."""
        cells = [self.columns, ["---"] * len(self.columns), *(map(_text, r) for r in self.rows)]
        escaped = ((c.replace("|", "\\|").replace("\n", " ") for c in row) for row in cells)
        return "\n".join(f"| {' | '.join(row)} |" for row in escaped) + "\n"

    def __repr__(self) -> str:
        """The first rows in aligned columns."""
        cells = [self.columns, *([_short(v) for v in row] for row in self.rows[:SHOWN])]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*lines, self._size()])

    def _repr_html_(self) -> str:
        """The first rows for a notebook."""
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{_link(value)}</td>" for value in row) + "</tr>"
            for row in self.rows[:SHOWN]
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"{table}<p>{self._size()}</p>"

    def _size(self) -> str:
        size = f"{len(self)} row{'s' * (len(self) != 1)}"
        return f"{size}, the first {SHOWN} shown" if len(self) > SHOWN else size


def _of_one_type(values: Iterable[Any]) -> list[Any]:
    """The values of a column as numbers, truth values, dates or texts, whichever they all are."""
    plain = [float(v) if isinstance(v, Decimal) else v for v in values]
    kinds = {type(value) for value in plain if value is not None}
    if len(kinds) < 2 or kinds == {int, float}:
        return plain
    return [None if value is None else _text(value) for value in plain]


def python_value(term: Term | None) -> Any:  # Any: a cell is of any type
    """The Python value of an RDF term; an ill-formed literal stays a string."""
    if term is None:
        return None
    if not isinstance(term, ox.Literal):
        return term.value if isinstance(term, ox.NamedNode) else spelt(term)
    name = term.datatype.value.removeprefix(XSD)
    try:
        return _READERS[name](term.value) if name in _READERS else term.value
    except (ValueError, ArithmeticError, KeyError):
        return term.value


def spelt(term: Term) -> str:
    """A term in N-Triples."""
    return f"<<( {term} )>>" if isinstance(term, ox.Triple) else str(term)


def _rdflib(term: Term | None) -> rdflib.term.Identifier | None:
    """The term with ``xsd:string`` as an explicit datatype, as in the results; in
    :func:`missiongraph.rdf.literals.term` strings are plain, to equal those in shapes.
    """
    import rdflib  # slow to import

    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Triple):
        raise NotAcceptable(f"rdflib has no triple terms, such as {term}: use the table's rows")
    if term.direction:
        raise NotAcceptable(f"rdflib has no base directions, such as of {term}: use the rows")
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _short(value: Any) -> str:
    text = " ".join(_text(value).split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _link(value: Any) -> str:
    text = html.escape(_text(value))
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return f'<a href="{text}">{text}</a>'
    return text


def lexical(value: float) -> str:
    """The XSD form of a number that is not finite, which JSON has no number for."""
    return "NaN" if isnan(value) else "INF" if value > 0 else "-INF"


def _number(value: Any) -> Any:
    return lexical(value) if isinstance(value, float) and not isfinite(value) else value


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else _number(float(value))
    return cast(date, value).isoformat()
