"""Imports are written into the directory of a graph whole or not at all, and can be taken out."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from support.published import Folder, participation, project

from missiongraph.errors import DataError, NoSuchGraph, ValidationFailed
from missiongraph.importers import editions, recipe, update
from missiongraph.importers.running import Imported, Options, run
from missiongraph.writing import directory

CORDIS = recipe.find("cordis")
ID = "https://w3id.org/missiongraph/id/"
MOI = "https://w3id.org/missiongraph/ontology#"
CURATED = """
PREFIX graph: <https://w3id.org/missiongraph/graph/>
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
graph:curated {
  <https://w3id.org/missiongraph/id/organisation/european-commission> a org:FormalOrganization ;
    rdfs:label "European Commission" ;
    org:classification <https://w3id.org/missiongraph/vocab/organisation-kind/public-body> .
}
graph:inferred { graph:inferred a moi:Stale }
"""


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    folder = tmp_path / "graph"
    directory.create(folder, ox.parse(CURATED, ox.RdfFormat.TRIG), merged=True)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Folder:
    path = tmp_path / "files"
    path.mkdir()
    return Folder(path).projects(project()).participations(participation())


def imported(files: Folder, edition: str = "2025-04") -> Imported:
    return run(CORDIS, files.files, Options(edition))


def content(folder: Path) -> dict[str, bytes]:
    """The files of a directory, but for the lock, which is empty."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock"}


def quads(folder: Path) -> set[ox.Quad]:
    return set(directory.load(folder).store)


def test_an_import_lives_beside_what_is_there_in_a_graph_of_its_own(
    graph: Path, files: Folder
) -> None:
    before = quads(graph)
    editions.write(graph, imported(files))
    state = directory.verify(graph)
    mine = ox.NamedNode("https://w3id.org/missiongraph/graph/source/cordis--2025-04")
    assert state.writes == 1
    assert sum(1 for _ in state.store.quads_for_pattern(None, None, None, mine)) > 20
    assert {quad for quad in before if "curated" in str(quad.graph_name)} <= set(state.store)
    name = ox.Quad(
        ox.NamedNode(ID + "project/cordis-101000001"),
        ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label"),
        ox.Literal("P1", language="en"),
    )
    assert name in state.store  # in the default graph, which merges all


def test_what_rules_derive_follows_an_import(graph: Path, files: Folder) -> None:
    editions.write(graph, imported(files))
    funds = ox.NamedNode(MOI + "funds")
    store = directory.load(graph).store
    funded = {quad.object for quad in store.quads_for_pattern(None, funds, None, None)}
    assert funded == {ox.NamedNode(ID + "project/cordis-101000001")}


def test_an_edition_is_written_once(graph: Path, files: Folder) -> None:
    editions.write(graph, imported(files))
    before = content(graph)
    with pytest.raises(DataError, match="holds cordis@2025-04 already"):
        editions.write(graph, imported(files))
    assert content(graph) == before


def test_an_import_that_breaks_a_shape_leaves_every_byte(tmp_path: Path, files: Folder) -> None:
    graph = tmp_path / "graph"
    directory.create(graph, (), merged=True)  # without the Commission, which awards refer to
    before = content(graph)
    with pytest.raises(ValidationFailed, match="violations; nothing was written"):
        editions.write(graph, imported(files))
    assert content(graph) == before


def test_a_directory_that_is_served_is_not_written_to(graph: Path, files: Folder) -> None:
    before = content(graph)
    with directory.lock(graph), pytest.raises(DataError, match="another server writes there"):
        editions.write(graph, imported(files))
    assert content(graph) == before


def test_a_directory_without_a_graph_is_an_error(tmp_path: Path, files: Folder) -> None:
    with pytest.raises(DataError, match="holds no graph; begin one with missiongraph serve"):
        editions.write(tmp_path, imported(files))


def test_the_history_tells_edition_files_and_rows(graph: Path, files: Folder) -> None:
    done = imported(files)
    editions.write(graph, done)
    [edition] = editions.history(graph)
    assert edition.name == "cordis@2025-04"
    assert sorted(edition.files) == sorted((each.name, each.sha256) for each in done.files)
    assert edition.extent == "2 rows read, 2 written"
    assert edition.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert edition.statements == done.report.statements


def test_a_graph_without_imports_has_no_history(graph: Path) -> None:
    assert editions.history(graph) == []


def test_what_is_forgotten_leaves_nothing(graph: Path, files: Folder) -> None:
    editions.write(graph, imported(files))
    editions.forget(graph, "cordis@2025-04")
    left = {quad for quad in quads(graph) if "curated" not in str(quad.graph_name)}
    assert not [quad for quad in left if "cordis" in str(quad)]
    assert directory.verify(graph).writes == 2


def test_only_an_import_can_be_forgotten(graph: Path) -> None:
    with pytest.raises(NoSuchGraph, match="holds no import cordis@2025-04; it holds: none"):
        editions.forget(graph, "cordis@2025-04")


def test_an_update_tells_and_writes_what_is_added_changed_and_gone(
    graph: Path, files: Folder
) -> None:
    files.projects(project(), project("101000002"), project("101000003"))
    editions.write(graph, imported(files))
    files.projects(project(), project("101000002", acronym="RENAMED"), project("101000004"))
    later = imported(files, "2025-05")
    shown = update.compare(graph, later)
    assert directory.load(graph).writes == 1
    written, _ = update.update(graph, later)
    assert written == shown
    assert shown.before.name == "cordis@2025-04"
    assert [*shown.changed] == [ID + "project/cordis-101000002"]
    assert ID + "project/cordis-101000004" in shown.added
    assert ID + "project/cordis-101000003" in shown.gone
    assert [edition.name for edition in editions.history(graph)] == ["cordis@2025-05"]
    assert directory.verify(graph).writes == 2


def test_an_update_with_the_same_edition_changes_only_what_differs(
    graph: Path, files: Folder
) -> None:
    editions.write(graph, imported(files))
    files.projects(project(acronym="RENAMED"))
    _, written = update.update(graph, imported(files))
    assert written.added <= 4  # the name, the file's SHA-256 and the like
    assert [edition.name for edition in editions.history(graph)] == ["cordis@2025-04"]


def test_an_update_needs_an_edition_before(graph: Path, files: Folder) -> None:
    with pytest.raises(NoSuchGraph, match="holds no edition of cordis"):
        update.compare(graph, imported(files))
