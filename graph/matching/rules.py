"""Reads the rules of matching, which are data: thresholds, words, legal forms, letters."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Thresholds:
    """Scores from 0 to 1 from which a pair is accepted or proposed; see ``rules.toml``."""

    near: float
    city: float
    margin: float
    proposed: float
    word: float
    place: float
    looked_at: int
    common: int
    letters: int


@dataclass(frozen=True)
class Rules:
    """All that matching knows beside the data, as ``rules.toml`` has it, unfolded."""

    thresholds: Thresholds
    weights: Mapping[str, float]
    stop: tuple[str, ...]
    same: Mapping[str, tuple[str, ...]]
    """Ways to write a word, by what it is called here."""
    telling: tuple[str, ...]
    constitution: tuple[str, ...]
    apart: tuple[tuple[str, str], ...]
    """Families of kinds that are never of one body."""
    families: Mapping[str, str]
    """The family of each kind that has one."""
    with_foundations: tuple[str, ...]
    """Words for bodies that may have a foundation or an association of their own."""
    legal: Mapping[str, tuple[str, ...]]
    """Legal forms by country; ``any`` are those of all."""
    before: tuple[str, ...]
    letters: Mapping[str, str]
    """How letters are written in Latin without marks."""
    places: tuple[tuple[str, ...], ...]
    """Names of one city each."""
    no_places: tuple[str, ...]
    """Words in addresses that are no part of a city's name."""


@cache
def rules() -> Rules:
    """The rules that ship."""
    text = resources.files(__package__).joinpath("rules.toml").read_text("utf-8")
    return _made(tomllib.loads(text))


def _made(content: dict[str, Any]) -> Rules:
    words = content["words"]
    letters = content["letters"]
    return Rules(
        thresholds=Thresholds(**content["thresholds"]),
        weights=content["weights"],
        stop=tuple(words["stop"].split()),
        same={name: tuple(ways.split()) for name, ways in words["same"].items()},
        telling=tuple((words["telling"]["kinds"] + " " + words["telling"]["others"]).split()),
        constitution=tuple(words["constitution"]["words"].split()),
        apart=tuple((one, other) for one, other in content["kinds"]["apart"]),
        families={
            kind: f for f, kinds in content["kinds"]["families"].items() for kind in kinds.split()
        },
        with_foundations=tuple(content["kinds"]["with_foundations"].split()),
        legal={country: tuple(forms) for country, forms in content["legal"].items()},
        before=tuple(content["before"]["phrases"]),
        letters={k: v for script in letters.values() for k, v in script.items()},
        places=tuple(_names(line) for line in content["places"]["same"].splitlines() if line),
        no_places=tuple(content["places"]["left_out"].split()),
    )


def _names(line: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in (line.split(",") if "," in line else line.split()))
