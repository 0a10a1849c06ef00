"""Scores for each node, and the ranking by scores."""

from missiongraph.moved import forwarded

__getattr__ = forwarded(__name__)
