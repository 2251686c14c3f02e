"""Short pauses: how Python itself runs in a process that answers questions.

Two things of Python stop every question at once: a thread that does not give up Python's lock, and
the search of all objects for cycles that refer to themselves.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator

SWITCH_SECONDS = 0.0005
"""How long a thread keeps Python's lock while another waits for it. With Python's own 5 ms a
single question, which needs the lock several times, waits too long beside a batch."""

YOUNG_PER_FULL = 100
"""How many searches of young objects there are between two of all. With Python's own 10 the
verdicts that are remembered were walked every few seconds beside a batch, 30 to 70 ms each time.
Hardly anything is found: answering makes few cycles that grow old. Those of connections may."""


@contextlib.contextmanager
def short() -> Iterator[None]:
    """Meanwhile pauses are short. What is there at the beginning, as the policies are, stays."""
    switch, thresholds = sys.getswitchinterval(), gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds[:2], YOUNG_PER_FULL)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(switch)
        gc.set_threshold(*thresholds)
        gc.unfreeze()
