"""Checking: data that somebody has sent, against the shapes; for a process of its own.

Data are RDF, or a table in CSV with the mapping that makes RDF of it. What is written on the way
is removed. All work that grows with the data is done here: whoever shows what was found shows
so many nodes and so many characters, and passes the whole report on as it is.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from missiongraph.errors import MissionGraphError, QueryError
from missiongraph.limits import MEGABYTE
from missiongraph.sparql.engine import Engine

JSON = "application/json"
SUFFIXES = ("ttl", "jsonld", "nt", "rdf", "trig", "nq", "csv")
"""What may be checked, by the suffix of its format."""

SHOWN = 20
"""Nodes of each shape that are told of."""

CHARACTERS = 400
"""The most of a node, its path and its value that is told; of a fault, ten times as much."""

WHOLE_MEGABYTES = 32
"""Size of the longest report in Turtle; past it, the command line writes it."""

_WHOLE = WHOLE_MEGABYTES * MEGABYTE
_NAME = re.compile(r"[^\s/#:<>\"'(){}\[\];,|]+")


def perform(engine: Engine, task: Mapping[str, Any]) -> tuple[str, bytes]:
    """What is found in the file at the ``path`` of ``task``, in its ``format`` (:data:`SUFFIXES`).

    A CSV also has a ``mapping``. One line of JSON: ``conforms``, ``counts`` by severity, and
    ``shapes`` with what to do, the first nodes, and the lines that name them; after it, the report
    in Turtle, unless it is too long. Data that cannot be read are a ``fault``.
    """
    if task["format"] not in SUFFIXES:
        raise QueryError(f"the format is one of {', '.join(SUFFIXES)}, not '{task['format']}'")
    with tempfile.TemporaryDirectory() as folder:
        try:
            told, turtle = _checked(_data(Path(folder), task), Path(folder) / _sent(task))
        except MissionGraphError as error:
            told, turtle = {"fault": shortened(str(error), 10 * CHARACTERS)}, b""
    return JSON, json.dumps(told, ensure_ascii=False).encode() + b"\n" + turtle


def _sent(task: Mapping[str, Any]) -> str:
    """What the file is called that holds the data as they were sent."""
    return f"data.{task['format']}"


def _data(folder: Path, task: Mapping[str, Any]) -> Path:
    """The data as an RDF file; a table is mapped."""
    path = folder / _sent(task)
    shutil.copyfile(task["path"], path)
    if task["format"] != "csv":
        return path
    from missiongraph.ingest.convert import map_file

    mapping, made = folder / "mapping.rq", folder / "mapped.nt"
    mapping.write_text(task["mapping"], "utf-8")
    map_file(path, mapping, made, workers=1)
    return made


def _checked(path: Path, sent: Path) -> tuple[dict[str, Any], bytes]:
    """What is told of the data at ``path``, which were ``sent``, and the report in Turtle."""
    from missiongraph.validation.shapes import short, validate

    report = validate(path)
    found = report.by_shape()
    shown = {shape: results[:SHOWN] for shape, results in found.items()}
    lines = named_in(sent, {each.focus for results in shown.values() for each in results})
    shapes = [
        {
            "shape": short(shape),
            "severity": results[0].severity,
            "message": shortened(results[0].message, CHARACTERS),
            "count": len(found[shape]),
            "nodes": [shortened(str(each), CHARACTERS) for each in results],
            "lines": [lines.get(each.focus, 0) for each in results],
        }
        for shape, results in shown.items()
    ]
    told = {"conforms": report.conforms, "counts": report.counts(), "shapes": shapes}
    turtle = report.serialised()
    return told | {"whole": len(turtle) <= _WHOLE}, turtle if len(turtle) <= _WHOLE else b""


def named_in(data: Path, nodes: Collection[str]) -> dict[str, int]:
    """The line of a file that first names each node, by the last part of its IRI or its label.

    The file is read once, and no further than to the last of them; a node that no line names, or
    whose IRI ends in a slash, is left out.
    """
    wanted: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        wanted[re.split(r"[/#:]", node)[-1]].append(node)
    wanted.pop("", None)
    found: dict[str, int] = {}
    with data.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if not wanted:
                break
            for name in {name.rstrip(".") for name in _NAME.findall(line)} & wanted.keys():
                found |= dict.fromkeys(wanted.pop(name), number)
    return found


def shortened(text: str, characters: int) -> str:
    """A text, or its beginning if it is longer than may be shown."""
    return text if len(text) <= characters else text[:characters] + "…"
