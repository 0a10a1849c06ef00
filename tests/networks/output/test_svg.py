"""A picture of a network: where nodes stand, what is drawn, and who can read it."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest
import resvg_py
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import NotAcceptable
from missiongraph.networks import from_networkx
from missiongraph.networks.model.backbone import disparity, hypergeometric
from missiongraph.networks.model.projection import projection
from missiongraph.networks.output.label_placement import Box, Mark, placed
from missiongraph.networks.output.layout import layout
from missiongraph.networks.output.svg import OTHERS, PALETTE, Look, plot, png, svg

SVG = "{http://www.w3.org/2000/svg}"


def scored(graph: nx.Graph[Any], **look: Any) -> Look:
    scores = np.array([float(degree) for _, degree in graph.degree])
    return Look(scores=scores, **look)


def drawn(graph: nx.Graph[Any], **look: Any) -> ElementTree.Element:
    return ElementTree.fromstring(svg(graph, scored(graph, **look)))


# --- layout


@examples(30)
@given(st.sets(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=30), st.booleans())
def test_all_nodes_are_in_the_unit_square(pairs: set[tuple[int, int]], directed: bool) -> None:
    graph: nx.Graph[Any] = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(16))
    graph.add_edges_from(pairs)
    places = layout(graph)
    assert places.shape == (16, 2)
    assert np.isfinite(places).all() and places.min() >= -1e-9 and places.max() <= 1 + 1e-9


def test_no_nodes_have_no_places_and_one_is_in_the_middle() -> None:
    assert layout(nx.Graph()).shape == (0, 2)
    assert layout(nx.empty_graph(1)).tolist() == [[0.5, 0.5]]


def test_the_same_seed_gives_the_same_places() -> None:
    graph = nx.karate_club_graph()
    assert (layout(graph, seed=3) == layout(graph, seed=3)).all()
    assert (layout(graph, seed=3) != layout(graph, seed=4)).any()


def test_nodes_are_apart() -> None:
    places = layout(nx.karate_club_graph())
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert apart[np.triu_indices(34, 1)].min() > 0.01


def test_those_who_are_tied_are_near() -> None:
    graph = nx.connected_caveman_graph(4, 8)
    places = layout(graph)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    tied = nx.to_numpy_array(graph) > 0
    assert apart[tied].mean() < apart[~tied].mean() / 2


def test_components_do_not_overlap() -> None:
    graph = nx.disjoint_union_all([nx.complete_graph(n) for n in (12, 8, 5, 3, 2, 2)])
    places = layout(graph)
    boxes = [
        Box(*places[list(part)].min(axis=0), *places[list(part)].max(axis=0))
        for part in nx.connected_components(graph)
    ]
    assert not any(a.meets(b) for a in boxes for b in boxes if a is not b)


def test_isolates_stand_below_the_others() -> None:
    graph = nx.disjoint_union(nx.cycle_graph(6), nx.empty_graph(5))
    places = layout(graph)
    assert places[6:, 1].min() > places[:6, 1].max()


def test_many_isolates_stand_in_a_square_and_not_in_a_line() -> None:
    places = layout(nx.disjoint_union(nx.path_graph(3), nx.empty_graph(250)))
    width, height = places.max(axis=0) - places.min(axis=0)
    assert 0.8 < width / height < 1.25
    assert len(np.unique(places[3:, 0].round(6))) > 10


# --- labels


def test_labels_do_not_cover_each_other() -> None:
    page = Box(0, 0, 400, 400)
    marks = [Mark(50.0 * (n % 8), 40.0 * (n // 8), 5, "a long name") for n in range(64)]
    boxes = [box for _, box in placed(marks, page, 14)]
    assert 0 < len(boxes) < 64
    assert not any(a.meets(b) for a in boxes for b in boxes if a is not b)


def test_a_label_stands_where_it_covers_fewest_nodes() -> None:
    page, mark = Box(0, 0, 400, 400), Mark(200, 200, 5, "label")
    to_the_right = [Box(210, 195, 220, 205), Box(230, 195, 240, 205)]
    [(_, box)] = placed([mark], page, 14, to_the_right)
    assert not any(box.meets(other) for other in to_the_right)
    around = [Box(0, 0, 400, 400), *to_the_right]
    assert [found for found, _ in placed([mark], page, 14, around)] == [mark]


def test_the_foremost_has_its_label_and_stays_on_the_page() -> None:
    page = Box(0, 0, 200, 100)
    mark = Mark(190, 50, 5, "at the edge")
    [(first, box)] = placed([mark], page, 14)
    assert first == mark and box.within(page) and box.right < mark.x


# --- picture


def test_the_picture_has_a_name_for_those_who_do_not_see_it() -> None:
    root = drawn(nx.path_graph(3))
    assert root.get("role") == "img"
    named = [
        root.find(f".//*[@id='{name}']") for name in (root.get("aria-labelledby") or "").split()
    ]
    assert len(named) == 2 and all(part is not None and part.text for part in named)


@pytest.mark.parametrize(
    ("number", "says"), [(0, ""), (2, "layer: l0, l1 · "), (31, "31 layers · ")]
)
def test_layers_are_named_if_they_fit_and_else_counted(number: int, says: str) -> None:
    layers = [f"l{place}" for place in range(number)]
    network = replace(from_networkx(nx.path_graph(2)), about={"layers": layers})
    caption = ElementTree.fromstring(svg(network)).findtext(f"{SVG}desc")
    assert caption and caption.startswith(f"{says}2 nodes")


def test_every_node_and_tie_is_drawn_and_every_node_named() -> None:
    root = drawn(nx.karate_club_graph())
    circles = root.findall(f".//{SVG}g[@class='nodes']/{SVG}circle")
    assert len(circles) == 34 and all(circle.find(f"{SVG}title") is not None for circle in circles)
    assert len(root.findall(f".//{SVG}g[@class='ties']/{SVG}path")) == 78


def test_areas_grow_with_scores() -> None:
    root = drawn(nx.star_graph(4))
    radii = [float(circle.get("r", 0)) for circle in root.iter(f"{SVG}circle")]
    assert max(radii) == radii[0] > 1.5 * radii[1]


def test_the_largest_groups_have_colours_and_a_legend() -> None:
    graph = nx.empty_graph(20)
    groups = [0] * 5 + [1] * 4 + [f"group {n}" for n in range(9)] + [None, None]
    root = drawn(graph, groups=groups, grouped="kind")
    fills = [
        circle.get("fill") for circle in root.findall(f".//{SVG}g[@class='nodes']/{SVG}circle")
    ]
    assert fills[:9] == [PALETTE[0]] * 5 + [PALETTE[1]] * 4 and fills[-2:] == [OTHERS] * 2
    words = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert {"0 (5)", "1 (4)", "others (7)"} <= set(words)
    assert any("colour: kind" in line for line in words)


def test_the_second_side_is_square() -> None:
    from dataclasses import replace

    network = from_networkx(nx.path_graph(2))
    network = replace(network, side=np.array([0, 1], dtype=np.int8))
    root = ElementTree.fromstring(svg(network, Look(scores=np.ones(2))))
    nodes = root.find(f".//{SVG}g[@class='nodes']")
    assert nodes is not None and [node.tag for node in nodes] == [f"{SVG}circle", f"{SVG}rect"]


def test_directed_ties_have_heads() -> None:
    assert "url(#head)" in svg(nx.DiGraph([(0, 1)]), Look(scores=np.ones(2)))
    assert "url(#head)" not in svg(nx.Graph([(0, 1)]), Look(scores=np.ones(2)))


def test_labels_may_hold_anything() -> None:
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_node("a", label='<script>"&\u0000')
    words = [text.text for text in drawn(graph).iter(f"{SVG}text")]
    assert '<script>"&\ufffd' in words


@pytest.mark.parametrize("graph", [nx.Graph(), nx.empty_graph(1), nx.DiGraph([(0, 0)])])
def test_the_smallest_networks_can_be_drawn(graph: nx.Graph[Any]) -> None:
    assert drawn(graph).tag == f"{SVG}svg"


def test_scores_that_are_no_numbers_are_small() -> None:
    look = Look(scores=np.array([np.nan, 1.0]))
    root = ElementTree.fromstring(svg(nx.path_graph(2), look))
    radii = [float(circle.get("r", 0)) for circle in root.iter(f"{SVG}circle")]
    assert radii[0] > radii[1] == 3


def test_the_same_network_gives_the_same_picture() -> None:
    graph = nx.karate_club_graph()
    assert svg(graph, scored(graph)) == svg(graph, scored(graph))


def test_a_png_is_twice_the_size_of_the_page(tmp_path: Path) -> None:
    graph = nx.karate_club_graph()
    path = plot(graph, tmp_path / "karate.png", scored(graph))
    data = path.read_bytes()
    assert data[1:4] == b"PNG" and struct.unpack(">II", data[16:24]) == (2400, 1920)


def test_a_png_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(NotAcceptable, match=r"missiongraph\[plot\]"):
        png("<svg/>")


def test_a_png_without_a_font_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    fontless = partial(resvg_py.svg_to_bytes, skip_system_fonts=True)
    monkeypatch.setattr(resvg_py, "svg_to_bytes", fontless)
    with pytest.raises(NotAcceptable, match="font"):
        png(svg(nx.path_graph(2), Look(scores=np.ones(2))))


def test_a_picture_ends_in_svg_or_png(tmp_path: Path) -> None:
    with pytest.raises(NotAcceptable, match=r"\.svg"):
        plot(nx.path_graph(2), tmp_path / "network.pdf")


@pytest.mark.parametrize("how", [disparity, hypergeometric])
def test_a_picture_of_a_backbone_says_so(how: Any) -> None:
    two: nx.Graph[Any] = nx.Graph([("a", "m"), ("b", "m"), ("a", "n"), ("b", "n"), ("c", "n")])
    backbone = how(projection(two, ["a", "b", "c"]), 0.5)
    captions = [part.text or "" for part in ElementTree.fromstring(svg(backbone)).iter()]
    assert any(f"backbone at 0.5 ({how.__name__})" in text for text in captions)
