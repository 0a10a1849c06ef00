"""The file of the observations of a dataset's networks, kept beside it.

Light, as the process that forks reads it: what makes the observations starts threads.
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
    "all days; projections by count; PageRank with damping 0.85; communities by Leiden, the best"
    " of seeds 0 to 9; intervals of ranks: each source left out once; "
    + ", ".join(
        f"{name} {version(name)}" for name in ("missiongraph", "networkit", "numpy", "scipy")
    )
)
"""How networks are measured, and with what: no number changes but with a word of it."""

FILE = "networks.nq"
"""The name of the file in a directory that takes writes."""

_SUFFIX = ".networks.nq"


def path_for(data: Path) -> Path:
    """Where the observations of a file are kept."""
    return data.with_suffix(_SUFFIX)


def is_built(data: Path) -> bool:
    """Whether a file is a built dataset in the cache, so that others may stand beside it."""
    return (data.parent / "build.json").exists()


def write(path: Path, fingerprint: str, observations: bytes) -> None:
    """Write the observations of the data called ``fingerprint``, whole or not at all."""
    with replacing(path) as file:
        file.write(f"{_head(fingerprint)} {digest(observations)}\n".encode())
        file.write(observations)


def read_digest(path: Path, fingerprint: str) -> str:
    """The digest of the observations that are kept of these data; nothing if there are none.

    Those that are not as they were written count as none: they can be made anew.
    """
    try:
        with path.open("rb") as file:
            head, _, found = file.readline().decode().rstrip().rpartition(" ")
            is_whole = head == _head(fingerprint) and digest(file.read()) == found
    except (OSError, UnicodeDecodeError):
        return ""
    return found if is_whole else ""


def digest(observations: bytes) -> str:
    """What tells some observations from others: eight digits of their SHA-256."""
    return hashlib.sha256(observations).hexdigest()[:8]


def stale_digest(digest: str) -> str:
    """What tells observations that are marked as stale from the same ones before."""
    return hashlib.sha256(f"{digest} stale".encode()).hexdigest()[:8]


def state_name(fingerprint: str, digest: str) -> str:
    """The state of data with observations."""
    return f"{fingerprint}-{digest}" if digest else fingerprint


def add(store: ox.Store, path: Path) -> None:
    """Load kept observations, also into the default graph, which holds what all graphs say."""
    data = path.read_bytes()
    end = f" <{NETWORKS_GRAPH}> .\n".encode()
    # lenient, as we wrote them ourselves: a third faster
    store.bulk_load(data, ox.RdfFormat.N_QUADS, lenient=True)
    store.bulk_load(data.replace(end, b" .\n"), ox.RdfFormat.N_TRIPLES, lenient=True)


def without(store: ox.Store) -> ox.Store:
    """A copy of a store without the observations, wherever they stand."""
    graph = ox.NamedNode(NETWORKS_GRAPH)
    observed = {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}
    copy = ox.Store()
    copy.bulk_extend(quad for quad in store if quad.triple not in observed)
    return copy


def _head(fingerprint: str) -> str:
    """What the observations depend on: data, definitions of networks and settings."""
    folder = Path(str(resources.files("missiongraph.queries"))) / "networks"
    definitions = [path.read_text("utf-8") for path in sorted(folder.glob("*.rq"))]
    key = hashlib.sha256("\0".join([SETTINGS, *definitions]).encode()).hexdigest()[:16]
    return f"# networks {fingerprint} {key}"
