"""The query library: headers say what a query asks, takes and gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.namespaces import ID, MOI, VOCAB
from missiongraph.sparql.library import LibraryQuery, Parameter, find, queries

TEXT = """# Who is a member of a network on a day?
# keywords: network, members
# parameter day: date = 2021-06-02 — the day asked about
# parameter body: iri — the network; all when absent
# column member: organisation
# column until: last day known; empty when open
# chart: timeline
SELECT ?member ?until WHERE { ?member <p:> ?body ; <q:> ?day ; <r:> ?until }
# column late: not in the header
"""


def test_a_header_says_question_keywords_parameters_columns_and_chart() -> None:
    query = LibraryQuery.parse(TEXT, "members")
    assert query.question == "Who is a member of a network on a day?"
    assert query.keywords == ("network", "members")
    assert query.parameters == (
        Parameter("day", "date", "2021-06-02", "the day asked about"),
        Parameter("body", "iri", "", "the network; all when absent"),
    )
    assert query.columns["until"] == "last day known; empty when open"
    assert (query.chart, list(query.columns)) == ("timeline", ["member", "until"])


@pytest.mark.parametrize(
    ("said", "of"),
    [
        ("iri of moi:Mission — the mission", MOI + "Mission"),
        ("iri of vocab/field = a:b", VOCAB + "field"),
        ("iri", ""),
    ],
)
def test_a_parameter_says_of_what_class_or_vocabulary_it_is(said: str, of: str) -> None:
    text = f"# Who?\n# parameter thing: {said}\nSELECT * {{ ?thing ?p ?o }}"
    assert LibraryQuery.parse(text).parameters[0].of == of


def test_defaults_are_bound_and_the_rest_stays_free() -> None:
    query = LibraryQuery.parse(TEXT)
    assert list(query.bindings({})) == ["day"]


def test_values_are_read_as_the_header_says() -> None:
    bound = LibraryQuery.parse(TEXT).bindings({"body": "organisation/moin", "day": "2020"})
    assert bound["body"] == f"<{ID}organisation/moin>"
    assert bound["day"].endswith("gYear>")


def test_a_value_of_none_is_the_default() -> None:
    query = LibraryQuery.parse(TEXT)
    assert query.bindings({"day": None}) == query.bindings({})


def test_an_unknown_parameter_names_those_there_are() -> None:
    with pytest.raises(QueryError, match="no parameter 'network'; it takes day, body"):
        LibraryQuery.parse(TEXT, "members").bindings({"network": "x"})


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("# parameter day = 2020", "line 2: write '# parameter NAME: TYPE"),
        ("# parameter day: moment", "line 2: write '# parameter NAME: TYPE"),
        ("# parameter day: date of moi:Mission", "line 2: only an iri can be 'of' a class"),
        ("# parameter day: iri of mio:Mission", "line 2: no prefix 'mio'; there are: moi"),
        ("# parameter day: date = soon — the day", "line 2: 'soon' is not of type date"),
        ("# parameter other: date", "does not use its parameter ?other"),
        ("# column member:", "line 2: write '# column NAME: what it means'"),
        ("# chart: pie", "line 2: no chart 'pie'; there are: table, bar, network, timeline"),
    ],
)
def test_a_bad_header_names_file_and_line(line: str, complaint: str) -> None:
    with pytest.raises(QueryError) as error:
        LibraryQuery.parse(
            f"# Who?\n{line}\nSELECT ?member ?day WHERE {{ ?member ?p ?day }}", "who"
        )
    assert str(error.value).startswith("who.rq")
    assert complaint in str(error.value)


def test_a_query_starts_with_its_question() -> None:
    with pytest.raises(QueryError, match=r"who\.rq, line 1: write the question"):
        LibraryQuery.parse("SELECT * WHERE {}", "who")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1))
def test_any_question_is_kept(question: str) -> None:
    words = question.strip("# ").strip()
    if words:
        assert LibraryQuery.parse(f"# {words}\nASK {{}}").question == words


def test_an_unknown_query_names_those_there_are() -> None:
    with pytest.raises(UnknownQuery, match="no query called 'nonsense'; the nearest are: "):
        find("nonsense")


def test_every_shipped_query_is_found_by_its_name() -> None:
    assert [find(query.name) for query in queries()] == list(queries())
