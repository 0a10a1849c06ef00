"""How quick and how light the pages are, on the curated graph and on one of a million statements.

    python tests/benchmarks/page_speed.py [GENERATED.nq]

Of each page: the milliseconds that its first answer takes, the median and the 95th percentile of
the next ones, each from request to last byte over a connection that is open; and what a browser
without a cache transfers for the page with all its assets, packed. The next ones are kept, so
pages of things that nobody has asked for are measured besides. Without a file, a graph is
generated. The bars: 100 ms median, three times that on the large graph, 150 kB.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

sys.path.insert(0, str(Path(__file__).parents[1]))

from generate import generate
from support.browser import PLACES, THINGS, running_browser, started, visit

from missiongraph.namespaces import ID, MOI, PREFIXES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MILLISECONDS, TIMES, KILOBYTES = 100, 3, 150
_ROUNDS = 21
_HEADERS = {"Accept": "text/html", "Accept-Encoding": "br, gzip"}
_MISSIONS = "?thing a moi:Mission }"
_ORGANISATIONS = "?thing a org:Organization }"
_FIELDS = "[] a moi:Mission ; moi:hasField ?thing }"
_BUSIEST = "[] moi:hasParticipant ?thing } GROUP BY ?thing ORDER BY DESC(COUNT(*))"
_FRESH = 40
"""How many missions and organisations are asked for that nobody has asked for."""


def places_of(address: str) -> dict[str, str]:
    """Pages of another graph: the same lists, and some things that it has."""
    one, other = things(address, f"{_MISSIONS} ORDER BY ?thing", 2)
    busiest = things(address, _BUSIEST, 1)
    same = {name: path for name, path in PLACES.items() if name not in THINGS}
    (field,) = things(address, _FIELDS, 1)
    same["missions-chosen"] = f"/missions?field={_key(field)}"
    same["toolkit-compared"] = f"/toolkit?mission={_key(one)}"
    same["compared"] = f"/compare?one={_key(one)}&other={_key(other)}"
    return same | {path.removeprefix("/page/"): path for path in (one, other, *busiest)}


def things(address: str, pattern: str, most: int, skip: int = 0) -> list[str]:
    """The paths of some things."""
    prefixes = f"PREFIX moi: <{MOI}> PREFIX org: <{PREFIXES['org']}>"
    query = f"{prefixes} SELECT ?thing {{ {pattern} LIMIT {most} OFFSET {skip}"
    fields = {"query": query, "format": "csv"}
    reply = urllib3.request("GET", f"{address}/sparql", fields=fields, timeout=120)
    return [iri.replace(ID, "/page/") for iri in reply.data.decode().split()[1:]]


def _key(path: str) -> str:
    return path.rpartition("/")[2]


def fresh(address: str) -> list[float]:
    """Milliseconds that pages take which nobody has asked for before."""
    pool = urllib3.connection_from_url(address, maxsize=1, timeout=120)
    taken = []
    for pattern in (_MISSIONS, _ORGANISATIONS):
        for path in things(address, pattern, _FRESH, skip=10):
            begin = time.perf_counter()
            assert pool.request("GET", path, headers=_HEADERS).status == 200, path
            taken.append(1000 * (time.perf_counter() - begin))
    return sorted(taken)


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


def _late(taken: list[float]) -> float:
    """The 95th percentile of some times in order."""
    return taken[int(len(taken) * 0.95)]


def report(address: str, places: Mapping[str, str], browser: Browser, limit: float) -> list[str]:
    """Print a line for each page; gives the names of those that miss a bar."""
    new = fresh(address)
    print(f"Things asked for first: median {statistics.median(new):.0f}, p95 {_late(new):.0f}")
    missed = ["things"] if statistics.median(new) > limit else []
    print(f"{'page':<28}{'first':>8}{'median':>8}{'p95':>8}{'kB':>8}")
    for name, path in places.items():
        first, *taken = (1000 * each for each in seconds(address, path))
        median, worst = statistics.median(taken), _late(sorted(taken))
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
        missed: list[str] = []
        with started() as address:
            print("Curated graph")
            missed += report(address, PLACES, browser, MILLISECONDS)
        with started("--no-networks", "--data", str(file)) as address:
            print(f"\n{file.name}")
            missed += report(address, places_of(address), browser, MILLISECONDS * TIMES)
        print("\nAll within the bars." if not missed else f"\nBeyond a bar: {', '.join(missed)}")


if __name__ == "__main__":
    main()
