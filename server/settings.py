"""The server's settings as data: each has a name that ends in its unit, a default and a help text.

A setting is read from the environment variable ``MISSIONGRAPH_<NAME>``, or else from the table
``[server]`` of a settings file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from missiongraph.errors import MissionGraphError
from missiongraph.limits import Limits, setting

PREFIX = "MISSIONGRAPH_"

_TABLES = ("access", "federation", "server", "tokens")
_JOBS = max(2, (os.cpu_count() or 1) // 2)


@dataclass(frozen=True)
class Settings(Limits):
    """Settings an operator may change: texts, or whole numbers above 0 (0 where it means off)."""

    body_megabytes: int = setting(64, "size of the largest request body accepted")
    connections: int = setting(1000, "clients connected at the same time")
    idle_seconds: int = setting(60, "time after which a silent connection is closed")
    stop_seconds: int = setting(
        10, "time that running requests get to finish when the server stops"
    )
    dataset_graphs: int = setting(100, "graphs that one request may name as its dataset")
    html_rows: int = setting(500, "rows shown on a result page; downloads hold all")
    cache_megabytes: int = setting(64, "memory for cached answers")
    cache_seconds: int = setting(60, "time that clients may cache a page or an answer")
    network_nodes: int = setting(100_000, "nodes of the largest network")
    network_ties: int = setting(2_000_000, "ties of the largest network, and statements of them")
    network_seconds: int = setting(60, "time of one job about a network, its queries included")
    network_megabytes: int = setting(2048, "memory of one such job")
    network_jobs: int = setting(_JOBS, "jobs about networks that run at the same time")
    network_queue: int = setting(16, "jobs about networks that may wait in the queue")
    network_wait_seconds: int = setting(
        2, "time that a page, or a request with Prefer: respond-async, waits for its job", 0
    )
    network_waiting: int = setting(32, "requests that may wait for jobs at the same time")
    work_folder: str = setting(
        "",
        "folder for uploads and job results, shared by all processes of one server; by default a"
        " temporary one",
    )
    work_megabytes: int = setting(1024, "largest size of that folder")
    requests_per_minute: int = setting(0, "requests that one client may send; 0: no limit", 0)
    proxies: int = setting(0, "reverse proxies in front, whose X-Forwarded headers are trusted", 0)
    access_log: int = setting(0, "1 logs every request, 0 only slow and failed ones", 0)
    slow_milliseconds: int = setting(
        5000, "time after which a query is logged as slow; 0: never", 0
    )
    security_contact: str = setting("", "address for /.well-known/security.txt, if any")

    @property
    def threads(self) -> int:
        """Threads of the web server: one for each request that runs or waits, and some spare."""
        queries = self.concurrent_queries + self.small_queries + self.queue_length
        return queries + self.queue_length + self.network_waiting + 8

    @property
    def request_seconds(self) -> int:
        """Seconds from a request's first byte to its response's last: queue, work, transfer."""
        work = max(self.query_seconds, self.write_seconds, self.network_seconds)
        return self.queue_seconds + work + self.idle_seconds

    @property
    def job_seconds(self) -> int:
        """Seconds that a request waits for a job: its time in the queue and its run time."""
        return self.queue_seconds + self.network_seconds

    @classmethod
    def read(
        cls, file: Path | None = None, environment: Mapping[str, str] = os.environ
    ) -> Settings:
        """Read the settings from ``environment``, then from ``file``.

        Raises :class:`MissionGraphError` for an unknown setting or an invalid value.
        """
        texts = _table(file) if file else {}
        known = {field.name: field for field in fields(cls)}
        if unknown := sorted(set(texts) - set(known)):
            raise MissionGraphError(f"{file}: there is no setting {', '.join(unknown)}")
        texts |= {
            name: environment[PREFIX + name.upper()]
            for name in known
            if PREFIX + name.upper() in environment
        }
        values: dict[str, Any] = {n: _value(known[n], value) for n, value in texts.items()}
        return cls(**values)


def described() -> list[tuple[str, int | str, str]]:
    """List every setting as (environment variable, default, help)."""
    default = Settings()
    return [
        (PREFIX + f.name.upper(), getattr(default, f.name), f.metadata["help"])
        for f in fields(Settings)
    ]


def services(file: Path | None) -> tuple[str, ...]:
    """The SPARQL services that ``SERVICE`` may name, from table ``[federation]`` of a file::

        [federation]
        services = ["https://query.example.org/sparql"]

    Addresses are listed whole, because a host may serve more than its endpoint. Empty without a
    file. Raises :class:`MissionGraphError` if the table holds anything else.
    """
    table = dict(toml(file).get("federation", {})) if file else {}
    listed = table.pop("services", [])
    if table or not (isinstance(listed, list) and all(isinstance(a, str) for a in listed)):
        raise MissionGraphError(f"{file}: [federation] takes services, a list of addresses")
    return tuple(listed)


def toml(file: Path) -> dict[str, Any]:  # Any: TOML
    """Parse a settings file.

    Raises :class:`MissionGraphError` if it cannot be read or has an unknown table.
    """
    try:
        content = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise MissionGraphError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    for name, table in content.items():
        if name not in _TABLES or not isinstance(table, dict):
            known = ", ".join(f"[{known}]" for known in _TABLES)
            raise MissionGraphError(f"{file}: there is no table [{name}], only {known}")
    return content


def _table(file: Path) -> dict[str, Any]:
    return dict(toml(file).get("server", {}))


def _value(field: Field[Any], value: object) -> int | str:
    text = str(value)
    if isinstance(field.default, str):
        return text
    least = field.metadata["least"]
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        kind = "a whole number above 0" if least else "a whole number"
        raise MissionGraphError(f"{PREFIX}{field.name.upper()} is '{text}', not {kind}")
    return int(text)
