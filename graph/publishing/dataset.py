"""Describes the dataset for catalogues: VoID counts, DCAT 3 distributions, DQV quality.

https://www.w3.org/TR/void/ · https://www.w3.org/TR/vocab-dcat-3/ · https://www.w3.org/TR/vocab-dqv/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from missiongraph.namespaces import BASE, DCTERMS, FOAF, ID, ONTOLOGY, ORG, RDF, RDFS, SKOS, XSD
from missiongraph.sparql.engine import Engine
from missiongraph.sparql.select import rows

from .checked import draws
from .statistics import Info

DATASET = BASE + "dataset"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"

VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"
DQV = "http://www.w3.org/ns/dqv#"
PREFIXES = {
    "void": VOID,
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "dqv": DQV,
    "skos": SKOS,
    "foaf": FOAF,
    "rdfs": RDFS,
    "xsd": XSD,
}

TITLE = "MissionGraph: the open knowledge graph of mission-oriented innovation"
ABOUT = (
    "Missions, their goals, targets and outcomes, the organisations and policy instruments "
    "behind them, each statement with the document it rests on."
)
AUTHORS = "The MissionGraph contributors"
KEYWORDS = ("mission-oriented innovation", "innovation policy", "knowledge graph")

_CLASSES = (
    "SELECT ?class (COUNT(DISTINCT ?s) AS ?count) { ?s a ?class FILTER(isIRI(?class)) } "
    "GROUP BY ?class ORDER BY ?class"
)
_PROPERTIES = (
    "SELECT ?property (COUNT(*) AS ?count) { ?s ?property ?o } "
    "GROUP BY ?property ORDER BY ?property"
)
_SUBJECTS = "SELECT (COUNT(DISTINCT ?s) AS ?count) { ?s ?p ?o }"
_OBJECTS = "SELECT (COUNT(DISTINCT ?o) AS ?count) { ?s ?p ?o }"
_ENTITIES = (
    f"SELECT (COUNT(DISTINCT ?s) AS ?count) {{ ?s a ?class FILTER(STRSTARTS(STR(?s), '{ID}')) }}"
)
_CONFIRMED = (
    "SELECT (COUNT(*) AS ?count) { SELECT ?s ?p ?o { GRAPH ?graph { ?s ?p ?o } "
    f"FILTER(STRSTARTS(STR(?graph), '{BASE}graph/source/')) }} "
    "GROUP BY ?s ?p ?o HAVING(COUNT(?graph) > 1) }"
)
_MATCHED = (
    f"SELECT (COUNT(DISTINCT ?s) AS ?count) {{ ?s <{SKOS}exactMatch> ?o ; a <{ORG}Organization> }}"
)


@dataclass(frozen=True)
class Counts:
    """Counts for VoID: ``classes`` counts things by class, ``properties`` triples by property.

    ``confirmed`` are statements in the graphs of several sources, ``matched`` organisations with an
    exact match in another register.
    """

    triples: int
    entities: int
    subjects: int
    objects: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    confirmed: int
    matched: int


@dataclass(frozen=True)
class Distribution:
    """A file with all data; ``size`` in bytes and SHA-256 ``digest`` count if the latter is known.

    A ``packed`` file is compressed with gzip.
    """

    address: str
    media_type: str
    packed: bool = False
    size: int = 0
    digest: str = ""


def count(engine: Engine) -> Counts:
    """Count the data of an engine, by one query for each number."""
    properties = {iri: number for iri, number in rows(engine, _PROPERTIES)}
    return Counts(
        triples=sum(properties.values()),
        entities=_number(engine, _ENTITIES),
        subjects=_number(engine, _SUBJECTS),
        objects=_number(engine, _OBJECTS),
        classes={iri: number for iri, number in rows(engine, _CLASSES)},
        properties=properties,
        confirmed=_number(engine, _CONFIRMED),
        matched=_number(engine, _MATCHED),
    )


def describe(
    counts: Counts, info: Info, base: str, distributions: Sequence[Distribution]
) -> Iterator[ox.Triple]:
    """The triples that describe the dataset as served at ``base`` (``https://host/``)."""
    yield from _about(counts, info, base)
    yield from _partitions(counts)
    yield from _service(base)
    for distribution in distributions:
        yield from _distribution(distribution)
    yield from _quality(counts, info)


def _about(counts: Counts, info: Info, base: str) -> Iterator[ox.Triple]:
    for kind in (VOID + "Dataset", DCAT + "Dataset"):
        yield _says(DATASET, RDF + "type", kind)
    yield _says(DATASET, DCTERMS + "title", _text(TITLE))
    yield _says(DATASET, DCTERMS + "description", _text(ABOUT))
    yield _says(DATASET, DCTERMS + "license", LICENCE)
    yield _says(DATASET, DCTERMS + "conformsTo", ONTOLOGY)
    yield _says(DATASET, DCTERMS + "identifier", ox.Literal(info.fingerprint))
    yield _says(DATASET, DCAT + "version", ox.Literal(info.version))
    yield _says(DATASET, DCAT + "landingPage", base)
    creator, foaf = ox.BlankNode("creator"), PREFIXES["foaf"]
    yield _says(DATASET, DCTERMS + "creator", creator)
    yield _says(creator, RDF + "type", foaf + "Agent")
    yield _says(creator, foaf + "name", _text(AUTHORS))
    for word in KEYWORDS:
        yield _says(DATASET, DCAT + "keyword", _text(word))
    yield _says(DATASET, VOID + "sparqlEndpoint", base + "sparql")
    yield _says(DATASET, VOID + "uriSpace", ox.Literal(ID))
    yield _says(DATASET, VOID + "vocabulary", ONTOLOGY)
    for name, number in {
        "triples": counts.triples,
        "entities": counts.entities,
        "distinctSubjects": counts.subjects,
        "distinctObjects": counts.objects,
        "classes": len(counts.classes),
        "properties": len(counts.properties),
    }.items():
        yield _says(DATASET, VOID + name, ox.Literal(number))


def _partitions(counts: Counts) -> Iterator[ox.Triple]:
    for what, part, number, counted in (
        ("class", "classPartition", "entities", counts.classes),
        ("property", "propertyPartition", "triples", counts.properties),
    ):
        for place, (iri, count) in enumerate(counted.items()):
            node = ox.BlankNode(f"{what}{place}")
            yield _says(DATASET, VOID + part, node)
            yield _says(node, VOID + what, iri)
            yield _says(node, VOID + number, ox.Literal(count))


def _service(base: str) -> Iterator[ox.Triple]:
    service = base + "sparql"
    yield _says(service, RDF + "type", DCAT + "DataService")
    yield _says(service, DCTERMS + "title", _text("SPARQL endpoint of MissionGraph"))
    yield _says(service, DCAT + "endpointURL", service)
    yield _says(service, DCAT + "endpointDescription", base + "openapi.json")
    yield _says(service, DCAT + "servesDataset", DATASET)


def _distribution(distribution: Distribution) -> Iterator[ox.Triple]:
    file = distribution.address
    media = "https://www.iana.org/assignments/media-types/"
    yield _says(DATASET, DCAT + "distribution", file)
    yield _says(DATASET, VOID + "dataDump", file)
    yield _says(file, RDF + "type", DCAT + "Distribution")
    yield _says(file, DCAT + "downloadURL", file)
    yield _says(file, DCTERMS + "license", LICENCE)
    yield _says(file, DCAT + "mediaType", media + distribution.media_type)
    if distribution.packed:
        yield _says(file, DCAT + "compressFormat", media + "application/gzip")
    if distribution.digest:
        checksum, spdx = (
            ox.BlankNode("sum" + distribution.digest[:12]),
            "http://spdx.org/rdf/terms#",
        )
        yield _says(file, DCAT + "byteSize", ox.Literal(distribution.size))
        yield _says(file, spdx + "checksum", checksum)
        yield _says(checksum, RDF + "type", spdx + "Checksum")
        yield _says(checksum, spdx + "algorithm", spdx + "checksumAlgorithm_sha256")
        value = ox.Literal(distribution.digest, datatype=ox.NamedNode(XSD + "hexBinary"))
        yield _says(checksum, spdx + "checksumValue", value)


def _quality(counts: Counts, info: Info) -> Iterator[ox.Triple]:
    organisations = max(info.organisations, 1)
    curated = max(info.statements["curated"], 1)
    for name, says, share in (
        ("sourced", "Share of curated statements in the graph of a source.", info.sourced),
        (
            "confirmed",
            "Statements that more than one source makes, over all curated statements.",
            counts.confirmed / curated,
        ),
        (
            "matched",
            "Share of organisations that are matched to another register (ROR, Wikidata …).",
            counts.matched / organisations,
        ),
    ):
        metric, measured = f"{DATASET}#{name}", ox.BlankNode(name)
        yield _says(metric, RDF + "type", DQV + "Metric")
        yield _says(metric, SKOS + "definition", _text(says))
        yield _says(metric, DQV + "expectedDataType", XSD + "double")
        yield _says(DATASET, DQV + "hasQualityMeasurement", measured)
        yield _says(measured, RDF + "type", DQV + "QualityMeasurement")
        yield _says(measured, DQV + "isMeasurementOf", metric)
        yield _says(measured, DQV + "computedOn", DATASET)
        yield _says(measured, DQV + "value", _double(share))
    yield from _checks()


def _checks() -> Iterator[ox.Triple]:
    """A measurement for each random draw of facts that was checked, with its day."""
    metric = f"{DATASET}#checked"
    yield _says(metric, RDF + "type", DQV + "Metric")
    says = "Share of facts drawn at random and read that are right and said by the source cited."
    yield _says(metric, SKOS + "definition", _text(says))
    yield _says(metric, DQV + "expectedDataType", XSD + "double")
    for draw in draws():
        measured = ox.BlankNode(f"checked{draw.seed}")
        yield _says(DATASET, DQV + "hasQualityMeasurement", measured)
        yield _says(measured, RDF + "type", DQV + "QualityMeasurement")
        yield _says(measured, DQV + "isMeasurementOf", metric)
        yield _says(measured, DQV + "computedOn", DATASET)
        yield _says(measured, DQV + "value", _double(draw.share))
        day = ox.Literal(draw.date, datatype=ox.NamedNode(XSD + "date"))
        yield _says(measured, DCTERMS + "date", day)


def _double(number: float) -> ox.Literal:
    return ox.Literal(f"{number:.6g}", datatype=ox.NamedNode(XSD + "double"))


def _says(
    subject: str | ox.BlankNode, predicate: str, object: str | ox.BlankNode | ox.Literal
) -> ox.Triple:
    def node(term: Any) -> Any:
        return ox.NamedNode(term) if isinstance(term, str) else term

    return ox.Triple(node(subject), ox.NamedNode(predicate), node(object))


def _text(text: str) -> ox.Literal:
    return ox.Literal(text, language="en")


def _number(engine: Engine, query: str) -> int:
    ((number,),) = rows(engine, query)
    return int(number)


__all__ = [
    "ABOUT",
    "AUTHORS",
    "DATASET",
    "KEYWORDS",
    "LICENCE",
    "PREFIXES",
    "TITLE",
    "Counts",
    "Distribution",
    "count",
    "describe",
]
