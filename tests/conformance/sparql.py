"""Query and update: what they answer, what they leave behind, which texts are SPARQL at all.

Every text is sent with a ``BASE`` line, since the suites' IRIs are relative to their files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from . import results
from .client import Server, check
from .compare import quad, same, same_quads
from .manifest import Case, Node, address, parse, path_of

Graphs = dict[str | None, list[ox.Triple]]
"""Triples by the name of their graph, which for the default graph is none."""

_JSON = "application/sparql-results+json"
_FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)
_QUADS = b"SELECT ?s ?p ?o ?g { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"


def query(server: Server, case: Case) -> None:
    """The answer over the given data is the expected one."""
    action, file = case.node.the("mf:action"), case.node.the("mf:result").path
    text = action.the("qt:query").path
    server.reset(graphs(action, "qt") or _from(text))
    expected = results.of_file(file)
    answer = server.ask(_based(text), results.media_type(file, expected)).succeeded()
    found = results.of_bytes(answer.body, answer.media_type)
    lax = case.node.one("mf:resultCardinality") is not None
    check(same(found, expected, lax=lax), f"the answer is {_shown(found)}")


def update(server: Server, case: Case) -> None:
    """The dataset after the update is the expected one."""
    action = case.node.the("mf:action")
    server.reset(graphs(action, "ut"))
    server.change(_based(action.the("ut:request").path)).succeeded()
    left = results.of_bytes(server.ask(_QUADS, _JSON).succeeded().body, _JSON)
    assert isinstance(left, results.Rows)
    found = [_quad(row) for row in left.rows]
    expected = [
        quad(triple, name)
        for name, triples in graphs(case.node.the("mf:result"), "ut").items()
        for triple in triples
    ]
    check(same_quads(found, expected), f"the dataset is {found}")


def syntax(server: Server, case: Case) -> None:
    """What is SPARQL is accepted, what is not gets 400 (SPARQL 1.1 Protocol, 2.1.6 and 2.2.4)."""
    path = case.node.the("mf:action").path
    is_update = path.suffix == ".ru"
    if is_update:
        server.reset()
    text = _based(path)
    status = (server.change(text) if is_update else server.ask(text, "*/*")).status
    if case.kind.startswith("Negative"):
        check(status == 400, f"status {status} for what is not SPARQL")
    else:
        done = 200 <= status < 300 or status in server.refusals
        check(done, f"status {status} for what is SPARQL")


def graphs(data: Node, prefix: str) -> Graphs:
    """The graphs that a test describes by its files."""
    found: Graphs = defaultdict(list)
    for file in data.all(f"{prefix}:data"):
        for said in parse(file.path):
            found[getattr(said.graph_name, "value", None)].append(said.triple)
    for named in data.all(f"{prefix}:graphData"):
        file, name = named.one("ut:graph") or named, named.one("rdfs:label") or named
        found[name.value] += [said.triple for said in parse(file.path)]
    return found


def _from(query: Path) -> Graphs:
    """The graphs that a query names in its dataset clauses."""
    folder = address(query).rpartition("/")[0]
    names = {f"{folder}/{name}" for name in _FROM.findall(query.read_text("utf-8"))}
    return {name: [said.triple for said in parse(path_of(name))] for name in names}


def _based(path: Path) -> bytes:
    return f"BASE <{address(path)}>\n".encode() + path.read_bytes()


def _quad(row: results.Row) -> ox.Quad:
    return ox.Quad(row["s"], row["p"], row["o"], row.get("g"))  # type: ignore[arg-type]


def _shown(result: results.Result) -> str:
    rows: object = result.rows if isinstance(result, results.Rows) else result
    listed = rows if isinstance(rows, Iterable) else [rows]
    return ", ".join(map(str, listed))[:300] or "empty"
