"""How many examples a property is tried with: some each time, many in the long run of tests."""

from __future__ import annotations

from typing import Any

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


def examples(most: int = 100, **more: Any) -> settings:
    """Settings for a property that is worth ``most`` examples in the long run."""
    number = most if _long else max(min(most, _FEWEST), most // LESS)
    return settings(max_examples=number, **more)
