"""Single questions go first: a batch steps aside while one of them is being answered.

One process answers both, and a batch would take all of its time. So where single questions are
asked a batch takes few items at once, and after each such slice waits until no single question is
under way. It waits for some time only, in proportion to what the slice took: however many ask
single questions, a batch has its share and comes to an end. Where nobody has asked one for a while
it takes many, which lets it do twice as many a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

from fastapi import Request

REST = 3.0
"""How long a batch steps aside at most, as a multiple of what its last slice took."""

BESIDE, ALONE = 10, 250
"""Items of a batch answered at once, beside single questions and without: such a question waits for
the slice that is under way."""

A_WHILE = 60.0
"""Seconds without a single question, after which none is expected."""


class Turns:
    """Who is being answered in this process. For one event loop."""

    def __init__(self, *, one_process: bool = True) -> None:
        """`one_process`: no other answers from the same database, of whose callers none is seen."""
        self._one_process = one_process
        self._singles = 0
        self._last = -A_WHILE + time.monotonic()
        self._alone = asyncio.Event()
        self._alone.set()

    @contextlib.contextmanager
    def single(self) -> Iterator[None]:
        """Meanwhile a single question is being answered."""
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
        return ALONE if self._one_process and quiet else BESIDE

    async def step_aside(self, seconds: float) -> None:
        """Let single questions go first, after a slice that took so many seconds."""
        await asyncio.sleep(0)  # whoever has arrived meanwhile is seen
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._alone.wait(), REST * seconds)


def turns(request: Request) -> Turns:
    """Who is being answered in this process."""
    found: Turns = request.app.state.turns
    return found
