"""Resource limits of queries and writes, as data: name, default and help text with the unit."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

MEGABYTE = 1024 * 1024
"""Bytes."""


def setting(default: int | str, help: str, least: int = 1) -> Any:  # Any: as dataclasses.field
    """A field of settings: an integer, at least ``least``, or a string, with its help text."""
    return field(default=default, metadata={"help": help, "least": least})


_CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Limits:
    """The limits that the kernel and the server enforce on queries; all are above 0."""

    query_seconds: int = setting(30, "wall time of one query, parsing and sending included")
    query_megabytes: int = setting(1024, "memory that one query may take beyond the data")
    write_seconds: int = setting(
        8, "time of one write, validation included; below queue_seconds, or requests wait in vain"
    )
    write_statements: int = setting(
        20_000, "statements that one write may add or remove where shapes are checked"
    )
    query_characters: int = setting(100_000, "length of the longest query")
    result_megabytes: int = setting(1024, "size of the largest result")
    concurrent_queries: int = setting(_CORES + 2, "slots for queries of any length")
    small_queries: int = setting(_CORES, "further slots that only small queries get")
    small_milliseconds: int = setting(
        500, "processor time after which a query no longer counts as small"
    )
    queue_length: int = setting(128, "requests that may wait for a slot")
    queue_seconds: int = setting(10, "time that a request may wait for a slot")
    service_blocks: int = setting(4, "SERVICE blocks in one query, where services are listed")
    service_queries: int = setting(8, "queries that may wait for other services at the same time")
    service_seconds: int = setting(10, "time that other services may take for one query")
    service_megabytes: int = setting(4, "size of the response to one SERVICE block")
    service_rows: int = setting(5000, "rows of the response to one SERVICE block")
