"""Mappings: the header declares columns, the query receives rows."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph.errors import MappingError
from missiongraph.ingest.mapping import TYPES, Column, Mapping

QUERY = "CONSTRUCT { ?id <http://example.org/p> ?label } WHERE {}"


def run(mapping: Mapping, names: list[str], rows: list[str]) -> list[str]:
    found = ox.Store().query(mapping.query(names, rows))
    assert isinstance(found, ox.QueryTriples)
    return [str(triple) for triple in found]


def test_a_column_without_a_mark_is_required() -> None:
    assert Column.parse("id thing mission") == Column("id", "thing", "mission", required=True)


@pytest.mark.parametrize(
    ("mark", "required", "many"),
    [("", True, False), ("?", False, False), ("*", False, True), ("+", True, True)],
)
def test_marks_say_how_many_values_a_cell_may_hold(mark: str, required: bool, many: bool) -> None:
    column = Column.parse(f"themes concept practice-theme {mark}")
    assert (column.required, column.many) == (required, many)


@given(
    name=st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True),
    type_=st.sampled_from(TYPES),
    mark=st.sampled_from(["", "?", "*", "+"]),
    gap=st.sampled_from([" ", "  ", "\t"]),
)
def test_any_spacing_declares_the_same_column(name: str, type_: str, mark: str, gap: str) -> None:
    loose = Column.parse(f"{gap}{name}{gap}{type_}{gap}{mark}{gap}")
    assert loose == Column.parse(f"{name} {type_} {mark}")
    assert (loose.name, loose.type) == (name, type_)


@pytest.mark.parametrize(
    ("declaration", "complaint"),
    [
        ("id", "write '# column NAME TYPE'"),
        ("id thing mission extra", "write '# column NAME TYPE'"),
        ("total-cost decimal", "cannot be a variable"),
        ("id number", "no type 'number'"),
        ("id thing planet", "no kind 'planet'"),
        ("kind concept Kind_1", "cannot name a scheme"),
        ("label text english language", "write '# column NAME TYPE'"),
        ("start date en", "takes no argument"),
    ],
)
def test_a_bad_declaration_is_named_with_its_file_and_line(
    declaration: str, complaint: str
) -> None:
    with pytest.raises(MappingError) as error:
        Mapping.parse(f"# A mission.\n# column {declaration}\n{QUERY}", "missions.rq")
    assert str(error.value).startswith("missions.rq, line 2: ")
    assert complaint in str(error.value)


def test_a_column_is_declared_once() -> None:
    with pytest.raises(MappingError, match="'id' is declared twice"):
        Mapping.parse(f"# column id text\n# column id text\n{QUERY}")


@pytest.mark.parametrize("declared", ["a source\n# column b source", "a source ?", "a source +"])
def test_a_row_has_exactly_one_source(declared: str) -> None:
    with pytest.raises(MappingError, match="one 'source' column"):
        Mapping.parse(f"# column {declared}\n{QUERY}")


def test_comments_after_the_query_begins_declare_nothing() -> None:
    assert Mapping.parse(f"# column id text\n{QUERY}\n# column x text").columns[0].name == "id"


@pytest.mark.parametrize(
    "query",
    [
        "CONSTRUCT { ?id <p:> ?label } WHERE {}",
        "construct{?id <p:> ?label}where{}",
        "CONSTRUCT { ?id <p:> ?label } { FILTER(?label != '{') }",
        "# WHERE {\nCONSTRUCT { ?id <p:> ?label ; <http://x/#> '''}' WHERE {''' } WHERE { }",
        "PREFIX x: <http://x/#> CONSTRUCT { ?id x:where [] ; <p:> ?label } WHERE { {} UNION {} }",
        'CONSTRUCT { ?id <p:> ?label , "\\"} WHERE {" } WHERE { BIND(1 AS ?one) }',
    ],
)
def test_rows_go_in_wherever_the_where_group_opens(query: str) -> None:
    made = run(Mapping.parse(query), ["id", "label"], ['(<http://a> "x")'])
    assert '<http://a> <p:> "x"' in made


def test_a_bind_may_use_a_column() -> None:
    query = "CONSTRUCT { ?id <p:> ?twice } WHERE { BIND(?n * 2 AS ?twice) }"
    assert run(Mapping.parse(query), ["id", "n"], ["(<a:> 4)"]) == [
        '<a:> <p:> "8"^^<http://www.w3.org/2001/XMLSchema#integer>'
    ]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("SELECT ?id WHERE {}", "a mapping must be a CONSTRUCT query"),
        ("CONSTRUCT WHERE { ?id ?p ?o }", "write the template in full"),
        ("CONSTRUCT { ?id <p:> 1 }", "no WHERE"),
        ("CONSTRUCT { ?id foaf:name 1 } WHERE {}", "declare the prefix foaf:"),
        ("CONSTRUCT { ?id <p:> } WHERE {}", "is not SPARQL"),
    ],
)
def test_a_query_that_cannot_map_says_why(query: str, complaint: str) -> None:
    with pytest.raises(MappingError, match=complaint):
        Mapping.parse(query)


def test_a_missing_file_is_a_mapping_error(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"none\.rq: cannot be read"):
        Mapping.read(tmp_path / "none.rq")
