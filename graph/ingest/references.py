"""Checks referential integrity: every entity that a table refers to must be described."""

from __future__ import annotations

import pyoxigraph as ox

from missiongraph.errors import BuildError, Fault
from missiongraph.namespaces import ID, RDF, VOCAB
from missiongraph.resources import Inputs

from .mapping import Mapping

_DANGLING = f"""
SELECT ?object WHERE {{
  {{ SELECT DISTINCT ?object WHERE {{
      ?subject ?predicate ?object
      FILTER(isIRI(?object))
      FILTER(STRSTARTS(STR(?object), "{ID}") || STRSTARTS(STR(?object), "{VOCAB}"))
  }} }}
  FILTER NOT EXISTS {{ ?object <{RDF}type> ?class }}
}} ORDER BY ?object
"""
_ADVICE = "is not described anywhere: add it to its table or vocabulary, or correct it"


def check(store: ox.Store, inputs: Inputs) -> None:
    """Check that each entity or concept of ours in the merged graph has a class.

    Raises :class:`BuildError`, with the first cell that refers to each one that has none.
    """
    rows = store.query(_DANGLING)
    assert isinstance(rows, ox.QuerySolutions)
    if dangling := {row["object"].value for row in rows}:
        cells = _cells(dangling, inputs)
        raise BuildError(sorted(cells.get(iri) or _statement(iri, store) for iri in dangling))


def _cells(iris: set[str], inputs: Inputs) -> dict[str, Fault]:
    """The first cell that refers to each of ``iris``, where a table does."""
    first: dict[str, Fault] = {}
    from .tables import find_cells

    for mapping, table in inputs.tables():
        for iri, cell in find_cells(table, Mapping.read(mapping), iris):
            first.setdefault(iri, Fault(cell.file, cell.row, cell.column, cell.value, _ADVICE))
    return first


def _statement(iri: str, store: ox.Store) -> Fault:
    """A statement that refers to ``iri``, for IRIs that come from a mapping or a file."""
    mentions = (
        (quad.graph_name.value, f"{quad.subject} {quad.predicate}")
        for quad in store.quads_for_pattern(None, None, ox.NamedNode(iri))
        if isinstance(quad.graph_name, ox.NamedNode)
    )
    graph, subject = min(mentions)
    return Fault(graph, 0, "", iri, f"of {subject} {_ADVICE}")
