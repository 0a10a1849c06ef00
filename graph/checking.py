"""Checking: data that somebody has sent, against the shapes; for a process of its own.

Data are RDF, or a table in CSV with the mapping that makes RDF of it. What is written on the way
is removed.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .engine import Engine
from .errors import MissionGraphError, QueryError

JSON = "application/json"
SUFFIXES = ("ttl", "jsonld", "nt", "rdf", "trig", "nq", "csv")
"""What may be checked, by the suffix of its format."""

SHOWN = 20
"""Nodes of each shape that are told of."""


def perform(engine: Engine, task: Mapping[str, Any]) -> tuple[str, bytes]:
    """What is found in the file at the ``path`` of ``task``, in its ``format`` (:data:`SUFFIXES`).

    A CSV also has a ``mapping``. JSON: ``conforms``, ``counts`` by severity, ``shapes`` with what
    to do, and the nodes, and the report in Turtle. Data that cannot be read are a ``fault``.
    """
    if task["format"] not in SUFFIXES:
        raise QueryError(f"the format is one of {', '.join(SUFFIXES)}, not '{task['format']}'")
    with tempfile.TemporaryDirectory() as folder:
        try:
            told = _checked(_data(Path(folder), task))
        except MissionGraphError as error:
            told = {"fault": str(error)}
    return JSON, json.dumps(told, ensure_ascii=False).encode()


def _data(folder: Path, task: Mapping[str, Any]) -> Path:
    """The data as an RDF file; a table is mapped."""
    path = folder / f"data.{task['format']}"
    shutil.copyfile(task["path"], path)
    if task["format"] != "csv":
        return path
    from .mapper import map_file

    mapping, made = folder / "mapping.rq", folder / "mapped.nt"
    mapping.write_text(task["mapping"], "utf-8")
    map_file(path, mapping, made, workers=1)
    return made


def _checked(path: Path) -> dict[str, Any]:
    from .validation import short, validate

    report = validate(path)
    shapes = [
        {
            "shape": short(shape),
            "severity": results[0].severity,
            "message": results[0].message,
            "count": len(results),
            "nodes": [str(result) for result in results[:SHOWN]],
        }
        for shape, results in report.by_shape().items()
    ]
    return {
        "conforms": report.conforms,
        "counts": report.counts(),
        "shapes": shapes,
        "turtle": report.graph.serialize(format="turtle"),
    }
