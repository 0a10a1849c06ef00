"""The IRIs that MissionGraph coins, and the prefixes of its files.

All IRIs share one base: ``…/ontology#Term``, ``…/vocab/<scheme>/<notation>``,
``…/id/<kind>/<slug>`` and ``…/graph/…``.
"""

from __future__ import annotations

BASE = "https://w3id.org/missiongraph/"
ONTOLOGY = BASE + "ontology"
MOI = ONTOLOGY + "#"
SHAPES = BASE + "shapes#"
VOCAB = BASE + "vocab/"
ID = BASE + "id/"
GRAPH = BASE + "graph/"
NETWORK = BASE + "network/"
QUERY = BASE + "query/"

SOURCE_ID = ID + "source/"
SOURCE_GRAPH = GRAPH + "source/"
FILE_GRAPH = GRAPH + "file/"
INFERRED_GRAPH = GRAPH + "inferred"
NETWORKS_GRAPH = GRAPH + "networks"
ONTOLOGY_GRAPH = GRAPH + "ontology"
VOCABULARIES_GRAPH = GRAPH + "vocabularies"

KINDS = frozenset(
    {
        "agency",
        "amount",
        "award",
        "challenge",
        "challenge-prize",
        "change",
        "check",
        "contribution",
        "coverage",
        "event",
        "goal",
        "indicator",
        "instrument",
        "local-mission",
        "membership",
        "mission",
        "mission-framework",
        "observation",
        "organisation",
        "participation",
        "partnership",
        "person",
        "post",
        "practice",
        "programme",
        "project",
        "result",
        "source",
        "strategy",
        "target",
        "treaty",
    }
)
"""The allowed values of ``<kind>`` in ``…/id/<kind>/<slug>``."""

INITIATIVES = {
    "mission": "Mission",
    "mission-framework": "MissionFramework",
    "local-mission": "LocalMission",
    "programme": "Programme",
    "challenge-prize": "ChallengePrize",
    "strategy": "Strategy",
    "agency": "Agency",
    "treaty": "Treaty",
}
"""The kinds of initiatives but projects, each with its class in the ontology."""

SLUG = "[a-z0-9]+(?:-{1,2}[a-z0-9]+)*"
"""Regular expression of a slug: a stable ASCII key."""

CODE = "[A-Za-z0-9._-]+"
"""Regular expression of the notation of a concept."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCTERMS = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
ORG = "http://www.w3.org/ns/org#"
PROV = "http://www.w3.org/ns/prov#"
QB = "http://purl.org/linked-data/cube#"
SKOS = "http://www.w3.org/2004/02/skos/core#"

PREFIXES = {
    "moi": MOI,
    "dcterms": DCTERMS,
    "foaf": FOAF,
    "org": ORG,
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": PROV,
    "qb": QB,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "xsd": XSD,
}
"""The prefixes declared in files that MissionGraph writes."""


def short(iri: str) -> str:
    """An IRI shortened by :data:`PREFIXES`; unchanged if none fits."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def source_graph(source: str) -> str:
    """The IRI of the named graph that holds the statements of a source."""
    return SOURCE_GRAPH + source.removeprefix(SOURCE_ID)
