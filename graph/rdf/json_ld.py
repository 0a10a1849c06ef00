"""Reads JSON-LD and reports what a JSON-LD processor would drop silently.

A processor drops what gives no statement: keys that the context does not define, identifiers
that are not IRIs (JSON-LD 1.1 API, sections 5.1.2 and 8), base directions. To detect this, a
document is parsed a second time with such keys defined and such characters replaced; what gives
statements only then is an error. Contexts are never fetched: they are in the document or
:data:`KNOWN`.
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
"""Contexts that ship in ``missiongraph.ontology``: file names by address."""

SHOWN = 5
"""The most losses listed in one message."""

_UNDEFINED = "urn:x-missiongraph:undefined:"
_RELATIVE = "x-missiongraph-relative://base/"
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`\x7f-\x9f]|%(?![0-9A-Fa-f]{2})')
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


class JsonLdError(ValueError):
    """JSON-LD that cannot be read without loss; the message says what to do."""


def read(data: bytes, base: str = "", *, rename_blank_nodes: bool = False) -> Iterator[ox.Quad]:
    """The quads of a document, with IRIs relative to ``base``.

    Raises :class:`JsonLdError` for an unknown context and for content that would be lost,
    :class:`SyntaxError` for invalid JSON-LD.
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
        raise JsonLdError("the document is nested too deeply") from error


@lru_cache(maxsize=8)
def context(address: str) -> Any:  # Any: JSON
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
    members = dict(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonLdError(f"an object has the key {twice!r} twice; write one list of values")
    return members


def _with_contexts(node: Any, base: str) -> Any:
    """A document with its references to known contexts replaced by the contexts."""
    if isinstance(node, list):
        return [_with_contexts(item, base) for item in node]
    if not isinstance(node, dict):
        return node
    members = {key: v if key == "@value" else _with_contexts(v, base) for key, v in node.items()}
    if "@context" in node:
        members["@context"] = _resolved(members["@context"], base)
    return members


def _resolved(value: Any, base: str) -> Any:
    """The value of an ``@context`` with references to known contexts replaced."""
    if isinstance(value, list):
        return [_resolved(each, base) for each in value]
    if isinstance(value, str):
        address = urljoin(base, value)
        if address not in KNOWN:
            raise JsonLdError(
                f"its context <{value}> is not fetched: contexts are never loaded from other"
                ' servers. Put the context into the document ("@context": {…}) or expand the'
                f" document first. Known without fetching: {', '.join(KNOWN)}"
            )
        return context(address)
    if isinstance(value, dict) and isinstance(value.get("@import"), str):
        rest = {key: each for key, each in value.items() if key != "@import"}
        return {**_resolved(value["@import"], base), **rest}
    return value


class _Check:
    """Finds the parts of a document that a JSON-LD processor would drop."""

    def __init__(self, document: Any, base: str) -> None:
        self._base, self._document = base or _RELATIVE, document
        text = json.dumps(document, ensure_ascii=False)
        self._mark = next(c for c in map(chr, range(0x2400, 0xD7FF)) if c not in text)
        self._originals: dict[str, str] = {}
        self._lost: dict[str, None] = {}

    def run(self) -> None:
        """Raise :class:`JsonLdError` if anything would be dropped."""
        nodes = self._document if isinstance(self._document, list) else [self._document]
        document = [self._defined(node) for node in nodes if isinstance(node, dict)]
        text = json.dumps(document).encode()
        try:
            for quad in ox.parse(text, ox.RdfFormat.JSON_LD, base_iri=self._base):
                self._look(quad)
        except SyntaxError:  # from the replacements: the document itself has been parsed
            pass
        if lost := [*self._lost]:
            more = f"; and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
            raise JsonLdError(f"statements would be lost: {'; '.join(lost[:SHOWN])}{more}")

    def _look(self, quad: ox.Quad) -> None:
        key = self._original(quad.predicate.value.removeprefix(_UNDEFINED))
        if quad.predicate.value.startswith(_UNDEFINED):
            self._lose(f"{key!r} is not a term of its context")
        elif self._mark in quad.predicate.value:
            self._lose(f"{key!r} is not an IRI")
        for term in (quad.subject, quad.object, quad.graph_name):
            if not isinstance(term, ox.NamedNode):
                continue
            name = term.value.removeprefix(_RELATIVE).removeprefix(_UNDEFINED)
            if self._mark in name:
                self._lose(f"{self._original(name)!r} is not an IRI")
            elif self._base == _RELATIVE and name != term.value:
                self._lose(f"{name!r} is a relative IRI without a base")

    def _lose(self, what: str) -> None:
        self._lost[what] = None

    def _original(self, marked: str) -> str:
        """The text in the document, or an approximation where a prefix has been expanded."""
        return self._originals.get(marked, marked.replace(self._mark, " "))

    def _defined(self, root: dict[str, Any]) -> dict[str, Any]:
        """A node in which undefined keys expand to IRIs that begin with ``_UNDEFINED``."""
        node = self._marked(root)
        contexts = node.get("@context", [])
        rest = contexts if isinstance(contexts, list) else [contexts]
        return {**node, "@context": [{"@vocab": _UNDEFINED}, *rest]}

    def _marked(self, node: Any) -> Any:
        """A part of the document with each character that IRIs cannot hold replaced by a mark."""
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
                self._lose(f"{value!r} is not a language tag")
            if key == "@direction" and value is not None:
                self._lose('"@direction" is not supported in JSON-LD: send such texts as Turtle')
            if key == "@value":
                yield key, value
            elif key == "@context":
                yield key, [*self._contexts(value if isinstance(value, list) else [value])]
            elif key.startswith("_:"):
                yield _UNDEFINED + self._replaced(key), self._marked(value)
            else:
                yield self._replaced(key), self._marked(value)

    def _contexts(self, contexts: Iterable[Any]) -> Iterator[Any]:
        """Contexts in which undefined keys keep their ``_UNDEFINED`` IRIs."""
        for each in contexts:
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
