"""The server asks an engine what it can do, not of which class it is."""

from __future__ import annotations

import re
from pathlib import Path

import missiongraph.server
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.isolation.messages import Configuration
from missiongraph.limits import Limits
from missiongraph.remote.engine import RemoteEngine
from missiongraph.sparql.engine import Engine, InProcessEngine, SupervisedEngine
from missiongraph.sparql.local import LocalEngine
from missiongraph.writing.request import WritableEngine


def supervised(engine: IsolatedEngine) -> SupervisedEngine:
    return engine  # which mypy checks


def writable(engine: IsolatedEngine) -> WritableEngine:
    return engine


def in_process(engine: LocalEngine) -> InProcessEngine:
    return engine


def can(engine: type[Engine]) -> set[type]:
    """The protocols that an engine keeps to."""
    known = (InProcessEngine, SupervisedEngine, WritableEngine)
    made = engine.__new__(engine)
    if isinstance(made, IsolatedEngine):
        made.admission = None  # type: ignore[assignment]
        made._federation = None
        made._config = Configuration([], "", "", True, True, Limits())
    if isinstance(made, LocalEngine):
        made._store = None  # type: ignore[assignment]
    return {protocol for protocol in known if isinstance(made, protocol)}


def test_each_engine_keeps_to_the_protocols_of_what_it_can_do() -> None:
    assert can(IsolatedEngine) == {SupervisedEngine, WritableEngine}
    assert can(LocalEngine) == {InProcessEngine}
    assert can(RemoteEngine) == set()


def test_the_server_knows_no_class_of_engine_but_that_of_a_service_it_opens() -> None:
    folder = Path(str(missiongraph.server.__file__)).parent
    named = {
        str(path.relative_to(folder)): found
        for path in folder.rglob("*.py")
        if (
            found := re.findall(r"IsolatedEngine|LocalEngine|RemoteEngine", path.read_text("utf-8"))
        )
    }
    assert set(named) == {"cli/common.py"} and set(named["cli/common.py"]) == {"RemoteEngine"}
