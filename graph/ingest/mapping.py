"""Reads mappings: one SPARQL CONSTRUCT per table, whose variables are the table's columns.

Comments at the head of the query declare the type of each column::

    # A mission: what kind, from when.
    # column id      thing mission
    # column types   concept mission-type +
    # column start   date ?
    # column source  source

In a header, characters that a variable cannot hold become ``_``: the column ``Amount Awarded`` is
``?Amount_Awarded``. A declaration may give the header in quotes.

Types: ``thing KIND`` or ``thing``, ``concept SCHEME`` or ``concept``, ``source``, ``date``,
``integer``, ``decimal``, ``boolean``, ``url``, ``iri``, ``text``, ``text LANG`` or ``code``. A last
``?`` makes a cell optional, ``*`` a list (items separated by ``|``), ``+`` a list of at least one.
A line ``# empty NA`` declares that cells with NA are empty. A ``code`` is one of those that
``VALUES`` in the query list for the column, beside what each code means; others are bad cells.
A line ``# unused note — why`` declares that a column reaches no statement on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from missiongraph.errors import MappingError, QueryError
from missiongraph.namespaces import KINDS
from missiongraph.sparql.scanner import (
    Token,
    explain,
    line_of,
    prefixes,
    tokens,
    unmarked,
    variables,
)
from missiongraph.sparql.screening import screen

_WITH_ARGUMENT = ("thing", "concept", "text")
TYPES = (*_WITH_ARGUMENT, "source", "date", "integer", "decimal", "boolean", "url", "iri", "code")

_COLUMN = re.compile(r"#\s*column\b(.*)")
_EMPTY = re.compile(r"^#\s*empty\b(.*)$", re.MULTILINE)
_UNUSED = re.compile(r"^#\s*unused\s+(\w+)", re.MULTILINE)
_QUOTED = re.compile(r'\s*"([^"]+)"')
_NAME = re.compile(r"[^\W\d]\w*")
_SCHEME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


ROW = "missiongraph_row"
"""The variable of the row's IRI in a traced query."""

ROW_IRI = "urn:missiongraph:row:"
"""Prefix of a row's IRI in a traced query; the row number follows."""

_MADE = "urn:missiongraph:made"
_PIECEWISE = ("GROUP", "HAVING", "LIMIT", "OFFSET")


def variable(header: str) -> str:
    """The variable for a column header; characters that it cannot hold become ``_``."""
    name = re.sub(r"\W+", "_", header)
    return f"_{name}" if name[:1].isdigit() else name


@dataclass(frozen=True)
class Column:
    """A column of a table: the type of its cells, and how many values a cell may hold."""

    name: str
    type: str = "text"
    argument: str = ""
    required: bool = False
    many: bool = False
    codes: tuple[str, ...] = ()
    """Of the type ``code``: what a cell may hold."""

    @classmethod
    def parse(cls, declaration: str) -> Column:
        """Parse ``NAME TYPE [ARGUMENT] [?|*|+]``; a header that is not a variable is in quotes.

        Raises :class:`MappingError`.
        """
        words = _QUOTED.sub(lambda header: variable(header[1].strip()), declaration, 1).split()
        occurs = words.pop() if words and words[-1] in ("?", "*", "+") else ""
        if len(words) not in (2, 3):
            raise MappingError("write '# column NAME TYPE', then '?', '*' or '+' if needed")
        name, type_, argument = [*words, ""][:3]
        if not _NAME.fullmatch(name):
            raise MappingError(
                f"{name!r} cannot be a variable: use letters, digits and _, or quote the header"
            )
        _check_type(type_, argument)
        return cls(name, type_, argument, occurs in ("", "+"), occurs in ("*", "+"))


def _check_type(type_: str, argument: str) -> None:
    if type_ not in TYPES:
        raise MappingError(f"no type {type_!r}; there are: {', '.join(TYPES)}")
    if not argument:
        return
    if type_ == "thing" and argument not in KINDS:
        raise MappingError(f"no kind {argument!r}; there are: {', '.join(sorted(KINDS))}")
    if type_ == "concept" and not _SCHEME.fullmatch(argument):
        raise MappingError(
            f"{argument!r} cannot name a scheme: use lower-case letters, digits and -"
        )
    if type_ == "text" and not _LANGUAGE.fullmatch(argument):
        raise MappingError(f"{argument!r} is not a language tag such as 'en'")
    if type_ not in _WITH_ARGUMENT:
        raise MappingError(f"type {type_!r} takes no argument, but {argument!r} follows it")


@dataclass(frozen=True)
class Mapping:
    """A table's CONSTRUCT query, split where its template begins and where rows are inserted.

    ``first`` is the text of the template's first triple, or empty if that is not three simple
    terms. ``empty`` are the values of cells that count as empty, ``unused`` the columns that are
    left out on purpose.
    """

    name: str
    columns: tuple[Column, ...]
    verb: str
    template: str
    tail: str
    first: str
    prefixes: dict[str, str]
    empty: tuple[str, ...] = ("",)
    unused: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: str | Path) -> Mapping:
        """Read a mapping file; raises :class:`MappingError`, which names file and line."""
        path = Path(path)
        try:
            return cls.parse(path.read_text("utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as error:
            raise MappingError(f"{path.name}: cannot be read: {error}") from error

    @classmethod
    def parse(cls, text: str, name: str = "mapping") -> Mapping:
        """Parse a mapping; ``name`` identifies it in messages.

        Raises :class:`MappingError` for one that is invalid, would crash the engine's parser or
        would send requests (SERVICE).
        """
        text = unmarked(text)
        try:
            screen(text, "a mapping")
        except QueryError as error:
            raise MappingError(f"{name}: {error}") from error
        columns = tuple(_columns(text, name))
        template, group = _cuts(text, name)
        parts = text[:template], text[template:group], text[group:]
        known = prefixes([*tokens(text)])
        mapping = cls(
            name,
            columns,
            *parts,
            _first_triple(parts[1]),
            known,
            _empty(text),
            frozenset(_UNUSED.findall(text)),
        )
        mapping._check()
        mapping = replace(mapping, columns=tuple(map(mapping._with_codes, columns)))
        return mapping if mapping._is_traceable() else replace(mapping, first="")

    @property
    def source(self) -> Column | None:
        """The column that determines a row's named graph, if there is one."""
        return next((column for column in self.columns if column.type == "source"), None)

    @property
    def variables(self) -> set[str]:
        """The variables that the query uses."""
        return variables(self.verb + self.template + self.tail)

    def lost(self, header: Iterable[str]) -> list[str]:
        """The columns of a table that reach no statement, but for those declared as unused."""
        source = {self.source.name} if self.source else set()
        return [n for n in header if n and n not in self.variables | self.unused | source]

    def query(self, names: Iterable[str], rows: Iterable[str]) -> str:
        """The query over ``rows``, each a string of terms in parentheses, one term per name."""
        return self._over(self.template, names, rows)

    def traced(self, names: Iterable[str], rows: Iterable[str]) -> str:
        """A query that also returns which rows give the template's first triple.

        Each of ``rows`` has one more term, the IRI of the row (:data:`ROW_IRI`). Together with
        the first triple, the query constructs a triple about it whose subject is that IRI.
        """
        note = f" ?{ROW} <{_MADE}> <<( {self.first} )>> . "
        return self._over(note + self.template, [*names, ROW], rows)

    def _over(self, template: str, names: Iterable[str], rows: Iterable[str]) -> str:
        header = " ".join("?" + name for name in names)
        block = "\n".join(rows)
        return f"{self.verb}{template} VALUES ({header}) {{\n{block}\n}}\n{self.tail}"

    def _is_traceable(self) -> bool:
        """Whether the engine accepts the text of the first triple as a triple."""
        try:
            ox.Store().query(self.traced((), ()))
        except SyntaxError:
            return False
        return True

    def _check(self) -> None:
        """Let the engine parse the query once, without rows, to find syntax errors early."""
        names = [column.name for column in self.columns if column.name in self.variables]
        text = self.query(names, ())
        try:
            ox.Store().query(text)
        except SyntaxError as error:
            raise MappingError(f"{self.name}, {explain(error.msg, text)}") from error

    def _with_codes(self, column: Column) -> Column:
        """A column of codes with those that the query itself lists; others as they are."""
        if column.type != "code":
            return column
        if not column.required:
            advice = "every row needs one, as an empty cell would stand for all codes"
            raise MappingError(f"{self.name}: {column.name!r} is a code: {advice}")
        listed = f"{self.verb} <{_MADE}> <{_MADE}> ?{column.name} }} WHERE {{{self.tail}"
        made = ox.Store().query(listed)
        assert isinstance(made, ox.QueryTriples)
        listed_codes = {each.object for each in made if isinstance(each.object, ox.Literal)}
        if odd := sorted(str(code) for code in listed_codes if code != ox.Literal(code.value)):
            reason = f"write the code {odd[0]} as a plain string, as cells are"
            raise MappingError(f"{self.name}: {column.name!r}: {reason}")
        codes = sorted(code.value for code in listed_codes)
        if not codes:
            raise MappingError(f"{self.name}: list the codes of {column.name!r} with VALUES")
        return replace(column, codes=tuple(codes))


def _empty(text: str) -> tuple[str, ...]:
    """The values of cells that count as empty."""
    return ("", *(mark for line in _EMPTY.findall(text) for mark in line.split()))


def _columns(text: str, name: str) -> Iterator[Column]:
    """The declarations in the comments before the query."""
    seen: set[str] = set()
    sources = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            return
        if not (declared := _COLUMN.match(line)):
            continue
        try:
            column = Column.parse(declared[1])
            sources += column.type == "source"
            if column.name in seen:
                raise MappingError(f"column {column.name!r} is declared twice")
            if column.type == "source" and (sources > 1 or column.many or not column.required):
                raise MappingError("a table has one 'source' column, with one value in each row")
        except MappingError as error:
            raise MappingError(f"{name}, line {number}: {error}") from None
        seen.add(column.name)
        yield column


def _cuts(text: str, name: str) -> tuple[int, int]:
    """The offsets just after the ``{`` of the template and just after that of the WHERE group."""
    rest = iter(tokens(text))
    verb = next((t for t in rest if t.is_word("CONSTRUCT", "SELECT", "ASK", "DESCRIBE")), None)
    if verb is None or not verb.is_word("CONSTRUCT"):
        raise MappingError(f"{name}: a mapping must be a CONSTRUCT query")
    template = next(rest, None)
    if template is None or template.text != "{":
        raise MappingError(
            f"{name}, line {line_of(text, verb.start)}: "
            "write the template in full: CONSTRUCT { … } WHERE { … }"
        )
    _skip_group(rest)
    group = next((token for token in rest if token.kind == "open"), None)
    if group is None or group.text != "{":
        raise MappingError(f"{name}: the query has no WHERE {'{ … }'}; '{{}}' is enough")
    _skip_group(rest)
    if after := next((token for token in rest if token.is_word(*_PIECEWISE)), None):
        raise MappingError(
            f"{name}, line {line_of(text, after.start)}: remove {after.text}: a table is mapped "
            "in parts, and it would apply to each part separately"
        )
    return template.end, group.end


def _first_triple(template: str) -> str:
    """The text of a template's first triple; empty if it has brackets."""
    start, end = -1, 0
    for token in tokens(template):
        if start >= 0 and (token.text in (".", ";", "}") or "," in template[end : token.start]):
            return template[start:end]
        if token.kind in ("open", "close"):
            return ""
        start, end = (token.start if start < 0 else start), token.end
        if token.kind == "name" and token.text.endswith("."):  # the full stop, not the name's
            return template[start : end - 1]
    return ""


def _skip_group(rest: Iterator[Token]) -> None:
    """Consume tokens up to the bracket that closes the group just opened."""
    level = 1
    for token in rest:
        level += (token.kind == "open") - (token.kind == "close")
        if level == 0:
            return
