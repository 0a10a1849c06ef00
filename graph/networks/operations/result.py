"""What an operation finds, in the formats that it goes out in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from typing import Any

from missiongraph.networks.model.columns import Columns, node_frame

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"


@dataclass(frozen=True)
class Result:
    """Facts, and a table of rows unless the facts are all."""

    facts: Mapping[str, Any]
    table: Columns | None = None

    @classmethod
    def of_rows(
        cls, facts: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], *columns: str
    ) -> Result:
        """The same from rows, which all have the same columns; name those to have without any."""
        table: Columns = {column: [] for column in columns}
        for row in rows:
            for name, value in row.items():
                table.setdefault(name, []).append(value)
        return cls(facts, table)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The table as a dictionary to a row; none where the facts are all."""
        table = self.table or {}
        return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]

    def encode(self, media_type: str) -> bytes:
        """The bytes: JSON has facts and ``rows``, CSV and Parquet have the rows.

        A number that is none (not a number, infinite) is nothing in JSON and CSV.
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
        told = dict(self.facts)
        if self.table is not None:
            told["rows"] = [{name: _known(row[name]) for name in row} for row in self.rows]
        return json.dumps(told, ensure_ascii=False, allow_nan=False).encode()


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value
