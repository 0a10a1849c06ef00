"""Does any request, or anything in the data, bring out a fault or an answer that no parser reads?

    python tests/benchmarks/fuzz.py [REQUESTS]

Sends that many requests (20,000 by default) to an application whose data hold what nobody
expects: for every page, format and parameter, the networks among them. Prints each kind of fault
with the first request that brought it out; fails if there is one. What must be true of an answer
stands in ``tests/support/fuzzing.py``.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from hypothesis import HealthCheck, Phase, given, settings
from support import odd
from support.fuzzing import BY_DATA, Asked, ask, by_description

from missiongraph import LocalEngine, MissionGraph
from missiongraph.server import create_app
from missiongraph.server.settings import Settings


def main(requests: int) -> int:
    graph = MissionGraph(engine=LocalEngine(odd.store(), "odd"))
    app = create_app(graph, Settings(network_wait_seconds=20))
    app.logger.setLevel(logging.CRITICAL)
    client = app.test_client()
    document = client.get("/openapi.json").json
    kinds: Counter[str] = Counter()
    first: dict[str, Asked] = {}

    def one(asked: Asked) -> None:
        for fault in ask(client, asked):
            kind = f"{asked.address.partition('?')[0].split('/')[1]}: {fault[:80]}"
            kinds[kind] += 1
            first.setdefault(kind, asked)

    run = settings(
        max_examples=requests // 2,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    begun = time.monotonic()
    for strategy in (BY_DATA, by_description(document, waits=True)):
        run(given(strategy)(one))()
    app.extensions["missiongraph"].jobs.close()
    print(
        f"{requests:,} requests in {time.monotonic() - begun:.0f} s, {len(kinds)} kinds of faults"
    )
    for kind, number in kinds.most_common():
        print(f"{number} times {kind}\n    first by {first[kind]}")
    return bool(kinds)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
