"""Backbones: the ties of a network that are more than chance."""

from __future__ import annotations

from .network import Network


def disparity(network: Network, level: float) -> Network:
    """The ties that are significant at ``level`` (Serrano, Boguñá & Vespignani 2009)."""
    raise NotImplementedError
