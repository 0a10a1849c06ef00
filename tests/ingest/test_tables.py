"""Tables: cells are cast strictly, rows become the triples of their source."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import MappingError, TableError
from missiongraph.ingest.mapping import Mapping
from missiongraph.ingest.tables import map_batch, read_batches

XSD = "http://www.w3.org/2001/XMLSchema#"


def one_column(type_: str, prefixes: str = "") -> Mapping:
    text = f"# column cell {type_}\n{prefixes} CONSTRUCT {{ <s:> <p:> ?cell }} WHERE {{}}"
    return Mapping.parse(text)


def write(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def terms(table: Path, mapping: Mapping) -> list[str]:
    """The objects that a table's rows make."""
    made = []
    for batch in read_batches(table, mapping):
        for triples in map_batch(table.name, batch, mapping):
            made += [str(q.object) for q in ox.parse(triples.data, ox.RdfFormat.N_TRIPLES)]
    return made


def cast(folder: Path, type_: str, cell: str, prefixes: str = "") -> list[str]:
    table = write(folder, f"cell,other\n{quote(cell)},x\n")
    return terms(table, one_column(type_, prefixes))


@pytest.mark.parametrize(
    ("type_", "cell", "term"),
    [
        ("thing mission", "net-zero", "<https://w3id.org/missiongraph/id/mission/net-zero>"),
        ("thing", "goal/net--zero", "<https://w3id.org/missiongraph/id/goal/net--zero>"),
        ("concept currency", "EUR", "<https://w3id.org/missiongraph/vocab/currency/EUR>"),
        ("concept", "role/lead.1", "<https://w3id.org/missiongraph/vocab/role/lead.1>"),
        ("date", "2018", f'"2018"^^<{XSD}gYear>'),
        ("date", "2018-06", f'"2018-06"^^<{XSD}gYearMonth>'),
        ("date", "2020-02-29", f'"2020-02-29"^^<{XSD}date>'),
        ("integer", "+007", f'"7"^^<{XSD}integer>'),
        ("integer", "-0", f'"0"^^<{XSD}integer>'),
        ("decimal", "75.0", f'"75"^^<{XSD}decimal>'),
        ("decimal", "-0.50", f'"-0.5"^^<{XSD}decimal>'),
        ("decimal", ".5", f'"0.5"^^<{XSD}decimal>'),
        ("boolean", "TRUE", f'"true"^^<{XSD}boolean>'),
        ("url", "https://a.org/ü?x=1#y", "<https://a.org/ü?x=1#y>"),
        ("iri", "urn:isbn:1", "<urn:isbn:1>"),
        ("text", ' a "b" \\u0041\n', '"a \\"b\\" \\\\u0041"'),
        ("text en-GB", "colour", '"colour"@en-gb'),
    ],
)
def test_a_good_cell_becomes_a_term(tmp_path: Path, type_: str, cell: str, term: str) -> None:
    assert cast(tmp_path, type_, cell) == [term]


def test_an_iri_may_be_shortened_with_a_prefix_of_the_mapping(tmp_path: Path) -> None:
    prefix = "PREFIX ror: <https://ror.org/>"
    assert cast(tmp_path, "iri", "ror:02jx3x895", prefix) == ["<https://ror.org/02jx3x895>"]


@pytest.mark.parametrize(
    ("type_", "cell"),
    [
        ("thing mission", "Net Zero"),
        ("thing mission", "-net"),
        ("thing mission", "net---zero"),
        ("thing mission", "mission/net-zero"),
        ("thing", "net-zero"),
        ("thing", "planet/mars"),
        ("concept currency", "€"),
        ("concept", "EUR"),
        ("source", "https://example.org"),
        ("date", "2019-02-29"),
        ("date", "2018-13"),
        ("date", "0000"),
        ("date", "18"),
        ("date", "2018-6-1"),
        ("date", "30/06/2018"),
        ("integer", "1.0"),
        ("integer", "1e3"),
        ("integer", "1234567890123456789"),
        ("decimal", "1,000"),
        ("decimal", "1e3"),
        ("decimal", "."),
        ("decimal", "٣"),
        ("decimal", "0.1234567890123456789"),
        ("boolean", "yes"),
        ("url", "www.example.org"),
        ("url", "https://"),
        ("url", "https://a b.org"),
        ("url", "https://a.org/%zz"),
        ("url", "ftp://a.org"),
        ("iri", "no iri"),
        ("iri", "unknown"),
        ("text", "a\x07b"),
    ],
)
def test_a_bad_cell_names_file_row_column_value_and_remedy(
    tmp_path: Path, type_: str, cell: str
) -> None:
    with pytest.raises(TableError) as error:
        cast(tmp_path, type_, cell)
    (fault,) = error.value.faults
    assert (fault.file, fault.row, fault.column, fault.value) == ("table.csv", 2, "cell", cell)
    assert ": " in fault.reason


def test_an_empty_required_cell_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="row 2, column cell: is empty: fill it in"):
        cast(tmp_path, "text", "  ")


@pytest.mark.parametrize("type_", ["text", "date", "iri", "url", "boolean", "thing", "decimal"])
def test_a_triple_with_an_empty_optional_cell_vanishes(tmp_path: Path, type_: str) -> None:
    assert cast(tmp_path, f"{type_} ?", "") == []


def test_a_mark_of_emptiness_counts_as_empty(tmp_path: Path) -> None:
    mapping = Mapping.parse(
        "# empty NA n/a\n# column cell date ?\nCONSTRUCT { <s:> <p:> ?cell } WHERE {}"
    )
    table = write(tmp_path, "cell,x\nNA,\nn/a,\n2018,\n")
    assert terms(table, mapping) == [f'"2018"^^<{XSD}gYear>']


def test_a_list_cell_makes_a_triple_for_each_item(tmp_path: Path) -> None:
    assert sorted(cast(tmp_path, "text *", "b | a|b")) == ['"a"', '"b"']


@pytest.mark.parametrize("cell", ["a||b", "a| |b", "|a", "a|"])
def test_an_empty_item_in_a_list_is_a_fault(tmp_path: Path, cell: str) -> None:
    with pytest.raises(TableError, match="has an empty item"):
        cast(tmp_path, "text *", cell)


def test_the_number_of_a_row_is_the_one_a_spreadsheet_shows(tmp_path: Path) -> None:
    table = write(tmp_path, 'cell,x\n"2018","two\nlines"\n\n2018-99,\n')
    with pytest.raises(TableError) as error:
        terms(table, one_column("date"))
    assert [fault.row for fault in error.value.faults] == [4]


def test_all_faults_of_a_table_come_at_once_and_twenty_are_shown(tmp_path: Path) -> None:
    table = write(tmp_path, "cell,x\n" + "no,\n" * 30)
    with pytest.raises(TableError) as error:
        terms(table, one_column("date"))
    assert len(error.value.faults) == 30
    assert str(error.value).endswith("… and 10 more")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("other\n1\n", "row 1, column cell: the column is missing"),
        ("", "row 1: is empty: write the column names"),
        ("cell,cell\n1,2\n", "occurs more than once"),
        ("cell,x\n1,2\n1,2,3\n", "row 3: has 3 cells, the header 2"),
        ("cell,x\n1\n", "row 2: has 1 cells, the header 2"),
        ('cell,x\n"1\n', "is not valid CSV from about here"),
    ],
)
def test_a_file_that_is_no_table_says_where(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(TableError, match=complaint):
        terms(write(tmp_path, text), one_column("text"))


def test_a_table_must_be_utf8(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("cell,x\nKüste,\n".encode("latin-1"))
    with pytest.raises(TableError, match="is not UTF-8"):
        terms(path, one_column("text"))


def test_a_byte_order_mark_is_not_part_of_the_header(tmp_path: Path) -> None:
    assert terms(write(tmp_path, "\ufeffcell,x\na,\n"), one_column("text")) == ['"a"']


def test_an_undeclared_column_is_a_plain_string(tmp_path: Path) -> None:
    mapping = Mapping.parse("CONSTRUCT { <s:> <p:> ?other } WHERE {}")
    assert terms(write(tmp_path, "other,Not used\n007,x\n"), mapping) == ['"007"']


def test_a_query_must_use_some_column(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="does not use any column"):
        terms(write(tmp_path, "x,y\n1,2\n"), Mapping.parse("CONSTRUCT { <s:> <p:> 1 } WHERE {}"))


def test_rows_of_one_source_share_a_graph(tmp_path: Path) -> None:
    mapping = Mapping.parse("# column source source\nCONSTRUCT { <s:> <p:> ?x } WHERE {}")
    table = write(tmp_path, "x,source\n1,a\n2,b\n3,a\n")
    (batch,) = read_batches(table, mapping)
    made = {t.graph.rpartition("/")[2]: t.data for t in map_batch("t", batch, mapping)}
    assert sorted(made) == ["a", "b"]
    assert made["a"].count(b"\n") == 2


SLUGS = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,3})?", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)
DECIMALS = st.decimals(
    min_value=-(10**12), max_value=10**12, places=4, allow_nan=False, allow_infinity=False
)
DATES = st.one_of(
    st.dates(min_value=date(1, 1, 1)).map(date.isoformat),
    st.dates(min_value=date(1, 1, 1)).map(lambda day: day.isoformat()[:7]),
    st.dates(min_value=date(1, 1, 1)).map(lambda day: day.isoformat()[:4]),
)


def survives(term: str) -> bool:
    """Whether the store keeps a term exactly as written."""
    store = ox.Store()
    store.load(f"<s:> <p:> {term} .".encode(), ox.RdfFormat.N_TRIPLES)
    return store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) == (
        f"<s:> <p:> {term} .\n".encode()
    )


quick = examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(value=DECIMALS, places=st.integers(0, 3))
def test_numbers_keep_their_value_and_survive_the_store(
    tmp_path: Path, value: Decimal, places: int
) -> None:
    (term,) = cast(tmp_path, "decimal", f"{value:f}" + "0" * places)
    assert Decimal(term.split('"')[1]) == value
    assert survives(term)


@quick
@given(value=st.integers(-(10**18) + 1, 10**18 - 1))
def test_integers_keep_their_value_and_survive_the_store(tmp_path: Path, value: int) -> None:
    (term,) = cast(tmp_path, "integer", f"{value:+}")
    assert term == f'"{value}"^^<{XSD}integer>'
    assert survives(term)


@quick
@given(cell=DATES)
def test_dates_keep_their_precision_and_survive_the_store(tmp_path: Path, cell: str) -> None:
    (term,) = cast(tmp_path, "date", cell)
    assert term.split('"')[1] == cell
    assert survives(term)


@quick
@given(cell=TEXTS.filter(bool))
def test_texts_come_out_as_they_went_in(tmp_path: Path, cell: str) -> None:
    assert cast(tmp_path, "text", cell) == [str(ox.Literal(cell))]


@quick
@given(cell=st.text(max_size=8))
def test_any_cell_of_any_type_is_cast_or_refused(tmp_path: Path, cell: str) -> None:
    for type_ in ("thing", "concept", "date", "integer", "decimal", "boolean", "url", "iri"):
        try:
            made = cast(tmp_path, f"{type_} ?", cell)
        except (TableError, UnicodeEncodeError):
            continue
        assert len(made) == bool(cell.strip())
        assert all(survives(term) for term in made)


MAPPING = """
# column id     thing mission
# column label  text en
# column types  concept mission-type +
# column value  decimal ?
# column start  date ?
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
CONSTRUCT { ?id a moi:Mission ; moi:label ?label ; moi:hasKind ?types ; moi:value ?value .
            ?id moi:start ?start ; moi:note ?note }
WHERE { BIND(CONCAT("worth ", STR(?value)) AS ?note) }
"""
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": SLUGS,
            "label": TEXTS.filter(bool),
            "types": st.lists(SLUGS, min_size=1, max_size=3).map("|".join),
            "value": st.none() | DECIMALS,
            "start": st.none() | DATES,
        }
    ),
    max_size=6,
)


def oracle(rows: Iterable[dict[str, object]]) -> rdflib.Graph:
    """The same query run by rdflib, a row at a time, with terms made one by one."""
    graph = rdflib.Graph()
    base = "https://w3id.org/missiongraph/"
    kinds = {4: "gYear", 7: "gYearMonth", 10: "date"}
    for row in rows:
        for type_ in str(row["types"]).split("|"):
            bindings: dict[str, rdflib.term.Identifier] = {
                "id": rdflib.URIRef(f"{base}id/mission/{row['id']}"),
                "label": rdflib.Literal(row["label"], lang="en"),
                "types": rdflib.URIRef(f"{base}vocab/mission-type/{type_}"),
            }
            if row["value"] is not None:
                value = rdflib.Literal(plain(row["value"]), datatype=rdflib.XSD.decimal)
                bindings["value"] = value
            if row["start"] is not None:
                start = str(row["start"])
                bindings["start"] = rdflib.Literal(start, datatype=rdflib.XSD[kinds[len(start)]])
            graph += rdflib.Graph().query(MAPPING, initBindings=bindings).graph or []
    return graph


def plain(value: object) -> str:
    text = f"{value:f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_rows_map_as_rdflib_maps_them_one_by_one(
    tmp_path: Path, rows: list[dict[str, object]]
) -> None:
    lines = [
        ",".join(quote("" if row[c] is None else str(row[c])) for c in ROWS_HEADER) for row in rows
    ]
    table = write(tmp_path, "\n".join([",".join(ROWS_HEADER), *lines]))
    mapping = Mapping.parse(MAPPING.strip())
    made = b"".join(
        t.data for b in read_batches(table, mapping) for t in map_batch("t", b, mapping)
    )
    ours = rdflib.Graph().parse(io.BytesIO(made), format="nt") if made else rdflib.Graph()
    assert triples(ours) == triples(oracle(rows))


ROWS_HEADER = ("id", "label", "types", "value", "start")


def triples(graph: rdflib.Graph) -> set[tuple[str, ...]]:
    return {tuple(term.n3() for term in triple) for triple in graph}
