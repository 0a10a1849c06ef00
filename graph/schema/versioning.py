"""Computes the version step that the changes between two versions of the ontology require.

Semantic versioning for ontologies, after gist's change policy: a change that may break data or
queries (a removed term, or an axiom that narrows an old term) is a major step, a new term or a
removed axiom a minor one, and a change of wording a patch. Before 1.0.0 a breaking change is a
minor step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import permutations

import pyoxigraph as ox

from missiongraph.namespaces import MOI, ONTOLOGY, RDF, RDFS

__all__ = ["Step", "needed", "release_findings"]

_OWL = "http://www.w3.org/2002/07/owl#"
_TYPE = f"<{RDF}type>"
_VERSION = f"<{_OWL}versionInfo>"
_AXIOMS = frozenset(
    [_TYPE]
    + [f"<{RDFS}{name}>" for name in ("domain", "range", "subClassOf", "subPropertyOf")]
    + [f"<{_OWL}{name}>" for name in ("disjointWith", "inverseOf", "equivalentClass")]
)

Fact = tuple[str, str, str]
"""Subject, predicate and object in N-Triples."""


class Step(IntEnum):
    """The size of the step between two versions."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


def needed(before: Iterable[ox.Triple], after: Iterable[ox.Triple]) -> Step:
    """The least step that the changes require from version 1.0.0 on."""
    old, new = _facts(before), _facts(after)
    terms, added = _terms(old), _axioms(new) - _axioms(old)
    if terms - _terms(new) or any(subject in terms for subject, _, _ in added):
        return Step.MAJOR
    if added or _axioms(old) - _axioms(new):
        return Step.MINOR
    return Step.PATCH if _words(old) != _words(new) else Step.NONE


def release_findings(
    before: Iterable[ox.Triple], after: Iterable[ox.Triple]
) -> list[tuple[str, str]]:
    """O20: the ontology's IRI with a message if its version step is too small; else empty."""
    before, after = list(before), list(after)
    if not before:
        return []  # nothing has been released yet
    old, new = _version(before), _version(after)
    step = needed(before, after)
    if step is Step.MAJOR and old[0] == 0:
        step = Step.MINOR
    if new >= old and _step(old, new) >= step:
        return []
    message = f"is version {_dotted(new)}, but its changes since {_dotted(old)} require a "
    return [(ONTOLOGY, message + f"{step.name.lower()} step")]


def _spelt(triples: Iterable[ox.Triple]) -> set[Fact]:
    return {(str(t.subject), str(t.predicate), str(t.object)) for t in triples}


def _facts(triples: Iterable[ox.Triple]) -> set[Fact]:
    """The facts about IRIs; a set of disjoint classes counts as one fact for each pair."""
    spelt = _spelt(triples)
    values = {(subject, predicate): value for subject, predicate, value in spelt}
    heads = [value for _, predicate, value in spelt if predicate == f"<{_OWL}members>"]
    pairs = (pair for head in heads for pair in permutations(_items(head, values), 2))
    disjoint = {(one, f"<{_OWL}disjointWith>", other) for one, other in pairs}
    return {fact for fact in spelt if fact[0].startswith("<")} | disjoint


def _items(node: str, values: dict[tuple[str, str], str]) -> Iterator[str]:
    while first := values.get((node, f"<{RDF}first>")):
        yield first
        node = values.get((node, f"<{RDF}rest>"), "")


def _terms(facts: set[Fact]) -> set[str]:
    return {subject for subject, predicate, _ in facts if predicate == _TYPE and _own(subject)}


def _axioms(facts: set[Fact]) -> set[Fact]:
    return {fact for fact in facts if fact[1] in _AXIOMS and _own(fact[0])}


def _words(facts: set[Fact]) -> set[Fact]:
    return {fact for fact in facts if fact[1] not in _AXIOMS and _own(fact[0])}


def _own(iri: str) -> bool:
    return iri.startswith(f"<{MOI}")


def _version(triples: Iterable[ox.Triple]) -> tuple[int, ...]:
    """The version of the ontology; raises ``ValueError`` unless it has the form 1.2.3."""
    stated = next((o for _, p, o in _spelt(triples) if p == _VERSION), "")
    return tuple(int(number) for number in stated.strip('"').split("."))


def _step(old: tuple[int, ...], new: tuple[int, ...]) -> Step:
    for step, before, after in zip((Step.MAJOR, Step.MINOR, Step.PATCH), old, new, strict=True):
        if before != after:
            return step
    return Step.NONE


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
