"""Writes over HTTP to a graph with rules: what they derive comes and goes with each write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from support.running import TURTLE, Client, Running, serving

from missiongraph.derivation import rules
from missiongraph.derivation.incremental import INFERRED, Derivation
from missiongraph.namespaces import INFERRED_GRAPH, PREFIXES
from missiongraph.system import sandbox
from missiongraph.writing import directory, journal
from missiongraph.writing.directory import BASE, JOURNAL

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")

PREFIX = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items()) + "PREFIX x: <x:>"
DERIVED = f"/graphs?graph={quote(INFERRED_GRAPH)}"
PARTICIPATION = "x:p moi:hasParticipant x:org ; moi:concerns x:mission ; moi:hasRole x:lead ."
LEADS = f"SELECT ?mission {{ <x:org> <{PREFIXES['moi']}leads> ?mission }}"
MULTIPART = "multipart/form-data; boundary=b"


ROLES = "x:lead moi:derivesProperty moi:leads . x:part moi:partOfMission x:mission ."
DATA = f"""{PREFIX}
<g:roles> {{ {ROLES} }}
<{INFERRED_GRAPH}> {{ x:part moi:partOfInitiative x:mission }}"""
"""A role and a part of a mission, before any participation: no rule derives ``moi:leads``."""


def options(folder: Path, data: str = DATA) -> tuple[str, ...]:
    """The options of a server that starts with ``data``."""
    file = folder / "data.trig"
    file.write_text(data, "utf-8")
    return ("--no-shapes", "--data", str(file))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("derived")
    with serving(folder / "graph", *options(folder)) as started:
        yield started


@pytest.fixture
def client(server: Running) -> Client:
    """A client of the graph as it was at first."""
    client = server.client()
    dropped = "".join(f"DROP SILENT GRAPH <g:{name}> ; " for name in ("a", "b", "empty"))
    assert client.update(f"{PREFIX} {dropped} {insert(ROLES, 'g:roles')}").status == 200
    return client


def insert(turtle: str, graph: str = "g:a") -> str:
    return f"{PREFIX}\nINSERT DATA {{ GRAPH <{graph}> {{ {turtle} }} }}"


def etag(client: Client) -> str:
    return client("GET", DERIVED, Accept=TURTLE).headers["ETag"]


def test_a_participation_derives_who_leads_until_it_is_deleted(client: Client) -> None:
    assert client.rows(LEADS) == []
    written = client.update(insert(PARTICIPATION))
    assert (written.json["added"], written.json["derived"]) == (3, {"added": 1, "removed": 0})
    assert client.rows(LEADS) == ["x:mission"]
    assert b"leads" in client("GET", DERIVED, Accept=TURTLE).body
    deleted = client.update(f"{PREFIX} DELETE DATA {{ GRAPH <g:a> {{ {PARTICIPATION} }} }}")
    assert (deleted.json["removed"], deleted.json["derived"]) == (3, {"added": 0, "removed": 1})
    assert client.rows(LEADS) == []


def test_the_version_of_the_derived_graph_follows_its_content(client: Client) -> None:
    before = etag(client)
    client.update(insert("x:org rdfs:label 'An organisation'"))
    assert etag(client) == before
    client.update(insert(PARTICIPATION))
    assert etag(client) != before


@pytest.mark.parametrize(
    ("method", "body", "kind"),
    [
        ("PUT", PARTICIPATION, TURTLE),
        ("POST", PARTICIPATION, TURTLE),
        ("POST", PARTICIPATION, MULTIPART),
    ],
    ids=["PUT", "POST", "multipart"],
)
def test_a_graph_that_is_sent_derives_until_it_is_removed(
    client: Client, method: str, body: str, kind: str
) -> None:
    place, text = f"/graphs?graph={quote('g:a')}", f"{PREFIX}\n{body}"
    if kind == MULTIPART:
        head = 'Content-Disposition: form-data; name="file"; filename="a.ttl"'
        text = f"--b\r\n{head}\r\nContent-Type: {TURTLE}\r\n\r\n{text}\r\n--b--\r\n"
    sent = client(method, place, text, Content_Type=kind)
    assert sent.status in (200, 201), sent.body
    assert client.rows(LEADS) == ["x:mission"]
    assert client("DELETE", place).status == 200
    assert client.rows(LEADS) == []


@pytest.mark.parametrize(
    ("update", "leads"),
    [
        ("CLEAR GRAPH <g:a>", False),
        ("DROP GRAPH <g:a>", False),
        ("MOVE <g:a> TO <g:b>", True),
        ("MOVE <g:empty> TO <g:a>", False),
        ("COPY <g:a> TO <g:b> ; CLEAR GRAPH <g:a>", True),
        ("DELETE WHERE { GRAPH ?g { ?p <x:none> ?o } }", True),
        ("CLEAR GRAPH <g:roles>", False),
    ],
)
def test_whatever_an_update_does_is_followed(client: Client, update: str, leads: bool) -> None:
    client.update(insert(PARTICIPATION) + " ; CREATE GRAPH <g:empty>")
    assert client.update(update).status == 200
    assert bool(client.rows(LEADS)) == leads


def test_the_journal_replays_what_is_derived(server: Running, client: Client) -> None:
    client.update(insert(PARTICIPATION))
    client.update(insert("x:q moi:hasPartner x:org, x:other"))
    client.update(f"{PREFIX} DELETE WHERE {{ GRAPH <g:a> {{ x:p ?p ?o }} }}")
    state = directory.load(server.folder)
    assert not Derivation().renew(state.store)
    held = list(state.store.quads_for_pattern(None, None, None, INFERRED))
    assert client.count(f"GRAPH {INFERRED} {{ ?s ?p ?o }}") == len(held) == 3


def test_a_killed_server_comes_back_with_what_was_derived(tmp_path: Path) -> None:
    given = options(tmp_path)
    with serving(tmp_path / "graph", *given) as server:
        server.client().update(insert(PARTICIPATION))
        server.kill()
    with serving(tmp_path / "graph", *given) as server:
        assert server.client().rows(LEADS) == ["x:mission"]


def test_a_directory_of_other_rules_is_brought_up_to_date_at_its_start(tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    given = options(tmp_path, DATA + f"<g:a> {{ {PARTICIPATION} }}")
    for number in range(2):
        with serving(folder, *given) as server:
            server.client().update(insert(f"x:a x:b {number}"))  # waits for it
            assert server.client().rows(LEADS) == ["x:mission"]
    head = directory.read_head(folder / BASE)
    entries = list(journal.read(folder / JOURNAL, head.fingerprint))
    assert [entry.what for entry in entries] == ["rules", "update", "update"]
    assert {entry.rules for entry in entries} == {rules.fingerprint(rules.shipped())}
    directory.verify(folder)


def test_a_graph_without_derived_statements_gets_none(tmp_path: Path) -> None:
    given = options(tmp_path, "<g:a> { <x:a> <x:b> <x:c> }")
    with serving(tmp_path / "graph", *given) as server:
        written = server.client().update(insert("x:a moi:partOfMission x:b"))
        assert written.json["derived"] == {"added": 0, "removed": 0}
        assert server.client().count("?s ?p ?o") == 2
