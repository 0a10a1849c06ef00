"""The steps of PageRank, compiled; the same digits as with matrices of scipy and sums of numpy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .compiled import compiled_in_order

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.uint32]  # a signed index costs a test for being below 0
Starts = npt.NDArray[np.uint64]
Ties = tuple[Starts, Places, Floats]

_ROWS = 128  # numbers that numpy adds up in one loop


def walk(
    into: Ties,
    per_strength: Floats,
    ends: npt.NDArray[np.intp],
    stuck: Floats,
    anew: Floats,
    scores: Floats,
    limits: tuple[float, float, float, int],
) -> bool:
    """Walk on from ``scores`` (n), which are changed, until they settle; False if they do not.

    ``into`` is the CSR matrix with a row for each target: starts, columns, strengths.
    ``per_strength`` (n) is the inverse of the strength of each node, 0 for the ``ends``, from which
    the walker continues by ``stuck`` (n); at a restart, by ``anew`` (n). ``limits`` are the
    damping, the change at which to stop, the same as a share of the sum, and the most steps.
    """
    length = np.diff(into[0])
    # a processor foresees the end of a row as long as that before; numba takes long for a sort
    order = np.argsort(length).astype(np.uint64)
    done: bool = _walk(into, (length, order), per_strength, ends, stuck, anew, scores, limits)
    return done


@compiled_in_order
def _walk(
    into: Ties,
    rows: tuple[Starts, Starts],
    per_strength: Floats,
    ends: npt.NDArray[np.intp],
    stuck: Floats,
    anew: Floats,
    scores: Floats,
    limits: tuple[float, float, float, int],
) -> bool:
    """:func:`walk` with the length of each row and their order by it."""
    length, order = rows
    damping, tolerance, rounding, most = limits
    n, before = len(scores), np.inf
    # errors of a sum grow with its terms; steps within them that no longer shrink go round for ever
    longest = 16.0 + length[order[n - 1]]
    share, came = np.empty(n), np.empty(n)
    change, sizes = np.empty(n), np.empty(n)
    for _ in range(most):
        for node in range(n):
            share[node] = scores[node] * per_strength[node]
        left = add_up(scores[ends])
        _gather(into, length, order, share, came)
        for node in range(n):
            new = damping * (came[node] + left * stuck[node]) + (1 - damping) * anew[node]
            change[node], sizes[node] = abs(new - scores[node]), abs(new)
            scores[node] = new
        moved, size = add_up(change), add_up(sizes)
        if not np.isfinite(size):
            return False
        if moved < tolerance or moved <= rounding * size:
            return True
        if before <= moved <= longest * rounding * size:
            return True
        before = moved
    return False


@compiled_in_order
def _gather(
    into: Ties,
    length: Starts,
    order: Starts,
    share: Floats,
    came: Floats,
) -> None:
    """What comes to each node: the product of the matrix and ``share``, four rows at a time."""
    start, other, strength = into
    n, at = len(order), 0
    while at < n:
        one = order[at]
        a = start[one]
        if at + 3 < n and length[order[at + 3]] == length[one]:
            b, c, d = start[order[at + 1]], start[order[at + 2]], start[order[at + 3]]
            w = x = y = z = 0.0
            for place in range(length[one]):
                w += strength[a + place] * share[other[a + place]]
                x += strength[b + place] * share[other[b + place]]
                y += strength[c + place] * share[other[c + place]]
                z += strength[d + place] * share[other[d + place]]
            came[one], came[order[at + 1]] = w, x
            came[order[at + 2]], came[order[at + 3]] = y, z
            at += 4
        else:
            w = 0.0
            for place in range(a, start[one + 1]):
                w += strength[place] * share[other[place]]
            came[one] = w
            at += 1


@compiled_in_order
def add_up(numbers: Floats) -> float:
    """The sum, in pairs as numpy adds: with rounding errors that grow with the logarithm of n."""
    n = len(numbers)
    if n < 8:
        few = 0.0
        for number in numbers:
            few += number
        return few
    if n > _ROWS:
        half = n // 2
        half -= half % 8
        return add_up(numbers[:half]) + add_up(numbers[half:])
    a, b, c, d = numbers[0], numbers[1], numbers[2], numbers[3]
    e, f, g, h = numbers[4], numbers[5], numbers[6], numbers[7]
    whole = n - n % 8
    for at in range(8, whole, 8):
        a, b, c, d = a + numbers[at], b + numbers[at + 1], c + numbers[at + 2], d + numbers[at + 3]
        e, f = e + numbers[at + 4], f + numbers[at + 5]
        g, h = g + numbers[at + 6], h + numbers[at + 7]
    total: float = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for number in numbers[whole:]:
        total += number
    return total
