"""Draw how the rooms import each other into ``graph/ARCHITECTURE.md``, from the code.

From the root of a checkout: ``python tests/project/architecture.py``; with ``--check`` it only says
whether the page is stale. An arrow means "imports"; arrows that a longer way implies are left out,
and so is what every room may import.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import grimp

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.layout import ROOT, laid_out

PAGE = ROOT / "graph" / "ARCHITECTURE.md"
ROOMS = {  # of each package that is drawn, what is left out
    "missiongraph": {"errors", "limits", "namespaces", "ontology", "queries", "__main__"},
    "missiongraph.networks": set[str](),
    "missiongraph.server": set[str](),
}
_PICTURE = re.compile(r"(?<=^```mermaid\n%% )(\S+)\n.*?(?=^```$)", re.DOTALL | re.MULTILINE)


def arrows(graph: grimp.ImportGraph, package: str) -> set[tuple[str, str]]:
    """The rooms of ``package`` that import each other, without what a longer way implies."""
    rooms = {
        name: {path} | graph.find_descendants(path)
        for path in graph.find_children(package)
        if (name := path.rpartition(".")[2]) not in ROOMS[package]
    }
    room_of = {module: name for name, modules in rooms.items() for module in modules}
    imports = {
        name: {
            room_of[imported]
            for module in modules
            for imported in graph.find_modules_directly_imported_by(module)
            if imported in room_of
        }
        - {name}
        for name, modules in rooms.items()
    }

    def reach(room: str) -> set[str]:
        return imports[room].union(*map(reach, imports[room]))

    return {
        (room, below)
        for room, direct in imports.items()
        for below in direct
        if not any(below in reach(other) for other in direct)
    }


def drawn(page: str) -> str:
    """The page with its pictures drawn anew."""
    with laid_out() as folder:
        sys.path.insert(0, str(folder))
        graph = grimp.build_graph(
            "missiongraph", cache_dir=None, exclude_type_checking_imports=True
        )

    def picture(old: re.Match[str]) -> str:
        lines = [f"  {room} --> {below}\n" for room, below in sorted(arrows(graph, old[1]))]
        return "".join([f"{old[1]}\nflowchart TD\n", *lines])

    return _PICTURE.sub(picture, page)


def main() -> None:
    """Draw the page anew, or check it."""
    page = PAGE.read_text("utf-8")
    anew = drawn(page)
    if "--check" not in sys.argv:
        PAGE.write_text(anew, "utf-8")
    elif anew != page:
        sys.exit(f"{PAGE} is stale: run python tests/project/architecture.py")


if __name__ == "__main__":
    main()
