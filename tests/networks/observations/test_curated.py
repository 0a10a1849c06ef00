"""The curated graph between processes: opened from disk, measured when asked for."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from missiongraph import MissionGraph
from missiongraph.errors import CacheWarning
from missiongraph.ingest.build import build_folder
from missiongraph.namespaces import MOI, NETWORKS_GRAPH
from missiongraph.networks.observations.curated import CuratedEngine
from missiongraph.resources import Inputs
from missiongraph.sparql.engine import Query
from missiongraph.sparql.library import queries
from missiongraph.sparql.media_types import CSV

SMALL = Path(__file__).parents[2] / "fixtures" / "small"
MISSIONS = f"SELECT ?mission {{ ?mission a <{MOI}Mission> }} ORDER BY ?mission"
SCORES = f"ASK {{ ?score <{MOI}node> ?node }}"


PARTNERS = "tie,one,other,source\na,x:a,x:b,news\nb,x:b,x:c,city-report\nc,x:c,x:d,news\n"
MAPPING = f"""# column tie text
# column one iri
# column other iri
# column source source
CONSTRUCT {{ ?id <{MOI}hasPartner> ?one, ?other }}
WHERE {{ BIND(IRI(CONCAT("x:", ?tie)) AS ?id) }}
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MISSIONGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small(cache: Path) -> Inputs:
    """A few tables, with a network that is measured in no time."""
    folder = Path(shutil.copytree(SMALL, cache.parent / "small"))
    (folder / "data" / "partners.csv").write_text(PARTNERS)
    (folder / "mappings" / "partners.rq").write_text(MAPPING)
    return Inputs(folder / "data", folder / "mappings", folder / "rules", folder / "ontology")


def stores(cache: Path) -> list[str]:
    """The kept stores: without observations, and with."""
    return sorted(path.name.partition("-")[0] for path in cache.glob("*/*.store"))


def statements(store: ox.Store) -> set[ox.Quad]:
    """What a store holds, without blank nodes, which are renamed as they are loaded."""
    return {quad for quad in store if "_:" not in f"{quad.subject} {quad.object}"}


def test_nothing_is_measured_before_a_query_asks_for_it(small: Inputs, cache: Path) -> None:
    graph = MissionGraph(engine=CuratedEngine(inputs=small))
    before = graph.fingerprint
    graph.query(MISSIONS)
    graph.info()
    assert len(graph.network("partnerships")) == 4
    assert stores(cache) == ["missiongraph.store"] and graph.fingerprint == before
    assert graph.query(SCORES) is True
    assert stores(cache) == ["missiongraph.store", "networks"]
    assert graph.fingerprint.startswith(f"{before}-")


@pytest.mark.long
def test_the_library_gives_the_same_bytes_from_disk_and_from_memory() -> None:
    """So the command line answers as the server does: no query leaves its order to the store."""
    disk, memory = CuratedEngine(), CuratedEngine()
    memory.hand_out()
    disk.measure()
    for query in queries():
        asked = Query(query.text, parameters=query.bindings({}))
        one, other = (e.run(asked, solutions=CSV, triples=None).read() for e in (disk, memory))
        assert one == other, query.name


def test_what_was_measured_is_there_at_once(small: Inputs) -> None:
    first = CuratedEngine(inputs=small)
    first.measure()
    second = CuratedEngine(inputs=small)
    assert second.is_measured and second.fingerprint == first.fingerprint
    assert statements(second.held) == statements(first.held)


def test_scores_can_be_left_out_for_good(small: Inputs, cache: Path) -> None:
    CuratedEngine(inputs=small).measure()
    graph = MissionGraph(engine=CuratedEngine(inputs=small, networks=False))
    assert graph.query(SCORES) is False
    assert not list(graph.store.quads_for_pattern(None, None, None, ox.NamedNode(NETWORKS_GRAPH)))


def test_validation_leaves_scores_out(small: Inputs) -> None:
    engine = CuratedEngine(inputs=small)
    curated = statements(engine.curated)
    engine.measure()
    assert statements(engine.curated) == curated < statements(engine.held)


def test_the_store_that_is_handed_out_can_be_written(small: Inputs) -> None:
    graph = MissionGraph(engine=CuratedEngine(inputs=small))
    new = ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("c"))
    graph.store.add(new)
    assert graph.query("ASK { <urn:a> <urn:b> 'c' }") is True
    assert graph.query(SCORES) is True
    assert new in graph.store
    assert new not in CuratedEngine(inputs=small).held


def test_rdflib_writes_to_the_store_that_is_handed_out(small: Inputs) -> None:
    import rdflib

    graph = MissionGraph(engine=CuratedEngine(inputs=small))
    a = rdflib.URIRef("urn:a")
    count = len(graph.dataset)
    graph.dataset.add((a, a, a))
    assert (a, a, a) in graph.dataset and len(graph.dataset) == count + 1
    assert graph.query("ASK { <urn:a> <urn:a> <urn:a> }") is True


def test_progress_is_reported_until_all_is_done(small: Inputs) -> None:
    steps: list[tuple[str, int, int]] = []
    engine = CuratedEngine(lambda *step: steps.append(step), inputs=small)
    assert steps[-1][1] == steps[-1][2]
    built = len(steps)
    engine.measure()
    assert steps[built][0].startswith("network ") and steps[-1][1] == steps[-1][2]


def test_networks_that_were_measured_before_an_interruption_are_kept(
    small: Inputs, cache: Path
) -> None:
    def interrupt(step: str, done: int, total: int) -> None:
        if step.startswith("network ") and done == 6:
            raise KeyboardInterrupt

    engine = CuratedEngine(interrupt, inputs=small)
    with pytest.raises(KeyboardInterrupt):
        engine.measure()
    kept = {path.stem: path.stat().st_mtime_ns for path in cache.glob("*/*.done/*.nq")}
    assert kept
    second = CuratedEngine(interrupt, inputs=small)
    with pytest.raises(KeyboardInterrupt):
        second.measure()
    assert kept == {path.stem: path.stat().st_mtime_ns for path in cache.glob("*/*.done/*.nq")}
    CuratedEngine(inputs=small).measure()
    assert not list(cache.glob("*/*.done"))


def test_a_damaged_store_is_made_again(small: Inputs, cache: Path) -> None:
    rows = statements(CuratedEngine(inputs=small).held)
    for folder in cache.glob("*/*.store/store"):
        next(folder.glob("*.sst")).unlink()
    assert statements(CuratedEngine(inputs=small).held) == rows


def refuse(*_: object, **__: object) -> str:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_graph_is_loaded_where_the_cache_cannot_hold_it(
    small: Inputs, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = statements(CuratedEngine(inputs=small, networks=False).held)
    (folder,) = cache.glob("*/*.store")
    shutil.rmtree(folder)
    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.warns(CacheWarning, match="loaded each time"):
        engine = CuratedEngine(inputs=small, networks=False)
    assert statements(engine.held) == expected


_ANSWER = """
import sys
from pathlib import Path
from missiongraph import MissionGraph
from missiongraph.networks.observations.curated import CuratedEngine
from missiongraph.resources import Inputs
folder, query = Path(sys.argv[1]), sys.argv[2]
inputs = Inputs(folder / "data", folder / "mappings", folder / "rules", folder / "ontology")
print(MissionGraph(engine=CuratedEngine(inputs=inputs)).query(query).to_csv())
"""


def test_processes_that_start_together_all_answer(small: Inputs, cache: Path) -> None:
    """On a new cache: one builds, the others wait for it."""
    command = [sys.executable, "-c", _ANSWER, str(small.data.parent), MISSIONS]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {process.communicate(timeout=120)[0] for process in running}
    assert len(answers) == 1 and answers.pop().startswith("mission\nhttp")
    assert stores(cache) == ["missiongraph.store"]


@pytest.fixture(scope="module")
def built(graph: MissionGraph) -> Path:
    """The folder of the cache with the curated dataset and its stores."""
    return build_folder()


def command_with(cache: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Runs a command with another cache."""
    command = [sys.executable, "-m", "missiongraph", *line.split()]
    environment = os.environ | {"MISSIONGRAPH_CACHE": str(cache)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


@pytest.mark.long
def test_commands_measure_no_network(built: Path, tmp_path: Path) -> None:
    without = shutil.ignore_patterns("*networks*")
    shutil.copytree(built, tmp_path / built.name, ignore=without)
    for line in (
        "query funded-posts",
        "centrality funding",
        "ego memberships mission-innovation",
        "brokers --by country",
    ):
        command_with(tmp_path, line)
    assert "the networks are not measured yet" in command_with(tmp_path, "info").stdout
    assert not list(tmp_path.glob("*/*.networks.nq"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes a disk of so many bytes; skips where that is not allowed."""

    def mount(size: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(tmp_path)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no right to mount a small disk")
        return tmp_path

    yield mount
    subprocess.run(["umount", str(tmp_path)], capture_output=True, check=False)


def answers_without_space(disk: Path) -> None:
    done = command_with(disk, "query funded-posts --format csv")
    assert done.stdout.startswith("funder,")
    assert "missiongraph: note: " in done.stderr and "No space left" in done.stderr


@pytest.mark.long
def test_a_query_is_answered_where_the_dataset_does_not_fit(
    small_disk: Callable[[int], Path],
) -> None:
    answers_without_space(small_disk(5_000_000))


def test_a_query_is_answered_where_the_store_does_not_fit(
    built: Path, small_disk: Callable[[int], Path]
) -> None:
    dataset = built / "missiongraph.nq"
    disk = small_disk(dataset.stat().st_size + 5_000_000)
    (disk / built.name).mkdir()
    for file in (dataset, built / "build.json"):
        shutil.copy2(file, disk / built.name)
    answers_without_space(disk)
    assert (disk / built.name / dataset.name).stat().st_size == dataset.stat().st_size
