"""Run a command where the folders lie as they are installed: ``graph/`` as ``missiongraph/``.

An editable install maps them by a hook, which mypy, import-linter, grimp and pdoc do not follow;
here they find links. From the root of a checkout: ``python tests/support/layout.py lint-imports``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def laid_out() -> Iterator[Path]:
    """A folder that holds ``missiongraph`` as it is installed, made of links."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "missiongraph")
        package.mkdir()
        beside = [ROOT / name for name in ("server", "ontology", "queries")]
        for path in [*(ROOT / "graph").iterdir(), *beside]:
            (package / path.name).symlink_to(path)
        yield Path(folder)


def environment(folder: Path) -> dict[str, str]:
    """The variables with which Python and mypy look into ``folder`` first."""
    types = os.pathsep.join([str(folder), str(ROOT / "tests")])
    return os.environ | {"PYTHONPATH": str(folder), "MYPYPATH": types}


if __name__ == "__main__":
    with laid_out() as where:
        sys.exit(subprocess.run(sys.argv[1:], env=environment(where), check=False).returncode)
