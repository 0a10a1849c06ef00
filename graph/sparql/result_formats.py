"""Writes results of SELECT and ASK in the standard formats: JSON, XML, CSV and TSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.rdf.representable import XmlOutput

from .csv_results import write_csv


def write_solutions(
    result: ox.QuerySolutions | ox.QueryBoolean,
    format: ox.QueryResultsFormat,
    output: BinaryIO,
    again: Callable[[], ox.QuerySolutions],
) -> None:
    """Stream a table or a boolean to ``output``; ``again`` runs the query a second time.

    Raises :class:`NotAcceptable` for what the format cannot represent.
    """
    if format == ox.QueryResultsFormat.CSV and isinstance(result, ox.QuerySolutions):
        write_csv(result, again, output)
    elif format == ox.QueryResultsFormat.XML:
        safe = XmlOutput(output)
        result.serialize(cast(Any, safe), format=format)
        safe.finish()
    else:
        result.serialize(output, format=format)
