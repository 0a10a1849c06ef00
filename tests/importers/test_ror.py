"""ROR is imported from both of its schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import conforming

from missiongraph.importers import recipe
from missiongraph.importers.running import Imported, Options, run

ROR = recipe.find("ror")
ID = "https://w3id.org/missiongraph/id/organisation/"
VOCAB = "https://w3id.org/missiongraph/vocab/"
FIRST, SECOND = "https://ror.org/04m5j1k67", "https://ror.org/02jx3x895"


def version_1(**more: Any) -> dict[str, Any]:
    return {
        "id": FIRST,
        "name": "A University",
        "types": ["Education"],
        "status": "active",
        "established": 1971,
        "aliases": ["AU | Uni"],
        "acronyms": [],
        "labels": [{"label": "Ett universitet", "iso639": "sv"}],
        "country": {"country_code": "SE"},
        "links": ["https://a.example/"],
        "relationships": [],
        "external_ids": {"Wikidata": {"preferred": None, "all": ["Q5"]}},
        **more,
    }


def version_2(**more: Any) -> dict[str, Any]:
    return {
        "id": FIRST,
        "names": [
            {"types": ["label", "ror_display"], "value": "A University", "lang": "en"},
            {"types": ["label"], "value": "Ett universitet", "lang": "sv"},
            {"types": ["alias"], "value": "AU | Uni", "lang": None},
        ],
        "types": ["education"],
        "status": "active",
        "established": 1971,
        "locations": [{"geonames_details": {"country_code": "SE"}}],
        "links": [{"type": "website", "value": "https://a.example/"}],
        "relationships": [],
        "external_ids": [{"type": "wikidata", "preferred": None, "all": ["Q5"]}],
        "admin": {"last_modified": {"date": "2025-03-01"}},
        **more,
    }


def imported(folder: Path, *records: dict[str, Any]) -> Imported:
    path = folder / "ror.json"
    path.write_text(json.dumps([*records]), "utf-8")
    return run(ROR, [path], Options("v2.1"))


def objects(done: Imported, key: str, name: str) -> list[str]:
    """The objects of statements about an organisation whose predicate ends in ``name``."""
    cut = [x.removesuffix(f" <{done.graph}> .").split(" ", 2) for x in done.lines]
    about = [(p, o) for s, p, o in cut if s == f"<{ID}ror-{key}>"]
    return sorted(o.strip("<>") for p, o in about if p.endswith(f"{name}>"))


@pytest.mark.parametrize("record", [version_1(), version_2()])
def test_both_schemas_give_name_kind_country_and_year(
    tmp_path: Path, record: dict[str, Any]
) -> None:
    done = imported(tmp_path, record)
    assert objects(done, "04m5j1k67", "#label") == ['"A University"']
    assert '"Ett universitet"' in objects(done, "04m5j1k67", "altLabel")
    assert '"AU | Uni"' in objects(done, "04m5j1k67", "altLabel")
    assert objects(done, "04m5j1k67", "classification") == [
        f"{VOCAB}organisation-kind/knowledge-institution"
    ]
    assert objects(done, "04m5j1k67", "hasCountry") == [f"{VOCAB}country/SE"]
    assert objects(done, "04m5j1k67", "homepage") == ["https://a.example/"]
    assert '"http://www.wikidata.org/entity/Q5"' in objects(done, "04m5j1k67", "identifier")
    assert objects(done, "04m5j1k67", "founded")[0].startswith('"1971"')


def test_a_record_may_have_several_types(tmp_path: Path) -> None:
    done = imported(tmp_path, version_2(types=["education", "funder", "new-type"]))
    assert objects(done, "04m5j1k67", "classification") == [
        f"{VOCAB}organisation-kind/knowledge-institution",
        f"{VOCAB}organisation-kind/research-funder",
    ]
    assert objects(done, "04m5j1k67", "note") == ['"types: new-type"@en']
    assert done.report.unknown == {("organization", "types", "new-type"): 1}


def test_withdrawn_records_are_left_out_and_inactive_ones_marked(tmp_path: Path) -> None:
    done = imported(
        tmp_path, version_2(status="withdrawn"), version_2(id=SECOND, status="inactive")
    )
    [account] = done.report.tables
    assert (account.written, account.filtered) == (1, 1)
    assert objects(done, "02jx3x895", "note") == ['"no longer active, says ROR"@en']


def test_a_parent_that_is_not_in_the_files_is_left_out_and_told(tmp_path: Path) -> None:
    parents = [
        {"type": "parent", "id": FIRST},
        {"type": "parent", "id": "https://ror.org/00k4n6c32"},
    ]
    done = imported(tmp_path, version_2(), version_2(id=SECOND, relationships=parents))
    assert objects(done, "02jx3x895", "subOrganizationOf") == [f"{ID}ror-04m5j1k67"]
    told = "1 references of organization.parent name no row that was written"
    assert done.report.differences == [told]


def test_a_year_that_is_none_costs_its_record(tmp_path: Path) -> None:
    done = imported(tmp_path, version_2(established=970), version_2(id=SECOND))
    [reject] = done.report.rejects
    assert (reject.row, reject.column, reject.value) == (1, "established", "970")


def test_a_key_that_is_new_in_records_is_told(tmp_path: Path) -> None:
    [account] = imported(tmp_path, version_2(climate=1), version_2(id=SECOND)).report.tables
    assert account.new_columns == ["climate"]


def test_what_is_made_conforms_to_the_shapes(tmp_path: Path) -> None:
    parent = [{"type": "parent", "id": FIRST}]
    done = imported(tmp_path, version_1(), version_2(id=SECOND, relationships=parent))
    report = conforming.report(done)
    assert report.conforms, report.text()
