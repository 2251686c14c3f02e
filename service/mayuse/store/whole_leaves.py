"""The leaves of a stored log, in order, for `verify`: whole stretches where all is well, else rows.

In a large log other processes help with the stretches. What is amiss is read here, row by row, from
the one state of the database that everything else is read from.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

from mayuse.decision_log.records import Row
from mayuse.decision_log.stretch import Stretch
from mayuse.store import stretches
from mayuse.store.helpers import Helping, helped
from mayuse.store.log_beside import RuleIndex
from mayuse.store.stretches import Fetch, Found, Stretches

WORTH_IT = 100_000
"""Leaves from which on other processes help: they take a second to start."""

_FIRST, _LAST = -(2**63), 2**63 - 1
_NEWEST = "SELECT max(leaf_index) FROM leaf"


def leaves(  # noqa: PLR0913 - what it reads and whom it tells, given by name
    fetch: Fetch,
    mine: Stretches,
    *,
    size: int,
    index: RuleIndex,
    helping: Helping | None,
    meanwhile: Callable[[], bool],
    progress: Callable[[int], None],
) -> Iterator[Row | Stretch]:
    """Every leaf; stretches only below `size`. Those who help are `helping`, if any.

    `index` is told of what the records of stretches say, but not of single rows; `progress` hears
    up to which leaf all were read, `meanwhile` is as in `helpers.helped`.
    """
    [(newest,)] = fetch(_NEWEST)
    there = min(size, newest + 1) if isinstance(newest, int) else 0
    length = stretches.STRETCH
    starts = range(0, there // length * length, length)
    yield from mine.rows(_FIRST, -1)
    with contextlib.ExitStack() as stack:
        examined: Iterable[Found | None] = (mine.examine(start, length) for start in starts)
        if helping is not None and there >= WORTH_IT:
            examined = stack.enter_context(helped(helping, starts, length, meanwhile))
        for start, found in zip(starts, examined, strict=True):
            if found is None:
                yield from mine.rows(start, start + length - 1)
            else:
                index.add(found[1])
                yield found[0]
            progress(start + length)
    for row in mine.rows(len(starts) * length, _LAST):
        yield row
        progress(row.leaf + 1)
