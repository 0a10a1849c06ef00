"""What is built is whole: the wheel and the sdist hold every file and work elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import missiongraph

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FOLDERS: dict[str, str] = PROJECT["tool"]["setuptools"]["package-dir"]
IGNORED = {"__pycache__", ".git", "build", "dist", "node_modules"}
WEB = Path("server", "web")
"""Sources of what is in ``server/static/vendor``: in the sdist, and not installed."""


def project_files() -> Iterator[Path]:
    """Every file of the four folders, relative to the checkout."""
    for folder in FOLDERS.values():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and not IGNORED & set(path.parts):
                yield path.relative_to(ROOT)


def installed_name(path: Path) -> str:
    """Where a file of the checkout lands in site-packages."""
    names = {folder: name.replace(".", "/") for name, folder in FOLDERS.items()}
    return str(Path(names[path.parts[0]], *path.parts[1:]))


def run(*command: str | Path, **environment: str) -> str:
    """Run a command outside the checkout; its output."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=Path(sys.prefix),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the sdist, built from a copy without old build files."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    tests = [path for path in (ROOT / "tests").glob("*.py")]
    for path in [*project_files(), *(p.relative_to(ROOT) for p in [*top, *tests])]:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes((ROOT / path).read_bytes())
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source)
    return out


@pytest.fixture(scope="module")
def elsewhere(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of an empty environment with nothing but the wheel.

    Its dependencies are those of this environment, seen through a path file.
    """
    home = tmp_path_factory.mktemp("elsewhere")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", next(built.glob("*.whl")))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return home / "bin"


def test_packages_are_the_folders_with_an_init() -> None:
    found = {
        ".".join([name, *path.parent.relative_to(ROOT / folder).parts])
        for name, folder in FOLDERS.items()
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert found == set(PROJECT["tool"]["setuptools"]["packages"])


def test_the_wheel_holds_every_file(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    installed = [path for path in project_files() if not path.is_relative_to(WEB)]
    assert {installed_name(path) for path in installed} <= names
    assert not any(name.startswith("missiongraph/server/web/") for name in names)


def test_the_wheel_holds_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}
    version = PROJECT["project"]["version"]
    assert tops == {"missiongraph", f"missiongraph-{version}.dist-info"}


def test_the_sdist_holds_every_file_and_the_tests(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    expected = {str(path) for path in project_files()}
    expected |= {"tests/conftest.py", "README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml"}
    assert expected <= names


def test_the_command_works_elsewhere(elsewhere: Path) -> None:
    version = PROJECT["project"]["version"]
    assert version in run(elsewhere / "missiongraph", "--version")
    where = run(elsewhere / "python", "-c", "import missiongraph; print(missiongraph.__file__)")
    assert Path(where.strip()).is_relative_to(elsewhere.parent)
    listed = json.loads(run(elsewhere / "missiongraph", "queries", "list", "--format", "json"))
    assert len(listed) == len(list((ROOT / "queries").glob("*.rq")))


def test_the_graph_is_built_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    code = "import missiongraph; print(sum(missiongraph.build().counts.values()))"
    built = run(elsewhere / "python", "-c", code, MISSIONGRAPH_CACHE=str(tmp_path))
    assert int(built) == sum(missiongraph.build().counts.values()) > 10_000


SERVED = """
import re
from missiongraph.server import create_app
client = create_app().test_client()
page = client.get("/query", headers={"Accept": "text/html"}).text
for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
    print(address.partition("?")[0], client.get(address).status_code)
"""


def test_what_pages_load_is_served_elsewhere(elsewhere: Path) -> None:
    served = run(elsewhere / "python", "-c", SERVED).splitlines()
    assert "/static/vendor/editor.js 200" in served
    assert all(line.endswith(" 200") for line in served)
