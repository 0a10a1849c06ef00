"""Sends a query to a worker, reads its answer, and finds out why a query failed.

An answer is buffered until it is complete or longer than
:data:`~missiongraph.sparql.engine.HOLD` bytes, so nearly every failure is raised before the caller
has any of the answer. A later failure is raised amid the stream.
"""

from __future__ import annotations

import select
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from missiongraph.errors import ClientGone, EngineFailed, LimitExceeded, QueryError
from missiongraph.limits import Limits
from missiongraph.sparql.engine import HOLD, Answer, Query
from missiongraph.system import framing, sandbox
from missiongraph.system.messages import Failure, decode

from .admission import Admission, Slot
from .lines import Line
from .messages import AnswerHead, AskEnd, Done, Ended, Hello, RunQuery
from .store_daemon import StoreDaemon
from .supervisor import ANY, SMALL

HOLD_SMALL = 8 * 1024 * 1024
"""As ``HOLD``, for small slots, which slow readers must not occupy: about half a second's rows."""

_LOOK = 0.1  # seconds between two checks whether the client is still connected
_GRACE = 1.0  # seconds past the limit until a worker that the kernel did not end is abandoned
_TRIES = 50


class _Stream:
    """The pieces of an answer as they arrive; closing it, even unread, releases the worker."""

    def __init__(self, call: WorkerCall, buffered: list[bytes]) -> None:
        self._call, self._buffered = call, deque(buffered)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._buffered:
            return self._buffered.popleft()
        try:
            piece = self._call.rest()
        except BaseException:
            self.close()
            raise
        if piece is None:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Release the worker and the slot."""
        self._call.end()


class NotSmall(Exception):
    """A query in a small slot turned out not to be small."""


class WorkerCall:
    """One query in its slot, its connection to a worker, and the answer.

    ``long`` is true once the query has run for long, and the priority of its worker was lowered.
    """

    def __init__(
        self,
        daemon: StoreDaemon,
        admission: Admission,
        limits: Limits,
        *,
        slot: Slot,
        gone: Callable[[], bool] | None,
    ) -> None:
        self._daemon, self._admission, self._limits = daemon, admission, limits
        self._slot, self._gone = slot, gone
        self._seconds = self._limits.query_seconds
        self._lane = SMALL if slot.small else ANY
        self._line: Line | None = None
        self._reader: framing.Reader
        self._poll: select.poll
        self._until = self._long_from = 0.0
        self._began = 0.0
        self.long = False
        self._ended = self._complete = False
        self._left = threading.Lock()
        self._timer: threading.Timer | None = None

    @property
    def small(self) -> bool:
        """Whether the query has been small so far."""
        return self._slot.small or time.monotonic() - self._began <= self._small_seconds

    @property
    def _small_seconds(self) -> float:
        return self._limits.small_milliseconds / 1000

    @property
    def _worker(self) -> int:
        """The process id of the worker; 0 if it is not known yet."""
        return self._line.pid if self._line else 0

    def answer(self, query: Query, solutions: str | None, triples: str | None) -> Answer:
        """The answer to ``query``, complete or as a stream, which holds the slot until closed."""
        streaming = False
        try:
            # processor time, as a small query may wait long for a processor
            most = self._slot.milliseconds / 1000
            frame = self._begin(RunQuery(query, solutions, triples, self._seconds, most))
            if not (head := decode(frame, AnswerHead)):
                raise self._failure(frame)
            buffered, whole = self._whole() if head.whole else self._fill()
            kind = head.media_type, head.form
            if whole:
                return Answer(*kind, iter(buffered), sum(map(len, buffered)), head.fingerprint)
            streaming = True
            self._release_in_time()
            return Answer(*kind, _Stream(self, buffered), None, head.fingerprint)
        finally:
            if not streaming:
                self.end()

    def end(self) -> None:
        """Release the worker, which ends if it still runs the query, and the slot."""
        if not self._ended:
            self._ended = True
            if self._timer:
                self._timer.cancel()
            if self._line:
                self._hang_up(self._line)
            self._leave()

    def rest(self) -> bytes | None:
        """The next piece of the stream; ``None`` at the end of a complete answer, else an error."""
        if isinstance(piece := self._reader.next(), bytes):
            return piece
        self._check(piece)
        return None

    def _release_in_time(self) -> None:
        """Release the slot when the worker's time is over, even if the client is still reading."""
        self._timer = threading.Timer(self._until - time.monotonic(), self._leave)
        self._timer.daemon = True
        self._timer.start()

    def _hang_up(self, line: Line) -> None:
        """Keep the line for the next query, before the slot, so that the next one finds it."""
        if self._complete and not self.long:  # a worker of lowered priority ends by itself
            self._daemon.lines.give_back(self._lane, line)
        else:
            line.close()

    def _leave(self) -> None:
        if self._left.acquire(blocking=False):
            self._admission.leave(self._slot)
            self._daemon.leave()

    def _begin(self, request: RunQuery) -> framing.Frame | None:
        """Send the query to a worker, or to another if that one retires before it reads it.

        Returns the first frame of the answer.
        """
        message = request.encode()
        for _ in range(_TRIES):
            self._line = line = self._daemon.lines.take(self._lane)
            self._began = time.monotonic()
            self._until = self._began + self._seconds + _GRACE
            self._hello = self._began + _GRACE
            self._poll = select.poll()
            self._poll.register(line.connection, select.POLLIN)
            self._reader = framing.Reader(line.connection, self._wait)
            try:
                line.connection.sendall(message)
            except ConnectionError:
                line.close()
                continue
            if not line.pid and not self._greeted(line):
                line.close()
                continue
            self._long_from = sandbox.cpu_seconds(line.pid) + self._small_seconds
            frame = self._reader.next()
            if frame is None and self._exit_code() == 0:
                line.close()
                continue
            return frame
        raise EngineFailed("no worker answers")

    def _greeted(self, line: Line) -> bool:
        """Whether the worker at the other end of a new line has said who it is."""
        if hello := decode(self._reader.next(), Hello):
            line.pid, line.thread = hello.pid, hello.thread
        return bool(hello)

    def _whole(self) -> tuple[list[bytes], bool]:
        """The only piece of a short answer, as :meth:`_fill` returns it."""
        piece = self._reader.next()
        if not isinstance(piece, bytes):
            raise self._failure(piece)
        self._complete = True
        return [piece], True

    def _fill(self) -> tuple[list[bytes], bool]:
        """The pieces of the answer, buffered up to a limit, and whether they are all of it."""
        buffered: list[bytes] = []
        size = 0
        while size <= (HOLD_SMALL if self._slot.small else HOLD):
            piece = self._reader.next()
            if not isinstance(piece, bytes):
                self._check(piece)
                return buffered, True
            buffered.append(piece)
            size += len(piece)
        if self._slot.small:
            raise NotSmall
        return buffered, False

    def _check(self, trailer: framing.Frame | None) -> None:
        """Raise the error that a trailer, or the lack of one, means, unless it is ``Done``."""
        if not decode(trailer, Done):
            raise self._failure(trailer)
        self._complete = True

    def _wait(self) -> None:
        """Wait for data, and check every ``_LOOK`` for time-outs and for a client that has left."""
        while True:
            self._lower_priority_if_long()
            if self._poll.poll(_LOOK * 1000):
                return
            if self._gone and self._gone():
                raise ClientGone("the client left before the answer was ready")
            if not self._worker and time.monotonic() > self._hello:
                raise ConnectionAbortedError
            if time.monotonic() > self._until:
                raise self._death()

    def _lower_priority_if_long(self) -> None:
        if self.long or not self._line or time.monotonic() - self._began < self._small_seconds:
            return
        if self._line.pid and sandbox.cpu_seconds(self._line.pid) > self._long_from:
            self.long = True
            sandbox.lower_priority(self._line.thread)

    def _failure(self, trailer: framing.Frame | None) -> Exception:
        """The error that a trailer, or the lack of one, means."""
        if not (failure := decode(trailer, Failure)):
            return self._death()
        if isinstance(error := failure.error, LimitExceeded):
            return self._exceeded(error.limit, str(error))
        return error

    def _death(self) -> Exception:
        """The error for a worker that died, by the signal that killed it."""
        code = self._exit_code()
        if code == -signal.SIGALRM or (code is None and time.monotonic() > self._until):
            return self._exceeded("query_seconds")
        if code == -signal.SIGPROF:
            return NotSmall()
        if code == -signal.SIGABRT:
            return self._exceeded("query_megabytes")
        if code == -signal.SIGSEGV:
            return QueryError("the query nests deeper than the engine can follow; simplify it")
        return EngineFailed("the query was interrupted; try again")

    def _exit_code(self) -> int | None:
        """How the worker ended, as of :mod:`subprocess`; ``None`` if that is not known."""
        try:
            return self._daemon.ask(AskEnd(self._worker), Ended).code
        except EngineFailed:
            return None

    def _exceeded(self, limit: str, message: str = "") -> Exception:
        limits = self._limits
        if limit == "query_seconds":
            message = (
                f"the query took longer than {limits.query_seconds} s and was stopped; ask for "
                "less: add LIMIT, start from fewer things, or drop OPTIONAL and property paths"
            )
        elif limit == "query_megabytes":
            message = (
                f"the query needed more than {limits.query_megabytes} MB of memory and was "
                "stopped; add LIMIT, or group and order fewer rows"
            )
        return LimitExceeded(limit, message)
