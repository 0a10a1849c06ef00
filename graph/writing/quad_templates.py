"""Parses the quad templates of an update and fills in variables and blank nodes.

The engine does all the parsing: a block of quads, with placeholder IRIs for its variables, is
inserted into an empty store, which then holds its quads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pyoxigraph as ox

from missiongraph.sparql.scanner import tokens

_UNBOUND: Any = object()  # no term: ox.Quad raises TypeError for it
_Terms = dict[Any, Any]


def quads(prologue: str, block: str) -> list[ox.Quad]:
    """The quads of a ``{ … }`` without variables, with literals in their canonical form."""
    return _inserted(f"{prologue}\nINSERT DATA {block}")


def _inserted(update: str) -> list[ox.Quad]:
    scratch = ox.Store()
    scratch.update(update)
    return list(scratch)


@dataclass(frozen=True)
class Template:
    """Quads with placeholder IRIs; ``variables`` maps the name of a variable to its placeholder."""

    quads: tuple[ox.Quad, ...] = ()
    variables: dict[str, ox.NamedNode] = field(default_factory=dict)

    @classmethod
    def parse(cls, prologue: str, block: str) -> Template:
        """Parse a ``{ … }`` of quad patterns.

        A triple whose subject is a literal is grammatical but can never be written; the engine's
        INSERT leaves it out (SPARQL 1.1 Update, section 3.1.3).
        """
        marker = f"urn:uuid:{uuid4()}"  # no IRI of the request
        variables: dict[str, ox.NamedNode] = {}
        pieces, last = [], 0
        for token in tokens(block):
            if token.kind == "variable":
                placeholder = ox.NamedNode(f"{marker}:{len(variables)}")
                placeholder = variables.setdefault(token.text[1:], placeholder)
                pieces += [block[last : token.start], str(placeholder)]
                last = token.end
        ground = "".join([*pieces, block[last:]])
        return cls(tuple(_inserted(f"{prologue}\nINSERT {ground} WHERE {{}}")), variables)

    @property
    def blank_nodes(self) -> set[ox.BlankNode]:
        """The blank nodes, each of which becomes a fresh one in every solution."""
        return {
            term for quad in self.quads for term in _leaves(quad) if isinstance(term, ox.BlankNode)
        }

    def fill(
        self,
        names: Sequence[str],
        solutions: Iterable[ox.QuerySolution],
        graph: ox.NamedNode | None,
    ) -> Iterator[ox.Quad]:
        """The quads of all solutions, which are rows of values of ``names``; skips ill-formed ones.

        Quads outside GRAPH go to ``graph`` if there is one, else to the default graph.
        """
        blank_nodes = self.blank_nodes
        filled: _Terms = {ox.DefaultGraph(): graph} if graph else {}
        for solution in solutions:
            for name, value in zip(names, solution, strict=True):
                if name in self.variables:
                    filled[self.variables[name]] = _UNBOUND if value is None else value
            filled |= {node: ox.BlankNode() for node in blank_nodes}
            for quad in self.quads:
                try:
                    yield ox.Quad(*(_filled(term, filled) for term in quad))
                except TypeError:  # unbound, or a literal where none may be (Update, 3.1.3)
                    continue


def _filled(term: Any, filled: _Terms) -> Any:
    if isinstance(term, ox.Triple):
        return ox.Triple(*(_filled(inner, filled) for inner in term))
    return filled.get(term, term)


def _leaves(terms: ox.Quad | ox.Triple) -> Iterator[Any]:
    for term in terms:
        if isinstance(term, ox.Triple):
            yield from _leaves(term)
        else:
            yield term
