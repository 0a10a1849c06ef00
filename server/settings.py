"""Settings of the server as data: name, default and help, the unit in the name.

Each is read from the environment as ``MISSIONGRAPH_<NAME>``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from missiongraph.errors import MissionGraphError

PREFIX = "MISSIONGRAPH_"


def _setting(default: int, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Settings:
    """What an operator may change; every value is a whole number above 0."""

    threads: int = _setting(4, "requests answered at the same time")
    stop_seconds: int = _setting(10, "time that running requests get to end when the server stops")
    query_characters: int = _setting(65_536, "length of the longest query accepted")
    body_bytes: int = _setting(262_144, "size of the largest request body accepted")
    dataset_graphs: int = _setting(100, "graphs that one request may name as its dataset")
    html_rows: int = _setting(500, "rows shown on a result page; downloads hold all")
    cache_seconds: int = _setting(60, "time that clients may keep a page or an answer")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings; raises :class:`MissionGraphError` for a value that is none."""
        return cls(**{f.name: _read(f, environment) for f in fields(cls)})


def described() -> list[tuple[str, int, str]]:
    """Each setting as (environment variable, default, help)."""
    default = Settings()
    return [
        (PREFIX + f.name.upper(), getattr(default, f.name), f.metadata["help"])
        for f in fields(Settings)
    ]


def _read(setting: Field[Any], environment: Mapping[str, str]) -> int:
    name = PREFIX + setting.name.upper()
    text = environment.get(name, str(setting.default))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise MissionGraphError(f"{name} is '{text}', not a whole number above 0")
    return int(text)
