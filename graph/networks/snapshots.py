"""Snapshots: the ties of a network as they were read, kept by the state of the data."""

from __future__ import annotations

from ..engine import Engine
from .definition import NetworkQuery
from .ties import Ties, read


def ties(engine: Engine, query: NetworkQuery) -> Ties:
    """The ties that ``query`` finds."""
    return read(engine, query)
