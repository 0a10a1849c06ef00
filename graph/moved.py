"""Old module names, for one release: importing one gives the new module and a warning."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader as _Loader
else:
    _Loader = object  # the import of importlib.abc takes as long as all of ours

_ROOT = __name__.rpartition(".")[0]

MOVED = {
    "admission": "isolation.admission",
    "anchor": "writing.anchor",
    "answers": "remote.conversion",
    "base": "writing.base_file",
    "beyond": "rdf.rdf12",
    "building": "ingest.build",
    "cache": "system.user_cache",
    "call": "isolation.worker_client",
    "carrying": "rdf.representable",
    "catalogue": "publishing.dataset",
    "cells": "ingest.casts",
    "change": "rdf.changes",
    "checking": "jobs.validate_upload",
    "committer": "isolation.committer",
    "credentials": "remote.credentials",
    "csvresults": "sparql.csv_results",
    "dataset": "sparql.dataset_clause",
    "directory": "writing.directory",
    "dispatch": "networks.nx.dispatch",
    "dumps": "publishing.dumps",
    "engine": "sparql.engine",
    "errand": "jobs.client",
    "export": "rdf.export",
    "federation": "remote.federation",
    "fetching": "remote.copy",
    "files": "system.files",
    "forms": "writing.multipart",
    "gate": "validation.incremental",
    "guard": "remote.egress",
    "hygiene": "schema.lint",
    "info": "publishing.statistics",
    "inputs": "resources",
    "isolated": "isolation.engine",
    "journal": "writing.journal",
    "jsonld": "rdf.json_ld",
    "keeper": "isolation.supervisor",
    "keeping": "system.daemon",
    "kernel": "system.sandbox",
    "library": "sparql.library",
    "literals": "rdf.literals",
    "mapper": "ingest.convert",
    "mapping": "ingest.mapping",
    "nesting": "rdf.nesting",
    "networks.around": "networks.operations.neighbourhood",
    "networks.backbone": "networks.model.backbone",
    "networks.backend": "networks.nx.backend",
    "networks.betweenness": "networks.measures.betweenness",
    "networks.bits": "networks.kernels.multi_source_bfs",
    "networks.brandes": "networks.kernels.brandes",
    "networks.brokerage": "networks.analysis.brokerage",
    "networks.centrality": "networks.measures.ranking",
    "networks.cohesion": "networks.measures.cohesion",
    "networks.communities": "networks.analysis.communities",
    "networks.compiled": "networks.kernels.compiled",
    "networks.components": "networks.measures.components",
    "networks.conversion": "networks.model.foreign_graphs",
    "networks.cores": "networks.kernels.k_core",
    "networks.cube": "networks.observations.cube",
    "networks.days": "networks.model.days",
    "networks.definition": "networks.model.definition",
    "networks.degrees": "networks.measures.degree",
    "networks.distance": "networks.measures.distance",
    "networks.drawing": "networks.extract.construct",
    "networks.drawn": "networks.operations.loaded",
    "networks.export": "networks.output.writers",
    "networks.filing": "networks.operations.network_file",
    "networks.finding": "networks.operations.lookup",
    "networks.found": "networks.operations.result",
    "networks.graphs": "networks.nx.graphs",
    "networks.graphxml": "networks.output.graph_xml",
    "networks.holes": "networks.measures.structural_holes",
    "networks.labels": "networks.extract.attributes",
    "networks.layout": "networks.output.layout",
    "networks.links": "networks.analysis.link_prediction",
    "networks.listing": "networks.model.columns",
    "networks.markup": "networks.output.xml",
    "networks.mixing": "networks.analysis.mixing",
    "networks.network": "networks.model.network",
    "networks.nullmodel": "networks.analysis.null_models",
    "networks.parameters": "networks.operations.parameters",
    "networks.partition": "networks.model.partition",
    "networks.paths": "networks.measures.paths",
    "networks.picture": "networks.operations.picture",
    "networks.placing": "networks.output.label_placement",
    "networks.plot": "networks.output.svg",
    "networks.projection": "networks.model.projection",
    "networks.reading": "networks.model.convert",
    "networks.resilience": "networks.analysis.resilience",
    "networks.rewiring": "networks.kernels.rewiring",
    "networks.sampled": "networks.measures.sampled_betweenness",
    "networks.sampling": "networks.kernels.path_sampling",
    "networks.slices": "networks.extract.time_slices",
    "networks.snapshots": "networks.extract.tie_cache",
    "networks.spectral": "networks.measures.spectral",
    "networks.spells": "networks.extract.spells",
    "networks.ties": "networks.extract.ties",
    "networks.triangles": "networks.kernels.triangles",
    "networks.twomode": "networks.measures.two_mode",
    "networks.uncertainty": "networks.analysis.rank_robustness",
    "networks.weights": "networks.model.weights",
    "observer": "isolation.refresher",
    "ontologies": "schema.documents",
    "opening": "writing.opening",
    "operations": "writing.update_parser",
    "overheard": "system.child_stderr",
    "parameters": "sparql.bindings",
    "patch": "writing.patch",
    "patterns": "validation.query_patterns",
    "permission": "writing.permission",
    "portrait": "publishing.entity",
    "preconditions": "writing.preconditions",
    "progress": "publishing.progress",
    "published": "networks.observations.archive",
    "rdflibstore": "sparql.rdflib_store",
    "rdfxml": "rdf.rdf_xml",
    "reach": "validation.affected",
    "references": "ingest.references",
    "releases": "schema.versioning",
    "removed": "publishing.tombstones",
    "results": "sparql.results",
    "roster": "publishing.roster",
    "schemaorg": "publishing.schemaorg",
    "scope": "rdf.blank_nodes",
    "scratch": "system.scratch",
    "screening": "sparql.screening",
    "search": "publishing.search",
    "serialising": "rdf.serialization",
    "service": "remote.http_client",
    "shacl": "validation.shacl",
    "spans": "publishing.time_spans",
    "steps": "validation.automaton",
    "store": "rdf.store",
    "syntax": "sparql.scanner",
    "tables": "ingest.tables",
    "templates": "writing.quad_templates",
    "terms": "schema.terms",
    "things": "publishing.description",
    "turtle": "schema.turtle",
    "update": "writing.update",
    "versions": "writing.graph_versions",
    "view": "rdf.rdflib_view",
    "watch": "system.watched_file",
    "watching": "isolation.status",
    "wire": "system.framing",
    "worker": "isolation.worker",
    "workshop": "jobs.runner",
    "writes": "writing.attempt",
}
"""Module names of release 0.1 and their new names, both below ``missiongraph``."""

ROOMS = {
    "networks.measures": "registry",
    "networks.operations": "registry",
    "validation": "shapes",
}
"""Modules of release 0.1 that are packages now, and the module in each that has their names."""


def forwarded(package: str) -> Callable[[str], object]:
    """The ``__getattr__`` of such a package: names of the old module, each with a warning."""

    def get(name: str) -> object:
        new = f"{package}.{ROOMS[package.partition('.')[2]]}"
        if name.startswith("_") or not hasattr(module := import_module(new), name):
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        told = f"{package}.{name} is now {new}.{name}"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return getattr(module, name)

    return get


NAMES = {
    "engine.LocalEngine": "sparql.local.LocalEngine",
    "gate.Gate": "validation.incremental.IncrementalValidator",
    "networks.drawing.draw": "networks.extract.construct.build_network",
    "networks.network.from_networkx": "networks.model.convert.from_networkx",
}
"""Names that did not move with their module."""


def _parted(old: str, names: dict[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of a module some of whose names have moved elsewhere."""

    def get(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module '{_ROOT}.{old}' has no attribute '{name}'")
        module, _, new = f"{_ROOT}.{names[name]}".rpartition(".")
        told = f"{_ROOT}.{old}.{name} is now {module}.{new}"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return getattr(import_module(module), new)

    return get


class _Finder(_Loader):
    """Finds modules by their old names; runs last, when no module of the name exists."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, old = fullname.partition(".")
        return ModuleSpec(fullname, self) if root == _ROOT and old in MOVED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        new = f"{_ROOT}.{MOVED[spec.name.removeprefix(_ROOT + '.')]}"
        warnings.warn(f"{spec.name} is now {new}", DeprecationWarning, stacklevel=2)
        module = import_module(new)
        old = spec.name.removeprefix(_ROOT + ".")
        parted = {k.rpartition(".")[2]: v for k, v in NAMES.items() if k.rpartition(".")[0] == old}
        if parted:
            vars(module).setdefault("__getattr__", _parted(old, parted))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # the import system has replaced the module's spec with that of the old name
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def follow() -> None:
    """Make the old names importable; a second call has no effect."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
