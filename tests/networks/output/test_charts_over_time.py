"""Heat maps and alluvial diagrams show what they are given, no more and no less."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.networks.output.alluvial import Members, alluvial
from missiongraph.networks.output.heat import Scores, heat_map

YEARS = [date(year, 1, 1) for year in range(2020, 2025)]
CELL, TITLE = "{*}rect[@class='cell']", "{*}title"


def titles(picture: str, path: str) -> list[str]:
    found = ElementTree.fromstring(picture).iterfind(path)
    return [each.findtext(TITLE) or "" for each in found]


def test_a_heat_map_has_a_cell_for_each_score_and_none_where_there_is_none() -> None:
    scores: Scores = {"a": [0.5, None, 1, 0, 0.25], "b": [None] * 4 + [2.0]}
    picture = heat_map(YEARS, scores, "Who?", "Told.")
    assert titles(picture, CELL) == [
        "b, 2024: 2", "a, 2020: 0.5", "a, 2022: 1", "a, 2023: 0", "a, 2024: 0.25",
    ]  # fmt: skip
    assert "Who?" in picture and "Told." in picture and "more" not in picture


def test_the_darkest_cell_has_the_largest_score() -> None:
    picture = heat_map(YEARS, {"a": [1, 2, 4, 0, None]}, "Who?")
    cells = ElementTree.fromstring(picture).iterfind(CELL)
    assert [float(cell.get("fill-opacity", 0)) for cell in cells] == [0.31, 0.54, 1, 0.08]


def test_rows_that_are_not_shown_are_counted() -> None:
    scores: Scores = {name: [1.0] * 5 for name in "abcd"} | {"never": [None] * 5}
    assert "2 more have scores." in heat_map(YEARS, scores, "Who?", top=2)


def test_nothing_gives_a_chart_without_rows() -> None:
    for picture in (heat_map([], {}, "Who?"), alluvial([], {}, {}, "Who?")):
        assert not titles(picture, "{*}rect[{*}title]") and "Who?" in picture


MEMBERS: Members = {
    "a": [0, 0, 1, 1, None],
    "b": [0, 0, 1, 1, 1],
    "c": [0, 2, 2, None, 1],
    "d": [None, 3, 3, 0, 0],
}
NAMES = {0: "a, b", 1: "b, a", 2: "c", 3: "d"}


def blocks(picture: str) -> Counter[tuple[str, str]]:
    told = [re.fullmatch(r"(.*), (\d{4}): (\d+)", text) for text in titles(picture, "{*}rect")]
    return Counter({(each[2], each[1]): int(each[3]) for each in told if each})


def test_an_alluvial_diagram_has_a_block_for_each_community_and_its_members() -> None:
    found = blocks(alluvial(YEARS, MEMBERS, NAMES, "Who?"))
    assert found["2020", "a, b"] == 3 and found["2022", "b, a"] == 2 and found["2024", "b, a"] == 2
    assert len(found) == 1 + 3 + 3 + 2 + 2


def test_a_stream_is_as_thick_as_the_members_that_go() -> None:
    picture = alluvial(YEARS[:2], {n: row[:2] for n, row in MEMBERS.items()}, NAMES, "Who?")
    assert titles(picture, "{*}path") == ["2 go on", "1 go on"]


@examples(40)
@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=5, max_size=5),
    ),
    st.integers(1, 4),
)
def test_members_in_are_members_drawn_and_those_who_go_on(
    members: dict[str, list[int | None]], top: int
) -> None:
    names = {code: f"no {code}" for code in range(7)}
    picture = alluvial(YEARS, members, names, "Who?", top=top)
    for place, year in enumerate(YEARS):
        drawn = sum(n for (of, _), n in blocks(picture).items() if of == str(year.year))
        assert drawn == sum(row[place] is not None for row in members.values())
    go_on = sum(int(text.split()[0].replace(",", "")) for text in titles(picture, "{*}path"))
    pairs = (pair for row in members.values() for pair in pairwise(row))
    assert go_on == sum(None not in pair for pair in pairs)


def test_smaller_communities_are_in_one_block_and_counted() -> None:
    picture = alluvial(YEARS, MEMBERS, NAMES, "Who?", top=1)
    assert "3 smaller communities are in one block." in picture
    assert sum(blocks(picture).values()) == 17
