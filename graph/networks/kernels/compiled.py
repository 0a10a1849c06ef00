"""Functions that numba compiles for this processor, and their work spread over all cores.

Compiled functions let go of Python's lock, so plain threads run them side by side: safe to call
from any thread, and no threads are left when the work is done.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
Piece = TypeVar("Piece")
Result = TypeVar("Result")

TOLERANCE = 1e-10
"""Lengths that differ by no more than this share of them are equal: 1/3 + 1/6 is 1/2."""

_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": {"reassoc", "contract", "nsz"}}


def compiled(function: Function) -> Function:
    """Compile ``function`` when it is first called, and keep the result on the disk.

    It is kept in ``$NUMBA_CACHE_DIR``, else in ``__pycache__`` beside the module, else, where
    the package cannot be written, in the user's cache folder. Where none of them can be
    written, every process compiles anew. A change of the module is noticed, one of another
    module whose functions it calls is not: while you change those, empty the cache.
    """
    try:
        return cast(Function, numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:  # nowhere to keep it
        return cast(Function, numba.njit(**_OPTIONS)(function))


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(function: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """The results of ``function`` for each of ``pieces``, in their order, whatever the cores."""
    with ThreadPoolExecutor(cores()) as pool:
        yield from pool.map(function, pieces)
