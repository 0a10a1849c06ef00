"""Writers, and what must be true of a graph after a crash while they wrote."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
import urllib3

from missiongraph.writing import directory, journal
from support.running import Running

WRITERS = 8
PARTS = 3
"""Triples of each write: all of them are there, or none."""


@dataclass
class Told:
    """What the writers were told: the writes that were answered well, with the state they made."""

    states: dict[str, str] = field(default_factory=dict)
    tried: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def write(server: Running, number: int, told: Told) -> bool:
    """One write of ``PARTS`` triples; whether it was acknowledged."""
    name = f"x:w/{number}"
    values = ", ".join(map(str, range(PARTS)))
    with told.lock:
        told.tried += 1
    try:
        text = f"INSERT DATA {{ GRAPH <g:{number % 7}> {{ <{name}> <x:part> {values} }} }}"
        reply = server.client(20).update(text)
    except urllib3.exceptions.HTTPError:
        return False
    if reply.status == 200:
        with told.lock:
            told.states[name] = reply.json["fingerprint"]
    return reply.status == 200


def write_until(
    server: Running, numbers: range, told: Told, strike: Callable[[], None], chance: random.Random
) -> None:
    """Let writers share ``numbers`` and strike at a random moment while they write."""
    over = threading.Event()

    def work(mine: range) -> None:
        for number in mine:
            if over.is_set():
                return
            write(server, number, told)

    with ThreadPoolExecutor(WRITERS) as pool:
        for first in range(WRITERS):
            pool.submit(work, numbers[first::WRITERS])
        time.sleep(chance.uniform(0.1, 1.5))
        strike()
        over.set()


def kill_supervisor(server: Running) -> None:
    """SIGKILL to the process that holds the store, and to nothing else."""
    pid = server.supervisor()
    os.kill(pid, signal.SIGKILL)
    while is_alive(pid):
        time.sleep(0.01)


def check(folder: Path, told: Told) -> None:
    """Every acknowledged write is there, none is half there, and the chain holds to its end."""
    state = directory.load(folder)
    parts: dict[str, int] = {}
    for quad in directory.named(state):
        if quad.predicate == ox.NamedNode("x:part"):
            name = str(quad.subject)[1:-1]
            parts[name] = parts.get(name, 0) + 1
    half = {name: count for name, count in parts.items() if count != PARTS}
    assert not half, f"half written: {half}"
    lost = set(told.states) - set(parts)
    assert not lost, f"acknowledged and lost: {sorted(lost)}"
    head = directory.read_head(folder / directory.BASE)
    chain = {entry.after for entry in journal.read(folder / directory.JOURNAL, head.fingerprint)}
    assert set(told.states.values()) <= chain, "a fingerprint that was told is not in the chain"


def is_alive(pid: int) -> bool:
    """Whether a process runs: it may be dead and not yet noticed by its parent."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    return False


def processes(folder: Path) -> list[int]:
    """The processes that have a file of ``folder`` open."""
    found = []
    for place in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            if any(str(link.readlink()).startswith(f"{folder}/") for link in place.iterdir()):
                found.append(int(place.parent.name))
    return found
