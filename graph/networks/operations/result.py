"""Holds the result of an operation, and encodes it as JSON, CSV or Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from math import isfinite
from typing import Any

from missiongraph.networks.model.columns import Columns, node_frame

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"


@dataclass(frozen=True)
class Result:
    """Facts about the result, and a table of rows, None if there are only facts."""

    facts: Mapping[str, Any]
    table: Columns | None = None

    @classmethod
    def of_rows(
        cls, facts: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], *columns: str
    ) -> Result:
        """A result from rows with the same keys; ``columns`` are for the case of no rows."""
        table: Columns = {column: [] for column in columns}
        for row in rows:
            for name, value in row.items():
                table.setdefault(name, []).append(value)
        return cls(facts, table)

    @property
    def rows(self) -> list[dict[str, Any]]:  # Any: a cell is of any type
        """The table as a dictionary per row; empty without a table."""
        table = self.table or {}
        return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]

    def encode(self, media_type: str) -> bytes:
        """The bytes in a format: JSON has facts and ``rows``, CSV and Parquet only the rows.

        NaN is null in JSON and empty in CSV; infinite numbers are null in JSON, in facts, too.
        """
        if media_type == JSON:
            return self._json()
        frame = node_frame(self.table or {})
        if media_type == CSV:
            return frame.fill_nan(None).write_csv().encode() if len(frame.columns) else b"\n"
        stream = BytesIO()
        frame.write_parquet(stream)
        return stream.getvalue()

    def _json(self) -> bytes:
        document = {name: _known(value) for name, value in self.facts.items()}
        if self.table is not None:
            document["rows"] = [{name: _known(row[name]) for name in row} for row in self.rows]
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def _known(value: Any) -> Any:
    """The value as JSON has it: null for numbers that are not finite, also within lists."""
    if isinstance(value, Mapping):
        return {name: _known(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_known(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not isfinite(value) else value
