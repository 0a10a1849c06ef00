"""Money: one node for one sum, and totals that add each sum once, never a part to its whole."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import networkx as nx
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph import MissionGraph
from missiongraph.namespaces import DCTERMS, ID, MOI, RDF, RDFS, SKOS, VOCAB, XSD
from missiongraph.resources import Inputs
from missiongraph.sparql.library import find
from missiongraph.sparql.results import Table

Row = dict[str, str]

BILLION, MILLION = 10**9, 10**6


def rows(table: str) -> list[Row]:
    with (Inputs.shipped().data / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sums() -> list[Row]:
    return rows("amounts") + rows("award_amounts")


# Read by hand from the rows of the tables and their sources: kind, currency, whether others share
# the sums; then the number of sums, the total in millions (lowest, highest) and the parts, earlier
# figures and rates left out.
EXPECTED = {
    "mission-framework/fr-france-2030": {
        # 54 bn, of which 30 bn were announced first and Bpifrance manages 6.5 bn; the
        # allocations to objectives are at these
        ("Budget", "EUR", False): (1, 54_000, 54_000, 1, 0, 0),
        ("Announced", "EUR", False): (1, 30_000, 30_000, 0, 0, 0),
    },
    "mission/us-apollo": {
        # as reported to Congress in 1973, and the estimate of 1961: about 20 bn in a monograph of
        # NASA, whose figure took the place of the 7 bn in a copy of an encyclopaedia
        ("Cumulative total", "USD", False): (1, 25_400, 25_400, 0, 0, 0),
        ("Estimate", "USD", False): (1, 20_000, 20_000, 0, 0, 0),
    },
    "mission/scot-snib-netzero": {
        # the capital of the bank is that of three missions; Sunamp serves them, too
        ("Capitalisation", "GBP", True): (1, 2_000, 2_000, 0, 0, 0),
        ("Investment", "GBP", True): (1, 6, 6, 0, 0, 0),
    },
    "mission/eu-mission-cities": {
        # 360 m for 2022-23, which overlap the calls of 2021 (119) and May 2022 (6.25), and five
        # calls of 2027: 7 + 5 + 9 + 7 + 7.5
        ("Budget", "EUR", False): (6, Decimal("395.5"), Decimal("395.5"), 2, 0, 0),
        # the two-year plan of the five missions, 1.89 or 1.9 bn, holds its three call rounds; two
        # more calls of 2027 are shared: 9.5 + 10
        ("Budget", "EUR", True): (3, Decimal("1909.5"), Decimal("1919.5"), 3, 0, 0),
        # over 3 bn for 2024 to 2027, told by two pages as a proposal; the calls of 2027 are inside,
        # but budgets, and a row has one kind
        ("Announced", "EUR", True): (1, 3_000, 3_000, 0, 0, 0),
        # one envelope of the EIB, told by two pages when cities got the label in 2024 and 2025
        ("Ceiling", "EUR", False): (1, 2_000, 2_000, 0, 0, 0),
        ("Awarded", "EUR", False): (1, 14, 14, 0, 0, 0),
        ("Announced", "EUR", False): (1, 19, 19, 0, 0, 0),
    },
    "mission-framework/br-nib": {
        # steps of one plan for 2023 to 2026: 611 bn took the place of 507 bn, these of 300 bn, and
        # these held 106 bn announced first; inside the 507 are 101 bn of Banco do Brasil, shared
        # with the plan, and 157.2 m of Finep, shared with mission 3
        ("Budget", "BRL", False): (1, 611_000, 611_000, 0, 0, 0),
        ("Announced", "BRL", False): (0, None, None, 1, 2, 0),
        ("Announced", "BRL", True): (0, None, None, 2, 0, 0),
        # by five lenders to March 2025: 198.91 + 118.52 + 87.37 + 24.87 + 13.99
        ("Approved", "BRL", False): (5, 443_660, 443_660, 0, 0, 0),
    },
    "mission/int-polio": {
        # 1.2 bn pledged in Atlanta hold the five pledges named; 9 bn raised hold those of 2011
        ("Pledged", "USD", False): (1, 1_200, 1_200, 5, 0, 0),
        ("Mobilised", "USD", False): (1, 9_000, 9_000, 1, 0, 0),
        ("Cumulative total", "USD", False): (1, 1_800, 1_800, 0, 0, 0),
    },
    "programme/faraday-battery-challenge": {
        # two sources put the whole at 541 and at 610 m; UKRI's 274 m hold 88 m of Innovate UK
        ("Budget", "GBP", False): (1, 541, 610, 2, 0, 0),
        ("Announced", "GBP", False): (1, 246, 246, 0, 0, 0),
    },
    "mission-framework/au-csiro-missions": {
        ("Budget", "AUD", False): (0, None, None, 0, 0, 1),  # at least 100 m a year
    },
    "mission/eu-mission-soil": {
        # 162 m for the first two work programmes hold 62 and 95; six calls of 2027:
        # 12 + 12 + 8 + 5.5 + 6.4 + 7
        ("Budget", "EUR", False): (7, Decimal("212.9"), Decimal("212.9"), 2, 0, 0),
        # as for cities; the call of 2027 with cancer has 12
        ("Budget", "EUR", True): (2, 1_902, 1_912, 3, 0, 0),
        ("Announced", "EUR", True): (1, 3_000, 3_000, 0, 0, 0),
    },
    "mission-framework/nz-national-science-challenges": {
        # more than 680 m in ten years, of which more than 420 in the second five
        ("Budget", "NZD", False): (1, 680, 680, 1, 0, 0),
    },
    "local-mission/city-gabrovo-climate-neutral": {
        # four sectors, which actions tell again, and three parts of mobility
        ("Estimate", "EUR", False): (1, Decimal("51.6"), Decimal("51.6"), 7, 0, 0),
    },
    "local-mission/city-angers-climate-neutral": {
        # 1,483 m of the public in four sectors, 58 m for nature beside them, 1,485 m of others
        ("Estimate", "EUR", False): (3, 3_026, 3_026, 4, 0, 0),
    },
    "local-mission/city-guimaraes-climate-neutral": {
        # the portfolio holds eight actions of which the table prints the cost, five in thousands
        ("Net present value", "EUR", False): (1, 1_004, 1_004, 8, 0, 0),
    },
}


# A whole that its contract rounds: the actions of Stockholm make 16.348 bn, the plan "about" 16.
BELOW_THEIR_PARTS = {("city-stockholm-invest", "estimate")}


@pytest.mark.parametrize("initiative", EXPECTED)
def test_totals_are_those_reckoned_by_hand(initiative: str, graph: MissionGraph) -> None:
    answer = graph.query("money-by-mission", initiative=ID + initiative)
    assert isinstance(answer, Table)
    assert {
        (row["kind"], row["currency"], shared(row)): (
            int(row["sums"]),
            *(millions(row[name]) for name in ("lowest", "highest")),
            *(int(row[name]) for name in ("parts", "superseded", "rates")),
        )
        for row in answer
    } == EXPECTED[initiative]


def shared(row: dict[str, object]) -> bool:
    return str(row["shared"]).lower() == "true"


def millions(figure: object) -> Decimal | None:
    return None if figure is None else Decimal(str(figure)) / MILLION


def test_no_total_adds_sums_more_than_ten_years_apart(graph: MissionGraph) -> None:
    answer = graph.query("money-by-mission")
    assert isinstance(answer, Table)
    dated = [row for row in answer if row["first"]]
    assert dated and all(int(row["last"]) - int(row["first"]) <= 10 for row in dated)


def test_parts_that_do_not_overlap_add_up_to_no_more_than_their_whole() -> None:
    told = {row["id"]: row for row in sums()}
    parts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in told.values():
        for whole in filter(None, row["part_of"].split("|")):
            if "overlaps" not in row["note"]:
                parts[whole, row["kind"]] += Decimal(row["value"])
    rounded = Decimal("1.01")
    above = {
        (whole, kind)
        for (whole, kind), total in parts.items()
        if total > Decimal(told[whole]["value"]) * rounded
    }
    assert above == BELOW_THEIR_PARTS


def test_a_call_inside_a_scheme_is_a_part_of_the_sum_of_the_scheme() -> None:
    of = {owner: row for row in sums() for owner in row["of"].split("|")}
    calls = {f"instrument/{r['id']}": f"instrument/{r['scheme']}" for r in rows("instruments")}
    inside = [(of[call], of[scheme]) for call, scheme in calls.items() if {call, scheme} <= {*of}]
    assert inside
    for call, scheme in inside:
        assert call["currency"] != scheme["currency"] or scheme["id"] in call["part_of"].split("|")


def test_a_sum_told_per_year_has_that_basis() -> None:
    told = [row for row in sums() if {"per year", "a year"} & {*row["note"].split("; ")}]
    assert told
    assert [row["id"] for row in told if row["basis"] != "per-year"] == []


def test_a_sum_with_several_rows_has_one_currency_and_kind() -> None:
    said: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in sums():
        said[row["id"]].add((row["currency"], row["kind"], row["basis"], row["bound"]))
    assert [sum_id for sum_id, kinds in said.items() if len(kinds) > 1] == []


def test_each_statement_of_one_sum_is_in_the_graph_of_its_source(graph: MissionGraph) -> None:
    answer = graph.query(
        f"""
        SELECT ?graph ?value {{ GRAPH ?graph {{
          <{ID}amount/faraday-battery-challenge--2017-2025--budget> <{MOI}value> ?value
        }} }}
        """
    )
    assert isinstance(answer, Table)
    assert {(row["graph"].rpartition("/")[2], row["value"]) for row in answer} == {
        (
            "ukri-org--browse-our-areas-of-investment-and-support-faraday-battery-challenge",
            610 * MILLION,
        ),
        ("faraday-ac-uk--faraday-battery-challenge", 541 * MILLION),
    }


# The same rule over made-up money.

KINDS = ("awarded", "budget")
CURRENCIES = ("EUR", "SEK")


@dataclass(frozen=True)
class Sum:
    """A sum of the one initiative: figures by telling, and the number of its whole, if any."""

    figures: tuple[int, ...]
    kind: str
    currency: str
    whole: int | None = None


@st.composite
def books(draw: st.DrawFn) -> list[Sum]:
    """Sums of which some are parts of earlier ones, in the currency and not above the figures."""
    book: list[Sum] = []
    for place in range(draw(st.integers(1, 6))):
        whole = draw(st.none() | st.integers(0, place - 1)) if place else None
        most = 1000 if whole is None else min(book[whole].figures)
        currency = CURRENCIES[draw(st.integers(0, 1))] if whole is None else book[whole].currency
        figures = draw(st.lists(st.integers(0, most), min_size=1, max_size=3))
        book.append(Sum(tuple(figures), draw(st.sampled_from(KINDS)), currency, whole))
    return book


Totals = dict[tuple[str, str], tuple[int, int | None, int | None]]


def totals(book: list[Sum]) -> Totals:
    """Number of sums, lowest and highest total by kind and currency, as the query gives them."""
    store = ox.Store()
    text = "".join(quads(book))
    store.load(text.encode(), format=ox.RdfFormat.N_QUADS)
    answer = store.query(find("money-by-mission").text, use_default_graph_as_union=True)
    assert isinstance(answer, ox.QuerySolutions)
    read = {}
    for row in answer:
        sums, least, most = (row[name] for name in ("sums", "lowest", "highest"))
        key = row["kind"].value, row["currency"].value
        read[key] = int(sums.value), least and int(least.value), most and int(most.value)
    return read


def quads(book: list[Sum]) -> Iterator[str]:
    def said(graph: object, subject: str, predicate: str, thing: str) -> str:
        return f"<{subject}> <{predicate}> {thing} <x:{graph}> .\n"

    iri, label = "<{}>".format, f"{RDFS}label"
    initiative = f"{ID}mission/one"
    yield said(0, initiative, RDF + "type", iri(MOI + "Initiative"))
    yield said(0, initiative, RDF + "type", iri(MOI + "Mission"))
    yield said(0, initiative, label, '"One"')
    yield said(0, MOI + "Mission", f"{RDFS}subClassOf", iri(MOI + "Initiative"))
    yield said(0, MOI + "Mission", label, '"Mission"')
    for kind in KINDS:
        yield said(0, f"{VOCAB}amount-kind/{kind}", f"{SKOS}prefLabel", f'"{kind}"')
    for currency in CURRENCIES:
        yield said(0, f"{VOCAB}currency/{currency}", f"{SKOS}notation", f'"{currency}"')
    for place, each in enumerate(book):
        node = f"{ID}amount/{place}"
        yield said(0, initiative, MOI + "drawsOn", iri(node))
        yield said(0, node, RDF + "type", iri(MOI + "MonetaryAmount"))
        yield said(0, node, MOI + "hasKind", iri(f"{VOCAB}amount-kind/{each.kind}"))
        yield said(0, node, MOI + "hasCurrency", iri(f"{VOCAB}currency/{each.currency}"))
        if each.whole is not None:
            yield said(0, node, f"{DCTERMS}isPartOf", iri(f"{ID}amount/{each.whole}"))
        for source, figure in enumerate(each.figures):
            yield said(source, f"{ID}instrument/{place}-{source}", MOI + "hasAmount", iri(node))
            yield said(source, node, MOI + "value", f'"{figure}"^^<{XSD}decimal>')


def independent(book: list[Sum]) -> Iterator[Sum]:
    """The sums that no sum of their kind holds, over any number of steps."""
    for each in book:
        whole = each.whole
        while whole is not None and book[whole].kind != each.kind:
            whole = book[whole].whole
        if whole is None:
            yield each


@given(books())
def test_no_total_exceeds_the_sum_of_independent_amounts(book: list[Sum]) -> None:
    expected: dict[tuple[str, str], list[Sum]] = defaultdict(list)
    for each in independent(book):
        expected[each.kind, each.currency].append(each)
    assert totals(book) == {
        key: (len(each), sum(min(s.figures) for s in each), sum(max(s.figures) for s in each))
        for key, each in expected.items()
    }


@given(books(), st.data())
def test_another_telling_of_a_sum_never_changes_a_total(
    book: list[Sum], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(book) - 1))
    twin = replace(book[place], figures=(*book[place].figures, book[place].figures[0]))
    assert totals([*book[:place], twin, *book[place + 1 :]]) == totals(book)


@given(books(), st.data())
def test_another_part_never_changes_a_total(book: list[Sum], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(book) - 1))
    whole = book[place]
    part = replace(whole, figures=(data.draw(st.integers(0, min(whole.figures))),), whole=place)
    assert totals([*book, part]) == totals(book)


def strength(graph: MissionGraph, layer: str, source: str, target: str) -> float:
    drawn = graph.network("money", layers=(layer,))
    return float(nx.get_edge_attributes(drawn, "strength")[ID + source, ID + target])


def test_the_network_of_money_counts_a_sum_of_two_sources_once(graph: MissionGraph) -> None:
    bank = "organisation/scottish-national-investment-bank"
    owner = "organisation/scottish-government"
    assert strength(graph, "GBP capitalisation", owner, bank) == 2 * BILLION


def test_the_network_of_money_adds_no_part_to_its_whole(graph: MissionGraph) -> None:
    programme, ukri = "programme/faraday-battery-challenge", "organisation/ukri"
    drawn = graph.network("money", layers=("GBP budget",))
    assert strength(graph, "GBP budget", ukri, programme) == 274 * MILLION
    assert [source for source, target in drawn.edges if target == ID + programme] == [ID + ukri]


def test_the_network_of_money_shares_a_joint_award_out_equally(graph: MissionGraph) -> None:
    for name in ("sanofi", "gsk"):
        warp_speed, firm = "mission/us-operation-warp-speed", f"organisation/{name}"
        assert strength(graph, "USD awarded", warp_speed, firm) == (30 + 2100) * MILLION / 2
