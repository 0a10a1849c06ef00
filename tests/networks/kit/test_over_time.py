"""Ranks, ties and communities period by period."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.spells import ROWS, TIES

import missiongraph as mg
from missiongraph.errors import QueryError
from missiongraph.networks.kit.graphs import AnalystGraph
from missiongraph.networks.output.bump import Ranks, bump

SPELLS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from("xyz"),
        st.one_of(st.none(), st.integers(2000, 2006)),
        st.one_of(st.none(), st.integers(2000, 2006)),
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def small() -> AnalystGraph:
    return mg.MissionGraph().network(TIES % ROWS)


def of_spells(spells: list[tuple[str, str, int | None, int | None]]) -> AnalystGraph:
    def year(value: int | None) -> str:
        return "UNDEF" if value is None else f'"{value}"'

    rows = " ".join(
        f'(<x:{a}> <x:{b}> {year(start)} {year(end)} "l" <x:g> 1)'
        for a, b, start, end in (
            (a, b, *(sorted((start, end)) if start and end else (start, end)))
            for a, b, start, end in spells
        )
    )
    return mg.MissionGraph().network(TIES.replace("directed", "undirected") % rows)


def test_a_series_has_every_node_in_every_period(small: AnalystGraph) -> None:
    found = small.series(2018, 2021, ["degree", "pagerank"])
    assert len(found) == 4 * 3 * 2
    frame = found.to_polars().filter(pl.col("measure") == "degree")
    present = frame.group_by("period", maintain_order=True).agg(pl.col("present").sum())
    assert present["present"].to_list() == [0, 2, 2, 2]
    assert frame.filter(~pl.col("present"))["rank"].null_count() == frame["rank"].null_count()
    for period in found.facts["periods"]:
        assert period["statements"] + sum(period["left_out"].values()) == 3


def test_a_series_of_a_day_is_refused() -> None:
    with pytest.raises(QueryError, match="all time"):
        mg.MissionGraph().network(TIES % ROWS, at=2020).series(2019, 2020)


def test_intervals_of_a_series_hold_its_ranks(small: AnalystGraph) -> None:
    found = small.series(2019, 2020, "degree", sure="sources")
    for row in found:
        if row["present"]:
            assert row["best"] <= row["rank"] <= row["worst"]
        else:
            assert row["best"] is None


def test_ties_that_come_and_go_are_counted(small: AnalystGraph) -> None:
    first, second, third = small.turnover(2018, 2020)
    assert (first["ties"], second["ties"], third["ties"]) == (0, 1, 1)
    assert first["came"] is None and (second["came"], second["gone"]) == (1, 0)
    assert (second["jaccard"], third["jaccard"], third["stayed"]) == (0, 1, 1)


@given(SPELLS)
@examples(25)
def test_what_came_less_what_went_is_the_difference(spells: Any) -> None:
    rows = list(of_spells(spells).turnover(2000, 2006))
    for before, after in pairwise(rows):
        assert before["ties"] + after["came"] - after["gone"] == after["ties"]
        assert before["nodes"] + after["nodes_came"] - after["nodes_gone"] == after["nodes"]
        assert after["stayed"] + after["came"] == after["ties"]


@given(SPELLS)
@examples(25)
def test_a_series_loses_no_node_period_or_statement(spells: Any) -> None:
    network = of_spells(spells)
    found = network.series(2000, 2006, ["degree", "pagerank"])
    assert len(found) == 7 * 2 * len(network)
    whole = network.network.about["statements"]
    for period in found.facts["periods"]:
        assert period["statements"] + sum(period["left_out"].values()) == whole


def test_a_community_keeps_its_number_while_it_goes_on() -> None:
    two = [("a", "x", 2000, 2004), ("b", "y", 2000, 2002), ("c", "z", 2003, 2004)]
    found = of_spells([*two, ("a", "y", 2004, 2004)]).communities_over_time(2000, 2004)
    of = {(row["period"].year, row["node"]): row["community"] for row in found}
    assert len({of[year, "x:a"] for year in range(2000, 2005)}) == 1
    assert of[2000, "x:b"] == of[2002, "x:y"] != of[2003, "x:c"] == of[2004, "x:z"]
    assert (2003, "x:b") not in of and of[2004, "x:y"] == of[2004, "x:a"]


def test_a_bump_chart_has_a_line_for_each_that_is_first_at_the_end(small: AnalystGraph) -> None:
    picture = small.series(2019, 2021).bump(top=2)
    assert picture.svg.count("<polyline") == 2 and "Ranks by degree" in picture.svg
    with pytest.raises(QueryError, match="no measure 'pagerank'"):
        small.series(2019, 2020).bump("pagerank")


def test_a_line_is_broken_where_there_is_no_rank() -> None:
    days = [date(year, 1, 1) for year in (2000, 2001, 2002, 2003)]
    ranks: Ranks = {"<a>": [1, None, 2, 1], "b": [2, 1, 1, 2], "gone": [3, 2, 3, None]}
    picture = bump(days, ranks, "Who?", top=1)
    assert picture.count("<polyline") == 2 and "&lt;a&gt;" in picture
    assert "gone" not in picture and "1 more have a rank at the end" in picture


def test_a_series_is_a_frame(small: AnalystGraph) -> None:
    frame = small.series(2019, 2020).to_polars()
    assert frame.schema["period"] == pl.Date and frame.schema["present"] == pl.Boolean


def test_two_nodes_of_one_name_have_a_line_each() -> None:
    same = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        <x:a> rdfs:label "Ministry" . <x:b> rdfs:label "Ministry" . <x:c> rdfs:label "Bank" ."""
    store = ox.Store()
    store.load(same.encode(), ox.RdfFormat.TURTLE)
    text = TIES % '(<x:a> <x:c> "2019" UNDEF "l" <x:g> 1) (<x:b> <x:c> "2019" UNDEF "l" <x:g> 1)'
    picture = mg.MissionGraph(store).network(text).series(2019, 2020).bump()
    assert picture.svg.count("<polyline") == 3
    assert "Ministry (x:a)" in picture.svg and "Ministry (x:b)" in picture.svg


def test_a_series_draws_itself_as_a_heat_map(small: AnalystGraph, tmp_path: Path) -> None:
    drawing = small.series(2018, 2021, ["degree", "pagerank"]).heat("pagerank")
    assert drawing.svg.count('class="cell"') == 6 and "the larger the pagerank" in drawing.svg
    assert drawing.save(tmp_path / "heat.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(QueryError, match="no measure 'fame'"):
        small.series(2018, 2019).heat("fame")


def test_communities_draw_themselves_as_an_alluvial_diagram(
    small: AnalystGraph, tmp_path: Path
) -> None:
    found = small.communities_over_time(2018, 2021)
    drawing = found.alluvial()
    assert drawing.svg.count('class="block"') == 3  # none in 2018, one in each later year
    assert "statements are left out" in drawing.svg
    assert drawing.save(tmp_path / "flow.svg").read_text("utf-8") == drawing.svg
    for period in found.facts["periods"]:
        assert period["statements"] + sum(period["left_out"].values()) == 3


def test_temporal_closeness_follows_the_order_of_time() -> None:
    spells = [("a", "x", 2001, 2001), ("b", "x", 2002, 2002), ("c", "z", None, None)]
    found = of_spells(spells).temporal_closeness(2001, 2002)
    assert [(row["label"], row["reached"]) for row in found][:3] == [
        ("x:x", 2), ("x:a", 2), ("x:b", 1),
    ]  # fmt: skip
    assert found[0]["temporal_closeness"] == pytest.approx((1 + 1 / 2 + 1) / (4 * 2))
    assert [sum(period["left_out"].values()) for period in found.facts["periods"]] == [2, 2]


def test_a_panel_has_a_matrix_for_each_year_among_the_same_nodes(tmp_path: Path) -> None:
    funding = mg.open().network("funding")
    *waves, table = funding.panel(tmp_path, 2019, 2022)
    assert [wave.name[:9] for wave in waves] == ["wave-2019", "wave-2020", "wave-2021", "wave-2022"]
    many = len(table.read_text().splitlines()) - 1
    rows = [wave.read_text().splitlines() for wave in waves]
    assert {len(matrix) for matrix in rows} == {many}
    series = funding.series(2019, 2022).facts["periods"]
    ties = ["".join(matrix).replace("10", "").count("1") for matrix in rows]
    assert ties == [period["ties"] for period in series]
