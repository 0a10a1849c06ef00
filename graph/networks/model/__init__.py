"""Represents networks as values, and derives networks from networks."""
