"""Whether a stretch of a log is as it must be, told quickly. Pure: no database.

Nearly all of a log is as it was written, and most of a verification's time goes into seeing that.
So whole tiles are looked at together here, in as few steps as Python allows, and maybe in another
process. Of a stretch that is not as it must be nothing is said: `records` looks at it again, leaf
by leaf, and says what is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mayuse.decision_log.event import Event
from mayuse.decision_log.records import Copies, Seen, is_entry
from mayuse.decision_log.runs import Span
from mayuse.decision_log.tree import TILE_WIDTH, Tree
from mayuse.errors import MalformedRecord

_sha256 = hashlib.sha256

Stored = Sequence[Any]
"""A row as it was read: leaf, record, leaf hash, row MAC, row number, then the copied columns."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole tiles of leaves whose records, hashes and copies are as they must be.

    Whether the tree's tiles have the same hashes, and the writers' runs no gap, is still to be
    seen.
    """

    start: int
    """Index of the first leaf; a multiple of the tile's width."""

    tiles: Sequence[bytes]
    """The leaf hashes of each tile, one after another."""

    roots: Sequence[bytes]
    """The root over each tile."""

    spans: Sequence[Span]
    """Which numbers of which writers' runs there are."""

    events: Sequence[bytes]
    """The records that are no decisions."""

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return len(self.tiles) * TILE_WIDTH


def examine(
    start: int,
    rows: Sequence[Stored],
    *,
    copies: Copies,
    seen: Seen,
    row_mac: Callable[[bytes], bytes] | None = None,
) -> Stretch | None:
    """Look at the rows of whole tiles, from the leaf `start` on; None when anything is amiss.

    `copies`, `seen` and `row_mac` are those of `verify.Log`; what `seen` was told is of no account
    when something is amiss.
    """
    try:
        hashes = _hashes(start, rows, row_mac)
        if hashes is None:
            return None
        read = _Read(start)
        for row in rows:
            members = orjson.loads(row[1])
            if orjson.dumps(members, option=orjson.OPT_SORT_KEYS) != row[1]:
                return None
            if "kind" in members:
                Event.from_bytes(row[1])
                read.events.append(row[1])
            elif not is_entry(members):
                return None
            if tuple(row[5:]) != copies(members):
                return None
            read.take(members["epoch"], members["n"])
            seen(row[4], members)
    except (MalformedRecord, ValueError, TypeError, AttributeError, KeyError):
        return None
    tiles = [hashes[at : at + TILE_WIDTH] for at in range(0, len(hashes), TILE_WIDTH)]
    roots = [Tree().grow(tile).tree.root for tile in tiles]
    return Stretch(start, list(map(b"".join, tiles)), roots, read.spans(), read.events)


def _hashes(
    start: int, rows: Sequence[Stored], row_mac: Callable[[bytes], bytes] | None
) -> list[bytes] | None:
    """The leaf hashes, when no leaf is missing and what is stored beside the records agrees."""
    hashes = [_sha256(b"\x00" + row[1]).digest() for row in rows]
    whole = (
        len(rows) % TILE_WIDTH == 0
        and [row[0] for row in rows] == list(range(start, start + len(rows)))
        and hashes == [row[2] for row in rows]
        and (row_mac is None or list(map(row_mac, hashes)) == [row[3] for row in rows])
    )
    return hashes if whole else None


class _Read:
    """What was read so far."""

    def __init__(self, start: int) -> None:
        self.events: list[bytes] = []
        self._spans: list[Span] = []
        self._begun, self._leaf = start, start
        self._epoch, self._first, self._next = "", 0, 0

    def take(self, epoch: str, number: int) -> None:
        """The next leaf is of this run, and has this number in it."""
        if number != self._next or epoch != self._epoch:
            self._end()
            self._begun, self._epoch, self._first = self._leaf, epoch, number
        self._leaf += 1
        self._next = number + 1

    def spans(self) -> list[Span]:
        """What was taken."""
        self._end()
        return self._spans

    def _end(self) -> None:
        if self._leaf > self._begun:
            length = self._leaf - self._begun
            self._spans.append(Span(self._begun, self._epoch, self._first, length))
        self._begun = self._leaf
