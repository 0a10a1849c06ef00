"""The linter of the ontology: twenty rules, each with its reason.

Most rules are SPARQL files in ``ontology/hygiene/``: they select ``?term ?message`` from a store
that holds each part of the ontology's folder in a named graph of its own (``part:ontology``,
``part:alignments``, ``part:vocabularies``, ``part:shapes``, ``part:examples``, ``part:vendored``
and ``part:release``). Rules that SPARQL cannot express are in Python: O16 (no contradiction), O19
(canonical format) and O20 (the version step, see :mod:`.versioning`).

Run ``python -m missiongraph.schema.lint`` to check the installed ontology, and
``python -m missiongraph.schema.lint --format FILES`` to format Turtle files.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from pathlib import Path

import pyoxigraph as ox
import rdflib

from missiongraph.namespaces import GRAPH

from .context import complete
from .turtle import rewrite, spelled
from .versioning import release_findings

__all__ = ["Finding", "Rule", "check", "load", "main", "misspelt", "rules"]

PART = GRAPH + "part/"

_FOLDERS = {
    "ontology": "*.ttl",
    "alignments": "alignments/*.ttl",
    "vocabularies": "vocabularies/*.ttl",
    "shapes": "shapes/*.ttl",
    "examples": "examples/valid/*.t*",
    "vendored": "vendored/*.ttl",
}
_SPELT = ("ontology", "alignments", "vocabularies", "shapes", "vendored")
_HEADER = re.compile(r"# (O\d+): (.*)\n# why: (.*)\n# severity: (\w+)\n")
_ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")


@dataclass(frozen=True)
class Finding:
    """A term that breaks a rule, and how; ``rule`` is the rule's number, such as ``O4``."""

    rule: str
    term: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}  {self.term}  {self.message}"


@dataclass(frozen=True)
class Rule:
    """A rule: number, title, reason, severity, and a check that yields terms and messages."""

    number: str
    title: str
    why: str
    severity: str
    run: Callable[[ox.Store], Iterable[tuple[str, str]]]


def load(folder: Path | None = None) -> ox.Store:
    """Load the parts of an ontology's folder, by default the installed one, as named graphs."""
    folder = folder or Path(str(resources.files("missiongraph.ontology")))
    store = ox.Store()
    for part, pattern in _FOLDERS.items():
        for path in sorted(folder.glob(pattern)):
            _load(store, path, part)
    if released := sorted(folder.glob("releases/*.ttl"), key=_version):
        _load(store, released[-1], "release")
    return store


def _load(store: ox.Store, path: Path, part: str) -> None:
    """Load a file into one part, ignoring its own named graphs."""
    quads = ox.parse(path=str(path), rename_blank_nodes=True)
    store.extend(ox.Quad(q.subject, q.predicate, q.object, _part(part)) for q in quads)


@cache
def rules() -> tuple[Rule, ...]:
    """All rules on the content of the ontology, sorted by number."""
    folder = resources.files("missiongraph.ontology") / "hygiene"
    texts = [path.read_text("utf-8") for path in folder.iterdir() if path.name.endswith(".rq")]
    unsorted = [*map(_query_rule, texts), _CONSISTENCY, _VERSION_STEP]
    return tuple(sorted(unsorted, key=lambda rule: int(rule.number[1:])))


def check(store: ox.Store) -> list[Finding]:
    """The findings of all rules; empty if there are none."""
    return [Finding(rule.number, *row) for rule in rules() for row in sorted(rule.run(store))]


def misspelt(paths: Iterable[Path]) -> list[Finding]:
    """O19: the Turtle files that are not in canonical format (:mod:`.turtle`)."""
    message = "is not in canonical format: run python -m missiongraph.schema.lint --format on it"
    return [
        Finding("O19", path.name, message)
        for path in paths
        if path.read_bytes() != spelled(path).encode()
    ]


def spelt_files(folder: Path) -> list[Path]:
    """The files of an ontology's folder that O19 checks."""
    return [path for part in _SPELT for path in sorted(folder.glob(_FOLDERS[part]))]


def _query_rule(text: str) -> Rule:
    header = _HEADER.match(text)
    if header is None:
        raise ValueError("a hygiene rule must start with its number and title, why, and severity")

    def run(store: ox.Store) -> set[tuple[str, str]]:
        rows = store.query(text)
        assert isinstance(rows, ox.QuerySolutions)
        return {(row["term"].value, row["message"].value) for row in rows}

    number, title, why, severity = header.groups()
    return Rule(number, title, why, severity, run)


def _contradictions(store: ox.Store) -> set[tuple[str, str]]:
    """Contradictions that follow by OWL 2 RL from ontology, alignments and examples together.

    The rules are those of OWL 2 Profiles (W3C Recommendation 2012), section 4.3, run by owlrl.
    """
    graph = rdflib.Graph()
    for part in ("ontology", "alignments", "examples"):
        triples = (quad.triple for quad in store.quads_for_pattern(None, None, None, _part(part)))
        graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
    owlrl = import_module("owlrl")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    empty = {(str(node), "is a member of owl:Nothing") for node in _members_of_nothing(graph)}
    errors = graph.objects(None, _ERROR)
    return empty | {("ontology and examples", str(message)) for message in errors}


def _members_of_nothing(graph: rdflib.Graph) -> Iterator[rdflib.term.Node]:
    return graph.subjects(rdflib.RDF.type, rdflib.OWL.Nothing)


_CONSISTENCY = Rule(
    "O16",
    "The ontology and its valid examples, with what follows by OWL 2 RL, hold no contradiction.",
    "data that follow the ontology must be possible (OOPS! P27 to P31)",
    "error",
    _contradictions,
)
_VERSION_STEP = Rule(
    "O20",
    "The step from the last release's version matches what changed since.",
    "users read from the version whether their data and queries still hold (gist's change policy)",
    "error",
    lambda store: release_findings(_triples(store, "release"), _triples(store, "ontology")),
)


def _triples(store: ox.Store, part: str) -> list[ox.Triple]:
    return [quad.triple for quad in store.quads_for_pattern(None, None, None, _part(part))]


def _part(name: str) -> ox.NamedNode:
    return ox.NamedNode(PART + name)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in path.stem.split("."))


def main(arguments: list[str]) -> int:
    """Check the installed ontology, or format files; returns 1 if there are findings.

    Formatting the ontology also adds its new terms to the JSON-LD context beside it.
    """
    parser = ArgumentParser("python -m missiongraph.schema.lint", description=main.__doc__)
    parser.add_argument("--format", nargs="+", type=Path, metavar="FILE", help="Turtle to format")
    if paths := parser.parse_args(arguments).format:
        for path in rewrite(paths):
            print(f"formatted: {path}")
        for path in paths:
            context = path.with_name("context.jsonld")
            if path.name == "missiongraph.ttl" and complete(path, context):
                print(f"completed: {context}")
        return 0
    folder = Path(str(resources.files("missiongraph.ontology")))
    findings = [*check(load(folder)), *misspelt(spelt_files(folder))]
    print(*findings, f"{len(findings)} findings", sep="\n")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
