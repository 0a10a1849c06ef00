"""How many frames a second the network explorer draws while it is panned and zoomed.

A picture of each size is given to the explorer's own page in place of the server's; the mouse
drags it about for two seconds, then the wheel turns, and frames are counted by the page itself. ::

    python tests/benchmarks/explorer_speed.py [--sizes 200 2000 10000]
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.browser import opened, running_browser, started

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

TIES = 5  # to a node
SECONDS = 2.0

FRAMES = """(seconds) => new Promise((done) => {
  const times = [];
  const note = (time) => {
    times.push(time);
    if (time - times[0] < seconds * 1000) requestAnimationFrame(note);
    else done(times);
  };
  requestAnimationFrame(note);
})"""


def invented(size: int, seed: int = 0) -> dict[str, Any]:
    """A network of so many nodes in groups of about fifty, with a place for each."""
    chance = random.Random(seed)
    groups = max(1, size // 50)
    centres = [(chance.uniform(0.1, 0.9), chance.uniform(0.1, 0.9)) for _ in range(groups)]
    nodes: list[list[Any]] = []
    for number in range(size):
        group = number % groups
        turn, far = chance.uniform(0, math.tau), chance.gauss(0, 0.05)
        x, y = centres[group][0] + far * math.cos(turn), centres[group][1] + far * math.sin(turn)
        score = chance.paretovariate(1.5)
        nodes.append([f"https://example.org/{number}", f"Node {number}", x, y, group, score, 0])
    for rank, node in enumerate(sorted(nodes, key=lambda node: -node[5]), start=1):
        node[6] = rank
    ties = []
    for number in range(size):
        for _ in range(TIES):
            near = (number + groups * chance.randrange(1, 10)) % size
            ties.append([number, near if chance.random() < 0.9 else chance.randrange(size), 1.0])
    return {"nodes": nodes, "ties": ties, "sides": None, "directed": False}


def measure(page: Page, size: int) -> dict[str, float]:
    """Frames a second while one pans and zooms, and the milliseconds of a whole drawing."""
    body = json.dumps(invented(size))

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="application/json")

    page.route("**/picture?*format=json", answer)
    page.goto("/network?network=partnerships")
    canvas = page.locator(f"canvas.above[data-drawn='{size}']")
    canvas.wait_for()
    page.wait_for_timeout(500)
    box = canvas.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(f"() => {{ window.frames_ = ({FRAMES})({SECONDS}) }}")
    page.mouse.move(x, y)
    page.mouse.down()
    panned = _until_done(page, lambda step: page.mouse.move(*_round(x, y, step)))
    page.mouse.up()
    page.wait_for_timeout(500)
    page.evaluate(f"() => {{ window.frames_ = ({FRAMES})({SECONDS}) }}")
    zoomed = _until_done(page, lambda step: page.mouse.wheel(0, -60 if step % 40 < 20 else 60))
    drawn = page.evaluate(DRAWN)
    page.unroute("**/picture?*format=json")
    return {"pan": panned, "zoom": zoomed, "draw": drawn}


DRAWN = """async () => {
  const { Picture } = await import("/static/picture.js");
  const frame = document.createElement("div");
  Object.assign(frame.style, { width: "905px", height: "648px", position: "fixed" });
  document.body.append(frame);
  const address = document.getElementById("found").dataset.picture + "&format=json";
  const picture = new Picture(frame);
  picture.set(await (await fetch(address)).json());
  const begin = performance.now();
  picture.draw();
  picture.below.getContext("2d").getImageData(0, 0, 1, 1); // wait until it is drawn
  const taken = performance.now() - begin;
  frame.remove();
  return taken;
}"""


def _until_done(page: Page, act: Any) -> float:
    """Act until the page has counted its frames; how many there were in a second."""
    page.evaluate("() => { window.done_ = false; window.frames_.then(() => window.done_ = true) }")
    step = 0
    while not page.evaluate("() => window.done_"):
        act(step := step + 1)
    times: list[float] = page.evaluate("() => window.frames_")
    gaps = [after - before for before, after in pairwise(times)]
    print(f"   longest frame {max(gaps):.0f} ms, median {median(gaps):.1f} ms", file=sys.stderr)
    return 1000 * len(gaps) / (times[-1] - times[0])


def _round(x: float, y: float, step: int) -> tuple[float, float]:
    return x + 120 * math.sin(step / 12), y + 80 * math.sin(step / 9)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 2000, 10_000])
    sizes = parser.parse_args().sizes
    print("| nodes | ties | fps, panning | fps, zooming | ms, drawn in full |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    with started() as address, running_browser() as browser, opened(browser, address) as page:
        for size in sizes:
            found = measure(page, size)
            numbers = " | ".join(f"{found[name]:.0f}" for name in ("pan", "zoom", "draw"))
            print(f"| {size:,} | {size * TIES:,} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
