"""Does a graph survive many crashes? The long form of ``tests/isolation/test_crash.py``.

    python tests/benchmarks/crash.py [KILLS]

In each of 200 rounds (by default) eight writers make 200 writes, and at a random moment SIGKILL
ends either the whole server or, in every other round, the process that holds the store, which the
server has to replace. After each round every acknowledged write has to be there, none may be half
there, and the chain of the journal has to hold to the end that its anchor names. At the end it
also has to take in, or set aside, what the last kill has left. Fails otherwise.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.crashing import Told, check, kill_supervisor, write, write_until
from support.running import missiongraph, serving

from missiongraph.writing import directory
from missiongraph.writing.opening import UNFINISHED

WRITES = 200


def main(rounds: int) -> None:
    """Crash and check, again and again, over one graph that grows."""
    told, starts = Told(), []
    with tempfile.TemporaryDirectory() as place:
        folder, data = Path(place, "graph"), Path(place, "empty.ttl")
        directory.create(folder, [], merged=True)
        data.touch()
        for turn in range(rounds):
            kill = turn % 2 == 0
            numbers = range(turn * (WRITES + 1), (turn + 1) * (WRITES + 1))
            begin = time.perf_counter()
            with serving(folder, "--no-shapes", "--data", str(data)) as server:
                starts.append(time.perf_counter() - begin)
                strike = server.kill if kill else partial(kill_supervisor, server)
                write_until(server, numbers[:-1], told, strike, random.Random())
                if not kill:
                    assert write(server, numbers[-1], told), "the supervisor was not replaced"
            check(folder, told)
            what = "server" if kill else "supervisor"
            print(f"kill {turn + 1}: {what}, {told.tried:,} tried", flush=True)
        with serving(folder, "--no-shapes", "--data", str(data)) as server:
            assert write(server, rounds * (WRITES + 1), told)
        check(folder, told)
        done = missiongraph("verify", folder)
        state, aside = directory.load(folder), folder / UNFINISHED
        pieces = aside.read_bytes().count(b" bytes from byte ") if aside.exists() else 0
    print(f"{len(told.states):,} acknowledged of {told.tried:,}, all there; {state.writes:,} kept")
    print(f"{pieces} unfinished writes set aside")
    print(f"starts: first {starts[0]:.1f} s, last {starts[-1]:.1f} s")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 200)
