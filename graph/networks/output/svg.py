"""Draws a network as SVG or PNG.

The size of a node shows its score and its colour its group, the thickness of a tie its strength,
and the highest ranked nodes have a label. Nodes on the second side of a two-mode network are
squares. The colours are those of Okabe and Ito (2002, https://jfly.uni-koeln.de/color/), which
people with all kinds of colour vision can distinguish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from missiongraph.errors import NotAcceptable
from missiongraph.networks.extract.counts import in_words
from missiongraph.networks.measures.ranking import ranks
from missiongraph.networks.measures.registry import MEASURES, find_measure
from missiongraph.networks.model.columns import question, sides, ties
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Scores
from missiongraph.networks.model.projection import weighing
from missiongraph.system.files import replacing, suffix

from .label_placement import Box, Mark, placed
from .layout import Positions, layout
from .xml import tag, text

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
OTHERS = "#c9ced6"
"""The colour of all but the largest groups, and of nodes without a group."""

WIDTH, HEIGHT = 1200, 960
PAGE = Box(30, 60, 910, 890)
LEGEND, LINE = 940, 22
SMALL, LARGE = 3.0, 16.0  # radius of a node, up to CROWD nodes
CROWD = 300  # with more nodes, the largest are smaller
LETTERS, LEGEND_LETTERS = 36, 28  # longest labels
LAYERS = 4  # named in the caption; more are counted, so that the line fits
SVG = "http://www.w3.org/2000/svg"
STYLE = """
.network text{font-size:14px;fill:#1a1a1a;
font-family:'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans','Noto Sans',sans-serif}
.network .title{font-size:22px;font-weight:bold} .network .small{font-size:12px}
.network .page{fill:#fff} .network .ties{stroke:#555;fill:none} .network .nodes{stroke:#fff}
.network .labels text{paint-order:stroke;stroke:#fff;stroke-width:3px}
@media (prefers-color-scheme:dark){.network text{fill:#eee} .network .page{fill:#161616}
.network [fill="#c9ced6"]{fill:#5a616b} .network .ties{stroke:#bbb}
.network .nodes,.network .labels text{stroke:#161616}}
"""


@dataclass(frozen=True, eq=False)
class Look:
    """The appearance of a network.

    ``measure`` determines the size of nodes; ``scores`` are its values, computed by default.
    ``groups``, one per node (None: no group), determine their colour, and ``grouped`` describes
    them. ``labels`` is the largest number of labels, ``seed`` that of the layout. Without
    ``words``, there are only nodes and ties.
    """

    measure: str = "degree"
    scores: Scores | None = None
    groups: Sequence[object] | None = None
    grouped: str = "group"
    labels: int = 25
    seed: int = 0
    words: bool = True


def plot(network: Network | nx.Graph[Any], target: Path | str, look: Look = Look()) -> Path:
    """Draw ``network`` to a file whose name ends in .svg or .png, see :func:`save`."""
    return save(svg(network, look), target)


def save(picture: str, target: Path | str) -> Path:
    """Write the SVG ``picture`` to a file whose name ends in .svg or .png; returns its path.

    The file appears complete or not at all. Raises :class:`NotAcceptable` for another ending, or if
    a PNG cannot be made, see :func:`png`.
    """
    path = Path(target)
    if suffix(path) not in ("svg", "png"):
        raise NotAcceptable(f"{path.name}: the name of a picture ends in .svg or .png")
    data = picture.encode() if suffix(path) == "svg" else png(picture)
    with replacing(path) as file:
        file.write(data)
    return path


def svg(network: Network | nx.Graph[Any], look: Look = Look()) -> str:
    """The picture as self-contained SVG; the same network gives the same text."""
    drawn = from_networkx(network)
    scores = find_measure(look.measure).scores(drawn) if look.scores is None else look.scores
    groups = sides(drawn) if look.groups is None else look.groups
    colours = _colours(groups)
    places = _on_page(layout(drawn, look.seed))
    radii = _radii(scores)
    title, caption = question(drawn), _caption(drawn, look)
    box = Box(0, 0, WIDTH, HEIGHT) if look.words else PAGE
    width, height = box.right - box.left, box.bottom - box.top
    parts = [
        tag("title", text(title), id="title"),
        tag("desc", text(". ".join(caption)), id="caption"),
        tag("style", STYLE),
        tag("rect", class_="page", x=box.left, y=box.top, width=width, height=height),
        *_ties(drawn, places, radii),
        *_nodes(drawn, scores, [colours.get(group, OTHERS) for group in groups], places, radii),
    ]
    if look.words:
        parts += [
            tag("text", text(title), class_="title", x=PAGE.left, y=40),
            *_labels(drawn, _foremost(scores, look), places, radii),
            *_legend(groups, colours),
            *(_small(line, PAGE.left, 914 + 17 * number) for number, line in enumerate(caption)),
        ]
    return tag(
        "svg", "\n".join(parts), xmlns=SVG, viewBox=f"{box.left} {box.top} {width} {height}",
        width=width, height=height, class_="network", role="img",
        aria_labelledby="title caption",
    )  # fmt: skip


def png(picture: str, zoom: float = 2) -> bytes:
    """Convert an SVG picture to PNG, ``zoom`` times as large; needs the extra ``plot``.

    Raises :class:`NotAcceptable` without the extra, and if there is no font.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        reason = "a PNG needs resvg: pip install 'missiongraph[plot]', or write an .svg"
        raise NotAcceptable(reason) from None
    blank, letter = (tag("style", STYLE) + tag("text", words, y=9) for words in (" ", "x"))
    tiny = (
        tag("svg", part, xmlns=SVG, class_="network", width=9, height=9) for part in (blank, letter)
    )
    if len({bytes(svg_to_bytes(svg_string=part)) for part in tiny}) == 1:
        fonts = "Arial, Liberation Sans, DejaVu Sans or Noto Sans"
        raise NotAcceptable(f"a PNG needs a font: install {fonts}, or write an .svg")
    return bytes(svg_to_bytes(svg_string=picture, zoom=zoom))


def _on_page(places: Positions) -> Positions:
    """Positions on the page, with a margin for the largest node."""
    low = np.array([PAGE.left, PAGE.top]) + LARGE
    high = np.array([PAGE.right, PAGE.bottom]) - LARGE
    positions: Positions = low + places * (high - low)
    return positions


def _radii(scores: Scores) -> Scores:
    """Radii for areas that grow with scores; NaN and scores not above 0 get the smallest."""
    known = np.maximum(np.nan_to_num(scores, nan=0.0), 0.0)
    range_ = (LARGE - SMALL) * min(1.0, np.sqrt(CROWD / max(len(scores), 1)))
    radii: Scores = SMALL + range_ * np.sqrt(known / (known.max(initial=0.0) or 1.0))
    return radii


def _colours(groups: Sequence[object]) -> dict[object, str]:
    """A colour for each of the largest groups; equally large ones are sorted by name."""
    counts = Counter(group for group in groups if group is not None)
    largest = sorted(counts, key=lambda group: (-counts[group], str(group)))
    return dict(zip(largest, PALETTE, strict=False))


def _ties(network: Network, places: Positions, radii: Scores) -> Iterator[str]:
    """Lines by thickness, the strongest on top; many lines are fainter than few."""
    opacity = min(0.6, 20 / np.sqrt(max(network.size, 1)))
    if network.directed:
        head = tag("path", class_="ties", d="M0 0L6 3L0 6")
        size = {"viewBox": "0 0 6 6", "markerWidth": 8, "markerHeight": 8, "refX": 6, "refY": 3}
        yield tag("marker", head, id="head", orient="auto", markerUnits="userSpaceOnUse", **size)
    end = "url(#head)" if network.directed else None
    for width, lines in groupby(sorted(_lines(network, places, radii)), key=itemgetter(0)):
        content = "".join(tag("path", d=line) for _, line in lines)
        yield tag(
            "g", content, class_="ties", stroke_width=width, opacity=f"{opacity:.3f}",
            marker_end=end,
        )  # fmt: skip


def _lines(network: Network, places: Positions, radii: Scores) -> Iterator[tuple[float, str]]:
    """The thickness and the path of each tie; a directed one ends at the node's edge."""
    logs = np.log(network.strengths.data)
    low, high = logs.min(initial=np.inf), logs.max(initial=-np.inf)
    for source, target, weight in ties(network):
        log = np.log(weight if network.weighed == "strength" else 1 / weight)
        share = (log - low) / (high - low) if high > low else 0.0
        start, end = places[source], places[target]
        if network.directed and (length := np.hypot(*(end - start))):
            end = end - (end - start) * min(1.0, radii[target] / length)
        path = f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"
        yield round(0.8 + 2.4 * float(share), 1), path


def _nodes(
    network: Network, scores: Scores, fills: Sequence[str], places: Positions, radii: Scores
) -> Iterator[str]:
    """The nodes, the largest at the bottom, each with its label and score as a tooltip."""
    yield '<g class="nodes">'
    for place in np.argsort(-radii, kind="stable").tolist():
        (x, y), r, fill = places[place], radii[place], fills[place]
        name = tag("title", text(f"{network.label(network.nodes[place])}: {scores[place]:.4g}"))
        if network.side is not None and network.side[place]:
            square = {"x": x - r, "y": y - r, "width": 2 * r, "height": 2 * r}
            yield tag("rect", name, fill=fill, **_short(square))
        else:
            yield tag("circle", name, fill=fill, **_short({"cx": x, "cy": y, "r": r}))
    yield "</g>"


def _foremost(scores: Scores, look: Look) -> list[int]:
    """The indices of the highest ranked nodes, which get a label."""
    measure = MEASURES.get(look.measure)
    order = ranks(scores, low=bool(measure and measure.low)).argsort(kind="stable")
    places: list[int] = order[: look.labels].tolist()
    return places


def _labels(
    network: Network, foremost: Sequence[int], places: Positions, radii: Scores
) -> Iterator[str]:
    """The labels of the highest ranked nodes, if they fit."""
    marks = [
        Mark(x, y, float(radii[place]), _cut(network.label(network.nodes[place])))
        for place, (x, y) in zip(foremost, places[list(foremost)].tolist(), strict=True)
    ]
    named = set(foremost)
    others = [
        Mark(x, y, float(radii[place]), "").box
        for place, (x, y) in enumerate(places.tolist())
        if place not in named
    ]
    yield '<g class="labels">'
    for mark, box in placed(marks, PAGE, 14, others):
        yield tag("text", text(mark.label), **_short({"x": box.left, "y": box.bottom - 4}))
    yield "</g>"


def _legend(groups: Sequence[object], colours: dict[object, str]) -> Iterator[str]:
    """The groups with their colours and numbers of nodes."""
    counts = Counter(colours.get(group, OTHERS) for group in groups)
    entries = [(str(group), colour) for group, colour in colours.items()]
    if colours and counts[OTHERS]:
        entries.append(("others", OTHERS))
    for number, (name, colour) in enumerate(entries):
        y = PAGE.top + 20 + LINE * number
        yield tag("circle", cx=LEGEND, cy=y - 5, r=6, fill=colour)
        yield _small(f"{_cut(name, LEGEND_LETTERS)} ({counts[colour]})", LEGEND + 14, y - 1)


def _caption(network: Network, look: Look) -> list[str]:
    """Lines: the view and size of the network; the meaning of size, colour and thickness; and how
    shared nodes add up in a projection."""
    drawn = [*_view(network), f"{len(network):,} nodes", f"{network.size:,} ties"]
    if "statements" in network.about:
        drawn.append(in_words(network.about))
    measure = MEASURES.get(look.measure)
    shown = [f"size: {look.measure}" + (f" ({measure.says})" if measure else "")]
    if look.groups is not None:
        shown.append(f"colour: {look.grouped}")
    if network.definition:
        method = network.about.get("method", "count")
        by = "" if method == "count" else f", by {method}"
        shown.append(f"thickness: {network.definition.weight}{by}")
    lines = [" · ".join(drawn), " · ".join(shown), weighing(network.about)]
    return [line for line in lines if line]


def _view(network: Network) -> Iterator[str]:
    """The options of the view, in words."""
    about = network.about
    for name in ("at", "since", "until"):
        if about.get(name):
            yield f"{name} {about[name]}"
    if layers := about.get("layers"):
        few = len(layers) <= LAYERS
        yield f"layer: {', '.join(layers)}" if few else f"{len(layers)} layers"
    if method := about.get("method"):
        yield f"projected by {method}"
    if (level := about.get("backbone", 1)) < 1:
        yield f"backbone at {level:g} ({about.get('backbone_by', 'disparity')})"


def _small(words: str, x: float, y: float) -> str:
    return tag("text", text(words), class_="small", x=f"{x:.0f}", y=f"{y:.0f}")


def _short(numbers: Mapping[str, float]) -> dict[str, str]:
    """Numbers as text with one decimal."""
    return {name: f"{number:.1f}" for name, number in numbers.items()}


def _cut(label: str, letters: int = LETTERS) -> str:
    return label if len(label) <= letters else label[: letters - 1].rstrip() + "…"
