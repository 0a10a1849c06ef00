"""How many examples the usual run of tests tries, where the long one tries all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

LESS = 4
"""By how much the usual run divides the examples of the long one."""

_FEWEST = 6
_long = False


def take_all() -> None:
    """Try as many examples as tests ask for; called before tests are imported."""
    global _long
    _long = True


def be_patient() -> None:
    """Let no example fail for its time: machines are busy, and each test has a ``timeout``."""
    settings.register_profile(
        "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("patient")


def every_third(names: Iterable[str]) -> list[Any]:
    """Parameters of which the usual run takes every third, and the long run all."""
    return [
        name if place % 3 == 0 else pytest.param(name, marks=pytest.mark.long)
        for place, name in enumerate(names)
    ]


def examples(most: int = 100, **more: Any) -> settings:
    """Settings for a property that is worth ``most`` examples in the long run."""
    number = most if _long else max(min(most, _FEWEST), most // LESS)
    return settings(max_examples=number, **more)
