"""Accepted pairs are written into a graph as imports are, and taken out again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from missiongraph.errors import DataError
from missiongraph.importers import editions
from missiongraph.matching import statements, table
from missiongraph.matching.decisions import Decisions, decide
from missiongraph.matching.table import Row
from missiongraph.writing import directory

ID = "https://w3id.org/missiongraph/id/organisation/"
SAME = ox.NamedNode("http://www.w3.org/2004/02/skos/core#exactMatch")
PART = ox.NamedNode("http://www.w3.org/ns/org#subOrganizationOf")
SSSOM = "https://w3id.org/sssom/"
GRAPH = """
PREFIX g: <https://w3id.org/missiongraph/graph/>
PREFIX o: <https://w3id.org/missiongraph/id/organisation/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
g:curated {
  o:ours a org:FormalOrganization ; rdfs:label "Ours" .
  o:theirs a org:FormalOrganization ; rdfs:label "Theirs" .
  o:whole a org:FormalOrganization ; rdfs:label "Whole" .
  o:ror-02jx3x895 a org:FormalOrganization ; rdfs:label "Recorded" .
}
"""


def row(object_: str = ID + "theirs", state: str = "accepted", by: str = "rule") -> Row:
    return Row(
        *(ID + "ours", "Ours", "", "DE", "", object_, "Theirs", "", "DE", "", "curated"),
        *("1.000", "name", "", "", "", state, by, "2026-11-30"),
    )


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    folder = tmp_path / "graph"
    directory.create(folder, ox.parse(GRAPH, ox.RdfFormat.TRIG), merged=True)
    return folder


@pytest.fixture
def candidates(tmp_path: Path) -> Path:
    path = tmp_path / "candidates.csv"
    table.write(path, [row()])
    return path


def statements_of(folder: Path, predicate: ox.NamedNode) -> set[str]:
    store = directory.verify(folder).store
    found = store.quads_for_pattern(None, predicate, None, ox.DefaultGraph())
    return {quad.object.value for quad in found if isinstance(quad.object, ox.NamedNode)}


def test_an_accepted_pair_is_a_statement_in_a_graph_of_its_own(
    graph: Path, candidates: Path
) -> None:
    statements.write(graph, "cordis", candidates, [row()])
    assert statements_of(graph, SAME) == {ID + "theirs"}
    [edition] = editions.history(graph)
    assert edition.name.startswith("matching-cordis@")
    assert [file for file, _ in edition.files] == ["candidates.csv"]


def test_a_match_tells_its_rule_score_and_day(graph: Path, candidates: Path) -> None:
    statements.write(graph, "cordis", candidates, [row()])
    store = directory.load(graph).store
    told = {
        quad.predicate.value.removeprefix(SSSOM): quad.object.value
        for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())
        if quad.predicate.value.startswith(SSSOM) and not isinstance(quad.object, ox.Triple)
    }
    assert told == {
        "curation_rule_text": "name",
        "confidence": "1",
        "mapping_date": "2026-11-30",
        "mapping_justification": "https://w3id.org/semapv/vocab/LexicalMatching",
    }


def test_a_match_by_a_person_names_the_person(graph: Path, candidates: Path) -> None:
    statements.write(graph, "cordis", candidates, [row(by="ana")])
    store = directory.load(graph).store
    author = ox.NamedNode(SSSOM + "author_label")
    [quad] = store.quads_for_pattern(None, author, None, ox.DefaultGraph())
    assert quad.object == ox.Literal("ana")


def test_a_part_is_part_of_the_whole(graph: Path, candidates: Path) -> None:
    statements.write(graph, "cordis", candidates, [row(ID + "whole", "part of", "ana")])
    assert statements_of(graph, PART) == {ID + "whole"}
    assert statements_of(graph, SAME) == set()


def test_a_record_that_the_graph_describes_is_matched_by_both_its_names(
    graph: Path, candidates: Path
) -> None:
    statements.write(graph, "cordis", candidates, [row("https://ror.org/02jx3x895")])
    both = {"https://ror.org/02jx3x895", ID + "ror-02jx3x895"}
    assert statements_of(graph, SAME) == both


@pytest.mark.parametrize("state", ["proposed", "unsure", "withdrawn", "rejected"])
def test_only_what_is_accepted_is_written(graph: Path, candidates: Path, state: str) -> None:
    before = directory.load(graph).fingerprint
    with pytest.raises(DataError, match="holds no pair that is accepted"):
        statements.write(graph, "cordis", candidates, [row(state=state)])
    assert directory.load(graph).fingerprint == before


def test_writing_again_takes_the_place_of_what_was_there(graph: Path, candidates: Path) -> None:
    statements.write(graph, "cordis", candidates, [row()])
    statements.write(graph, "cordis", candidates, [row(ID + "whole")])
    assert statements_of(graph, SAME) == {ID + "whole"}
    assert len(editions.history(graph)) == 1


def test_matches_can_be_taken_out_again(graph: Path, candidates: Path) -> None:
    statements.write(graph, "cordis", candidates, [row()])
    [edition] = editions.history(graph)
    editions.forget(graph, edition.name)
    assert statements_of(graph, SAME) == set()


def test_decisions_made_since_the_run_count() -> None:
    made = decide(ID + "ours", ID + "theirs", "withdrawn", "ana")
    [now] = statements.decided([row()], Decisions({made.pair: made}))
    assert now == replace(row(), state="withdrawn", by="ana", when=made.when[:10])


def test_two_bodies_may_be_matched_with_one_record_that_a_third_has(
    graph: Path, candidates: Path
) -> None:
    record = "https://ror.org/02jx3x895"
    rows = [row(record), replace(row(record), subject=ID + "theirs")]
    statements.write(graph, "cordis", candidates, rows)
    assert statements_of(graph, SAME) == {record, ID + "ror-02jx3x895"}
