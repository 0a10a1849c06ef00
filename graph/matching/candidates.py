"""Finds, for each name, the names of another dataset that it may be: same country, rare words.

Names are rows of a sparse matrix whose columns are the words of a country, and the beginnings of
longer ones. The product of two such matrices says which names share what; the names that share most
are compared in full.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .names import Name
from .rules import rules

_BEGINNING = 5  # letters of a word that an inflected or misspelt one shares with it
_BEHIND = 0.5  # the share of what the likest name shares that another has to share
_ROWS = 4_000  # names that are looked up at once

Places = npt.NDArray[np.int32]
Shares = npt.NDArray[np.float32]


def features(name: Name, country: str) -> set[str]:
    """What a name is found by."""
    beginnings = {f"{word[:_BEGINNING]}…" for word in name.words if len(word) > _BEGINNING}
    return {f"{country} {word}" for word in beginnings.union(name.words)}


class Index:
    """The names of a dataset, each with its country, for finding those like another."""

    def __init__(self, names: Sequence[tuple[Name, str]]) -> None:
        thresholds = rules().thresholds
        held = [features(name, country) for name, country in names]
        times = Counter(feature for each in held for feature in each)
        rare = (feature for feature, number in times.items() if number <= thresholds.common)
        self._columns = {feature: at for at, feature in enumerate(rare)}
        most = math.log(1 + len(names))
        self._weights = {f: most - math.log(times[f]) for f in self._columns}
        matrix = self._matrix(held)
        norms = np.sqrt(matrix.multiply(matrix).sum(axis=1))
        scale = sparse.diags_array(1 / np.maximum(np.asarray(norms).ravel(), 1e-9))
        self._names = (scale @ matrix).T.tocsr()
        self._most = thresholds.looked_at

    def _matrix(self, held: Iterable[set[str]]) -> sparse.csr_array:
        columns: list[int] = []
        weights: list[float] = []
        ends = [0]
        for each in held:
            known = [feature for feature in each if feature in self._columns]
            columns += map(self._columns.__getitem__, known)
            weights += map(self._weights.__getitem__, known)
            ends.append(len(columns))
        parts = (np.array(weights, np.float32), np.array(columns, np.int32), np.array(ends))
        return sparse.csr_array(parts, shape=(len(ends) - 1, max(1, len(self._columns))))

    def find(self, names: Sequence[tuple[Name, str]]) -> Iterator[list[int]]:
        """The places of the names that are likest each of ``names``, in the order of these."""
        for start in range(0, len(names), _ROWS):
            some = self._matrix(features(n, country) for n, country in names[start : start + _ROWS])
            shared = (some @ self._names).tocsr()
            for row in range(shared.shape[0]):
                begin, end = shared.indptr[row], shared.indptr[row + 1]
                yield self._likest(shared.indices[begin:end], shared.data[begin:end])

    def _likest(self, places: Places, shares: Shares) -> list[int]:
        """The places with the greatest shares, none of them far behind the first."""
        if len(places) > self._most:
            best = np.argpartition(shares, -self._most)[-self._most :]
            places, shares = places[best], shares[best]
        near = shares >= _BEHIND * shares.max(initial=0)
        return [int(place) for place in sorted(places[near])]
