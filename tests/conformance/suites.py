"""The suites, in the order of the report: which tests they hold and how one is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from .client import Failed, Server
from .description import description
from .graphstore import graphstore
from .manifest import W3C, Case, read
from .protocol import protocol
from .shacl import shacl
from .sparql import query, syntax, update

APART = {
    "sparql11/entailment": "entailment regimes are not offered; the endpoint says *simple*",
    "sparql11/service": "needs other endpoints at example.org; federation has tests of its own",
}
"""Folders that are not run, each with the reason."""

_RESULTS = ("sparql11/csv-tsv-res", "sparql11/json-res")
_SPARQL10 = (
    "rdf-tests/sparql/sparql10/manifest-evaluation.ttl",
    "rdf-tests/sparql/sparql10/manifest-syntax.ttl",
)
_SPARQL11 = ("rdf-tests/sparql/sparql11/manifest-all.ttl",)
_SPARQL12 = ("rdf-tests/sparql/sparql12/manifest.ttl",)
_SHACL = "data-shapes/data-shapes-test-suite/tests"


@dataclass(frozen=True)
class Suite:
    """The tests of some kinds in some manifests, of all their folders or of some."""

    name: str
    manifests: tuple[str, ...]
    kinds: tuple[str, ...]
    run: Callable[[Server, Case], None]
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def cases(self) -> Iterator[Case]:
        """The tests to be run."""
        for case in _cases(self.manifests):
            chosen = case.folder not in self.without and (not self.only or case.folder in self.only)
            if case.kind in self.kinds and chosen:
                yield case


@dataclass
class Outcome:
    """What became of a suite: the names of the passed, the failed with what was wrong."""

    suite: str
    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def run(suite: Suite, server: Server) -> Outcome:
    """Run the tests of a suite one after another, whatever becomes of each."""
    outcome = Outcome(suite.name)
    for case in suite.cases():
        try:
            suite.run(server, case)
        except Exception as error:
            outcome.failed[case.name] = str(error) if isinstance(error, Failed) else repr(error)
        else:
            outcome.passed.append(case.name)
    return outcome


def apart() -> dict[str, int]:
    """How many tests each folder of :data:`APART` holds."""
    folders = [case.folder for case in _cases(_SPARQL11)]
    return {folder: folders.count(folder) for folder in APART}


@cache
def _cases(manifests: tuple[str, ...]) -> tuple[Case, ...]:
    return tuple(case for manifest in manifests for case in read(W3C / manifest))


def _shacl(_: Server, case: Case) -> None:
    shacl(case)


_QUERY = ("QueryEvaluationTest",)
_UPDATE = ("UpdateEvaluationTest",)
_SYNTAX = ("PositiveSyntaxTest", "NegativeSyntaxTest")
_SYNTAX11 = ("PositiveSyntaxTest11", "NegativeSyntaxTest11")
_UPDATE_SYNTAX = ("PositiveUpdateSyntaxTest", "NegativeUpdateSyntaxTest")
_UPDATE_SYNTAX11 = ("PositiveUpdateSyntaxTest11", "NegativeUpdateSyntaxTest11")
_FORMATS = ("QueryEvaluationTest", "CSVResultFormatTest")
_ELSEWHERE = (*_RESULTS, *APART)

SUITES = (
    Suite("SPARQL 1.0 query", _SPARQL10, _QUERY, query),
    Suite("SPARQL 1.0 syntax", _SPARQL10, _SYNTAX, syntax),
    Suite("SPARQL 1.1 query", _SPARQL11, _QUERY, query, without=_ELSEWHERE),
    Suite("SPARQL 1.1 query syntax", _SPARQL11, _SYNTAX11, syntax),
    Suite("SPARQL 1.1 results CSV, TSV, JSON", _SPARQL11, _FORMATS, query, only=_RESULTS),
    Suite("SPARQL 1.1 update", _SPARQL11, _UPDATE, update),
    Suite("SPARQL 1.1 update syntax", _SPARQL11, _UPDATE_SYNTAX11, syntax),
    Suite("SPARQL 1.1 protocol", _SPARQL11, ("ProtocolTest",), protocol),
    Suite("SPARQL 1.1 graph store protocol", _SPARQL11, ("GraphStoreProtocolTest",), graphstore),
    Suite("SPARQL 1.1 service description", _SPARQL11, ("ServiceDescriptionTest",), description),
    Suite("SPARQL 1.2 query", _SPARQL12, _QUERY, query),
    Suite("SPARQL 1.2 query syntax", _SPARQL12, _SYNTAX, syntax),
    Suite("SPARQL 1.2 update", _SPARQL12, _UPDATE, update),
    Suite("SPARQL 1.2 update syntax", _SPARQL12, _UPDATE_SYNTAX, syntax),
    Suite("SHACL core", (f"{_SHACL}/core/manifest.ttl",), ("Validate",), _shacl),
    Suite("SHACL-SPARQL", (f"{_SHACL}/sparql/manifest.ttl",), ("Validate",), _shacl),
)
"""All suites."""
