"""The files that ship in the package and go into a build, and the package's version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from .errors import BuildError, Fault


@dataclass(frozen=True)
class Inputs:
    """The input folders of a dataset build."""

    data: Path
    mappings: Path
    rules: Path
    ontology: Path

    @classmethod
    def shipped(cls) -> Inputs:
        """The curated tables, mappings, rules and ontology of this package."""
        package = Path(str(resources.files("missiongraph")))
        ontology = Path(str(resources.files("missiongraph.ontology")))
        return cls(package / "data", package / "mappings", package / "rules", ontology)

    def tables(self) -> list[tuple[Path, Path]]:
        """Pairs of mapping and table; raises :class:`BuildError` where a table is missing."""
        mappings = sorted(self.mappings.glob("*.rq"))
        pairs = [(path, self.data / f"{path.stem}.csv") for path in mappings]
        if missing := [table.name for _, table in pairs if not table.exists()]:
            reason = "the table is missing, but there is a mapping for it"
            raise BuildError([Fault(name, 1, "", "", reason) for name in missing])
        return pairs

    def ontologies(self) -> list[Path]:
        """The ontology and its alignments; shapes and examples are not part of the graph."""
        paths = [*self.ontology.glob("*.ttl"), *self.ontology.glob("alignments/*.ttl")]
        return sorted(path for path in paths if not path.stem.startswith("shapes"))

    def vocabularies(self) -> list[Path]:
        """The concept schemes."""
        return sorted(self.ontology.glob("vocabularies/*.ttl"))

    def rule_files(self) -> list[Path]:
        """The rules, sorted by name, which is the order in which they run."""
        return sorted(self.rules.glob("*.rq"))

    def key(self) -> str:
        """A SHA-256 of all input files and versions that the built bytes depend on."""
        tables = [path for pair in self.tables() for path in pair]
        files = [*tables, *self.ontologies(), *self.vocabularies(), *self.rule_files()]
        versions = f"{version('missiongraph')} {version('pyoxigraph')}"
        return _hash([versions.encode(), *(part for f in files for part in _parts(f))])


def version(package: str) -> str:
    """The installed version of a package; ``0`` if it is not installed."""
    from importlib import metadata  # slow to import

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "0"


def _parts(path: Path) -> tuple[bytes, bytes]:
    return path.name.encode(), path.read_bytes()


def _hash(parts: Iterable[bytes]) -> str:
    """The hash of the parts' hashes, so that ``[ab, c]`` differs from ``[a, bc]``."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
