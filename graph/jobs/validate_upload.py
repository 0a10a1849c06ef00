"""Validates uploaded data against the shapes, as a job in a process of its own.

The data are RDF, or a CSV table with a mapping to RDF. Temporary files are removed. All work that
grows with the data is done here: the summary has a bounded number of nodes and characters for the
page that shows it, and the full report is passed on as it is.
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
"""The formats that can be validated, by their suffix."""

SHOWN = 20
"""Nodes listed for each shape."""

CHARACTERS = 400
"""Characters shown of a node with its path and value; of a fault, ten times as many."""

WHOLE_MEGABYTES = 32
"""The largest report sent in Turtle; for a larger one, users run the command line."""

_WHOLE = WHOLE_MEGABYTES * MEGABYTE
_NAME = re.compile(r"[^\s/#:<>\"'(){}\[\];,|]+")


def perform(engine: Engine, task: Mapping[str, Any]) -> tuple[str, bytes]:
    """Validate the file at the ``path`` of ``task``, in its ``format`` (:data:`SUFFIXES`).

    A CSV also has a ``mapping``. Returns a media type and a body: one line of JSON with
    ``conforms``, ``counts`` by severity, and ``shapes`` (messages, the first nodes, and the lines
    that name these), then the report in Turtle, unless it is too long. For data that cannot be
    read the JSON has a ``fault`` alone. Raises :class:`QueryError` for another format.
    """
    if task["format"] not in SUFFIXES:
        raise QueryError(f"the format is one of {', '.join(SUFFIXES)}, not '{task['format']}'")
    with tempfile.TemporaryDirectory() as folder:
        try:
            data, upload = _data(Path(folder), task), Path(folder) / _upload_name(task)
            summary, turtle = _validated(data, upload)
        except MissionGraphError as error:
            summary, turtle = {"fault": shortened(str(error), 10 * CHARACTERS)}, b""
    return JSON, json.dumps(summary, ensure_ascii=False).encode() + b"\n" + turtle


def _upload_name(task: Mapping[str, Any]) -> str:
    """The file name of the data as uploaded."""
    return f"data.{task['format']}"


def _data(folder: Path, task: Mapping[str, Any]) -> Path:
    """Copy the upload into ``folder`` and return it as an RDF file; a table is mapped."""
    path = folder / _upload_name(task)
    shutil.copyfile(task["path"], path)
    if task["format"] != "csv":
        return path
    from missiongraph.ingest.convert import map_file

    mapping, output = folder / "mapping.rq", folder / "mapped.nt"
    mapping.write_text(task["mapping"], "utf-8")
    map_file(path, mapping, output, workers=1)
    return output


def _validated(path: Path, upload: Path) -> tuple[dict[str, Any], bytes]:
    """Validate ``path``, the RDF of ``upload``; returns the summary and the report in Turtle."""
    from missiongraph.validation.shapes import short, validate

    report = validate(path)
    by_shape = report.by_shape()
    shown = {shape: results[:SHOWN] for shape, results in by_shape.items()}
    lines = named_in(upload, {each.focus for results in shown.values() for each in results})
    shapes = [
        {
            "shape": short(shape),
            "severity": results[0].severity,
            "message": shortened(results[0].message, CHARACTERS),
            "count": len(by_shape[shape]),
            "nodes": [shortened(str(each), CHARACTERS) for each in results],
            "lines": [lines.get(each.focus, 0) for each in results],
        }
        for shape, results in shown.items()
    ]
    summary = {"conforms": report.conforms, "counts": report.counts(), "shapes": shapes}
    turtle = report.serialised()
    return summary | {"whole": len(turtle) <= _WHOLE}, turtle if len(turtle) <= _WHOLE else b""


def named_in(data: Path, nodes: Collection[str]) -> dict[str, int]:
    """The number of the first line that names each node, by the last part of its IRI or its label.

    Lines count from 1. Nodes that no line names, or whose IRI ends in a slash, are left out. The
    file is read once, and only until all nodes are found.
    """
    wanted: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        wanted[re.split(r"[/#:]", node)[-1]].append(node)
    wanted.pop("", None)
    lines: dict[str, int] = {}
    with data.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if not wanted:
                break
            for name in {name.rstrip(".") for name in _NAME.findall(line)} & wanted.keys():
                lines |= dict.fromkeys(wanted.pop(name), number)
    return lines


def shortened(text: str, characters: int) -> str:
    """``text``, or its first ``characters`` and an ellipsis if it is longer."""
    return text if len(text) <= characters else text[:characters] + "…"
