"""Operations on networks, the same for HTTP, pages and the command line."""

from missiongraph.moved import forwarded

__getattr__ = forwarded(__name__)
