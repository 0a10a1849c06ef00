"""The ontology keeps twenty rules, and each rule is proven by fixtures that break it alone."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import SKOS
from rdflib.compare import isomorphic

from missiongraph import MissionGraph, Table
from missiongraph.namespaces import ID, KINDS, MOI, VOCAB
from missiongraph.schema import lint
from missiongraph.schema.turtle import rewrite, spelled, to_turtle
from missiongraph.schema.versioning import Step, needed, release_findings

ONTOLOGY = Path(str(resources.files("missiongraph.ontology")))
FIXTURES = Path(__file__).parents[1] / "fixtures" / "hygiene"
BAD = sorted(FIXTURES.glob("o*.trig"))
MOI_NAME = re.compile(r"\bmoi:([A-Za-z]\w*)")
NUMBERS = [f"O{number}" for number in range(1, 21) if number != 19]


def named(path: Path) -> str:
    return path.stem


@pytest.fixture(scope="module")
def shipped() -> ox.Store:
    return lint.load()


@pytest.fixture(scope="module")
def vendored() -> list[ox.Quad]:
    part = ox.NamedNode(lint.PART + "vendored")
    return list(lint.load().quads_for_pattern(None, None, None, part))


def toy(vendored: list[ox.Quad], *paths: Path) -> ox.Store:
    """The small ontology that keeps all rules, and what is added to it."""
    store = ox.Store()
    store.extend(vendored)
    for path in (FIXTURES / "good.trig", *paths):
        store.load(path=str(path), format=ox.RdfFormat.TRIG)
    return store


def test_there_is_a_rule_for_each_number() -> None:
    assert [rule.number for rule in lint.rules()] == NUMBERS


@pytest.mark.parametrize("rule", lint.rules(), ids=lambda rule: rule.number)
def test_rule_says_what_it_asks_and_why(rule: lint.Rule) -> None:
    assert rule.title.endswith(".") and rule.why and rule.severity == "error"


@pytest.mark.parametrize("rule", lint.rules(), ids=lambda rule: rule.number)
def test_ontology_keeps_the_rule(rule: lint.Rule, shipped: ox.Store) -> None:
    assert sorted(rule.run(shipped)) == []


def test_skos_examples_name_things_that_exist(graph: MissionGraph) -> None:
    ontology = parsed(ONTOLOGY / "missiongraph.ttl")
    kinds = "|".join([*KINDS, *(path.stem for path in (ONTOLOGY / "vocabularies").glob("*.ttl"))])
    named_thing = re.compile(rf"\b(?:{kinds})/[A-Za-z0-9-]+")
    texts = [str(text) for text in ontology.objects(None, SKOS.example)]
    keys = sorted({key for text in texts for key in named_thing.findall(text)})
    answer = graph.query("SELECT DISTINCT ?subject { ?subject ?property ?value }")
    assert isinstance(answer, Table)
    subjects = {str(subject) for (subject,) in answer.rows}
    assert len(keys) > 50
    assert [key for key in keys if not {ID + key, VOCAB + key} & subjects] == []


def test_queries_and_shapes_use_declared_terms_only() -> None:
    declared = {str(term) for term in parsed(ONTOLOGY / "missiongraph.ttl").subjects()}
    folders = [resources.files("missiongraph"), resources.files("missiongraph.queries")]
    files = {path for folder in folders for path in Path(str(folder)).rglob("*.rq")}
    files |= set(ONTOLOGY.glob("shapes/*.ttl"))
    texts = {path.name: path.read_text("utf-8") for path in files}
    used = {(name, MOI + term) for name, text in texts.items() for term in MOI_NAME.findall(text)}
    assert len(used) > 300
    assert sorted((name, term) for name, term in used if term not in declared) == []


def test_stip_codes_of_instrument_kinds_are_aligned() -> None:
    kinds = parsed(ONTOLOGY / "vocabularies" / "instrument-kind.ttl")
    alignment = parsed(ONTOLOGY / "alignments" / "oecd-stip.ttl")
    codes = {(kind, str(code)) for kind, code in kinds.subject_objects(SKOS.hiddenLabel)}
    aligned = {
        (kind, str(alignment.value(other, SKOS.notation)))
        for match in (SKOS.closeMatch, SKOS.broadMatch)
        for kind, other in alignment.subject_objects(match)
    }
    assert codes and codes == aligned


def test_toy_ontology_keeps_every_rule(vendored: list[ox.Quad]) -> None:
    assert lint.check(toy(vendored)) == []


@pytest.mark.parametrize("path", BAD, ids=named)
def test_fixture_breaks_its_rule_and_no_other(path: Path, vendored: list[ox.Quad]) -> None:
    broken = {finding.rule for finding in lint.check(toy(vendored, path))}
    assert broken == {"O" + str(int(path.stem[1:3]))}


def test_each_rule_has_a_fixture_that_breaks_it() -> None:
    assert {"O" + str(int(path.stem[1:3])) for path in BAD} == set(NUMBERS)


@pytest.mark.parametrize("path", lint.spelt_files(ONTOLOGY), ids=named)
def test_file_is_in_its_one_spelling(path: Path) -> None:
    assert lint.misspelt([path]) == []


def test_misspelt_file_breaks_o19() -> None:
    (finding,) = lint.misspelt([FIXTURES / "o19-misspelt.ttl"])
    assert finding.rule == "O19" and finding.term == "o19-misspelt.ttl"


def test_spelling_anew_keeps_the_triples_and_is_final(tmp_path: Path) -> None:
    copy = tmp_path / "copy.ttl"
    copy.write_bytes((FIXTURES / "o19-misspelt.ttl").read_bytes())
    assert rewrite([copy]) == [copy]
    assert rewrite([copy]) == []
    assert isomorphic(parsed(copy), parsed(FIXTURES / "o19-misspelt.ttl"))


@pytest.mark.parametrize("path", lint.spelt_files(ONTOLOGY), ids=named)
def test_one_spelling_holds_the_same_triples(path: Path) -> None:
    again = rdflib.Graph().parse(data=spelled(path), format="turtle")
    assert isomorphic(again, parsed(path))


def test_spelling_does_not_depend_on_the_order_of_triples_or_names_of_blank_nodes() -> None:
    lines = [
        "@prefix : <https://example.org/> .",
        ':a :b [ :c "x\\ny", 1.5, true ; :d ( 1 [ :e "é"@fr ] ) ] .',
        ':a :b [ :c "2"^^:odd ] .',
        "[] :f () .",
    ]
    texts = set()
    for body in (lines[1:], lines[:0:-1]):
        data = "\n".join([lines[0], *body])
        graph = rdflib.Graph(bind_namespaces="none").parse(data=data, format="turtle")
        texts.add(to_turtle(graph))
        assert isomorphic(rdflib.Graph().parse(data=to_turtle(graph), format="turtle"), graph)
    assert len(texts) == 1


def test_shared_blank_node_is_refused() -> None:
    graph = rdflib.Graph().parse(data="[] <urn:p> _:x . <urn:s> <urn:p> _:x .", format="turtle")
    with pytest.raises(ValueError, match="give it an IRI"):
        to_turtle(graph)


def test_command_line_spells_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.ttl"
    copy.write_bytes((FIXTURES / "o19-misspelt.ttl").read_bytes())
    assert lint.main(["--format", str(copy)]) == 0
    assert "copy.ttl" in capsys.readouterr().out


BASE = """
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
moi:Aim a owl:Class ; skos:definition "Old words."@en .
moi:Goal a owl:Class ; rdfs:subClassOf moi:Aim .
moi:Target a owl:Class .
"""


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (("", ""), Step.NONE),
        (("Old words", "New words"), Step.PATCH),
        (("moi:Target a owl:Class", "moi:Hope a owl:Class . moi:Target a owl:Class"), Step.MINOR),
        (("; rdfs:subClassOf moi:Aim", ""), Step.MINOR),
        (("moi:Target a owl:Class .", ""), Step.MAJOR),
        (("moi:Target a owl:Class", "moi:Wish a owl:Class"), Step.MAJOR),
        (
            ("moi:Target a owl:Class", "moi:Target a owl:Class ; rdfs:subClassOf moi:Aim"),
            Step.MAJOR,
        ),
        (
            (
                "moi:Target a owl:Class .",
                "moi:Target a owl:Class . [] owl:members ( moi:Goal moi:Target ) .",
            ),
            Step.MAJOR,
        ),
    ],
    ids=["same", "words", "added", "loosened", "removed", "renamed", "narrowed", "disjoint"],
)
def test_change_asks_for_a_version_step(change: tuple[str, str], step: Step) -> None:
    assert needed(triples(BASE), triples(BASE.replace(*change))) is step


@pytest.mark.parametrize(
    ("version", "broken"), [("0.1.0", True), ("0.1.1", True), ("0.2.0", False), ("1.0.0", False)]
)
def test_before_1_0_0_what_breaks_is_a_minor_step(version: str, broken: bool) -> None:
    header = "<https://w3id.org/missiongraph/ontology> owl:versionInfo '{}' ."
    before = triples(BASE + header.format("0.1.0"))
    after = BASE.replace("moi:Target a owl:Class .", "") + header.format(version)
    assert bool(release_findings(before, triples(after))) is broken


def test_newest_release_is_the_one_compared_with(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    for version in ("0.9.0", "0.10.0"):
        text = f"<{MOI}> <http://www.w3.org/2002/07/owl#versionInfo> '{version}' ."
        (tmp_path / "releases" / f"{version}.ttl").write_text(text)
    (quad,) = lint.load(tmp_path)
    assert isinstance(quad.object, ox.Literal) and quad.object.value == "0.10.0"


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]


def parsed(path: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(path, format="turtle")
