"""The code keeps to its rooms, and what is written about them is true of it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import pytest
from support.layout import ROOT, environment, laid_out

import missiongraph
from missiongraph import moved, networks
from missiongraph.jobs import runner
from missiongraph.networks.measures.registry import MEASURES
from missiongraph.networks.nx.dispatch import SERVED

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
MODULES = sorted(
    path
    for folder in ("graph", "server")
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts
)
"""Every module of the package."""

LONGEST = 350
"""Lines of a module."""

MOST = 15
"""Modules in a folder, ``__init__.py`` apart."""

HEAVY = ("polars", "networkx", "numba", "networkit")


def name(path: Path) -> str:
    """A path as it is from the root."""
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    """The name by which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    below = parts[1:] if parts[0] == "graph" else parts
    return ".".join(["missiongraph", *below]).removesuffix(".__init__")


@cache
def imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    """All imports of a module, wherever they stand in it."""
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    return [node for node in tree if isinstance(node, ast.Import | ast.ImportFrom)]


def origin(path: Path, node: ast.ImportFrom) -> str:
    """The absolute name of the module that an import takes names from."""
    if not node.level:
        return node.module or ""
    package = module(path).split(".")
    above = len(package) - node.level + (path.name == "__init__.py")
    return ".".join([*package[:above], *([node.module] if node.module else [])])


def imported(path: Path) -> set[str]:
    """The names of all modules that a module imports, or takes names from."""
    names = set[str]()
    for node in imports(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        else:
            source = origin(path, node)
            names |= {source, *(f"{source}.{alias.name}" for alias in node.names)}
    return names


def run(*command: str) -> str:
    """Run a command at the root, where the package is laid out as it is installed; its output."""
    with laid_out() as folder:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- imports


def test_the_layers_hold() -> None:
    run("lint-imports", "--no-cache")


def test_the_pictures_are_not_stale() -> None:
    run(sys.executable, "tests/project/architecture.py", "--check")


def test_only_remote_connects_to_other_machines() -> None:
    clients = ("urllib3", "urllib.request", "http.client", "ssl", "requests")
    found = {
        name(path.parent)
        for path in MODULES
        if path.is_relative_to(ROOT / "graph")
        if any(source.startswith(clients) for source in imported(path))
        or re.search(r"AF_INET|create_connection", path.read_text("utf-8"))
    }
    assert found == {"graph/remote"}


def test_no_module_imports_what_is_private_to_another() -> None:
    found = [
        f"{name(path)}: {source}.{alias.name}"
        for path in MODULES
        for node in imports(path)
        if isinstance(node, ast.ImportFrom)
        if (source := origin(path, node)).startswith("missiongraph")
        for alias in node.names
        if re.match("_(?!_)", alias.name)
    ]
    assert not found


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=name)
def test_a_room_hands_on_no_names_but_for_the_faces(path: Path) -> None:
    faces = {"graph/__init__.py", "graph/networks/__init__.py", "server/__init__.py"}
    faces |= {"graph/remote/__init__.py"}  # RemoteEngine is public
    pages = {"server/pages/__init__.py"}  # lists the pages
    old = {f"graph/{room.replace('.', '/')}/__init__.py" for room in moved.ROOMS}
    if name(path) in old:
        assert "__getattr__ = forwarded(__name__)" in path.read_text("utf-8")
    elif name(path) not in faces | pages:
        assert len(ast.parse(path.read_text("utf-8")).body) == 1, "more than a docstring"


# --- what is loaded


def loaded(code: str) -> set[str]:
    """The modules that running ``code`` in a new interpreter adds to those of a bare one."""
    told = "import sys; before = {*sys.modules}\n" + code + "\nprint(*{*sys.modules} - before)"
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=sys.prefix
    )
    return set(done.stdout.split())


def tops(modules: set[str]) -> set[str]:
    return {each.partition(".")[0] for each in modules}


def test_importing_the_package_is_light() -> None:
    found = loaded("import missiongraph")
    assert len(found) <= 45  # the standard library's among them
    assert tops(found) - {*sys.stdlib_module_names} == {"missiongraph"}


def test_opening_a_graph_loads_no_room_that_it_does_not_need() -> None:
    found = loaded("import missiongraph; missiongraph.open")
    assert not tops(found) & {*HEAVY, "flask", "numpy", "pyshacl"}
    rooms = {each.split(".")[1] for each in found if each.startswith("missiongraph.")}
    assert not rooms & {"isolation", "jobs", "schema", "server", "validation", "writing"}


@pytest.mark.parametrize("program", ["isolation.supervisor", "jobs.runner"])
def test_what_forks_imports_nothing_heavy(program: str) -> None:
    assert not tops(loaded(f"import missiongraph.{program}")) & {*HEAVY}


def test_the_web_application_leaves_compilers_to_jobs() -> None:
    assert not tops(loaded("import missiongraph.server.app")) & {"numba", "polars", "networkit"}


def test_what_the_job_runner_has_ready_starts_no_thread() -> None:
    code = "import importlib, threading; from missiongraph.jobs import runner\n"
    code += "for each in runner._MODULES: importlib.import_module(each)\n"
    code += "assert threading.active_count() == 1"
    assert not tops(loaded(code)) & {"polars", "networkit"}


# --- names in strings


def named_functions() -> Iterator[str]:
    """Every function and module of ours that is named by a string."""
    for measure in MEASURES.values():
        yield f"missiongraph.networks.measures.{measure.module}.{measure.function}"
    for served in SERVED.values():
        yield f"missiongraph.networks.measures.{served.module}.{served.function}"
    yield from (f"{place}.perform" for place in runner.HANDLERS.values())
    yield from runner._MODULES
    project = PROJECT["project"]
    points = [project["scripts"], *project["entry-points"].values()]
    yield from (point.replace(":", ".") for each in points for point in each.values())


def resolves(target: str) -> bool:
    try:
        return resolve_name(target) is not None
    except (ImportError, AttributeError):
        return False


def test_every_name_in_a_string_resolves() -> None:
    assert [target for target in named_functions() if not resolves(target)] == []


@pytest.mark.parametrize("face", [missiongraph, networks], ids=lambda face: str(face.__name__))
def test_a_face_hands_on_every_name_that_it_lists(face: object) -> None:
    listed = vars(face)["__all__"]
    assert {*listed} <= {*vars(face)["_HOMES"], *vars(face)}
    for each in listed:
        assert getattr(face, each) is not None


def test_modules_that_are_run_by_name_are_there() -> None:
    programs = [
        match
        for path in MODULES
        for match in re.findall(r'"-m", "(missiongraph[\w.]*)"', path.read_text("utf-8"))
    ]
    assert len(programs) >= 2
    assert all(find_spec(program) for program in programs)


def test_the_entry_points_are_installed() -> None:
    backends = metadata.entry_points(group="networkx.backends", name="missiongraph")
    assert all(point.load() for point in backends)


# --- sizes


def test_a_folder_holds_few_modules() -> None:
    folders: dict[str, int] = {}
    for path in MODULES:
        if path.name not in ("__init__.py", "__main__.py"):
            folders[name(path.parent)] = folders.get(name(path.parent), 0) + 1
    assert {folder: size for folder, size in folders.items() if size > MOST} == {}


def test_a_module_is_short() -> None:
    lines = {name(path): path.read_text("utf-8").count("\n") for path in MODULES}
    assert {path for path, count in lines.items() if count > LONGEST} == set()


def public_functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def test_a_result_of_any_type_says_why() -> None:
    unexplained = []
    for path in MODULES:
        text = path.read_text("utf-8")
        lines = text.splitlines()
        for function in public_functions(ast.parse(text).body):
            if function.returns is None or function.returns.end_lineno is None:
                continue
            is_any = re.search(r"\bAny\b", ast.get_source_segment(text, function.returns) or "")
            if is_any and "# Any: " not in lines[function.returns.end_lineno - 1]:
                unexplained.append(f"{name(path)}: {function.name}")
    assert unexplained == []


# --- what is written

ROOMS = sorted(
    path
    for path in [*(ROOT / "graph").rglob("README.md"), *(ROOT / "server").rglob("README.md")]
    if path.parent.joinpath("__init__.py").exists() and path.parent != ROOT / "server"
)
"""The READMEs of the rooms."""

PAGES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "graph" / "ARCHITECTURE.md",
    *sorted((ROOT / "graph" / "decisions").glob("*.md")),
    *ROOMS,
]
_PATH = re.compile(
    r"[\w.*-]+(?:/[\w.*-]+)*(?:/|(?<=[\w*])\.(?:cff|csv|html|md|py|rq|toml|ttl|yaml))"
)
_WORD = re.compile(r"[a-z][a-z_0-9]*")


def spans(text: str) -> set[str]:
    """What stands in backticks, outside of blocks, and the paths in blocks."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"`([^`\n]+)`", text))


def is_there(path: str, page: Path) -> bool:
    """Whether a path is one of a file, from the root, a folder of it, or the page."""
    places = (ROOT, page.parent, ROOT / "graph", ROOT / "graph" / "networks", ROOT / "server")
    return any(list(place.glob(path.rstrip("/"))) for place in places)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    paths = {span for span in spans(text) if _PATH.fullmatch(span) and "NAME" not in span}
    links = {
        target.partition("#")[0]
        for target in re.findall(r"\]\(([^)\s]+)\)", text)
        if not re.match("[a-z]+:|#", target)
    }
    missing = {path for path in paths if not is_there(path, page)}
    missing |= {link for link in links if not (page.parent / link).exists()}
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_module_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"\bmissiongraph(?:\.\w+)+\b(?!\.\w)", page.read_text("utf-8"))
    assert [each for each in named if not resolves(each)] == []


@pytest.mark.parametrize("page", ROOMS, ids=name)
def test_a_room_names_modules_that_it_has_and_others_that_there_are(page: Path) -> None:
    text = page.read_text("utf-8")
    start = text.partition("**Start with**")[2].partition("\n\n")[0]
    first = {span for span in spans(start) if _WORD.fullmatch(span)}
    assert {each for each in first if not is_part(page.parent, each)} == set()
    others = {span for span in spans(text) if _WORD.fullmatch(span)} - first
    known = {part for path in MODULES for part in (path.stem, path.parent.name)}
    assert {each for each in others - known if not find_spec(each)} == set()


@pytest.mark.parametrize("folder", ["graph", "graph/networks", "server"])
def test_the_map_of_rooms_is_whole(folder: str) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    row = re.search(rf"^\| \[{folder}/\].*$", text, re.MULTILINE)
    assert row
    rooms = {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}
    assert {span for span in spans(row[0]) if _WORD.fullmatch(span)} == rooms


def test_docstrings_refer_to_what_there_is() -> None:
    wrong = []
    for path in MODULES:
        package = module(path) if path.name == "__init__.py" else module(path).rpartition(".")[0]
        for role, target in re.findall(r":(\w+):`~?([\w.]+)`", path.read_text("utf-8")):
            whole = package + target if target.startswith(".") else target
            if whole.startswith("missiongraph") and not resolves(whole):
                wrong.append(f"{name(path)}: :{role}:`{target}`")
    assert wrong == []


def test_the_citation_is_of_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    stated = dict(re.findall(r"^(version|license): ([^#\n]*[^#\s])", text, re.MULTILINE))
    assert stated["version"] == PROJECT["project"]["version"]
    assert stated["license"] in PROJECT["project"]["license"].split(" AND ")


def is_part(folder: Path, each: str) -> bool:
    return (folder / f"{each}.py").exists() or (folder / each).is_dir()
