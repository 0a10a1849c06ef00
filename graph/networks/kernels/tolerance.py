"""When two lengths of paths count as equal."""

TOLERANCE = 1e-10
"""Largest relative difference of lengths that count as equal: 1/3 + 1/6 is 1/2."""
