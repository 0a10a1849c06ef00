"""What does it cost to validate a small write, and does the size of the graph matter?

    python tests/benchmarks/gate_speed.py [TRIPLES]

Writes ten triples at a time into the curated graph and into a generated one of the same shape
(a million statements by default): a new participation of an organisation in a mission, an award
between two organisations, and a mission that loses ten triples. Prints the times of the gate,
and of full validation of the curated graph. The bars: a median of 300 ms in each, and no more
than three times as much in the large one.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
from generate import generate

import missiongraph
from missiongraph.namespaces import ID, MOI, PREFIXES, SOURCE_GRAPH, VOCAB
from missiongraph.rdf.changes import Change
from missiongraph.rdf.store import load
from missiongraph.validation.incremental import IncrementalValidator
from missiongraph.validation.shapes import merged, validate

ROUNDS = 21
Make = Callable[[ox.Store, random.Random], Change]


def main(triples: int) -> None:
    """Time the same writes in both graphs."""
    start = time.perf_counter()
    gate = IncrementalValidator()
    print(f"a gate is made in {time.perf_counter() - start:.2f} s")
    medians = []
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.nq"
        generate(large, triples)
        for name, path in (("curated", missiongraph.build().path), ("generated", large)):
            store = load(path)
            print(f"{name}: {len(store):,} quads, merged ones included")
            medians.append(measure(gate, store))
            if name == "curated":
                start = time.perf_counter()
                validate(merged(store.quads_for_pattern(None, None, None, ox.DefaultGraph())))
                print(f"  validated in full   {(time.perf_counter() - start) * 1e3:6.0f} ms")
    small, big = medians
    print(f"medians {small:.0f} and {big:.0f} ms, ratio {big / small:.2f}; bars 300 ms, 3")
    if max(small, big) > 300 or big > 3 * small:
        sys.exit("the bar is missed")


def measure(gate: IncrementalValidator, store: ox.Store) -> float:
    """The median time of a check, in milliseconds, over all kinds of change."""
    every = []
    for make in (participation, award, loss):
        taken = []
        chance = random.Random(0)
        for _ in range(ROUNDS):
            change = make(store, chance)
            apply(store, change)
            start = time.perf_counter()
            report = gate.check(store, change)
            taken.append((time.perf_counter() - start) * 1e3)
            assert report.conforms or make is loss, report.text()
            apply(store, Change(change.added, change.removed))
        worst = max(taken)
        print(f"  {make.__name__:14} median {statistics.median(taken):6.0f} ms, worst {worst:.0f}")
        every += taken
    return statistics.median(every)


def apply(store: ox.Store, change: Change) -> None:
    """Write a change to its named graphs and to the merged default graph."""
    for quad in change.removed:
        store.remove(quad)
        merged_quad = ox.Quad(*quad.triple)
        where = quad.subject, quad.predicate, quad.object
        if set(store.quads_for_pattern(*where)) == {merged_quad}:
            store.remove(merged_quad)
    store.extend(change.added)
    for quad in change.added:
        store.add(ox.Quad(*quad.triple))


def participation(store: ox.Store, chance: random.Random) -> Change:
    """An organisation takes part in a mission, by a source that is there."""
    source = pick(store, chance, "moi:Source")
    date = ox.Literal("2026", datatype=ox.NamedNode(PREFIXES["xsd"] + "gYear"))
    return described(
        "participation", "moi:Participation", source,
        ("moi:hasParticipant", pick(store, chance, "org:FormalOrganization")),
        ("moi:concerns", pick(store, chance, "moi:Mission")),
        ("moi:hasRole", ox.NamedNode(VOCAB + "role/member")),
        ("moi:roleLabel", ox.Literal("partner", language="en")),
        ("moi:date", date),
        ("skos:note", ox.Literal("a note", language="en")),
        ("skos:note", ox.Literal("another note", language="en")),
        ("rdfs:label", ox.Literal("a label", language="en")),
    )  # fmt: skip


def award(store: ox.Store, chance: random.Random) -> Change:
    """An organisation pays another for a mission, nobody knows how much."""
    source = pick(store, chance, "moi:Source")
    year = ox.NamedNode(PREFIXES["xsd"] + "gYear")
    true = ox.Literal("true", datatype=ox.NamedNode(PREFIXES["xsd"] + "boolean"))
    return described(
        "award", "moi:FundingAward", source,
        ("moi:hasFunder", pick(store, chance, "org:FormalOrganization")),
        ("moi:hasRecipient", pick(store, chance, "org:FormalOrganization")),
        ("moi:paysFor", pick(store, chance, "moi:Mission")),
        ("moi:amountUnknown", true),
        ("moi:start", ox.Literal("2025", datatype=year)),
        ("moi:end", ox.Literal("2026", datatype=year)),
        ("skos:note", ox.Literal("a note", language="en")),
        ("rdfs:label", ox.Literal("a label", language="en")),
    )  # fmt: skip


def loss(store: ox.Store, chance: random.Random) -> Change:
    """Ten statements about a mission go, whoever says them."""
    mission = pick(store, chance, "moi:Mission")
    quads = store.quads_for_pattern(mission, None, None, None)
    named = [quad for quad in quads if not isinstance(quad.graph_name, ox.DefaultGraph)]
    return Change(removed=tuple(sorted(named, key=str)[:10]))


def described(
    kind: str, cls: str, source: ox.NamedNode, *facts: tuple[str, ox.NamedNode | ox.Literal]
) -> Change:
    """A new thing with ten triples in the graph of a source."""
    thing = ox.NamedNode(f"{ID}{kind}/new")
    graph = ox.NamedNode(source.value.replace(f"{ID}source/", SOURCE_GRAPH))
    all_facts = [("rdf:type", iri(cls)), ("prov:wasDerivedFrom", source), *facts]
    return Change(added=tuple(ox.Quad(thing, iri(p), value, graph) for p, value in all_facts))


def pick(store: ox.Store, chance: random.Random, cls: str) -> ox.NamedNode:
    """One of the things of a class."""
    if (id(store), cls) not in _things:
        found = store.quads_for_pattern(None, iri("rdf:type"), iri(cls), ox.DefaultGraph())
        things = (quad.subject for quad in found if isinstance(quad.subject, ox.NamedNode))
        _things[id(store), cls] = sorted(things, key=str)
    return chance.choice(_things[id(store), cls])


_things: dict[tuple[int, str], list[ox.NamedNode]] = {}


def iri(name: str) -> ox.NamedNode:
    """A prefixed name written out."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode((MOI if prefix == "moi" else PREFIXES[prefix]) + local)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
