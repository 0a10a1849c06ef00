"""Settings of the server as data: name, default and help, the unit in the name.

Each is read from the environment as ``MISSIONGRAPH_<NAME>``, or else from the table
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
    """What an operator may change: texts, and whole numbers above 0, or 0 where that is off."""

    body_megabytes: int = setting(64, "size of the largest request body accepted")
    connections: int = setting(1000, "clients connected at the same time")
    idle_seconds: int = setting(60, "time that a silent connection is kept")
    stop_seconds: int = setting(10, "time that running requests get to end when the server stops")
    dataset_graphs: int = setting(100, "graphs that one request may name as its dataset")
    html_rows: int = setting(500, "rows shown on a result page; downloads hold all")
    cache_megabytes: int = setting(64, "memory for answers that were given before")
    cache_seconds: int = setting(60, "time that clients may keep a page or an answer")
    network_nodes: int = setting(100_000, "nodes of the largest network")
    network_ties: int = setting(2_000_000, "ties of the largest network, and statements of them")
    network_seconds: int = setting(60, "time of one job about a network, its queries included")
    network_megabytes: int = setting(2048, "memory of one such job")
    network_jobs: int = setting(_JOBS, "such jobs at the same time")
    network_queue: int = setting(16, "jobs that may wait for their turn")
    network_wait_seconds: int = setting(
        2, "time that a page, or a request with Prefer: respond-async, waits for its job", 0
    )
    network_waiting: int = setting(32, "requests that may wait for jobs at the same time")
    work_folder: str = setting(
        "",
        "folder for uploads and what jobs make, shared by all processes of one server; else a"
        " temporary one",
    )
    work_megabytes: int = setting(1024, "size of what is in that folder")
    requests_per_minute: int = setting(0, "requests that one client may send; 0: any number", 0)
    proxies: int = setting(0, "reverse proxies in front, whose X-Forwarded headers are true", 0)
    access_log: int = setting(0, "1 logs every request, 0 only what is slow or failed", 0)
    slow_milliseconds: int = setting(5000, "time after which a query is logged; 0: none is", 0)
    security_contact: str = setting("", "address for /.well-known/security.txt, if any")

    @property
    def threads(self) -> int:
        """Threads of the front: one for each request that runs or waits, and some to spare."""
        queries = self.concurrent_queries + self.small_queries + self.queue_length
        return queries + self.queue_length + self.network_waiting + 8

    @property
    def request_seconds(self) -> int:
        """Time from a request's first byte to its answer's last: to wait, to work, to travel."""
        work = max(self.query_seconds, self.write_seconds, self.network_seconds)
        return self.queue_seconds + work + self.idle_seconds

    @property
    def job_seconds(self) -> int:
        """Time that a request waits for a job: its turn, and its work."""
        return self.queue_seconds + self.network_seconds

    @classmethod
    def read(
        cls, file: Path | None = None, environment: Mapping[str, str] = os.environ
    ) -> Settings:
        """Read the settings; raises :class:`MissionGraphError` for a value that is none."""
        given = _table(file) if file else {}
        known = {field.name: field for field in fields(cls)}
        if unknown := sorted(set(given) - set(known)):
            raise MissionGraphError(f"{file}: there is no setting {', '.join(unknown)}")
        given |= {
            name: environment[PREFIX + name.upper()]
            for name in known
            if PREFIX + name.upper() in environment
        }
        values: dict[str, Any] = {n: _value(known[n], value) for n, value in given.items()}
        return cls(**values)


def described() -> list[tuple[str, int | str, str]]:
    """Each setting as (environment variable, default, help)."""
    default = Settings()
    return [
        (PREFIX + f.name.upper(), getattr(default, f.name), f.metadata["help"])
        for f in fields(Settings)
    ]


def services(file: Path | None) -> tuple[str, ...]:
    """The SPARQL services that queries may ask: table ``[federation]`` of a settings file::

        [federation]
        services = ["https://query.example.org/sparql"]

    Whole addresses, as a host may hold more than its endpoint. Raises
    :class:`MissionGraphError` for anything else.
    """
    found = dict(toml(file).get("federation", {})) if file else {}
    listed = found.pop("services", [])
    if found or not (isinstance(listed, list) and all(isinstance(a, str) for a in listed)):
        raise MissionGraphError(f"{file}: [federation] takes services, a list of addresses")
    return tuple(listed)


def toml(file: Path) -> dict[str, Any]:
    """A settings file; raises :class:`MissionGraphError` naming what is wrong with it."""
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
