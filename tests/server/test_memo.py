"""What an application keeps between requests is its own, has a bound, and goes with the data."""

from __future__ import annotations

import ast
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

import missiongraph.server
from missiongraph import MissionGraph
from missiongraph.namespaces import MOI, RDF, RDFS
from missiongraph.server import create_app
from missiongraph.server.settings import Settings
from missiongraph.server.state.context import Context
from missiongraph.server.state.memo import MOST, Memo
from missiongraph.sparql.local import LocalEngine

ID = "https://w3id.org/missiongraph/id/"


def served(name: str) -> FlaskClient:
    """An application over one organisation and one mission, in a state called like any other."""
    store = ox.Store()
    for kind, of in (("organisation", "Organization"), ("mission", "Mission")):
        thing = ox.NamedNode(f"{ID}{kind}/{name.lower()}")
        vocabulary = MOI if kind == "mission" else "http://www.w3.org/ns/org#"
        store.add(ox.Quad(thing, ox.NamedNode(RDF + "type"), ox.NamedNode(vocabulary + of)))
        store.add(ox.Quad(thing, ox.NamedNode(RDFS + "label"), ox.Literal(f"{name} {kind}")))
    graph = MissionGraph(engine=LocalEngine(store, "the-same-state"))
    return create_app(graph, Settings()).test_client()


@pytest.mark.parametrize("path", ["/browse/organisations", "/missions", "/search?q={}", "/dataset"])
def test_applications_in_one_process_share_nothing(path: str) -> None:
    ones = {name: served(name) for name in ("Vinnova", "Sitra")}
    for name, client in ones.items():
        other = next(another for another in ones if another != name)
        answer = client.get(path.format(name), headers={"Accept": "text/html, text/turtle"})
        assert answer.status_code in (200, 303), answer.text
        assert other not in answer.text and (path == "/dataset" or name in answer.text)
    memos = [held.application.extensions["missiongraph"].memo for held in ones.values()]
    assert memos[0] is not memos[1]
    contexts: list[Context] = [c.application.extensions["missiongraph"] for c in ones.values()]
    assert contexts[0].dumping is not contexts[1].dumping
    for context in contexts:
        context.jobs.close()


def test_a_thing_is_made_once_and_again_in_another_state() -> None:
    states, made = ["one"], []
    memo = Memo(lambda: states[-1])
    for state in ("one", "one", "two", "two"):
        states.append(state)
        memo.get("list", lambda: made.append(states[-1]))
    assert made == ["one", "two"]


def test_a_state_without_a_name_is_not_kept() -> None:
    memo, made = Memo(lambda: ""), []
    for _ in range(2):
        memo.get("list", lambda: made.append(1))
    assert len(made) == 2 and not len(memo)


def test_what_was_asked_for_longest_ago_goes() -> None:
    memo = Memo(lambda: "one")
    for number in range(MOST):
        memo.get(str(number), lambda: 0)
    memo.get("0", lambda: 1)
    memo.get("another", lambda: 0)
    assert len(memo) == MOST
    assert memo.get("0", lambda: 1) == 0 and memo.get("1", lambda: 2) == 2


def test_what_fails_is_made_anew() -> None:
    memo = Memo(lambda: "one")
    with pytest.raises(ZeroDivisionError):
        memo.get("list", lambda: 1 / 0)
    assert memo.get("list", lambda: 1) == 1


def test_one_makes_it_and_others_wait_but_not_for_other_things() -> None:
    memo, made, held = Memo(lambda: "one"), [], threading.Event()

    def slow() -> int:
        made.append(1)
        held.wait(10)
        return 1

    with ThreadPoolExecutor(3) as pool:
        slow_ones = [pool.submit(memo.get, "slow", slow) for _ in range(2)]
        time.sleep(0.05)
        assert pool.submit(memo.get, "quick", lambda: 2).result(5) == 2
        held.set()
        assert [each.result(5) for each in slow_ones] == [1, 1]
    assert len(made) == 1


FILLED_AT_IMPORT = {"thing.py: VIEWS"}
"""Tables to which the modules that are imported add their own, and nothing later does."""


def test_no_module_of_the_server_holds_state() -> None:
    """Modules hold constants, blueprints, and caches of pure functions with a bound."""
    folder = Path(str(missiongraph.server.__file__)).parent
    holder = re.compile(r"\{\}|\[\]|(.*\.)?(dict|list|set|Lock|OrderedDict|Memo)(\[.*\])?\(\)")
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if holder.fullmatch(ast.unparse(node.value)):
                    found.add(f"{path.name}: {ast.unparse(target)}")
    assert found == FILLED_AT_IMPORT
