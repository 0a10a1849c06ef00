"""The command ``match``: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from missiongraph.importers import editions
from missiongraph.matching import decisions, table
from missiongraph.server.cli.program import main
from missiongraph.writing import directory

ID = "https://w3id.org/missiongraph/id/organisation/"
GRAPH = """
PREFIX g: <https://w3id.org/missiongraph/graph/source/>
PREFIX o: <https://w3id.org/missiongraph/id/organisation/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX c: <https://w3id.org/missiongraph/vocab/country/>
g:page {
  o:ruhrstadt a org:FormalOrganization ; rdfs:label "Universität Ruhrstadt" ; moi:hasCountry c:DE .
  o:things a org:FormalOrganization ; rdfs:label "Museum of Things" ; moi:hasCountry c:DE .
}
g:cordis--2025 {
  o:pic-1 a org:FormalOrganization ; rdfs:label "UNIVERSITAET RUHRSTADT" ; moi:hasCountry c:DE .
  o:pic-2 a org:FormalOrganization ; rdfs:label "THINGS MUSEUM FOUNDATION" ; moi:hasCountry c:DE .
}
"""


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    folder = tmp_path / "graph"
    directory.create(folder, ox.parse(GRAPH, ox.RdfFormat.TRIG), merged=True)
    return folder


@pytest.fixture
def candidates(graph: Path, tmp_path: Path) -> Path:
    path = tmp_path / "candidates.csv"
    run("run", "cordis", "--against", "curated", "--into", graph, "-o", path)
    return path


def run(*words: object, keys: str = "") -> Result:
    """Run ``missiongraph match``; errors are raised, as in a program."""
    words = ("match", *words)
    return CliRunner().invoke(main, [*map(str, words)], input=keys, standalone_mode=False)


def states(path: Path) -> dict[str, str]:
    return {row.subject.removeprefix(ID): row.state for row in table.read(path)}


def test_a_run_writes_candidates_and_not_the_graph(graph: Path, tmp_path: Path) -> None:
    before = directory.load(graph).fingerprint
    out = tmp_path / "candidates.csv"
    done = run("run", "cordis", "--against", "curated", "--into", graph, "-o", out)
    assert "2 organisations of cordis" in done.output
    assert "1 accepted, name" in done.output
    assert states(out) == {"pic-1": "accepted", "pic-2": "proposed"}
    assert directory.load(graph).fingerprint == before


def test_datasets_are_read_from_files(tmp_path: Path) -> None:
    record = {
        "id": "https://ror.org/02jx3x895",
        "names": [{"value": "Museum of Things", "types": ["ror_display", "label"]}],
        "types": ["archive"],
        "status": "active",
        "locations": [{"geonames_details": {"country_code": "DE", "name": "Bochum"}}],
    }
    (tmp_path / "ror.json").write_text(json.dumps([record]), "utf-8")
    out = tmp_path / "candidates.csv"
    given = f"ror={tmp_path / 'ror.json'}"
    done = run("run", "ror", "--against", "ror", "--read", given, "-o", out)
    assert done.exception is None  # an organisation does not match itself
    assert table.read(out) == []


def test_a_dataset_that_is_nowhere_is_an_error(tmp_path: Path) -> None:
    done = run("run", "cordis", "--against", "ror", "-o", tmp_path / "c.csv")
    assert "give its files by --read cordis=FILE" in str(done.exception)
    done = run("run", "cordis", "--against", "ror", "--read", "cordis", "-o", tmp_path / "c.csv")
    assert "write NAME=FILE" in str(done.exception)


def test_review_asks_about_what_is_proposed_and_keeps_each_answer(
    graph: Path, candidates: Path
) -> None:
    done = run("review", candidates, "--into", graph, "--by", "ana", keys="y")
    assert "THINGS MUSEUM FOUNDATION" in done.output
    assert "1 decided, 0 left" in done.output
    [decision] = decisions.read(graph / "decisions.jsonl").by_pair.values()
    assert (decision.state, decision.by) == ("accepted", "ana")
    assert "0 decided, 0 left" in run("review", candidates, "--into", graph).output


def test_review_can_end_before_an_answer(graph: Path, candidates: Path) -> None:
    assert "0 decided, 1 left" in run("review", candidates, "--into", graph, keys="xq").output
    assert not (graph / "decisions.jsonl").exists()


def test_going_back_takes_the_answer_back(graph: Path, candidates: Path) -> None:
    rows = table.read(candidates)
    table.write(candidates, [rows[1], table.Row(**vars(rows[0]) | {"state": "proposed"})])
    run("review", candidates, "--into", graph, keys="ybnu")
    found = decisions.read(graph / "decisions.jsonl").by_pair.values()
    assert [each.state for each in found] == ["rejected", "unsure"]


@pytest.mark.parametrize(
    ("command", "state"),
    [
        ("accept", "accepted"),
        ("reject", "rejected"),
        ("unsure", "unsure"),
        ("part-of", "part of"),
        ("undo", "withdrawn"),
    ],
)
def test_a_pair_is_decided_by_the_ends_of_its_iris(graph: Path, command: str, state: str) -> None:
    run(command, "pic-1", "ruhrstadt", "--into", graph, "--by", "ana")
    known = decisions.read(graph / "decisions.jsonl").by_pair
    assert known[ID + "pic-1", ID + "ruhrstadt"].state == state


def test_decisions_in_a_table_are_added_once(graph: Path, candidates: Path) -> None:
    text = candidates.read_text("utf-8").replace("proposed", "rejected")
    candidates.write_text(text, "utf-8")
    assert "1 decisions added" in run("import", candidates, "--into", graph).output
    assert "1 were there already" in run("import", candidates, "--into", graph).output


def test_a_damaged_line_is_told_and_the_run_goes_on(graph: Path, tmp_path: Path) -> None:
    (graph / "decisions.jsonl").write_text("{\n", "utf-8")
    out = tmp_path / "candidates.csv"
    done = run("run", "cordis", "--against", "curated", "--into", graph, "-o", out)
    assert "line 1: cannot be read, and does not count" in done.output
    assert states(out)["pic-1"] == "accepted"


def test_accepted_pairs_go_into_the_graph_with_decisions_made_since(
    graph: Path, candidates: Path
) -> None:
    run("accept", "pic-2", "things", "--into", graph, "--by", "ana")
    run("undo", "pic-1", "ruhrstadt", "--into", graph, "--by", "ana")
    done = run("write", "cordis", candidates, "--into", graph)
    assert "statements added" in done.output
    same = ox.NamedNode("http://www.w3.org/2004/02/skos/core#exactMatch")
    found = directory.verify(graph).store.quads_for_pattern(None, same, None, ox.DefaultGraph())
    assert [str(quad.subject) for quad in found] == [f"<{ID}pic-2>"]
    assert [each.name.split("@")[0] for each in editions.history(graph)] == ["matching-cordis"]


def test_the_rules_are_tested_on_judged_pairs(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    row = "MUSEUM OF THINGS,DE,PUB,https://ror.org/000000001,Museum of Things,no"
    path.write_text(f"name,country,type,ror,ror_name,same\n{row}\n", "utf-8")
    done = run("test", path)
    assert "precision 0.000: 1 of 1 accepted" in done.output
    assert "wrong: MUSEUM OF THINGS | Museum of Things, name" in done.output
    assert run("test", path, "--least", 0.9, 0.9).return_value == 1
