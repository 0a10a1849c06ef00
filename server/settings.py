"""Settings of the server as data: name, default and help, the unit in the name.

Each is read from the environment as ``MISSIONGRAPH_<NAME>``, or else from the table
``[server]`` of a settings file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from missiongraph.errors import MissionGraphError
from missiongraph.limits import Limits, setting

PREFIX = "MISSIONGRAPH_"


@dataclass(frozen=True)
class Settings(Limits):
    """What an operator may change; every value is a whole number above 0."""

    body_megabytes: int = setting(64, "size of the largest request body accepted")
    connections: int = setting(1000, "clients connected at the same time")
    idle_seconds: int = setting(60, "time that a silent connection is kept")
    stop_seconds: int = setting(10, "time that running requests get to end when the server stops")
    dataset_graphs: int = setting(100, "graphs that one request may name as its dataset")
    html_rows: int = setting(500, "rows shown on a result page; downloads hold all")
    cache_megabytes: int = setting(64, "memory for answers that were given before")
    cache_seconds: int = setting(60, "time that clients may keep a page or an answer")

    @property
    def threads(self) -> int:
        """Threads of the front: one for each request that runs or waits, and some to spare."""
        return self.concurrent_queries + self.small_queries + self.queue_length + 8

    @property
    def request_seconds(self) -> int:
        """Time from a request's first byte to its answer's last: to wait, to work, to travel."""
        return self.queue_seconds + max(self.query_seconds, self.write_seconds) + self.idle_seconds

    @classmethod
    def read(
        cls, file: Path | None = None, environment: Mapping[str, str] = os.environ
    ) -> Settings:
        """Read the settings; raises :class:`MissionGraphError` for a value that is none."""
        given = _table(file) if file else {}
        names = {field.name for field in fields(cls)}
        if unknown := sorted(set(given) - names):
            raise MissionGraphError(f"{file}: there is no setting {', '.join(unknown)}")
        given |= {
            name: environment[PREFIX + name.upper()]
            for name in names
            if PREFIX + name.upper() in environment
        }
        return cls(**{name: _number(name, value) for name, value in given.items()})


def described() -> list[tuple[str, int, str]]:
    """Each setting as (environment variable, default, help)."""
    default = Settings()
    return [
        (PREFIX + f.name.upper(), getattr(default, f.name), f.metadata["help"])
        for f in fields(Settings)
    ]


def toml(file: Path) -> dict[str, Any]:
    """A settings file; raises :class:`MissionGraphError` naming what is wrong with it."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise MissionGraphError(f"{file}: {getattr(error, 'strerror', None) or error}") from error


def _table(file: Path) -> dict[str, Any]:
    return dict(toml(file).get("server", {}))


def _number(name: str, value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise MissionGraphError(f"{PREFIX}{name.upper()} is '{text}', not a whole number above 0")
    return int(text)
