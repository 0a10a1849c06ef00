"""The keeper: a process of one thread that holds the store and forks the workers.

It runs no query itself, so no query can take it down. Workers wait at two sockets in its
folder: ``any.sock`` takes queries of any length, ``small.sock`` short ones. A new state of the
data gets new sockets, moved over the old ones, and new workers; those of the old state finish
what they have and go. ``current`` is a link whose target is the fingerprint that is served.

Started by :class:`~missiongraph.isolation.engine.IsolatedEngine` as ``python -m
missiongraph.isolation.supervisor``: the configuration comes as one line of JSON on standard input,
whose end is the keeper's end.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
import traceback
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pyoxigraph as ox

from missiongraph.errors import DataError, MissionGraphError
from missiongraph.limits import Limits
from missiongraph.namespaces import NETWORKS_GRAPH
from missiongraph.networks.observations import archive
from missiongraph.rdf.changes import Change, apply, follow
from missiongraph.rdf.store import default_graph, fingerprint, load
from missiongraph.sparql.local import LocalEngine
from missiongraph.system import framing, sandbox
from missiongraph.system.scratch import address
from missiongraph.writing.request import Write

from .refresher import Refresher
from .worker import work

if TYPE_CHECKING:
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
    """Holds a store, keeps its workers alive and tells the front what became of them."""

    def __init__(
        self,
        folder: Path,
        store: ox.Store,
        default: ox.Store,
        fingerprint: str,
        limits: Limits,
        committer: Committer | None = None,
        observer: Refresher | None = None,
    ) -> None:
        self.folder, self.store, self.limits = folder, store, limits
        self._default = default
        self._committer, self.observer = committer, observer
        self.data = self.derived = ""
        self.engine = LocalEngine(store, fingerprint, default)
        self.generation = 0
        self._sizes = {ANY: limits.concurrent_queries, SMALL: limits.small_queries}
        self._listeners: dict[str, socket.socket] = {}
        self._workers: dict[int, _Worker] = {}
        self._dismissed: list[int] = []
        self._connections: WeakSet[socket.socket] = WeakSet()
        self._resting = 0.0
        self._ended: OrderedDict[int, int] = OrderedDict()
        self._asked: dict[int, list[tuple[float, socket.socket]]] = {}
        self.selector = selectors.DefaultSelector()
        self._control = _listen(folder / CONTROL)
        self.selector.register(self._control, selectors.EVENT_READ, self._take)
        self._wakeup()

    def publish(self, data: str, derived: str = "") -> None:
        """Serve the store as it is now: new sockets, and soon new workers for the old ones.

        ``data`` names the state of the data, ``derived`` that of the observations among them.
        """
        self.data, self.derived = data, derived
        fingerprint = archive.state_name(data, derived)
        old, self._listeners = self._listeners, {}
        self.generation += 1
        self.engine = LocalEngine(self.store, fingerprint, self._default)
        for lane in self._sizes:
            self._listeners[lane] = _listen(self.folder / lane)
        _link(self.folder / CURRENT, fingerprint)
        for listener in old.values():
            _turn_away(listener)
        self._dismissed += [
            pid for pid, worker in self._workers.items() if worker.generation == self.generation - 1
        ]

    def apply(self, change: Change, *, merged: bool) -> None:
        """Carry out a change, in the store and in the copy of its default graph."""
        apply(self.store, change, merged=merged)
        follow(self._default, self.store, change)

    def run(self) -> None:
        """Work until standard input ends."""
        self.selector.register(sys.stdin.buffer, selectors.EVENT_READ, None)
        while True:
            lacking = self._staff()
            rest = self._rest()
            for key, _ in self.selector.select(timeout=0 if lacking else rest):
                if key.fileobj is sys.stdin.buffer:
                    return
                key.data(key.fileobj)

    def end(self) -> None:
        """Stop all workers; nothing of theirs is worth keeping."""
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)

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
        there = Counter(w.lane for w in self._workers.values() if w.generation == self.generation)
        lacking = {lane: size - there[lane] for lane, size in self._sizes.items()}
        lane = max(lacking, key=lambda lane: lacking[lane])
        if lacking[lane] > 0:
            self._fork(_Worker(lane, self.generation))
        return sum(lacking.values()) > 1

    def _fork(self, worker: _Worker) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                listener = self._listeners.pop(worker.lane)
                self.forget()
                work(listener, self.engine, self.limits)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(sandbox.FAULT)
        self._workers[pid] = worker

    def forget(self) -> None:
        """Drop what is the keeper's alone from a forked process.

        A connection that stays open somewhere never ends for whoever reads it.
        """
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        for inherited in (self._control, *self._listeners.values(), *self._connections):
            inherited.close()
        if self._committer:
            self._committer.forget()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def _wakeup(self) -> None:
        """Let the end of a worker wake the loop."""
        reading, writing = socket.socketpair()
        for end in (reading, writing):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        self._writing = writing
        self.selector.register(reading, selectors.EVENT_READ, self._reap)

    def _reap(self, reading: socket.socket) -> None:
        reading.recv(4096)
        for pid in list(self._workers):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._bury(pid, os.waitstatus_to_exitcode(status))

    def _bury(self, pid: int, code: int) -> None:
        self._workers.pop(pid, None)
        if code == sandbox.FAULT:
            self._resting = time.monotonic() + _REST
        self._ended[pid] = code
        while len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        for _, connection in self._asked.pop(pid, []):
            _reply(connection, {"code": code})

    # --- what the front asks

    def _rest(self) -> float | None:
        """Seconds until something is to be done that nobody tells of."""
        waits = [_REST] if self._due() else []
        if self.observer:
            self.observer.look(self)
            if (wait := self.observer.wait()) is not None:
                waits.append(wait)
        return min(waits, default=None)

    def _due(self) -> bool:
        """Whether something is to be done soon; answers that no end of a worker brought end."""
        late = time.monotonic() - _PATIENCE
        for pid, askers in list(self._asked.items()):
            for since, connection in askers:
                if since < late:
                    _reply(connection, {"code": None})
            self._asked[pid] = [asker for asker in askers if asker[0] >= late]
            if not self._asked[pid]:
                del self._asked[pid]
        return bool(self._asked) or time.monotonic() < self._resting

    def _take(self, control: socket.socket) -> None:
        connection, _ = control.accept()
        self._connections.add(connection)
        connection.settimeout(_PATIENCE)
        reader = framing.Reader(connection)
        try:
            message = reader.next()
        except (OSError, ValueError):
            message = None
        if isinstance(message, dict) and message.get("ask") == "end":
            self._tell_end(int(message["pid"]), connection)
        elif isinstance(message, dict) and message.get("ask") == "write":
            self._write(message["write"], reader, connection)
        elif isinstance(message, dict) and message.get("ask") == "state":
            _reply(connection, self._state())
        elif isinstance(message, dict) and message.get("ask") == "version" and self._committer:
            _reply(connection, {"version": self._committer.version(self, message["graph"])})
        else:
            connection.close()

    def _write(
        self, write: dict[str, Any], reader: framing.Reader, connection: socket.socket
    ) -> None:
        try:
            body = reader.next()
        except OSError:
            body = None
        if self._committer and isinstance(body, bytes):
            self._committer.take(self, Write(**write, body=body), connection)
        else:
            connection.close()

    def _tell_end(self, pid: int, connection: socket.socket) -> None:
        if pid in self._ended or pid not in self._workers:
            _reply(connection, {"code": self._ended.get(pid)})
        else:
            self._asked.setdefault(pid, []).append((time.monotonic(), connection))

    def _state(self) -> dict[str, Any]:
        serving = [w for w in self._workers.values() if w.generation == self.generation]
        return {
            "fingerprint": self.engine.fingerprint,
            "generation": self.generation,
            "workers": len(serving),
            "retiring": len(self._workers) - len(serving),
            "quads": len(self.store),
            "statements": len(self._default),
            "merged": self._committer is None or self._committer.state.merged,
            "written": self._committer.written if self._committer else "",
            "fault": self._committer.fault() if self._committer else "",
        }


def main() -> None:
    """Load the store, say so on standard output, and keep it."""
    # the front ends the keeper, nobody else; workers take the second as their leave
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)  # the end of a worker whose time is over
    config = json.loads(sys.stdin.buffer.readline())
    try:
        keeper, data, derived = _keeper(config)
        gc.collect()
        gc.freeze()  # so that forked processes do not copy what the collector would touch
        keeper.publish(data, derived)
    except (MissionGraphError, OSError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
        sys.exit(2)
    print(json.dumps({"ready": os.getpid()}), flush=True)
    try:
        keeper.run()
        shutil.rmtree(keeper.folder, ignore_errors=True)  # the front may have been killed
    finally:
        keeper.end()


def _keeper(config: dict[str, Any]) -> tuple[Supervisor, str, str]:
    """A keeper of what the configuration names, and the state it begins with.

    Everything is loaded in a thread of its own: the engine's random numbers are a thread's, and
    processes forked by a thread that has drawn some would all draw the same, for ``UUID()`` and
    for new blank nodes.
    """
    with ThreadPoolExecutor(1) as pool:
        store, data, derived, committer = pool.submit(_content, config).result()
        default = pool.submit(default_graph, store).result()
    folder, limits = Path(config["folder"]), Limits(**config["limits"])
    observer = None
    if config["networks"] and (committer is None or committer.state.merged):
        observer = Refresher(_kept_in(config), fresh=bool(derived))
    return Supervisor(folder, store, default, data, limits, committer, observer), data, derived


def _content(config: dict[str, Any]) -> tuple[ox.Store, str, str, Committer | None]:
    """The store of files, or of a directory that takes writes, and its state."""
    if not config["directory"]:
        store, data = _read([Path(path) for path in config["paths"]], config["fingerprint"])
        return store, data, _observed(store, data, _kept_in(config)), None
    from .committer import Committer  # and with it the validator, which reading needs not

    committer = Committer(Path(config["directory"]), shapes=config["shapes"])
    state = committer.state
    derived = _observed(state.store, state.fingerprint, _kept_in(config)) if state.merged else ""
    return state.store, state.fingerprint, derived, committer


def _kept_in(config: dict[str, Any]) -> Path | None:
    """Where observations are kept: in the directory, or beside a dataset that was built."""
    if not config["networks"]:
        return None
    if config["directory"]:
        return Path(config["directory"]) / archive.FILE
    path = Path(config["paths"][0])
    return archive.path_for(path) if archive.is_built(path) else None


def _observed(store: ox.Store, data: str, file: Path | None) -> str:
    """Load the observations that are kept of these data; their digest, if there are any.

    Data that hold some themselves, which were written there once, are measured anew.
    """
    measured = ox.NamedNode(NETWORKS_GRAPH)
    if any(store.quads_for_pattern(None, None, None, measured)):
        return ""
    if digest := archive.read_digest(file, data) if file else "":
        assert file
        archive.add(store, file)
    return digest


def _read(paths: list[Path], name: str) -> tuple[ox.Store, str]:
    """The store of files and its name, by default their fingerprint."""
    before = fingerprint(paths)
    store = load(paths)
    if fingerprint(paths) != before:
        raise DataError("the data changed while they were read; try again")
    return store, name or before


def _listen(path: Path) -> socket.socket:
    """A socket that takes over ``path``; whoever connects from now on finds it."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with address(fresh) as place:
        listener.bind(place)
    listener.listen(1024)
    fresh.replace(path)
    return listener


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


def _reply(connection: socket.socket, message: dict[str, Any]) -> None:
    with connection, suppress(OSError):  # the front may not wait any more
        connection.sendall(framing.message(message))


if __name__ == "__main__":
    main()
