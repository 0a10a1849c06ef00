"""Describes an operation on a network: what it says, its parameters and its formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .network_file import File
from .parameters import Parameter
from .picture import Picture
from .result import CSV, JSON, PARQUET, Result


@dataclass(frozen=True)
class Operation:
    """An operation on a network.

    ``run`` takes a :class:`~.loaded.LoadedNetwork` and the ``parameters``; its result can be
    encoded in the ``formats``, which are media types, the default first.
    """

    says: str
    run: Callable[..., Result | File | Picture]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    formats: Sequence[str] = (JSON, CSV, PARQUET)
