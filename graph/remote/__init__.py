"""Queries SPARQL services on other machines; no other room opens connections to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import RemoteEngine

__all__ = ["RemoteEngine"]


def __getattr__(name: str) -> Any:
    if name == "RemoteEngine":
        from .engine import RemoteEngine

        return RemoteEngine
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
