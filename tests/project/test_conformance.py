"""The W3C's suites, over HTTP and through our validator; and when results count as the same."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from conformance import report, servers
from conformance.client import Server
from conformance.compare import same
from conformance.manifest import W3C
from conformance.results import Row, Rows
from conformance.suites import SUITES, Outcome, Suite, run
from hypothesis import given
from hypothesis import strategies as st

needs_suites = pytest.mark.skipif(not W3C.is_dir(), reason="needs the suites in ../shared/w3c")
XSD = "http://www.w3.org/2001/XMLSchema#"
FAILS = "sparql11/functions/bnode01"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.missiongraph() as server:
        yield server


@needs_suites
@pytest.mark.filterwarnings("ignore")  # of rdflib and pySHACL, at ill-formed data
@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
@pytest.mark.long
def test_suite_goes_as_expected(suite: Suite, server: Server) -> None:
    verdict = report.verdict(run(suite, server), server.name)
    assert verdict.outcome.passed
    assert verdict.good, verdict.news()


@needs_suites
def test_every_expected_failure_is_a_test() -> None:
    assert report.unknown(SUITES) == []


def test_new_failure_is_news() -> None:
    verdict = report.verdict(Outcome("suite", failed={"a/b": "it is 2"}), "missiongraph")
    assert not verdict.good
    assert verdict.news() == "  failed: a/b: it is 2"


def test_unexpected_pass_is_news() -> None:
    verdict = report.verdict(Outcome("suite", passed=[FAILS]), "missiongraph")
    assert not verdict.good
    assert FAILS in verdict.news()


def test_expected_failure_is_no_news() -> None:
    assert report.verdict(Outcome("suite", failed={FAILS: ""}), "missiongraph").good


# --- when results are the same


def table(*rows: Row, ordered: bool = False) -> Rows:
    return Rows(frozenset({"a", "b"}), list(rows), ordered)


def number(text: str, type: str = "integer") -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + type))


ONE, TWO = {"a": number("1")}, {"a": number("2")}
X, Y = ox.BlankNode("x"), ox.BlankNode("y")


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (number("01"), number("1"), True),
        (number("1.50", "decimal"), number("1.5", "decimal"), True),
        (number("1e0", "double"), number("1.0", "double"), True),
        (number("1", "boolean"), number("true", "boolean"), True),
        (number("9" * 40), number("9" * 39 + "8"), False),
        (number("1"), number("1", "decimal"), False),
        (number("1"), number("1", "byte"), False),
        (number("1.0"), number("1"), False),
        (number("2001-01-01Z", "date"), number("2001-01-01+00:00", "date"), False),
        (ox.Literal("01"), ox.Literal("1"), False),
    ],
)
def test_only_numbers_of_one_type_are_compared_by_value(
    left: ox.Literal, right: ox.Literal, equal: bool
) -> None:
    assert same(table({"a": left}), table({"a": right})) is equal
    terms = (ox.Triple(ox.NamedNode("s:"), ox.NamedNode("p:"), term) for term in (left, right))
    assert same([next(terms)], [next(terms)]) is equal


def test_rows_are_a_bag() -> None:
    assert same(table(ONE, TWO, ONE), table(TWO, ONE, ONE))
    assert not same(table(ONE, TWO, ONE), table(TWO, TWO, ONE))
    assert not same(table(ONE), table(ONE, ONE))


def test_rows_are_ordered_where_the_expected_table_is() -> None:
    assert not same(table(ONE, TWO), table(TWO, ONE, ordered=True))
    assert same(table(ONE, TWO), table(ONE, TWO, ordered=True))


def test_reduced_rows_may_go_missing_but_not_all() -> None:
    assert same(table(ONE, TWO), table(ONE, TWO, ONE), lax=True)
    assert not same(table(ONE), table(ONE, TWO), lax=True)
    assert not same(table(ONE, ONE), table(ONE), lax=True)


def test_unbound_is_not_a_value() -> None:
    assert not same(table({"a": X}), table({"a": X, "b": X}))


def test_truth_is_no_table() -> None:
    assert same(True, True)
    assert not same(True, False)
    assert not same(False, table())


def test_blank_nodes_shared_by_rows_are_told_from_others() -> None:
    assert same(table({"a": X}, {"b": X}), table({"a": Y}, {"b": Y}))
    assert not same(table({"a": X}, {"b": X}), table({"a": X}, {"b": Y}))


nodes = st.sampled_from([ox.BlankNode(name) for name in "pqrs"])
rows = st.lists(st.fixed_dictionaries({"a": nodes, "b": nodes}), max_size=6)


@given(rows, st.permutations("pqrs"))
def test_tables_are_the_same_however_rows_and_blank_nodes_come(
    given_rows: list[dict[str, ox.BlankNode]], names: list[str]
) -> None:
    renamed = dict(zip("pqrs", names, strict=True))
    moved: list[Row] = [
        {name: ox.BlankNode(renamed[node.value]) for name, node in row.items()}
        for row in reversed(given_rows)
    ]
    assert same(table(*moved), table(*given_rows))
