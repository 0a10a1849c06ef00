"""How quick and how light the pages are, on the curated graph and on one of a million statements.

    python tests/benchmarks/page_speed.py [GENERATED.nq]

Of each page: the seconds that its first answer takes, the median and the 95th percentile of the
next ones, each from request to last byte over a connection that is open; and what a browser
without a cache transfers for the page with all its assets, packed. Without a file, a graph is
generated (:mod:`generate`). The bars: 100 ms median, three times that on the large graph, 150 kB.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import PLACES, THINGS, running_browser, started, visit
from generate import generate

from missiongraph.namespaces import ID

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MILLISECONDS, TIMES, KILOBYTES = 100, 3, 150
_ROUNDS = 21
_HEADERS = {"Accept": "text/html", "Accept-Encoding": "br, gzip"}
_OF_ITS_KIND = f"""SELECT ?thing {{
  {{ SELECT ?kind (MIN(?each) AS ?thing) {{
    ?each a ?class . FILTER(STRSTARTS(STR(?each), "{ID}"))
    BIND(STRBEFORE(STRAFTER(STR(?each), "{ID}"), "/") AS ?kind)
  }} GROUP BY ?kind }}
}}"""
_BUSIEST = """PREFIX moi: <https://w3id.org/missiongraph/ontology#>
SELECT ?thing { ?participation moi:hasParticipant ?thing }
GROUP BY ?thing ORDER BY DESC(COUNT(*)) LIMIT 1"""


def places_of(address: str) -> dict[str, str]:
    """Pages of another graph: the same lists, and things that it has."""
    things = [*_asked(address, _OF_ITS_KIND), *_asked(address, _BUSIEST)]
    same = {name: path for name, path in PLACES.items() if name not in THINGS}
    found = {thing.removeprefix(ID): f"/page/{thing.removeprefix(ID)}" for thing in things}
    mission = next(name for name in found if name.startswith("mission/")).partition("/")[2]
    same["toolkit-compared"] = f"/toolkit?mission={mission}"
    same["compared"] = f"/compare?one={mission}&other={mission}0"
    return same | found


def _asked(address: str, query: str) -> list[str]:
    reply = urllib3.request(
        "GET", f"{address}/sparql", fields={"query": query, "format": "csv"}, timeout=120
    )
    return reply.data.decode().split()[1:]


def seconds(address: str, path: str) -> list[float]:
    """How long each of some answers takes, the first one included."""
    pool = urllib3.connection_from_url(address, maxsize=1, timeout=120)
    taken = []
    for _ in range(1 + _ROUNDS):
        begin = time.perf_counter()
        reply = pool.request("GET", path, headers=_HEADERS, decode_content=False)
        taken.append(time.perf_counter() - begin)
        assert reply.status == 200, (path, reply.status)
    return taken


def transferred(browser: Browser, address: str, path: str) -> int:
    """Bytes of a page and of all that it loads, packed, with their headers."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda end: sizes.append(end["encodedDataLength"]))
    visit(page, address, path)
    page.wait_for_load_state("networkidle")
    context.close()
    return sum(map(int, sizes))


def report(address: str, places: Mapping[str, str], browser: Browser, limit: float) -> list[str]:
    """Print a line for each page; gives the names of those that miss a bar."""
    missed = []
    print(f"{'page':<28}{'first':>8}{'median':>8}{'p95':>8}{'kB':>8}")
    for name, path in places.items():
        first, *taken = (1000 * each for each in seconds(address, path))
        median, worst = statistics.median(taken), sorted(taken)[int(len(taken) * 0.95)]
        weight = transferred(browser, address, path) / 1000
        over = median > limit or weight > KILOBYTES
        missed += [name] if over else []
        print(f"{name[:27]:<28}{first:>8.0f}{median:>8.1f}{worst:>8.1f}{weight:>8.1f}{' !' * over}")
    return missed


def main() -> None:
    """Measure the pages of both graphs."""
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser:
        given = sys.argv[1:]
        file = Path(given[0]) if given else Path(folder, "generated.nq")
        if not given:
            generate(file, 1_000_000)
        missed: list[Any] = []
        with started() as address:
            print("Curated graph")
            missed += report(address, PLACES, browser, MILLISECONDS)
        with started("--no-networks", "--data", str(file)) as address:
            print(f"\n{file.name}")
            missed += report(address, places_of(address), browser, MILLISECONDS * TIMES)
        print("\nAll within the bars." if not missed else f"\nBeyond a bar: {', '.join(missed)}")


if __name__ == "__main__":
    main()
