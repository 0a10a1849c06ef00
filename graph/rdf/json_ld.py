"""JSON-LD as it comes in: contexts that we know, and nothing left out without a word.

A processor leaves out what it can make no statement of: keys that the context does not define,
identifiers that are no IRIs (JSON-LD 1.1 API, sections 5.1.2 and 8), base directions. Here a
document is read a second time with all such keys defined and all such characters replaced, and
what only then says something is told. Nothing is fetched: contexts stand in the document, or
are :data:`KNOWN`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources
from typing import Any
from urllib.parse import urljoin

import pyoxigraph as ox

from missiongraph.namespaces import BASE

KNOWN = {BASE + "context.jsonld": "context.jsonld"}
"""Contexts by their address that need not be fetched: files of ``missiongraph.ontology``."""

SHOWN = 5
"""Losses that are spelled out in one message."""

_UNDEFINED = "urn:x-missiongraph:undefined:"
_RELATIVE = "x-missiongraph-relative://base/"
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`\x7f-\x9f]|%(?![0-9A-Fa-f]{2})')
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


class JsonLdError(ValueError):
    """JSON-LD that cannot be read as a whole; the message says what to do."""


def read(data: bytes, base: str = "", *, rename_blank_nodes: bool = False) -> Iterator[ox.Quad]:
    """The quads of a document, relative to ``base``.

    Raises :class:`JsonLdError` for a context that is not known, and for what would be left out;
    :class:`SyntaxError` for what is no JSON-LD.
    """
    try:
        document = _parsed(data)
        whole = _with_contexts(document, base)
        if whole != document:
            data = json.dumps(whole, allow_nan=False).encode()
        quads = ox.parse(
            data,
            ox.RdfFormat.JSON_LD,
            base_iri=base or None,
            rename_blank_nodes=rename_blank_nodes,
        )
        yield from quads
        _Check(whole, base).run()
    except RecursionError as error:
        raise JsonLdError("it nests deeper than it can be followed") from error


@lru_cache(maxsize=8)
def context(address: str) -> Any:
    """The context at an address of :data:`KNOWN`."""
    text = (resources.files("missiongraph.ontology") / KNOWN[address]).read_text("utf-8")
    return json.loads(text)["@context"]


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        fault = SyntaxError(error.msg)
        fault.lineno = error.lineno
        raise fault from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonLdError(f"an object has the key {twice!r} twice; write one list of values")
    return found


def _with_contexts(node: Any, base: str) -> Any:
    """A document with the contexts that it refers to in their places."""
    if isinstance(node, list):
        return [_with_contexts(item, base) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: v if key == "@value" else _with_contexts(v, base) for key, v in node.items()}
    if "@context" in node:
        made["@context"] = _resolved(made["@context"], base)
    return made


def _resolved(said: Any, base: str) -> Any:
    if isinstance(said, list):
        return [_resolved(each, base) for each in said]
    if isinstance(said, str):
        address = urljoin(base, said)
        if address not in KNOWN:
            raise JsonLdError(
                f"its context <{said}> is not fetched, for nothing is loaded from elsewhere: put"
                ' what it says into the document ("@context": {…}) or expand the document first.'
                f" Known without fetching: {', '.join(KNOWN)}"
            )
        return context(address)
    if isinstance(said, dict) and isinstance(said.get("@import"), str):
        rest = {key: value for key, value in said.items() if key != "@import"}
        return {**_resolved(said["@import"], base), **rest}
    return said


class _Check:
    """Looks for what a document would say if nothing of it were left out."""

    def __init__(self, document: Any, base: str) -> None:
        self._base, self._document = base or _RELATIVE, document
        text = json.dumps(document, ensure_ascii=False)
        self._mark = next(c for c in map(chr, range(0x2400, 0xD7FF)) if c not in text)
        self._originals: dict[str, str] = {}
        self._lost: dict[str, None] = {}

    def run(self) -> None:
        """Raise :class:`JsonLdError` for what is left out."""
        nodes = self._document if isinstance(self._document, list) else [self._document]
        document = [self._defined(node) for node in nodes if isinstance(node, dict)]
        text = json.dumps(document).encode()
        try:
            for quad in ox.parse(text, ox.RdfFormat.JSON_LD, base_iri=self._base):
                self._look(quad)
        except SyntaxError:  # of what was replaced; the document itself has been read
            pass
        if lost := [*self._lost]:
            more = f"; and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
            raise JsonLdError(f"statements would be lost: {'; '.join(lost[:SHOWN])}{more}")

    def _look(self, quad: ox.Quad) -> None:
        key = self._original(quad.predicate.value.removeprefix(_UNDEFINED))
        if quad.predicate.value.startswith(_UNDEFINED):
            self._lose(f"{key!r} is no term of its context")
        elif self._mark in quad.predicate.value:
            self._lose(f"{key!r} is no IRI")
        for term in (quad.subject, quad.object, quad.graph_name):
            if not isinstance(term, ox.NamedNode):
                continue
            name = term.value.removeprefix(_RELATIVE).removeprefix(_UNDEFINED)
            if self._mark in name:
                self._lose(f"{self._original(name)!r} is no IRI")
            elif self._base == _RELATIVE and name != term.value:
                self._lose(f"{name!r} is relative to nothing")

    def _lose(self, what: str) -> None:
        self._lost[what] = None

    def _original(self, marked: str) -> str:
        """What the document has, or something like it where a prefix has been written out."""
        return self._originals.get(marked, marked.replace(self._mark, " "))

    def _defined(self, root: dict[str, Any]) -> dict[str, Any]:
        """A node whose undefined keys get names of ours."""
        made = self._marked(root)
        said = made.get("@context", [])
        rest = said if isinstance(said, list) else [said]
        return {**made, "@context": [{"@vocab": _UNDEFINED}, *rest]}

    def _marked(self, node: Any) -> Any:
        """A part of the document with a mark for each character that no IRI may hold."""
        if isinstance(node, str):
            return self._replaced(node)
        if isinstance(node, list):
            return [self._marked(item) for item in node]
        if not isinstance(node, dict):
            return node
        return dict(self._members(node))

    def _members(self, node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, value in node.items():
            if key == "@language" and isinstance(value, str) and not _LANGUAGE.fullmatch(value):
                self._lose(f"{value!r} is no language tag")
            if key == "@direction" and value is not None:
                self._lose('JSON-LD is read without "@direction": send such texts as Turtle')
            if key == "@value":
                yield key, value
            elif key == "@context":
                yield key, [*self._contexts(value if isinstance(value, list) else [value])]
            elif key.startswith("_:"):
                yield _UNDEFINED + self._replaced(key), self._marked(value)
            else:
                yield self._replaced(key), self._marked(value)

    def _contexts(self, said: Iterable[Any]) -> Iterator[Any]:
        """Contexts after which what they do not define still has a name."""
        for each in said:
            marked = self._marked(each)
            if each is None:
                yield from (None, {"@vocab": _UNDEFINED})
            elif isinstance(each, dict) and each.get("@vocab", "") is None:
                yield {**marked, "@vocab": _UNDEFINED}
            else:
                yield marked

    def _replaced(self, text: str) -> str:
        marked = _NO_IRI.sub(self._mark, text)
        if marked != text:
            self._originals[marked] = text
        return marked
