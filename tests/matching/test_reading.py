"""Organisations are read from files of publishers and from graphs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from support.published import Folder, participation, project

from missiongraph.errors import DataError
from missiongraph.matching import reading
from missiongraph.matching.organisations import Dataset

ID = "https://w3id.org/missiongraph/id/organisation/"
OLD, NEW = "https://ror.org/04m5j1k67", "https://ror.org/02jx3x895"


def record(iri: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": iri,
        "names": [{"value": name, "types": ["ror_display", "label"], "lang": "en"}],
        "types": ["education", "funder"],
        "status": "active",
        "locations": [{"geonames_details": {"country_code": "SE", "name": "Lund"}}],
        **more,
    }


def ror(tmp_path: Path, *records: dict[str, Any]) -> Dataset:
    path = tmp_path / "ror.json"
    path.write_text(json.dumps(records), "utf-8")
    return reading.from_files("ror", [path])


def test_a_record_of_ror_has_names_acronyms_city_and_kinds(tmp_path: Path) -> None:
    names = [
        {"value": "A University", "types": ["ror_display", "label"]},
        {"value": "Ett universitet", "types": ["label"]},
        {"value": "AU", "types": ["acronym"]},
    ]
    [body] = ror(tmp_path, record(NEW, "", names=names)).organisations.values()
    assert (body.iri, body.label, body.countries, body.cities) == (
        NEW,
        "A University",
        ("SE",),
        ("Lund",),
    )
    assert "Ett universitet" in body.names
    assert body.acronyms == ("AU",)
    assert body.kinds == ("knowledge-institution", "research-funder")


def test_withdrawn_records_are_read_with_what_succeeds_them(tmp_path: Path) -> None:
    links = [{"type": "successor", "id": NEW, "label": "New"}]
    old = record(OLD, "Old", status="withdrawn", relationships=links)
    dataset = ror(tmp_path, old, record(NEW, "New"))
    now = dataset.successor(dataset.organisations[OLD])
    assert now and now.iri == NEW


def test_successors_are_read_from_the_first_schema(tmp_path: Path) -> None:
    old = {
        "id": OLD,
        "name": "Old",
        "types": ["Education"],
        "status": "withdrawn",
        "country": {"country_code": "SE"},
        "addresses": [{"city": "Lund"}],
        "relationships": [{"type": "Successor", "id": NEW, "label": "New"}],
    }
    [body] = ror(tmp_path, old).organisations.values()
    assert (body.successors, body.cities) == ((NEW,), ("Lund",))


def test_participants_of_cordis_are_read_without_their_projects(tmp_path: Path) -> None:
    folder = (
        Folder(tmp_path)
        .projects(project())
        .participations(participation(city="ATHINA", country="EL", shortName="NTUA"))
    )
    [body] = reading.from_files("cordis", folder.files[1:]).organisations.values()
    assert (body.cities, body.countries, body.acronyms) == (("ATHINA",), ("GR",), ("NTUA",))
    assert body.iri.startswith(ID + "pic-") and body.line == 35


def test_an_importer_that_does_not_say_who_is_who_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="swecris: has no table"):
        reading.from_files("swecris", [tmp_path / "x.csv"])


GRAPH = """
PREFIX g: <https://w3id.org/missiongraph/graph/source/>
PREFIX o: <https://w3id.org/missiongraph/id/organisation/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
g:a-page {
  o:ours rdfs:label "Ours" ; skos:altLabel "Unsere" ; skos:exactMatch <https://ror.org/02jx3x895> ;
    moi:hasCountry <https://w3id.org/missiongraph/vocab/country/DE> .
  <https://w3id.org/missiongraph/id/project/p> rdfs:label "A project" .
}
g:cordis--2025 { o:pic-1 rdfs:label "THEIRS" . }
g:ror--2025 { o:ror-02jx3x895 rdfs:label "Theirs" . }
g:matching-cordis--2025 { o:pic-1 skos:exactMatch o:ours . }
"""


@pytest.fixture
def store() -> ox.Store:
    made = ox.Store()
    made.load(GRAPH, ox.RdfFormat.TRIG)
    return made


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("curated", ID + "ours"),
        ("cordis", ID + "pic-1"),
        ("cordis@2025", ID + "pic-1"),
        ("ror", "https://ror.org/02jx3x895"),
    ],
)
def test_a_graph_tells_datasets_apart(store: ox.Store, name: str, iri: str) -> None:
    assert [*reading.from_graph(name, store).organisations] == [iri]


def test_curated_organisations_have_countries_names_and_identifiers(store: ox.Store) -> None:
    [body] = reading.from_graph("curated", store).organisations.values()
    assert (body.countries, body.names) == (("DE",), ("Unsere",))
    assert body.known_as["ror.org"] == "02jx3x895"


def test_a_dataset_that_a_graph_does_not_hold_is_an_error(store: ox.Store) -> None:
    with pytest.raises(DataError, match="holds no organisations of ukri"):
        reading.from_graph("ukri", store)
