"""How many requests a caller may still send, for one process. Pure: the clock is given.

A caller's minute begins with its first request, and with the first after it is over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

WINDOW = 60
"""Seconds for which a quota is."""

_CALLERS = 10_000
"""Callers remembered before those whose minute is over are forgotten."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one request."""

    granted: bool
    left: int
    """How many more the caller may send in this minute."""

    resets: int
    """In how many seconds the next minute begins."""


class Quota:
    """So many requests a minute for each caller."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, caller: str, now: float) -> Taken:
        """Count a request; `now` is in seconds of a clock that never goes back."""
        begun, used = self._windows.get(caller, (now, 0))
        if now - begun >= WINDOW:
            begun, used = now, 0
        granted = used < self.limit
        used += granted
        if caller not in self._windows and len(self._windows) >= _CALLERS:
            self._forget(now)
        self._windows[caller] = (begun, used)
        return Taken(granted, self.limit - used, max(1, math.ceil(begun + WINDOW - now)))

    def _forget(self, now: float) -> None:
        self._windows = {
            caller: window for caller, window in self._windows.items() if now - window[0] < WINDOW
        }
