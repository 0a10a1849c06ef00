"""The inputs of a build: which tables, mappings, vocabularies and rules there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

from .errors import BuildError, Fault


@dataclass(frozen=True)
class Inputs:
    """The folders that a dataset is built from."""

    data: Path
    mappings: Path
    rules: Path
    ontology: Path

    @classmethod
    def shipped(cls) -> Inputs:
        """The curated tables, mappings and rules of this package, and its ontology."""
        package = Path(str(resources.files("missiongraph")))
        ontology = Path(str(resources.files("missiongraph.ontology")))
        return cls(package / "data", package / "mappings", package / "rules", ontology)

    def tables(self) -> list[tuple[Path, Path]]:
        """Each mapping with the table of the same name; raises :class:`BuildError`."""
        mappings = sorted(self.mappings.glob("*.rq"))
        pairs = [(path, self.data / f"{path.stem}.csv") for path in mappings]
        if missing := [table.name for _, table in pairs if not table.exists()]:
            reason = "there is no such table, yet there is a mapping for it"
            raise BuildError([Fault(name, 1, "", "", reason) for name in missing])
        return pairs

    def ontologies(self) -> list[Path]:
        """The ontology and its alignments; shapes and examples are no part of the graph."""
        found = [*self.ontology.glob("*.ttl"), *self.ontology.glob("alignments/*.ttl")]
        return sorted(path for path in found if not path.stem.startswith("shapes"))

    def vocabularies(self) -> list[Path]:
        """The concept schemes."""
        return sorted(self.ontology.glob("vocabularies/*.ttl"))

    def rule_files(self) -> list[Path]:
        """The rules in the order in which they run."""
        return sorted(self.rules.glob("*.rq"))

    def key(self) -> str:
        """A hash of everything that the built bytes depend on."""
        tables = [path for pair in self.tables() for path in pair]
        files = [*tables, *self.ontologies(), *self.vocabularies(), *self.rule_files()]
        versions = f"{version('missiongraph')} {version('pyoxigraph')}"
        return _hash([versions.encode(), *(part for f in files for part in _parts(f))])


def version(package: str) -> str:
    """The installed version of a package; of a bare checkout, ``0``."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "0"


def _parts(path: Path) -> tuple[bytes, bytes]:
    return path.name.encode(), path.read_bytes()


def _hash(parts: Iterable[bytes]) -> str:
    """Of the parts' own hashes, so that no two lists of parts run together."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
