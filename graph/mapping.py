"""Mappings: one SPARQL CONSTRUCT per table, whose variables are the table's columns.

The comments at the head of the query say what each column holds::

    # A mission: what kind, from when.
    # column id      thing mission
    # column types   concept mission-type +
    # column start   date ?
    # column source  source

Types: ``thing KIND`` or ``thing``, ``concept SCHEME`` or ``concept``, ``source``, ``date``,
``integer``, ``decimal``, ``boolean``, ``url``, ``iri``, ``text`` or ``text LANG``. A last
``?`` makes a cell optional, ``*`` a list (items apart by ``|``), ``+`` a list of at least one.
A line ``# empty NA`` says that cells holding NA are empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from .errors import MappingError, QueryError
from .namespaces import KINDS
from .screening import screen
from .syntax import Token, explain, line_of, prefixes, tokens, unmarked, variables

_WITH_ARGUMENT = ("thing", "concept", "text")
TYPES = (*_WITH_ARGUMENT, "source", "date", "integer", "decimal", "boolean", "url", "iri")

_COLUMN = re.compile(r"#\s*column\b(.*)")
_EMPTY = re.compile(r"^#\s*empty\b(.*)$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SCHEME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Column:
    """A column of a table: the type of its cells and how many values a cell may hold."""

    name: str
    type: str = "text"
    argument: str = ""
    required: bool = False
    many: bool = False

    @classmethod
    def parse(cls, declaration: str) -> Column:
        """Read ``NAME TYPE [ARGUMENT] [?|*|+]``; raises :class:`MappingError`."""
        words = declaration.split()
        occurs = words.pop() if words and words[-1] in ("?", "*", "+") else ""
        if len(words) not in (2, 3):
            raise MappingError("write '# column NAME TYPE', then '?', '*' or '+' if need be")
        name, type_, argument = [*words, ""][:3]
        if not _NAME.fullmatch(name):
            raise MappingError(f"{name!r} cannot be a variable: use letters, digits and _")
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
        raise MappingError(f"{argument!r} cannot name a scheme: use small letters, digits and -")
    if type_ == "text" and not _LANGUAGE.fullmatch(argument):
        raise MappingError(f"{argument!r} is not a language tag such as 'en'")
    if type_ not in _WITH_ARGUMENT:
        raise MappingError(f"type {type_!r} takes no argument, yet {argument!r} follows it")


@dataclass(frozen=True)
class Mapping:
    """A table's CONSTRUCT query, cut where the rows go in, and its declared columns."""

    name: str
    columns: tuple[Column, ...]
    head: str
    tail: str
    prefixes: dict[str, str]
    empty: tuple[str, ...] = ("",)

    @classmethod
    def read(cls, path: str | Path) -> Mapping:
        """Read a mapping file; raises :class:`MappingError` naming file and line."""
        path = Path(path)
        try:
            return cls.parse(path.read_text("utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as error:
            raise MappingError(f"{path.name}: cannot be read: {error}") from error

    @classmethod
    def parse(cls, text: str, name: str = "mapping") -> Mapping:
        """Read a mapping from ``text``; ``name`` stands for it in messages.

        Raises :class:`MappingError` for one that is no good, that the engine would not survive
        or that sends requests (SERVICE).
        """
        text = unmarked(text)
        try:
            screen(text, "a mapping")
        except QueryError as error:
            raise MappingError(f"{name}: {error}") from error
        columns = tuple(_columns(text, name))
        cut = _where(text, name)
        known = prefixes([*tokens(text)])
        mapping = cls(name, columns, text[:cut], text[cut:], known, _empty(text))
        mapping._check()
        return mapping

    @property
    def source(self) -> Column | None:
        """The column that decides a row's named graph, if there is one."""
        return next((column for column in self.columns if column.type == "source"), None)

    @property
    def variables(self) -> set[str]:
        """The variables that the query uses."""
        return variables(self.head + self.tail)

    def query(self, names: Iterable[str], rows: Iterable[str]) -> str:
        """The query over ``rows``, each a string of terms in brackets, one term per name."""
        header = " ".join("?" + name for name in names)
        block = "\n".join(rows)
        return f"{self.head} VALUES ({header}) {{\n{block}\n}}\n{self.tail}"

    def _check(self) -> None:
        """Let the engine parse the query once, without rows, so that its errors come early."""
        names = [column.name for column in self.columns if column.name in self.variables]
        text = f"{self.head} VALUES ({' '.join(f'?{n}' for n in names)}) {{}} {self.tail}"
        try:
            ox.Store().query(text)
        except SyntaxError as error:
            raise MappingError(f"{self.name}, {explain(error.msg, text)}") from error


def _empty(text: str) -> tuple[str, ...]:
    """What a cell may hold instead of nothing."""
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


def _where(text: str, name: str) -> int:
    """The offset just after the ``{`` that opens the WHERE group."""
    rest = iter(tokens(text))
    verb = next((t for t in rest if t.is_word("CONSTRUCT", "SELECT", "ASK", "DESCRIBE")), None)
    if verb is None or not verb.is_word("CONSTRUCT"):
        raise MappingError(f"{name}: a mapping is a CONSTRUCT query")
    template = next(rest, None)
    if template is None or template.text != "{":
        raise MappingError(
            f"{name}, line {line_of(text, verb.start)}: "
            "write the template out: CONSTRUCT { … } WHERE { … }"
        )
    _skip_group(rest)
    group = next((token for token in rest if token.kind == "open"), None)
    if group is None or group.text != "{":
        raise MappingError(f"{name}: the query has no WHERE {'{ … }'}; '{{}}' will do")
    return group.end


def _skip_group(rest: Iterator[Token]) -> None:
    """Move past the bracket that closes the group just opened."""
    level = 1
    for token in rest:
        level += (token.kind == "open") - (token.kind == "close")
        if level == 0:
            return
