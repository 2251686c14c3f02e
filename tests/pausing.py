"""Other processes that stand still, as on a machine that hangs."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE = 10.0
STOPPED = {"T", "Z", "X"}
"""States of /proc/<pid>/stat in which a thread does nothing more by itself."""


def pause(pids: Iterable[int]) -> None:
    """SIGSTOP to all of them; returns once every thread stands still.

    The signal alone only asks for it: a process on another processor may go on for some
    milliseconds, and answer. Raises `TimeoutError`.
    """
    pids = list(pids)
    _send(signal.SIGSTOP, pids)
    give_up = time.monotonic() + PATIENCE
    while not {state for pid in pids for state in _states(pid)} <= STOPPED:
        if time.monotonic() > give_up:
            raise TimeoutError("a process went on after SIGSTOP")
        time.sleep(0.002)


def resume(pids: Iterable[int]) -> None:
    """SIGCONT to all of them."""
    _send(signal.SIGCONT, pids)


def _send(number: int, pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
            os.kill(pid, number)


def _states(pid: int) -> list[str]:
    """The states of a process's threads; none when it has ended."""
    try:
        files = list(Path(f"/proc/{pid}/task").glob("*/stat"))
        return [file.read_text().rpartition(")")[2].split()[0] for file in files]
    except (FileNotFoundError, ProcessLookupError):
        return []
