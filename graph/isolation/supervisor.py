"""Holds the store in a process of one thread, the supervisor, and forks workers that query it.

The supervisor runs no query itself, so no query can end it. Workers accept connections at two
sockets in its folder: ``any.sock`` is for queries of any length, ``small.sock`` for short ones. For
a new state of the data the sockets are replaced and new workers forked; the old workers finish
their queries and end. ``current`` is a symbolic link whose target is the fingerprint served.

Started by :class:`~missiongraph.isolation.engine.IsolatedEngine` as ``python -m
missiongraph.isolation.supervisor``: it reads its configuration as one line of JSON from standard
input, and ends when that is closed.
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

if TYPE_CHECKING:  # it imports the validator, which read-only graphs do not need
    from .committer import Committer

ANY, SMALL, CONTROL, CURRENT = "any.sock", "small.sock", "control.sock", "current"

_REMEMBERED = 1000  # exit codes of workers, for later requests of the front
_PATIENCE = 1.0  # seconds that a request may wait for the end of a worker
_REST = 0.5  # seconds before a worker that failed by itself is replaced


@dataclass(frozen=True)
class _Worker:
    lane: str
    generation: int


class Supervisor:
    """Serves a store, replaces workers that end, and reports their exit codes to the front."""

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
        self._awaiting: dict[int, list[tuple[float, socket.socket]]] = {}
        self._control = self._listen(CONTROL)
        loop.watch(self._control, self._handle_control)
        served.on_change = self.serve_present_state

    def serve_present_state(self) -> None:
        """Serve the present state of the store: replace the sockets, and soon the workers."""
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
        """Run until standard input is closed."""
        if self._committer:
            self._committer.begin()
        ended: list[bool] = []
        self._loop.watch(sys.stdin.fileno(), lambda: ended.append(True))
        while not ended:
            lacking = self._staff()
            timeout = self._next_timeout()
            self._loop.turn(0 if lacking else timeout)

    def end(self) -> None:
        """Kill all workers; they hold nothing that must be saved."""
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)

    def _listen(self, name: str) -> socket.socket:
        """A listening socket that replaces the one called ``name`` for new connections."""
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
        """Fork a worker for the lane that lacks most; returns whether more are lacking.

        One per turn of the loop, so that a waiting write, which replaces all workers, goes first.
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
        for _, connection in self._awaiting.pop(pid, []):
            _reply(connection, Ended(code))

    # --- requests of the front

    def _next_timeout(self) -> float | None:
        """Seconds until the loop has work without an event; ``None`` if there is none."""
        waits = [_REST] if self._expire_waiters() else []
        if self._refresher:
            self._refresher.look()
            if (wait := self._refresher.wait()) is not None:
                waits.append(wait)
        return min(waits, default=None)

    def _expire_waiters(self) -> bool:
        """Answer requests that have waited too long; returns whether the loop must turn soon."""
        late = time.monotonic() - _PATIENCE
        for pid, waiting in list(self._awaiting.items()):
            for since, connection in waiting:
                if since < late:
                    _reply(connection, Ended(None))
            self._awaiting[pid] = [each for each in waiting if each[0] >= late]
            if not self._awaiting[pid]:
                del self._awaiting[pid]
        return bool(self._awaiting) or time.monotonic() < self._resting

    def _handle_control(self) -> None:
        connection, _ = self._control.accept()
        self._loop.close_in_children(connection)
        connection.settimeout(_PATIENCE)
        reader = framing.Reader(connection)
        try:
            request = decode(reader.next(), AskEnd, AskState, AskVersion, AskWrite)
            body = reader.next() if isinstance(request, AskWrite) else None
        except (OSError, ValueError):
            request = body = None
        committer = self._committer
        if isinstance(request, AskEnd):
            self._answer_end(request.pid, connection)
        elif isinstance(request, AskState):
            _reply(connection, self._state())
        elif isinstance(request, AskVersion) and committer:
            _reply(connection, Version(committer.version(request.graph)))
        elif isinstance(request, AskWrite) and committer and isinstance(body, bytes):
            committer.take(replace(request.write, body=body), connection)
        else:
            connection.close()

    def _answer_end(self, pid: int, connection: socket.socket) -> None:
        if pid in self._ended or pid not in self._workers:
            _reply(connection, Ended(self._ended.get(pid)))
        else:
            self._awaiting.setdefault(pid, []).append((time.monotonic(), connection))

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
    """Load the store, report to the parent, and serve until standard input is closed."""
    config = Configuration.read(daemon.begin())
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)  # they kill a worker whose time is over
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
        shutil.rmtree(supervisor.folder, ignore_errors=True)  # a killed front could not do it
    finally:
        supervisor.end()


def _supervisor(config: Configuration) -> Supervisor:
    """The supervisor for a configuration.

    The data are loaded in another thread: the engine has a random generator per thread, and
    processes forked by a thread that has used its generator would all draw the same numbers, for
    ``UUID()`` and for new blank nodes.
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
    """Load the store from files or a directory, with its committer and refresher, if any."""
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
    """The file of observations: in the directory, or beside a dataset that was built."""
    if not config.networks:
        return None
    if config.directory:
        return Path(config.directory) / archive.FILE
    path = Path(config.paths[0])
    return archive.path_for(path) if archive.is_built(path) else None


def _turn_away(listener: socket.socket) -> None:
    """Close a listener and its waiting connections, whose clients then use the new socket."""
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
    with connection, suppress(OSError):  # the front may have closed it
        connection.sendall(message.encode())


if __name__ == "__main__":
    main()
