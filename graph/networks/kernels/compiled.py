"""Compiles functions with numba for this processor and runs them on all cores.

Compiled functions release the GIL, so plain threads run them in parallel. They can be called from
any thread, and no threads remain when the work is done.
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

_FAST: dict[str, Any] = {"fastmath": {"reassoc", "contract", "nsz"}}


def compiled(function: Function) -> Function:
    """Compile ``function`` at its first call and cache the result on disk.

    The cache is in ``$NUMBA_CACHE_DIR``, else in ``__pycache__`` beside the module, or, if the
    package is read-only, in the user's cache folder. If none of these is writable, every process
    compiles again. A change of the module invalidates the cache, a change of another module whose
    functions it calls does not: empty the cache while you edit those.
    """
    return _compiled(function, **_FAST)


def compiled_in_order(function: Function) -> Function:
    """As :func:`compiled`; numbers are added in the order that is written, to the last digit."""
    return _compiled(function)


def _compiled(function: Function, **options: Any) -> Function:
    try:
        return cast(Function, numba.njit(cache=True, nogil=True, **options)(function))
    except RuntimeError:  # no writable cache
        return cast(Function, numba.njit(nogil=True, **options)(function))


def cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(
    function: Callable[[Piece], Result], pieces: Iterable[Piece], *, small: bool = False
) -> Iterator[Result]:
    """Run ``function`` for each of ``pieces`` on all cores; the results come in their order.

    If the work is ``small``, it is done at once: starting threads would take longer.
    """
    if small:
        yield from map(function, pieces)
        return
    with ThreadPoolExecutor(cores()) as pool:
        yield from pool.map(function, pieces)
