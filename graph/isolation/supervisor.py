"""The supervisor: a process of one thread that holds the store and forks the workers.

It runs no query itself, so no query can take it down. Workers wait at two sockets in its
folder: ``any.sock`` takes queries of any length, ``small.sock`` short ones. A new state of the
data gets new sockets, moved over the old ones, and new workers; those of the old state finish
what they have and go. ``current`` is a link whose target is the fingerprint that is served.

Started by :class:`~missiongraph.isolation.engine.IsolatedEngine` as ``python -m
missiongraph.isolation.supervisor``: the configuration comes as one line of JSON on standard input,
whose end is the supervisor's end.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import sys
import time
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from missiongraph.errors import MissionGraphError
from missiongraph.limits import Limits
from missiongraph.networks.observations import archive
from missiongraph.system import daemon, framing, sandbox
from missiongraph.system.forked import ForkingLoop
from missiongraph.system.messages import Message, decode
from missiongraph.system.scratch import address

from .messages import (
    AskEnd,
    AskState,
    AskVersion,
    AskWrite,
    Configuration,
    Ended,
    State,
    Version,
)
from .refresher import Refresher
from .served_store import ServedStore, load_observations, read
from .worker import work

if TYPE_CHECKING:  # it brings the validator, which a graph that is only read needs not
    from .committer import Committer

ANY, SMALL, CONTROL, CURRENT = "any.sock", "small.sock", "control.sock", "current"

_REMEMBERED = 1000  # ends of workers that the front may still ask about
_PATIENCE = 1.0  # seconds that an answer about a worker's end may take
_REST = 0.5  # seconds before such a one is replaced


@dataclass(frozen=True)
class _Worker:
    lane: str
    generation: int


class Supervisor:
    """Serves a store, keeps its workers alive and tells the front what became of them."""

    def __init__(
        self,
        folder: Path,
        served: ServedStore,
        loop: ForkingLoop,
        limits: Limits,
        *,
        committer: Committer | None = None,
        refresher: Refresher | None = None,
    ) -> None:
        self.folder, self.limits = folder, limits
        self._served, self._loop = served, loop
        self._committer, self._refresher = committer, refresher
        self._generation = 0
        self._sizes = {ANY: limits.concurrent_queries, SMALL: limits.small_queries}
        self._listeners: dict[str, socket.socket] = {}
        self._workers: dict[int, _Worker] = {}
        self._dismissed: list[int] = []
        self._resting = 0.0
        self._ended: OrderedDict[int, int] = OrderedDict()
        self._asked: dict[int, list[tuple[float, socket.socket]]] = {}
        self._control = self._listen(CONTROL)
        loop.watch(self._control, self._handle_control)
        served.on_change = self.serve_present_state

    def serve_present_state(self) -> None:
        """Serve the store as it is now: new sockets, and soon new workers for the old ones."""
        old, self._listeners = self._listeners, {}
        self._generation += 1
        for lane in self._sizes:
            self._listeners[lane] = self._listen(lane)
        _link(self.folder / CURRENT, self._served.engine.fingerprint)
        for listener in old.values():
            _turn_away(listener)
        previous = self._generation - 1
        self._dismissed += [
            pid for pid, worker in self._workers.items() if worker.generation == previous
        ]

    def run(self) -> None:
        """Work until standard input ends."""
        ended: list[bool] = []
        self._loop.watch(sys.stdin.fileno(), lambda: ended.append(True))
        while not ended:
            lacking = self._staff()
            timeout = self._next_timeout()
            self._loop.turn(0 if lacking else timeout)

    def end(self) -> None:
        """Stop all workers; nothing of theirs is worth keeping."""
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)

    def _listen(self, name: str) -> socket.socket:
        """A socket that takes over ``name``; whoever connects from now on finds it."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._loop.close_in_children(listener)
        path = self.folder / name
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with address(fresh) as place:
            listener.bind(place)
        listener.listen(1024)
        fresh.replace(path)
        return listener

    # --- workers

    def _staff(self) -> bool:
        """Fork one worker for the lane that lacks most; whether any lacks more then.

        One at a time: a write that waits goes first, and may be the end of them all.
        """
        for pid in self._dismissed:
            if pid in self._workers:
                os.kill(pid, signal.SIGTERM)
        self._dismissed.clear()
        if time.monotonic() < self._resting:
            return False
        there = Counter(w.lane for w in self._workers.values() if w.generation == self._generation)
        lacking = {lane: size - there[lane] for lane, size in self._sizes.items()}
        lane = max(lacking, key=lambda lane: lacking[lane])
        if lacking[lane] > 0:
            self._fork(_Worker(lane, self._generation))
        return sum(lacking.values()) > 1

    def _fork(self, worker: _Worker) -> None:
        listener, engine = self._listeners[worker.lane], self._served.engine
        pid = self._loop.start(
            lambda: work(listener, engine, self.limits), self._record_exit, keep=listener
        )
        self._workers[pid] = worker

    def _record_exit(self, pid: int, code: int) -> None:
        self._workers.pop(pid, None)
        if code == sandbox.FAULT:
            self._resting = time.monotonic() + _REST
        self._ended[pid] = code
        while len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        for _, connection in self._asked.pop(pid, []):
            _reply(connection, Ended(code))

    # --- what the front asks

    def _next_timeout(self) -> float | None:
        """Seconds until something is to be done that nobody tells of."""
        waits = [_REST] if self._expire_waiters() else []
        if self._refresher:
            self._refresher.look()
            if (wait := self._refresher.wait()) is not None:
                waits.append(wait)
        return min(waits, default=None)

    def _expire_waiters(self) -> bool:
        """Whether something is to be done soon; answers that no end of a worker brought end."""
        late = time.monotonic() - _PATIENCE
        for pid, askers in list(self._asked.items()):
            for since, connection in askers:
                if since < late:
                    _reply(connection, Ended(None))
            self._asked[pid] = [asker for asker in askers if asker[0] >= late]
            if not self._asked[pid]:
                del self._asked[pid]
        return bool(self._asked) or time.monotonic() < self._resting

    def _handle_control(self) -> None:
        connection, _ = self._control.accept()
        self._loop.close_in_children(connection)
        connection.settimeout(_PATIENCE)
        reader = framing.Reader(connection)
        try:
            asked = decode(reader.next(), AskEnd, AskState, AskVersion, AskWrite)
            body = reader.next() if isinstance(asked, AskWrite) else None
        except (OSError, ValueError):
            asked = body = None
        committer = self._committer
        if isinstance(asked, AskEnd):
            self._tell_end(asked.pid, connection)
        elif isinstance(asked, AskState):
            _reply(connection, self._state())
        elif isinstance(asked, AskVersion) and committer:
            _reply(connection, Version(committer.version(asked.graph)))
        elif isinstance(asked, AskWrite) and committer and isinstance(body, bytes):
            committer.take(replace(asked.write, body=body), connection)
        else:
            connection.close()

    def _tell_end(self, pid: int, connection: socket.socket) -> None:
        if pid in self._ended or pid not in self._workers:
            _reply(connection, Ended(self._ended.get(pid)))
        else:
            self._asked.setdefault(pid, []).append((time.monotonic(), connection))

    def _state(self) -> State:
        serving = [w for w in self._workers.values() if w.generation == self._generation]
        return State(
            fingerprint=self._served.engine.fingerprint,
            generation=self._generation,
            workers=len(serving),
            retiring=len(self._workers) - len(serving),
            quads=self._served.quads,
            statements=self._served.statements,
            merged=self._served.merged,
            written=self._committer.written if self._committer else "",
            fault=self._committer.fault() if self._committer else "",
        )


def main() -> None:
    """Load the store, say so on standard output, and keep it."""
    config = Configuration.read(daemon.begin())
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)  # the end of a worker whose time is over
    try:
        supervisor = _supervisor(config)
        gc.collect()
        gc.freeze()  # so that forked processes do not copy what the collector would touch
        supervisor.serve_present_state()
    except (MissionGraphError, OSError) as error:
        daemon.give_up(error)
    daemon.say_ready()
    try:
        supervisor.run()
        shutil.rmtree(supervisor.folder, ignore_errors=True)  # the front may have been killed
    finally:
        supervisor.end()


def _supervisor(config: Configuration) -> Supervisor:
    """A supervisor of what the configuration names.

    Everything is loaded in a thread of its own: the engine's random numbers are a thread's, and
    processes forked by a thread that has drawn some would all draw the same, for ``UUID()`` and
    for new blank nodes.
    """
    loop = ForkingLoop()
    with ThreadPoolExecutor(1) as pool:
        served, committer, refresher = pool.submit(_load, config, loop).result()
    return Supervisor(
        Path(config.folder), served, loop, config.limits, committer=committer, refresher=refresher
    )


def _load(
    config: Configuration, loop: ForkingLoop
) -> tuple[ServedStore, Committer | None, Refresher | None]:
    """The store of files, or of a directory that takes writes, and what keeps it up to date."""
    file = _observations_file(config)
    if not config.directory:
        store, data = read([Path(path) for path in config.paths], config.fingerprint)
        served = ServedStore(store, data, load_observations(store, data, file), merged=True)
        return served, None, _refresher(config, served, loop, file)
    from .committer import Committer, OpenDirectory

    opened = OpenDirectory(Path(config.directory), loop)
    state = opened.state
    derived = load_observations(state.store, state.fingerprint, file) if state.merged else ""
    served = ServedStore(state.store, state.fingerprint, derived, merged=state.merged)
    refresher = _refresher(config, served, loop, file)
    committer = Committer(
        opened, served, loop, config.limits, shapes=config.shapes, refresher=refresher
    )
    return served, committer, refresher


def _refresher(
    config: Configuration, served: ServedStore, loop: ForkingLoop, file: Path | None
) -> Refresher | None:
    if not (config.networks and served.merged):
        return None
    return Refresher(served, loop, file, fresh=bool(served.derived))


def _observations_file(config: Configuration) -> Path | None:
    """Where observations are kept: in the directory, or beside a dataset that was built."""
    if not config.networks:
        return None
    if config.directory:
        return Path(config.directory) / archive.FILE
    path = Path(config.paths[0])
    return archive.path_for(path) if archive.is_built(path) else None


def _turn_away(listener: socket.socket) -> None:
    """Close a listener; those who wait there find the socket that took its place."""
    listener.setblocking(False)
    with listener, suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()


def _link(path: Path, target: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target or "-")
    fresh.replace(path)


def _reply(connection: socket.socket, message: Message) -> None:
    with connection, suppress(OSError):  # the front may not wait any more
        connection.sendall(message.encode())


if __name__ == "__main__":
    main()
