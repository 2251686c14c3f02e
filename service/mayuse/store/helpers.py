"""Other processes that help to examine a stored log.

Each reads for itself, from a state of the database that may be a little newer than that of the
process it helps. Nothing but a purge changes what is there already; whoever meets one finds its
stretch amiss, and then it is looked at again over there.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from itertools import islice

from mayuse.decision_log.mac import Mac
from mayuse.errors import LogUnavailable
from mayuse.store.absence import POSTGRESQL_FAILED
from mayuse.store.log_beside import Secret
from mayuse.store.session import Location
from mayuse.store.stretches import Found, Stretches, fetching

AT_MOST = 8
"""Processes."""

AHEAD = 32
"""Stretches each of them may be ahead: what they found waits in memory."""


@dataclass(frozen=True, slots=True)
class Helping:
    """What another process needs to examine stretches of a log."""

    location: Location
    secret: Secret
    row_mac: Mac | None


@contextlib.contextmanager
def helped(
    helping: Helping, starts: Sequence[int], size: int, meanwhile: Callable[[], bool]
) -> Iterator[Iterator[Found | None]]:
    """The stretches of this size that begin there, in order, as other processes find them.

    While the next one is not there, `meanwhile` does some other work, as long as it says that there
    is more of it. Where they cannot read, they say nothing. Raises `LogUnavailable` when a process
    has ended.
    """
    processes = min(_processors(), AT_MOST, len(starts))
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(helping,),
    )

    def results() -> Iterator[Found | None]:
        asked = (pool.submit(_help, start, size) for start in starts)
        ahead: deque[Future[Found | None]] = deque(islice(asked, processes * AHEAD))
        while ahead:
            first = ahead.popleft()
            while not first.done() and meanwhile():
                pass
            yield first.result()
            ahead.extend(islice(asked, 1))

    try:
        yield results()
    except BrokenProcessPool as error:
        raise LogUnavailable("log_unavailable", "a process that verified has ended") from error
    finally:
        pool.shutdown(cancel_futures=True)


_begun: list[Helping] = []
"""Whom this process helps, if any."""


def _begin(helping: Helping) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that is helped
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _begun.append(helping)


def _end_with_parent() -> None:
    """Nobody is told when the process that is helped is killed."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _help(start: int, size: int) -> Found | None:
    try:
        return _stretches().examine(start, size)
    except (sqlite3.Error, *POSTGRESQL_FAILED):
        return None  # the process that is helped finds out itself


@cache
def _stretches() -> Stretches:
    [helping] = _begun
    fetch = fetching(helping.location)
    return Stretches(fetch, helping.location.dialect, helping.secret, helping.row_mac)
