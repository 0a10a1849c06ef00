"""SHACL validation of a whole graph, or of what one change can affect."""

from missiongraph.moved import forwarded

__getattr__ = forwarded(__name__)
