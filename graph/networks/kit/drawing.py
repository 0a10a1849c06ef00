"""Holds a picture, which a notebook shows."""

from __future__ import annotations

from pathlib import Path


class Drawing:
    """A picture as SVG, which a notebook shows."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def __repr__(self) -> str:
        return f"<Drawing: {len(self.svg):,} characters of SVG>"

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, target: Path | str) -> Path:
        """Write it as ``.svg`` or ``.png``; returns the path."""
        from missiongraph.networks.output.svg import save

        return save(self.svg, target)
