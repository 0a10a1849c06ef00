"""Results of a query in the standard formats: JSON, XML, CSV and TSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.rdf.representable import XmlOutput

from .csv_results import write_csv


def write_solutions(
    found: ox.QuerySolutions | ox.QueryBoolean,
    format: ox.QueryResultsFormat,
    output: BinaryIO,
    again: Callable[[], ox.QuerySolutions],
) -> None:
    """Write a table, or a yes or no, to ``output`` as the rows come.

    Raises :class:`NotAcceptable` for what the format cannot carry.

    ``again`` finds the rows once more.
    """
    if format == ox.QueryResultsFormat.CSV and isinstance(found, ox.QuerySolutions):
        write_csv(found, again, output)
    elif format == ox.QueryResultsFormat.XML:
        safe = XmlOutput(output)
        found.serialize(cast(Any, safe), format=format)
        safe.finish()
    else:
        found.serialize(output, format=format)
