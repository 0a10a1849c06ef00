"""Stores the observations of a dataset's networks in a file beside it.

It imports little, as it is used in the process that forks: computing observations starts threads.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import pyoxigraph as ox

from missiongraph.namespaces import NETWORKS_GRAPH
from missiongraph.resources import version
from missiongraph.system.files import replacing

SETTINGS = (
    "all days; projections by the method of their query; PageRank with damping 0.85; communities"
    " by Leiden, the best of seeds 0 to 9; intervals of ranks: each source left out once; "
    + ", ".join(
        f"{name} {version(name)}" for name in ("missiongraph", "networkit", "numpy", "scipy")
    )
)
"""The settings and software versions of the measures; numbers change only if these do."""

FILE = "networks.nq"
"""The name of the file in the directory of a writable graph."""

_SUFFIX = ".networks.nq"


def path_for(data: Path) -> Path:
    """The file with the observations of a data file."""
    return data.with_suffix(_SUFFIX)


def is_built(data: Path) -> bool:
    """Whether a file is a built dataset in the cache, so that other files may be put beside it."""
    return (data.parent / "build.json").exists()


def write(path: Path, fingerprint: str, observations: bytes) -> None:
    """Write the observations of the data ``fingerprint``, completely or not at all."""
    with replacing(path) as file:
        file.write(f"{_head(fingerprint)} {digest(observations)}\n".encode())
        file.write(observations)


def read_digest(path: Path, fingerprint: str) -> str:
    """The digest of the stored observations of this data; empty if there are none.

    Damaged ones count as none, as they can be computed again.
    """
    try:
        with path.open("rb") as file:
            head, _, expected = file.readline().decode().rstrip().rpartition(" ")
            is_whole = head == _head(fingerprint) and digest(file.read()) == expected
    except (OSError, UnicodeDecodeError):
        return ""
    return expected if is_whole else ""


def digest(observations: bytes) -> str:
    """Identifies observations: the first eight digits of their SHA-256."""
    return hashlib.sha256(observations).hexdigest()[:8]


def stale_digest(digest: str) -> str:
    """The digest of the same observations after they were marked as stale."""
    return hashlib.sha256(f"{digest} stale".encode()).hexdigest()[:8]


def state_name(fingerprint: str, digest: str) -> str:
    """The name of the state of data with observations."""
    return f"{fingerprint}-{digest}" if digest else fingerprint


def add(store: ox.Store, path: Path) -> None:
    """Load stored observations, also into the default graph, the union of all graphs."""
    data = path.read_bytes()
    end = f" <{NETWORKS_GRAPH}> .\n".encode()
    # lenient is a third faster, and safe as we wrote the file ourselves
    store.bulk_load(data, ox.RdfFormat.N_QUADS, lenient=True)
    store.bulk_load(data.replace(end, b" .\n"), ox.RdfFormat.N_TRIPLES, lenient=True)


def without(store: ox.Store) -> ox.Store:
    """A copy of a store without the observations, in all graphs."""
    graph = ox.NamedNode(NETWORKS_GRAPH)
    observed = {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}
    copy = ox.Store()
    copy.bulk_extend(quad for quad in store if quad.triple not in observed)
    return copy


def _head(fingerprint: str) -> str:
    """The header, with all that observations depend on."""
    return f"# networks {fingerprint} {key()}"


def key() -> str:
    """Identifies what observations depend on besides the data: network definitions, settings."""
    folder = Path(str(resources.files("missiongraph.queries"))) / "networks"
    definitions = [path.read_text("utf-8") for path in sorted(folder.glob("*.rq"))]
    return hashlib.sha256("\0".join([SETTINGS, *definitions]).encode()).hexdigest()[:16]
