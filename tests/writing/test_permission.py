"""Permission: graphs that nobody writes to, and those that a token does not open."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from missiongraph.errors import Refused, Reserved, UpdateError
from missiongraph.isolation.served_store import load_observations
from missiongraph.namespaces import NETWORKS_GRAPH
from missiongraph.server.cli.serve import _unmeasured, _warn_of_wide_tokens
from missiongraph.server.state.access import Access
from missiongraph.server.state.tokens import Token
from missiongraph.writing.attempt import attempt
from missiongraph.writing.permission import ALL, RESERVED, Permission
from missiongraph.writing.request import DELETE, POST, PUT, Write
from missiongraph.writing.update import update

EVERYBODY = Permission(None, "chief")
SOMEBODY = Permission(ALL, "clerk")
ANA = Permission(("x:ana", "x:ana/*"), "ana")

# what an update would do to the graph in the place of G, if it may
UPDATES = (
    "INSERT DATA { GRAPH <G> { <x:a> <x:p> 2 } }",
    "INSERT DATA { GRAPH <G> { <x:a> <x:p> 1 } }",
    "DELETE DATA { GRAPH <G> { <x:a> <x:p> 1 } }",
    "DELETE WHERE { GRAPH <G> { ?s ?p ?o } }",
    "WITH <G> DELETE { ?s ?p ?o } INSERT { ?s ?p 3 } WHERE { ?s ?p ?o }",
    "INSERT { GRAPH ?g { <x:a> <x:p> 4 } } WHERE { VALUES ?g { <G> } }",
    "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } FILTER(?g = <G>) }",
    "CLEAR GRAPH <G>",
    "CLEAR SILENT GRAPH <G>",
    "DROP GRAPH <G>",
    "DROP SILENT GRAPH <G>",
    "CREATE SILENT GRAPH <G>",
    "ADD <x:free> TO <G>",
    "COPY <x:free> TO <G>",
    "COPY SILENT <x:free> TO <G>",
    "MOVE <x:free> TO <G>",
    "MOVE <G> TO <x:free>",
    "INSERT DATA { GRAPH <x:free> { <x:a> <x:p> 9 } } ; DROP GRAPH <G>",
)


def dataset(*graphs: str) -> ox.Store:
    """One triple in the default graph and in each graph."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:p"), ox.Literal(1)))
    for name in graphs:
        quad = ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:p"), ox.Literal(1), ox.NamedNode(name))
        store.add(quad)
    return store


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("text", UPDATES)
@pytest.mark.parametrize("graph", RESERVED)
def test_nobody_updates_a_graph_that_follows_from_others(
    graph: str, text: str, merged: bool
) -> None:
    for permission in (EVERYBODY, SOMEBODY):
        store = dataset(graph, "x:free")
        before = set(store.quads_for_pattern(None, None, None, ox.NamedNode(graph)))
        with pytest.raises(Reserved, match=graph):
            update(store, text.replace("G>", f"{graph}>"), merged=merged, permission=permission)
        assert set(store.quads_for_pattern(None, None, None, ox.NamedNode(graph))) == before


@pytest.mark.parametrize("kind", [PUT, POST, DELETE])
@pytest.mark.parametrize("graph", RESERVED)
def test_nobody_replaces_a_graph_that_follows_from_others(graph: str, kind: str) -> None:
    store = dataset(graph)
    with pytest.raises(Reserved, match=graph):
        attempt(store, Write(kind, "chief", b"", "text/turtle", graph), merged=True, gate=None)
    assert len(store) == 2


@pytest.mark.parametrize("text", ["COPY <G> TO <x:b>", "ADD <G> TO <x:b>",
                                  "INSERT { GRAPH <x:b> { ?s ?p ?o } } WHERE { GRAPH <G> { ?s ?p ?o } }"])  # fmt: skip  # noqa: E501
def test_a_reserved_graph_may_be_read(text: str) -> None:
    store = dataset(NETWORKS_GRAPH)
    assert len(update(store, text.replace("G>", f"{NETWORKS_GRAPH}>")).added) == 1


@pytest.mark.parametrize("verb", ["CLEAR", "DROP", "CLEAR SILENT", "DROP SILENT"])
@pytest.mark.parametrize("target", ["ALL", "NAMED"])
def test_all_graphs_at_once(verb: str, target: str) -> None:
    """Not where a reserved graph would go with them, and not with a token for one by one."""
    text, words = f"{verb} {target}", f"{verb.split()[0]} {target}"
    with pytest.raises(Reserved, match=f"{words}: the graph <{NETWORKS_GRAPH}> accepts no writes"):
        update(dataset("x:free", NETWORKS_GRAPH), text, permission=EVERYBODY)
    for permission in (SOMEBODY, ANA):
        with pytest.raises(Refused, match=f"{words} needs a token of scope admin"):
            update(dataset("x:ana"), text, permission=permission)
    store = dataset("x:free", "x:ana")
    update(store, text, permission=EVERYBODY)
    assert len(store) == (target == "NAMED")


@pytest.mark.parametrize("text", UPDATES)
@pytest.mark.parametrize(
    ("graph", "opens"),
    [("x:ana", True), ("x:ana/2", True), ("x:anas", False), ("x:bob", False)],
)
def test_a_token_opens_the_graphs_it_lists(graph: str, opens: bool, text: str) -> None:
    text = text.replace("G>", f"{graph}>").replace("<x:free>", "<x:ana/free>")
    store = dataset("x:bob", "x:ana", "x:ana/2", "x:anas", "x:ana/free")
    if opens:
        assert update(store, text, permission=ANA) is not None
        return
    with pytest.raises(Refused, match=f"the token of ana may not write to the graph <{graph}>"):
        update(store, text, permission=ANA)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <x:a> <x:p> 5 }",
        "DELETE WHERE { ?s ?p ?o }",
        "CLEAR DEFAULT",
        "COPY <x:ana> TO DEFAULT",
        "MOVE DEFAULT TO <x:ana>",
    ],
)
def test_the_default_graph_is_opened_by_its_name(text: str) -> None:
    with pytest.raises(Refused, match="may not write to the default graph"):
        update(dataset("x:ana"), text, permission=ANA)
    for graphs in (("x:ana", "default"), ALL, None):
        update(dataset("x:ana"), text, permission=Permission(graphs, "ana"))
    with pytest.raises(UpdateError, match="name the graph"):  # a merged one, to whomever
        update(dataset("x:ana"), "INSERT DATA { <x:a> <x:p> 5 }", merged=True, permission=ANA)


def test_a_token_that_lists_nothing_opens_nothing() -> None:
    with pytest.raises(Refused):
        Permission((), "reader").require(ox.NamedNode("x:a"))


def test_what_was_once_written_among_the_measured_is_measured_anew() -> None:
    assert load_observations(dataset(NETWORKS_GRAPH), "state", None) == ""


def test_a_dump_gives_a_new_directory_all_but_what_is_measured(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And says what it leaves out."""
    kept = [quad for quad in dataset("x:a") if quad.graph_name != ox.DefaultGraph()]
    assert list(_unmeasured([*kept, *dataset(NETWORKS_GRAPH)]))[:1] == kept
    (told,) = caplog.messages
    assert f"Left out 1 statements of <{NETWORKS_GRAPH}>" in told
    caplog.clear()
    assert list(_unmeasured(kept)) == kept and not caplog.messages


def test_who_starts_a_server_hears_which_tokens_open_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    old, new = Token("old", "", "write"), Token("new", "", "write", ("*",))
    _warn_of_wide_tokens(Access((old, new, Token("chief", "", "admin"))))
    (said,) = caplog.messages
    assert said.startswith("the token of old lists no graphs")
