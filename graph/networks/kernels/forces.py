"""Moves the nodes of a drawing by the forces between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiled import compiled


@compiled
def settle(
    places: Any, starts: Any, others: Any, pull: Any, mass: Any, steps: int, reach: float
) -> None:
    """Move ``places`` by force over mass, at first by no more than ``reach``, then ever less."""
    n = len(places)
    force = np.empty_like(places)
    for step in range(steps):
        force[:] = 0.0
        for a in range(n):
            for b in range(a):
                x, y = places[a, 0] - places[b, 0], places[a, 1] - places[b, 1]
                push = 1.0 / (x * x + y * y + 1e-9)
                force[a, 0] += mass[b] * push * x
                force[a, 1] += mass[b] * push * y
                force[b, 0] -= mass[a] * push * x
                force[b, 1] -= mass[a] * push * y
        limit = reach * (1.0 - step / steps)
        for a in range(n):
            x, y = 0.0, 0.0
            for tie in range(starts[a], starts[a + 1]):
                b = others[tie]
                x += pull[tie] * (places[b, 0] - places[a, 0])
                y += pull[tie] * (places[b, 1] - places[a, 1])
            x = force[a, 0] + x / mass[a] - places[a, 0]
            y = force[a, 1] + y / mass[a] - places[a, 1]
            length = np.sqrt(x * x + y * y)
            slowed = min(1.0, limit / (length + 1e-12))
            force[a, 0], force[a, 1] = x * slowed, y * slowed
        places += force
