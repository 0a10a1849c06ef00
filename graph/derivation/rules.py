"""Reads rules, and runs them over a merged graph.

A rule is a CONSTRUCT query. Rules run in the order of their names: each sees what those before it
derived.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from missiongraph.errors import MappingError
from missiongraph.resources import Inputs
from missiongraph.sparql.scanner import explain

Thing = ox.NamedNode | ox.BlankNode
"""What a statement can be about."""

_Term = Thing | ox.Literal | ox.Triple


@dataclass(frozen=True)
class Rule:
    """A rule: the name of its file without ``.rq``, and its query."""

    name: str
    text: str

    def derive(
        self, store: ox.Store, subject: str = "", about: Thing | None = None
    ) -> set[ox.Triple]:
        """Run the rule; add what is new to the default graph of ``store``, and return it.

        With ``about``, only what the rule derives when this is the value of the variable
        ``subject``. Raises :class:`MappingError` for a rule that is not a CONSTRUCT query.
        """
        text, values = self.text, dict[ox.Variable, _Term]()
        if about is not None:
            values[ox.Variable(subject)] = about
            if isinstance(about, ox.NamedNode):  # the engine plans for VALUES, not for these
                text += f"\nVALUES ?{subject} {{ {about} }}"
        new = {triple for triple in self._run(store, text, values) if ox.Quad(*triple) not in store}
        store.extend(ox.Quad(*triple) for triple in new)
        return new

    def _run(self, store: ox.Store, text: str, values: dict[ox.Variable, _Term]) -> ox.QueryTriples:
        try:
            derived = store.query(text, substitutions=values)
        except SyntaxError as error:
            raise MappingError(f"{self.name}.rq, {explain(error.msg, text)}") from error
        if not isinstance(derived, ox.QueryTriples):
            raise MappingError(f"{self.name}.rq: a rule must be a CONSTRUCT query")
        return derived


def read(files: Iterable[Path]) -> tuple[Rule, ...]:
    """The rules in files, in their order."""
    return tuple(Rule(file.stem, file.read_text("utf-8")) for file in files)


def shipped() -> tuple[Rule, ...]:
    """The rules of this package."""
    return read(Inputs.shipped().rule_files())


def fingerprint(rules: Sequence[Rule]) -> str:
    """A SHA-256 of the rules in their order."""
    digests = (hashlib.sha256(rule.text.encode()).digest() for rule in rules)
    return hashlib.sha256(b"".join(digests)).hexdigest()
