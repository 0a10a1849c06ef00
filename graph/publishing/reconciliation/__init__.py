"""Matches names against the things of the graph: spellings, properties, candidates."""
