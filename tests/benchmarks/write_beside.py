"""How long others wait to write while somebody writes a lot.

One sends 200,000 triples, to a server that checks shapes and to one that does not; four others
write ten triples each, again and again. Bars: whoever sends too much to be checked hears of the
limit within 10 s, and no other write fails or takes longer than ``queue_seconds``.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from support.running import TURTLE, Client, Reply, serving
from write_speed import update

from missiongraph.limits import Limits

TRIPLES, OTHERS = 200_000, 4
PATH = "/graphs?graph=https%3A%2F%2Fexample.org%2Flarge"


def main() -> int:
    """Measure both and print what the large write heard and how long the others waited."""
    body = "".join(f"<x:{n}> <x:next> <x:{n + 1}> .\n" for n in range(TRIPLES))
    good = True
    for shapes in ("--shapes", "--no-shapes"):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "g", shapes) as server:
            reply, seconds, waits = measure(server.client(300), body)
        told = reply.json.get("limit", "written")
        print(f"{shapes}: {reply.status} ({told}) after {seconds:.1f} s; {len(waits)} others,")
        print(f"    {statistics.median(waits):.2f} s in the median, at most {max(waits):.2f} s")
        good = good and max(waits) < Limits().queue_seconds
        good = good and (shapes == "--no-shapes" or (reply.status == 413 and seconds < 10))
    return 0 if good else 1


def measure(client: Client, body: str) -> tuple[Reply, float, list[float]]:
    """The answer to the large write, its seconds, and those of the others' writes beside it."""
    over, waits = threading.Event(), list[float]()

    def write(number: int) -> None:
        while not over.is_set():
            begin = time.perf_counter()
            answer = client.update(update(number))
            assert answer.status == 200, answer.body
            waits.append(time.perf_counter() - begin)

    with ThreadPoolExecutor(OTHERS) as pool:
        others = [pool.submit(write, number) for number in range(OTHERS)]
        time.sleep(1)
        begin = time.perf_counter()
        reply = client("PUT", PATH, body, Content_Type=TURTLE)
        seconds = time.perf_counter() - begin
        time.sleep(1)
        over.set()
        for other in others:
            other.result()
    return reply, seconds, waits


if __name__ == "__main__":
    sys.exit(main())
