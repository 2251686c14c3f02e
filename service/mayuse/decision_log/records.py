"""The records of a log under verification: their hashes, their form, their copies. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from mayuse.decision_log.entry import MEMBERS, VERSION
from mayuse.decision_log.event import FORMER_ORIGIN, Anchor, Close, Event, Key, Open, Purge, keeps
from mayuse.decision_log.findings import Report
from mayuse.decision_log.runs import Runs, Span
from mayuse.decision_log.tree import HASH_BYTES, TILE_WIDTH
from mayuse.errors import MalformedRecord

CHANGED = " was changed"
"""Ends the name of what is kept, but not as it was."""

_sha256 = hashlib.sha256
_NO_HASH = bytes(HASH_BYTES)
_MEMBERS = tuple(sorted(MEMBERS))

Copies = Callable[[Mapping[str, Any]], tuple[Any, ...]]
"""What `Row.copied` must be, given the members of the record."""

Seen = Callable[[int, Mapping[str, Any]], None]
"""Is told of each record that can be read: its row's number, and its members."""


class Row(NamedTuple):
    """One stored leaf."""

    leaf: int
    """Index of the leaf; of a record in no leaf, the row's number."""

    record: bytes | None
    """None when it was purged."""

    leaf_hash: bytes
    """As stored beside the record."""

    copied: tuple[Any, ...] = ()
    """The columns copied out of the record."""

    row_mac: bytes | None = None
    seq: int = 0
    """The row's number in its table."""


class Records:
    """Looks at every record, one tile at a time."""

    def __init__(
        self,
        report: Report,
        *,
        copies: Copies | None = None,
        row_mac: Callable[[bytes], bytes] | None = None,
        seen: Seen | None = None,
    ) -> None:
        self._report = report
        self._seen = seen
        self._copies = copies
        self._row_mac = row_mac
        self._runs = Runs(report)
        self._purges: list[tuple[int, int]] = []
        self._absent: list[tuple[int, int]] = []
        self.former: dict[str, int] = {}
        """Names the log had before, and the size at which it gave each up."""

        self.ended: dict[str, int] = {}
        """Keys that signed once, and the last size each signed."""

        self._keeps: set[tuple[str, str]] = set()

    def take(
        self, start: int, width: int, rows: Sequence[Row], stored: Sequence[bytes]
    ) -> list[bytes]:
        """Check the records of the leaves from `start` on against the hashes of their tile.

        Returns the leaf hashes to go on with; 32 zeroes for one that is nowhere to be found.
        """
        records = [row.record for row in rows if row.record is not None]
        hashes = [_sha256(b"\x00" + record).digest() for record in records]
        if (
            len(hashes) != width
            or hashes != stored
            or hashes != [row.leaf_hash for row in rows]
            or [row.leaf for row in rows] != list(range(start, start + width))
        ):
            hashes = self._compare(start, width, rows, stored)
        for row in rows:
            if row.record is not None and start <= row.leaf < start + width:
                self._look(row, row.record, f"leaf {row.leaf}")
        return hashes

    def accept(self, size: int, spans: Sequence[Span], events: Sequence[bytes]) -> None:
        """Count the records of a stretch that was examined: so many, some of them events."""
        self._report.rows += size
        self._report.entries["decision"] += size - len(events)
        for span in spans:
            self._runs.take_span(span)
        for event in events:
            self._happened(Event.from_bytes(event))

    def compare(self, start: int, hashes: Sequence[bytes], stored: Sequence[bytes]) -> None:
        """Compare the hashes of a tile of good records with those that are in the tree."""
        if hashes == stored:
            return
        for at, (computed, in_tile) in enumerate(zip(hashes, stored, strict=False)):
            if computed != in_tile:
                self._report.add("tile_changed", f"tile 0/{start // TILE_WIDTH}", f"hash {at}")

    def stray(self, row: Row) -> None:
        """A row in none of the log's tiles."""
        self._report.add("row_extra", f"leaf {row.leaf}")

    def finish(
        self,
        waiting: Iterable[Row],
        orphans: Iterable[Row],
        kept: Iterable[tuple[str, str]] | None,
    ) -> None:
        """Look at the records in no leaf, and account for all that was missing."""
        for row in waiting:
            self._report.unsealed += 1
            self._unsealed(row)
        for row in orphans:
            self._report.add("row_unsealed", f"row {row.leaf}")
            self._unsealed(row)
        for first, until in _outside(self._absent, self._purges):
            where = f"leaf {first}" if until - first == 1 else f"leaves {first} to {until - 1}"
            self._report.add("row_missing", where)
            self._report.hash_only -= until - first
        self._report.hash_only += sum(until - first for first, until in self._absent)
        self._runs.finish(self._report.hash_only)
        if kept is not None:
            self._account(set(kept))

    def purged_until(self) -> int:
        """The index after the last leaf that was purged, once all were taken; 0 without a purge."""
        return max((until for _, until in self._purges), default=0)

    def _compare(
        self, start: int, width: int, rows: Sequence[Row], stored: Sequence[bytes]
    ) -> list[bytes]:
        """Find out, leaf by leaf, what is not as it was."""
        in_tile = dict(enumerate(stored, start))
        by_index: dict[int, Row] = {}
        # Of two rows for one leaf, the one that the tile knows is not the stray.
        for row in sorted(rows, key=lambda row: in_tile.get(row.leaf) != row.leaf_hash):
            if row.leaf in by_index or not start <= row.leaf < start + width:
                self.stray(row)
            else:
                by_index[row.leaf] = row
        return [
            self._settle(index, by_index.get(index), in_tile.get(index))
            for index in range(start, start + width)
        ]

    def _settle(self, index: int, row: Row | None, tile: bytes | None) -> bytes:
        """The hash of one leaf: what two of record, stored hash and tile agree on."""
        where, in_tile = f"leaf {index}", f"tile 0/{index // TILE_WIDTH}"
        if row is None or row.record is None:
            _extend(self._absent, index)
            if row is not None and tile not in {None, row.leaf_hash}:
                self._report.add("hash_changed", where)
            return tile or (row.leaf_hash if row else _NO_HASH)
        computed = _sha256(b"\x00" + row.record).digest()
        if computed != row.leaf_hash:
            self._report.add("hash_changed" if computed == tile else "row_changed", where)
        if tile is not None and tile not in {computed, row.leaf_hash}:
            self._report.add("tile_changed", in_tile, f"hash {index % TILE_WIDTH}")
        return row.leaf_hash if row.leaf_hash == tile else computed

    def _look(self, row: Row, record: bytes, where: str) -> None:
        """Read a record: many of them a second, so not with the entry's own strict reader.

        That it is canonical is told by writing it again.
        """
        self._report.rows += 1
        try:
            members, event = read_record(record)
            if self._seen is not None:
                self._seen(row.seq, members)
            copied = row.copied if self._copies is None else self._copies(members)
        except (MalformedRecord, ValueError, TypeError, AttributeError):
            self._report.add("record_malformed", where)
            return
        self._runs.take(row.leaf, members["epoch"], members["n"])
        if event is None:
            self._report.entries["decision"] += 1
        else:
            self._happened(event)
        if row.copied != copied:
            self._report.add("copy_changed", where)
        if self._row_mac is not None:
            self._written(row, where)

    def _happened(self, event: Event) -> None:
        self._report.entries[event.kind] += 1
        self._keeps.update(keeps(event.what))
        if isinstance(event.what, Purge):
            self._purges.append((event.what.first, event.what.until))
        elif isinstance(event.what, Anchor) and event.what.by == FORMER_ORIGIN:
            self.former[event.what.name] = event.what.size
        elif isinstance(event.what, Key) and event.what.to_size is not None:
            self.ended[event.what.vkey] = event.what.to_size
        elif isinstance(event.what, Close):
            self._runs.end(event.epoch, event.n)
        elif isinstance(event.what, Open) and event.n != 1:
            self._report.add("run_end", f"run {event.epoch}", f"it opens at number {event.n}")

    def _account(self, kept: set[tuple[str, str]]) -> None:
        """See that what entries speak of is kept, and nothing else: some may have been purged."""
        for kind, name in sorted(self._keeps - kept):
            self._report.add("kept_missing", f"{kind} {name}")
        for kind, name in sorted(kept - self._keeps):
            if not self._report.hash_only or name.endswith(CHANGED):
                self._report.add("kept_extra", f"{kind} {name}")

    def _unsealed(self, row: Row) -> None:
        where = f"row {row.leaf}"
        if row.record is None or _sha256(b"\x00" + row.record).digest() != row.leaf_hash:
            self._report.add("row_changed", where)
        else:
            self._copied(row, row.record, where)
        self._written(row, where)

    def _copied(self, row: Row, record: bytes, where: str) -> None:
        try:
            members, event = read_record(record)
            if event is not None:
                self._keeps.update(keeps(event.what))
            if self._copies is not None and row.copied != self._copies(members):
                self._report.add("copy_changed", where)
        except (MalformedRecord, ValueError, TypeError, AttributeError):
            self._report.add("record_malformed", where)

    def _written(self, row: Row, where: str) -> None:
        if self._row_mac is None:
            return
        if row.row_mac is None or not hmac.compare_digest(
            row.row_mac, self._row_mac(row.leaf_hash)
        ):
            self._report.add("row_foreign", where)


def is_entry(members: Mapping[str, Any]) -> bool:
    """Whether these can be the members of a decision's record, as far as a log must know.

    Of a canonical record, in which they are in order.
    """
    return (
        tuple(members) == _MEMBERS
        and members["v"] == VERSION
        and type(members["n"]) is int
        and members["n"] >= 1
        and type(members["t"]) is int
        and type(members["epoch"]) is str
        and type(members["effect"]) is str
        and type(members["rule"]) is list
    )


def read_record(record: bytes) -> tuple[Mapping[str, Any], Event | None]:
    """The members of a record, and the event when it is one.

    Raises `MalformedRecord` or `ValueError` for a record that is neither an entry nor an event.
    """
    members = orjson.loads(record)
    if orjson.dumps(members, option=orjson.OPT_SORT_KEYS) != record:
        raise MalformedRecord("not canonical")
    if "kind" in members:
        return members, Event.from_bytes(record)
    if not is_entry(members):
        raise MalformedRecord("not an entry")
    return members, None


def _extend(ranges: list[tuple[int, int]], index: int) -> None:
    """Add an index that is larger than all before it to a list of ranges."""
    if ranges and ranges[-1][1] == index:
        ranges[-1] = (ranges[-1][0], index + 1)
    else:
        ranges.append((index, index + 1))


def _outside(
    ranges: Sequence[tuple[int, int]], allowed: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The parts of the ranges that no allowed range covers."""
    left = list(ranges)
    for first, until in allowed:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, first)), (max(start, until), end))
            if part[0] < part[1]
        ]
    return left
