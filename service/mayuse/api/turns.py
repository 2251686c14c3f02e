"""Single questions go first: a batch steps aside while one of them is being answered.

One process answers both, and a batch would take all of its time. So where single questions are
asked a batch takes few items at once, and after each such slice waits until no single question is
under way. It waits for some time only, in proportion to what the slice took: however many ask
single questions, a batch has its share and comes to an end. Where nobody has asked one for a while
it takes many, which lets it do twice as many a second.

Several workers share one database, and a slice of one holds up the questions of another. So they
share, too, when a single question was asked last: by the time of a file in a folder of theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from fastapi import Request

REST = 3.0
"""How long a batch steps aside at most, as a multiple of what its last slice took."""

BESIDE, ALONE = 10, 250
"""Items of a batch answered at once, beside single questions and without: such a question waits for
the slice that is under way."""

A_WHILE = 60.0
"""Seconds without a single question, after which none is expected."""

TELL_SECONDS = 1.0
"""How often a worker tells the others that it is asked single questions."""

ASKED = "single-questions"
"""The file's name."""


class Turns:
    """Who is being answered in this process. For one event loop."""

    def __init__(self, *, workers: int = 1, folder: Path | None = None) -> None:
        """`folder`: what several workers share. Without one, singles are asked for ever."""
        self._blind = workers > 1 and folder is None
        self._asked = folder / ASKED if workers > 1 and folder else None
        self._singles = 0
        self._last = self._told = time.monotonic() - A_WHILE
        self._alone = asyncio.Event()
        self._alone.set()

    @contextlib.contextmanager
    def single(self) -> Iterator[None]:
        """Meanwhile a single question is being answered."""
        self._tell()
        self._singles += 1
        self._alone.clear()
        try:
            yield
        finally:
            self._singles -= 1
            self._last = time.monotonic()
            if not self._singles:
                self._alone.set()

    def at_once(self) -> int:
        """How many items a batch answers at once now."""
        quiet = not self._singles and time.monotonic() - self._last >= A_WHILE
        return ALONE if quiet and not self._blind and not self._others_are_asked() else BESIDE

    async def step_aside(self, seconds: float) -> None:
        """Let single questions go first, after a slice that took so many seconds."""
        await asyncio.sleep(0)  # whoever has arrived meanwhile is seen
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._alone.wait(), REST * seconds)

    def _tell(self) -> None:
        """Let the other workers know, at most once in `TELL_SECONDS`."""
        if self._asked is not None and time.monotonic() - self._told >= TELL_SECONDS:
            with contextlib.suppress(OSError):
                self._asked.touch()
            self._told = time.monotonic()

    def _others_are_asked(self) -> bool:
        if self._asked is None:
            return False
        try:
            return time.time() - self._asked.stat().st_mtime < A_WHILE
        except FileNotFoundError:  # nobody ever was
            return False
        except OSError:
            return True


def turns(request: Request) -> Turns:
    """Who is being answered in this process."""
    found: Turns = request.app.state.turns
    return found
