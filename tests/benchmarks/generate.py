"""A graph of any size that looks like the curated one and keeps to the shapes.

    python tests/benchmarks/generate.py FILE.nq [TRIPLES] [SEED]

Around each mission stand, in the proportions of the curated graph, three sources, its goals and
targets with indicators and observations, instruments, organisations, participations, awards and
amounts, each in the named graph of one of the sources; what the rules derive of them stands in
``graph/inferred``. Participants and funders are drawn by how often they were drawn before, so
that few do much and many do little. Ontology and vocabularies come first.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from missiongraph.namespaces import (
    ID,
    INFERRED_GRAPH,
    MOI,
    ONTOLOGY_GRAPH,
    PREFIXES,
    SOURCE_GRAPH,
    VOCAB,
    VOCABULARIES_GRAPH,
    XSD,
)
from missiongraph.rdf.store import parse
from missiongraph.resources import Inputs

Facts = Iterable[tuple[str, str]]
WORDS = ("clean", "water", "city", "ocean", "soil", "climate", "energy", "health", "care", "new")
SUPERCLASSES = {
    "Mission": ("moi:Initiative", "prov:Plan", "prov:Entity"),
    "Goal": ("moi:Aim",),
    "Target": ("moi:Aim",),
    "Source": ("prov:Entity",),
    "Observation": ("qb:Observation",),
    "FormalOrganization": ("org:Organization", "foaf:Agent"),
    "FundingScheme": ("moi:PolicyInstrument",),
    "Participation": ("moi:Relation",),
    "FundingAward": ("moi:Relation",),
}


def generate(path: Path, triples: int, seed: int = 0) -> int:
    """Write about ``triples`` statements to ``path`` as N-Quads; gives how many they are.

    The last mission is written whole, so there are up to a few hundred more. The same numbers
    give the same bytes.
    """
    with path.open("wb") as file:
        writer = _Writer(file, random.Random(seed))
        writer.vocabularies()
        while writer.written < triples:
            writer.mission()
        return writer.written


class _Writer:
    """Writes one mission after another with all that stands around it."""

    def __init__(self, file: BinaryIO, chance: random.Random) -> None:
        self.written = 0
        self._file, self._chance = file, chance
        self._missions = 0
        self._drawn: list[str] = []
        self._codes: dict[str, list[str]] = {}
        self._shortcuts: dict[str, str] = {}
        self._states = set[str]()

    def vocabularies(self) -> None:
        """The ontology and the vocabularies, whose codes everything else uses."""
        inputs = Inputs.shipped()
        for paths, graph in (
            (inputs.ontologies(), ONTOLOGY_GRAPH),
            (inputs.vocabularies(), VOCABULARIES_GRAPH),
        ):
            for quad in (quad for file in paths for quad in parse(file)):
                self._learn(quad)
                self._line(f"{quad.subject} {quad.predicate} {quad.object}", graph)

    def mission(self) -> None:
        """One mission, its sources and what they say."""
        number = self._missions
        self._missions += 1
        self._sources = [self._source(f"s{number}-{n}") for n in range(3)]
        organisations = [self._organisation(f"o{number}-{n}") for n in range(4)]
        self._drawn += organisations
        aims = [
            self._target(f"t{number}"),
            *([self._goal(f"g{number}")] if number % 4 == 0 else []),
        ]
        mission = self._thing(
            "mission", f"m{number}", "Mission",
            [
                ("rdfs:label", self._label()),
                ("moi:hasKind", self._code("mission-type")),
                ("moi:hasField", self._code("field")),
                ("moi:hasScope", self._code("scope")),
                ("moi:hasStatus", self._code("mission-status")),
                *self._period(),
                *(("moi:pursues", aim) for aim in aims),
                *self._part_of(number),
            ],
        )  # fmt: skip
        for n in range(1 + number % 2):
            self._instrument(f"i{number}-{n}", mission)
        for n, participant in enumerate(self._some(6)):
            self._participation(f"p{number}-{n}", participant, mission)
        if number % 2 == 0:
            self._award(f"a{number}", mission)

    def _source(self, slug: str) -> str:
        source = f"{ID}source/{slug}"
        self._graph = SOURCE_GRAPH + slug
        self._line(f"<{self._graph}> <{PREFIXES['prov']}wasDerivedFrom> <{source}>", self._graph)
        return self._thing(
            "source", slug, "Source",
            [
                ("dcterms:title", self._label()),
                ("foaf:page", f"<https://example.org/{slug}>"),
                ("moi:site", '"example.org"'),
                ("moi:retrieved", f'"2026-11-01"^^<{XSD}date>'),
                ("moi:hasKind", self._code("source-kind")),
            ],
        )  # fmt: skip

    def _organisation(self, slug: str) -> str:
        number = 10_000_000 + self.written
        return self._thing(
            "organisation", slug, "FormalOrganization",
            [
                ("rdfs:label", self._label()),
                ("org:classification", self._code("organisation-kind")),
                ("moi:hasCountry", self._code("country")),
                ("skos:exactMatch", f"<http://www.wikidata.org/entity/Q{number}>"),
                *(self._part_of_another() if self._chance.random() < 0.1 else ()),
            ],
            prefix="org:",
        )  # fmt: skip

    def _goal(self, slug: str) -> str:
        return self._thing("goal", slug, "Goal", [("rdfs:label", self._label())])

    def _target(self, slug: str) -> str:
        unit = self._code("unit")
        indicator = self._thing(
            "indicator", slug, "Indicator",
            [
                ("rdfs:label", self._label()),
                ("moi:hasUnit", unit),
                ("moi:hasDirection", self._code("direction")),
            ],
        )  # fmt: skip
        due = f'"{self._chance.randint(2025, 2040)}"^^<{XSD}gYear>'
        target = self._thing(
            "target", slug, "Target",
            [
                ("rdfs:label", self._label()),
                ("moi:measuredBy", indicator),
                ("moi:dueBy", due),
                ("moi:alignsWith", f"<http://metadata.un.org/sdg/{self._chance.randint(1, 17)}>"),
            ],
        )  # fmt: skip
        for kind in ("baseline", "target"):
            self._thing(
                "observation", f"{slug}-{kind}", "Observation",
                [
                    ("moi:observedFor", target),
                    ("moi:observes", indicator),
                    ("moi:hasUnit", unit),
                    ("moi:hasKind", f"<{VOCAB}observation-kind/{kind}>"),
                    ("moi:value", f'"{self._chance.randint(1, 10**6)}"^^<{XSD}decimal>'),
                    ("moi:date", f'"{self._chance.randint(2015, 2024)}"^^<{XSD}gYear>'),
                    self._origin(),
                ],
            )  # fmt: skip
        return target

    def _instrument(self, slug: str, mission: str) -> None:
        self._thing(
            "instrument", slug, self._chance.choice(["PolicyInstrument", "FundingScheme"]),
            [
                ("rdfs:label", self._label()),
                ("moi:hasKind", self._code("instrument-kind")),
                ("moi:serves", mission),
                ("moi:providedBy", self._chance.choice(self._drawn)),
            ],
        )  # fmt: skip

    def _participation(self, slug: str, participant: str, mission: str) -> None:
        role = self._code("role")
        self._thing(
            "participation", slug, "Participation",
            [
                ("moi:hasParticipant", participant),
                ("moi:concerns", mission),
                ("moi:hasRole", role),
                ("moi:roleLabel", self._label()),
                ("moi:date", f'"{self._chance.randint(2015, 2026)}"^^<{XSD}gYear>'),
                ("skos:note", self._label()),
                self._origin(),
            ],
        )  # fmt: skip
        if role in self._shortcuts:
            self._line(f"{participant} {self._shortcuts[role]} {mission}", INFERRED_GRAPH)

    def _award(self, slug: str, mission: str) -> None:
        funder, *recipients = self._some(3)
        amount = f"<{ID}amount/{slug}>"
        self._thing(
            "award", slug, "FundingAward",
            [
                ("rdfs:label", self._label()),
                ("moi:hasFunder", funder),
                *(("moi:hasRecipient", recipient) for recipient in recipients),
                ("moi:paysFor", mission),
                ("moi:hasAmount", amount),
                *self._period(),
                self._origin(),
            ],
        )  # fmt: skip
        self._thing(
            "amount", slug, "MonetaryAmount",
            [
                ("moi:value", f'"{self._chance.randint(1, 10**9)}"^^<{XSD}decimal>'),
                ("moi:hasCurrency", self._code("currency")),
                ("moi:hasKind", self._code("amount-kind")),
                self._origin(),
            ],
        )  # fmt: skip
        for funded in (*recipients, mission):
            self._line(f"{funder} <{MOI}funds> {funded}", INFERRED_GRAPH)

    def _part_of(self, number: int) -> Facts:
        """Missions nest under earlier ones, most under a few."""
        if number:
            yield "moi:partOfMission", f"<{ID}mission/m{int(number * self._chance.random() ** 3)}>"

    def _part_of_another(self) -> Facts:
        if self._drawn:
            yield "org:subOrganizationOf", self._chance.choice(self._drawn)

    def _period(self) -> Facts:
        start = self._chance.randint(2010, 2024)
        yield "moi:start", f'"{start}"^^<{XSD}gYear>'
        yield "moi:end", f'"{start + self._chance.randint(1, 15)}"^^<{XSD}gYear>'

    def _origin(self) -> tuple[str, str]:
        return "prov:wasDerivedFrom", self._chance.choice(self._sources)

    def _some(self, number: int) -> list[str]:
        """Organisations, none twice."""
        chosen = list(dict.fromkeys(self._chance.choices(self._drawn, k=number)))
        self._drawn += chosen
        return chosen

    def _label(self) -> str:
        return f'"{" ".join(self._chance.choices(WORDS, k=3))}"@en'

    def _code(self, scheme: str) -> str:
        return self._chance.choice(self._codes[scheme])

    def _learn(self, quad: ox.Quad) -> None:
        """Notice the codes of each scheme, which property a role derives, and whether it lasts."""
        if quad.predicate.value == PREFIXES["skos"] + "inScheme":
            scheme = str(quad.subject).removeprefix(f"<{VOCAB}").partition("/")[0]
            self._codes.setdefault(scheme, []).append(str(quad.subject))
        if quad.predicate.value == MOI + "derivesProperty":
            self._shortcuts[str(quad.subject)] = str(quad.object)
        if str(quad.object) == f"<{VOCAB}temporal-kind/state>":
            self._states.add(str(quad.subject))

    def _thing(self, kind: str, slug: str, cls: str, facts: Facts, *, prefix: str = "moi:") -> str:
        """A thing with its class and facts, in the graph of one of the mission's sources."""
        thing = f"<{ID}{kind}/{slug}>"
        if kind != "source":
            source = self._chance.choice(self._sources)
            self._graph = source.strip("<>").replace(f"{ID}source/", SOURCE_GRAPH)
        self._line(f"{thing} <{PREFIXES['rdf']}type> {_iri(prefix + cls)}", self._graph)
        facts = list(facts)
        lasts = any(value in self._states for _, value in facts)
        for predicate, value in facts:
            self._line(f"{thing} {_iri(predicate)} {value}", self._graph)
            derived = [*_derived(predicate, value)]
            if "moi:Relation" in SUPERCLASSES.get(cls, ()):
                derived += _held(predicate, value, lasts=lasts)
            for about in derived:
                self._line(f"{thing} {about}", INFERRED_GRAPH)
        for above in SUPERCLASSES.get(cls, ()):
            self._line(f"{thing} <{PREFIXES['rdf']}type> {_iri(above)}", INFERRED_GRAPH)
        return thing

    def _line(self, triple: str, graph: str) -> None:
        self._file.write(f"{triple} <{graph}> .\n".encode())
        self.written += 1


def _derived(predicate: str, value: str) -> Iterator[str]:
    """What the rules make of a fact: bounds of dates, nesting."""
    if predicate == "moi:partOfMission":
        yield f"{_iri('moi:partOfInitiative')} {value}"
    if predicate in ("moi:start", "moi:date"):
        yield f'{_iri("moi:earliest")} "{value[1:5]}-01-01"^^<{XSD}date>'
    if predicate in ("moi:end", "moi:dueBy", "moi:date"):
        yield f'{_iri("moi:latest")} "{value[1:5]}-12-31"^^<{XSD}date>'


def _held(predicate: str, value: str, *, lasts: bool) -> Iterator[str]:
    """What the rules make of the date of a tie: a state holds from then on, an event only then."""
    if predicate == "moi:date":
        yield f'{_iri("moi:holdsFrom")} "{value[1:5]}-01-01"^^<{XSD}date>'
        if not lasts:
            yield f'{_iri("moi:holdsUntil")} "{value[1:5]}-12-31"^^<{XSD}date>'


def _iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[2:]] or [1_000_000]
    print(f"{generate(Path(sys.argv[1]), *numbers):,} statements")
