"""Make the reference of the Python API from docstrings, and check that every link in it resolves.

From the root of a checkout: ``python tests/support/layout.py python tests/project/reference.py``
writes it to ``build/reference/``; needs ``pip install '.[docs]'``.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import unquote, urldefrag, urlsplit

import pdoc.render

import missiongraph
from missiongraph import networks

ROOT = Path(__file__).parents[2]


class _Page(HTMLParser):
    """The links of a page, and the places in it that links may name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag links to and what it is called."""
        for name, value in attrs:
            if name == "href" and value and not urlsplit(value).scheme:
                self.links.add(value)
            elif name == "id" and value:
                self.places.add(value)


def make(folder: Path) -> list[str]:
    """Write the pages of the library to ``folder``; the links that lead nowhere."""
    for face in (missiongraph, networks):  # whose __all__ names no rooms, and pdoc follows that
        rooms = {found.name for found in iter_modules(face.__path__)} - {"server", "__main__"}
        vars(face)["__all__"] += sorted(rooms)
    pdoc.render.configure(docformat="restructuredtext", show_source=False)
    pdoc.pdoc("missiongraph", output_directory=folder)
    pages = {path.resolve(): _Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}
    broken = []
    for path, page in pages.items():
        for link in sorted(page.links):
            address, place = urldefrag(link)
            if place.startswith("_"):
                continue  # pdoc leaves out a private class and links to it as a base
            target = pages.get((path.parent / address).resolve() if address else path)
            if target is None or unquote(place) not in target.places:
                broken.append(f"{path.relative_to(folder.resolve())}: {link}")
    return broken


if __name__ == "__main__":
    sys.exit("\n".join(make(ROOT / "build" / "reference")) or 0)
