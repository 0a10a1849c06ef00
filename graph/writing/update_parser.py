"""Parses an update request into its operations.

The engine checks the grammar of the whole request (:func:`read`), so that keywords are enough to
recognise its parts. Quads and IRIs are parsed by the engine, too.
https://www.w3.org/TR/sparql11-update/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from missiongraph.errors import QueryError, Refused
from missiongraph.sparql.scanner import Token, explain, line_of, unmarked
from missiongraph.sparql.screening import screen

from .quad_templates import Template, quads

MAX_LENGTH = 10_000_000
"""Characters of the longest update that is accepted; one this long is mostly data."""

_ABSENT = "DROP GRAPH <urn:x-missiongraph:absent>;"
_PROLOGUE = {"BASE": 2, "PREFIX": 3, "VERSION": 2}  # tokens of each declaration
_END = Token("end", "", -1, -1)


@dataclass(frozen=True)
class Data:
    """INSERT DATA, or DELETE DATA."""

    insert: bool
    quads: list[ox.Quad]


@dataclass(frozen=True)
class Modify:
    """DELETE and INSERT where a pattern matches; ``prologue`` and ``where`` are parts of its query.

    ``graph`` follows WITH. ``using`` and ``using_named`` are the dataset, if the request names one.
    """

    prologue: str
    where: str
    delete: Template = field(default_factory=Template)
    insert: Template = field(default_factory=Template)
    graph: ox.NamedNode | None = None
    using: tuple[ox.NamedNode, ...] = ()
    using_named: tuple[ox.NamedNode, ...] = ()


@dataclass(frozen=True)
class Manage:
    """CLEAR, DROP or CREATE of a graph, or of all graphs by the keyword NAMED or ALL."""

    verb: str
    silent: bool
    target: ox.NamedNode | ox.DefaultGraph | str


@dataclass(frozen=True)
class Transfer:
    """ADD, MOVE or COPY."""

    verb: str
    silent: bool
    source: ox.NamedNode | ox.DefaultGraph
    target: ox.NamedNode | ox.DefaultGraph


Operation = Data | Modify | Manage | Transfer


def read(text: str, base: str = "") -> list[Operation]:
    """The operations of a request, in order; relative IRIs are resolved against ``base``.

    Raises :class:`QueryError` for text that is not SPARQL or exceeds a limit, :class:`Refused` for
    LOAD. LOAD SILENT fails silently, so it gives no operation.
    """
    try:
        prologue = f"BASE {ox.NamedNode(base)} " if base else ""
    except ValueError as error:
        raise QueryError(f"a base is an absolute IRI: {error}") from error
    text = unmarked(text)
    reader = _Reader(text, screen(text, "an update", MAX_LENGTH), base, prologue)
    reader.check()
    return list(reader.operations())


class _Reader:
    """Reads the tokens of a request from left to right."""

    def __init__(self, text: str, tokens: list[Token], base: str, prologue: str) -> None:
        self._text = text
        self._tokens = tokens
        self._next = 0
        self._base = base
        self._prologue = prologue

    def check(self) -> None:
        """Let the engine parse the request without running it: a first operation is made to fail.

        The engine accepts one prologue before all operations, SPARQL one before each, so later
        ones are moved to the front. An operation that uses a prefix before its declaration fails
        when it is read.
        """
        self._read_prologue()
        last = self._token.start if self._token is not _END else len(self._text)
        head, pieces, moved = self._text[:last], [], []
        for token in self._declared_later():
            pieces += [self._text[last : token.start], " " * len(token.text)]
            moved.append(token.text)
            last = token.end
        inserted = f" {' '.join(moved)} {_ABSENT}"
        try:
            request = "".join([head, inserted, *pieces, self._text[last:]])
            ox.Store().update(request, base_iri=self._base or None)
        except SyntaxError as error:
            message = _moved(error.msg, head, len(inserted))
            raise QueryError(explain(message, self._text)) from error
        except RuntimeError:
            return

    def _declared_later(self) -> Iterator[Token]:
        """The tokens of the prologues after the first."""
        level, index = 0, self._next
        while index < len(self._tokens):
            token = self._tokens[index]
            level += (token.text == "{") - (token.text == "}")
            index += 1
            while token.text == ";" and not level and (n := _declared(self._tokens, index)):
                yield from self._tokens[index : index + n]
                index += n

    def operations(self) -> Iterator[Operation]:
        """The operations after the first prologue."""
        while self._token is not _END:
            start = self._token
            try:
                if operation := self._operation():
                    yield operation
            except SyntaxError as error:  # the engine has parsed it, with all declarations
                place = self._place(start)
                raise QueryError(f"{place}: declare prefixes and base before use") from error
            if self._token is not _END:
                self._expect(";")
            self._read_prologue()

    def _operation(self) -> Operation | None:
        first, second = self._token, self._peek(1)
        if first.is_word("INSERT", "DELETE") and second.is_word("DATA"):
            self._next += 2
            return Data(first.is_word("INSERT"), quads(self._prologue, self._block()))
        if first.is_word("DELETE") and second.is_word("WHERE"):
            self._next += 2
            where = self._block()
            return Modify(self._prologue, where, delete=Template.parse(self._prologue, where))
        if first.is_word("WITH", "INSERT", "DELETE"):
            return self._modify()
        return self._management()

    def _modify(self) -> Modify:
        graph = self._iri() if self._word("WITH") else None
        delete, insert = (
            Template.parse(self._prologue, self._block()) if self._word(verb) else Template()
            for verb in ("DELETE", "INSERT")
        )
        using: tuple[list[ox.NamedNode], list[ox.NamedNode]] = ([], [])
        while self._word("USING"):
            named = bool(self._word("NAMED"))
            using[named].append(self._iri())
        self._expect("WHERE")
        default, named_graphs = map(tuple, using)
        return Modify(self._prologue, self._block(), delete, insert, graph, default, named_graphs)

    def _management(self) -> Operation | None:
        start = self._token
        if verb := self._word("CLEAR", "DROP", "CREATE"):
            silent = bool(self._word("SILENT"))
            return Manage(verb, silent, self._word("NAMED", "ALL") or self._graph())
        if verb := self._word("ADD", "MOVE", "COPY"):
            silent, source = bool(self._word("SILENT")), self._graph()
            self._expect("TO")
            return Transfer(verb, silent, source, self._graph())
        if not self._word("LOAD"):
            raise self._unexpected("an operation")
        if not self._word("SILENT"):
            raise Refused(f"{self._place(start)}: LOAD is refused: send the data itself")
        self._iri()
        if self._word("INTO"):
            self._graph()
        return None

    def _graph(self) -> ox.NamedNode | ox.DefaultGraph:
        if self._word("DEFAULT"):
            return ox.DefaultGraph()
        self._word("GRAPH")
        return self._iri()

    def _iri(self) -> ox.NamedNode:
        """The next token as an IRI, resolved by the engine."""
        token = self._token
        if token.kind not in ("iri", "name"):
            raise self._unexpected("an IRI")
        self._next += 1
        (quad,) = quads(self._prologue, f"{{ <x:> <x:> {token.text} }}")
        assert isinstance(quad.object, ox.NamedNode)
        return quad.object

    def _block(self) -> str:
        """The text from the next ``{`` to the ``}`` that closes it."""
        start, level = self._token.start, 0
        while self._token is not _END:
            level += (self._token.text == "{") - (self._token.text == "}")
            self._next += 1
            if level == 0:
                return self._text[start : self._tokens[self._next - 1].end]
        raise self._unexpected("}")

    def _read_prologue(self) -> None:
        """Append the declarations at the current token to the prologue."""
        while length := _declared(self._tokens, self._next):
            last = self._tokens[self._next + length - 1]
            self._prologue += self._text[self._token.start : last.end] + "\n"
            self._next += length

    def _word(self, *words: str) -> str:
        """Consume the next token if it is one of ``words``, and return it in capitals; else ''."""
        if not self._token.is_word(*words):
            return ""
        self._next += 1
        return self._peek(-1).text.upper()

    def _expect(self, text: str) -> None:
        if self._token.text.upper() != text:
            raise self._unexpected(text)
        self._next += 1

    @property
    def _token(self) -> Token:
        return self._peek(0)

    def _peek(self, ahead: int) -> Token:
        index = self._next + ahead
        return self._tokens[index] if index < len(self._tokens) else _END

    def _unexpected(self, wanted: str) -> QueryError:
        """The error for a token other than ``wanted``.

        It mentions spaces because the engine, unlike SPARQL, accepts ``INSERTDATA`` and ``WITH:g``.
        """
        return QueryError(f"{self._place(self._token)}: expected {wanted}, and spaces around it")

    def _place(self, token: Token) -> str:
        offset = token.start if token is not _END else len(self._text)
        column = offset - (self._text.rfind("\n", 0, offset) + 1) + 1
        return f"line {line_of(self._text, offset)}, column {column}"


def _declared(tokens: list[Token], index: int) -> int:
    """The number of tokens of the declaration at ``index``; 0 if there is none."""
    if index >= len(tokens) or not tokens[index].is_word(*_PROLOGUE):
        return 0
    length = _PROLOGUE[tokens[index].text.upper()]
    return length if index + length <= len(tokens) else 0


def _moved(message: str, head: str, by: int) -> str:
    """The engine's message with its position corrected for ``by`` characters after ``head``."""
    place, separator, expected = message.removeprefix("error at ").partition(": ")
    line, _, column = place.partition(":")
    if not (line.isdigit() and column.isdigit() and int(line) == head.count("\n") + 1):
        return message
    last = len(head) - (head.rfind("\n") + 1)
    moved = max(int(column) - by, last + 1) if int(column) > last else int(column)
    return f"error at {line}:{moved}{separator}{expected}"
