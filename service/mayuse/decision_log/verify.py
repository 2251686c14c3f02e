"""Verify a whole log: every record, every hash, every tile, every checkpoint. Pure: no database.

An auditor must not have to trust the writer. So nothing here reads a table; it is handed what was
stored, in order, and computes everything again, one tile of 256 leaves at a time:

1. Each record is hashed. Its hash must be the one stored beside it and the one in its tile. Where
   they differ, the two that agree tell which one was changed, and the tree goes on with them.
   What was examined elsewhere, as `stretch` does, comes with its hashes; these are compared, too.
2. Each record must be in its canonical form, its copied columns must say what it says, and the
   writers' numbered runs must have no gap.
3. Each hash of each higher tile is computed from the tile below.
4. Each checkpoint must be signed by a key that was the log's then, and have the root that the tree
   had at its size.
5. The stored frontier must be that of the tree.

A leaf whose record was purged is known by its hash alone, and a `purge` leaf must account for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.findings import Report
from mayuse.decision_log.note import Note, VerifierKey
from mayuse.decision_log.proof import cosigned
from mayuse.decision_log.records import Copies, Records, Row, Seen
from mayuse.decision_log.stretch import Stretch
from mayuse.decision_log.tree import HASH_BYTES, TILE_WIDTH, TileId, Tree
from mayuse.errors import ProofError

_Item = TypeVar("_Item")
_Key = TypeVar("_Key", int, TileId)


class Tile(NamedTuple):
    """One stored tile."""

    level: int
    number: int
    """Its index in that level."""

    data: bytes


class LogKey(NamedTuple):
    """A key that signed checkpoints, and the sizes of the log it signed for, both ends included."""

    key: VerifierKey
    from_size: int = 0
    to_size: int | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """All there is of a log, as it was stored."""

    origin: str
    size: int
    frontier: bytes
    """As `Tree.to_bytes` wrote it."""

    min_index: int
    """Records of leaves before this one may have been purged."""

    rows: Iterable[Row | Stretch]
    """In order of their index; whole tiles below `size` may have been examined already."""

    tiles: Iterable[Tile]
    """In order of level and index."""

    checkpoints: Iterable[tuple[int, str]]
    """Sizes and notes, in order; those kept outside the database among them."""

    keys: Sequence[LogKey]
    must_be_signed: bool = False
    """The keys come from outside: without a checkpoint signed by them nothing would be proved."""

    witnesses: Sequence[VerifierKey] = ()
    """Keys of witnesses whose cosignatures are to be checked."""

    waiting: Iterable[Row] = ()
    """Records in no leaf that wait to be sealed; their index is a row's number."""

    orphans: Iterable[Row] = ()
    """Records in no leaf that nothing waits for: there should be none."""

    kept: Iterable[tuple[str, str]] | None = None
    """What is kept because an entry says so, as `event.keeps` names it; None: not looked at."""

    copies: Copies | None = None
    seen: Seen | None = None

    row_mac: Callable[[bytes], bytes] | None = None
    """What `Row.row_mac` must be, given the leaf hash; for one who holds the key."""


def verify(log: Log) -> Report:
    """Compute everything again and report what is not as it must be.

    It reads each iterable once, from begin to end, and keeps 32 bytes for every 256 leaves.
    """
    report = Report()
    records = Records(report, copies=log.copies, row_mac=log.row_mac, seen=log.seen)
    rows = _InOrder(log.rows, key=_tile_of, stray=partial(_stray, records))
    tiles = _Tiles(log.tiles, report)
    checkpoints = _Checkpoints(log, report)
    tops: list[bytes] = []  # the root of each full tile of leaves
    full = Tree()  # the tree of those roots
    rest = Tree()  # the tree of the leaves behind them
    start = 0
    for hashes, root in _leaves(log.size, rows, records, tiles):
        checkpoints.take(start, full, hashes)
        if len(hashes) == TILE_WIDTH:
            tops.append(root)
            full = full.grow([root]).tree
        else:
            rest = Tree().grow(hashes).tree
        start += len(hashes)
    tree = Tree(start, full.frontier + rest.frontier)
    report.size, report.root = tree.size, tree.root
    if (log.size, log.frontier) != (tree.size, tree.to_bytes()):
        report.add("state_changed", "log", f"the stored size is {log.size}")
    if log.min_index != records.purged_until():
        report.add("state_changed", "log", f"the stored minimum index is {log.min_index}")
    rows.finish()
    tiles.finish(tops)
    checkpoints.finish(tree, records.former)
    own = [key for key in log.keys if key.key.name == log.origin]
    _check_ends(own, records.ended, report)
    records.finish(log.waiting, log.orphans, log.kept)
    return report


def _leaves(
    size: int, rows: _InOrder[int, Row | Stretch], records: Records, tiles: _Tiles
) -> Iterator[tuple[Sequence[bytes], bytes]]:
    """The leaf hashes of each tile and the root over them, of `size` leaves."""
    start = 0
    while start < size and (rows.more or tiles.more_leaves):
        width = min(TILE_WIDTH, size - start)
        found = rows.take(start // TILE_WIDTH)
        if found and isinstance(stretch := found[0], Stretch):
            records.accept(stretch.size, stretch.spans, stretch.events)
            for tile, root in zip(stretch.tiles, stretch.roots, strict=True):
                hashes = _hashes(tile)
                records.compare(start, hashes, tiles.leaves(start // TILE_WIDTH, TILE_WIDTH))
                yield hashes, root
                start += TILE_WIDTH
        else:
            stored = tiles.leaves(start // TILE_WIDTH, width)
            mine = [row for row in found if isinstance(row, Row)]
            hashes = records.take(start, width, mine, stored)
            yield hashes, Tree().grow(hashes).tree.root
            start += width


def _check_ends(keys: Iterable[LogKey], ended: Mapping[str, int], report: Report) -> None:
    """See that no key is believed for longer than the log says that it signed."""
    for key in keys:
        name = key.key.to_text()
        if name in ended and (key.to_size is None or key.to_size > ended[name]):
            report.add("key_ended", f"key {name}", f"it signed up to {ended[name]} leaves")


def _tile_of(found: Row | Stretch) -> int:
    leaf = found.leaf if isinstance(found, Row) else found.start
    return leaf // TILE_WIDTH


def _stray(records: Records, found: Row | Stretch) -> None:
    if isinstance(found, Row):
        records.stray(found)


class _InOrder(Generic[_Key, _Item]):
    """Hands out items by a key that grows. Those nobody asks for are strays."""

    def __init__(
        self,
        items: Iterable[_Item],
        *,
        key: Callable[[_Item], _Key],
        stray: Callable[[_Item], None],
    ) -> None:
        self._groups: Iterator[tuple[_Key, list[_Item]]] = (
            (name, list(group)) for name, group in groupby(items, key)
        )
        self._stray = stray
        self._head: tuple[_Key, list[_Item]] | None = next(self._groups, None)

    @property
    def more(self) -> bool:
        """Whether there are items left."""
        return self._head is not None

    def head(self) -> _Key | None:
        """The key of the next ones."""
        return None if self._head is None else self._head[0]

    def take(self, key: _Key) -> list[_Item]:
        """The items with this key; those with a smaller one are strays."""
        while self._head is not None and self._head[0] < key:
            self._skip()
        if self._head is None or self._head[0] != key:
            return []
        items = self._head[1]
        self._head = next(self._groups, None)
        return items

    def finish(self) -> None:
        """Whatever is left is a stray."""
        while self._head is not None:
            self._skip()

    def _skip(self) -> None:
        if self._head is not None:
            for item in self._head[1]:
                self._stray(item)
        self._head = next(self._groups, None)


class _Tiles:
    """Compares every stored tile with what the leaves give."""

    def __init__(self, tiles: Iterable[Tile], report: Report) -> None:
        self._report = report
        self._tiles: _InOrder[TileId, Tile] = _InOrder(
            tiles,
            key=lambda tile: (tile.level, tile.number),
            stray=lambda tile: report.add("tile_extra", f"tile {tile.level}/{tile.number}"),
        )

    @property
    def more_leaves(self) -> bool:
        """Whether there are tiles of leaf hashes left."""
        head = self._tiles.head()
        return head is not None and head[0] == 0

    def leaves(self, index: int, width: int) -> list[bytes]:
        """The stored leaf hashes of a tile; fewer than `width` are reported."""
        return self._take(0, index, width)

    def finish(self, hashes: list[bytes]) -> None:
        """Compare the levels above the leaves, given the hashes of level 1."""
        level = 1
        while hashes:
            above = []
            for start in range(0, len(hashes), TILE_WIDTH):
                given = hashes[start : start + TILE_WIDTH]
                stored = self._take(level, start // TILE_WIDTH, len(given))
                if stored != given[: len(stored)]:
                    self._changed(level, start // TILE_WIDTH, stored, given)
                if len(given) == TILE_WIDTH:
                    above.append(Tree().grow(given).tree.root)
            hashes, level = above, level + 1
        self._tiles.finish()

    def _take(self, level: int, index: int, width: int) -> list[bytes]:
        found = self._tiles.take((level, index))
        data = found[0].data if found else b""
        where = f"tile {level}/{index}"
        for _ in found[1:]:
            self._report.add("tile_extra", where, "it is there twice")
        self._report.tiles += bool(found)
        have, over = divmod(len(data), HASH_BYTES)
        if have < width:
            self._report.add("tile_missing", where, f"{have} of {width} hashes are there")
        elif over or have > width:
            self._report.add("tile_extra", where, f"it goes on after {width} hashes")
        return _hashes(data[: width * HASH_BYTES])

    def _changed(self, level: int, index: int, stored: list[bytes], given: list[bytes]) -> None:
        for at, (one, other) in enumerate(zip(stored, given, strict=False)):
            if one != other:
                self._report.add("tile_changed", f"tile {level}/{index}", f"hash {at}")


class _Checkpoints:
    """Checks every checkpoint at the moment the tree has its size."""

    def __init__(self, log: Log, report: Report) -> None:
        self._report = report
        self._origin = log.origin
        self._keys = log.keys
        self._witnesses = log.witnesses
        self._must_be_signed = log.must_be_signed
        self._others: list[tuple[str, int]] = []
        """Name and size of those that are not of the log as it is named now."""

        self._checked = 0
        """Size of the last one."""

        self._notes = self._read(log.checkpoints)
        self._next = next(self._notes, None)

    def take(self, start: int, full: Tree, hashes: Sequence[bytes]) -> None:
        """Check those whose size lies within a tile: `full` is the tree of the tiles before it."""
        part = Tree()
        while self._next is not None and self._next[0].size < start + len(hashes):
            size = self._next[0].size
            if size >= max(start, self._checked):
                part = part.grow(hashes[part.size : size - start]).tree
                self._check(Tree(size, full.frontier + part.frontier))
            else:
                self._disordered()
            self._next = next(self._notes, None)

    def finish(self, tree: Tree, former: Mapping[str, int]) -> None:
        """Check those of the whole tree, and report those of a larger one, or of another log.

        `former`: names the log had before, each with the size at which it was given up.
        """
        self._drain(tree)
        if self._must_be_signed and tree.size and not self._report.signed:
            self._report.add("checkpoint_missing", "log")
        for origin, size in self._others:
            if size > former.get(origin, -1):
                self._report.add("checkpoint_wrong", f"checkpoint {size}", "it is of another log")

    def _drain(self, tree: Tree) -> None:
        while self._next is not None:
            if self._next[0].size == tree.size:
                self._check(tree)
            elif self._next[0].size > tree.size:
                self._report.add("checkpoint_beyond", _where(self._next[0]))
            else:
                self._report.add(
                    "checkpoint_malformed", _where(self._next[0]), "it is out of order"
                )
            self._next = next(self._notes, None)

    def _read(self, notes: Iterable[tuple[int, str]]) -> Iterator[tuple[Checkpoint, bool]]:
        """Each checkpoint, and whether it is signed."""
        for size, text in notes:
            try:
                note = Note.from_text(text)
                checkpoint = Checkpoint.from_text(note.text)
            except ProofError as error:
                self._report.add("checkpoint_malformed", f"checkpoint {size}", str(error))
                continue
            self._report.checkpoints += 1
            if checkpoint.size != size:
                self._report.add("checkpoint_malformed", f"checkpoint {size}", "of another size")
            yield checkpoint, self._check_signatures(checkpoint, note)

    def _check_signatures(self, checkpoint: Checkpoint, note: Note) -> bool:
        """Whether the log signed it; what does not hold is reported, cosignatures are counted."""
        keys = [
            key.key
            for key in self._keys
            if key.from_size <= checkpoint.size
            and (key.to_size is None or checkpoint.size <= key.to_size)
        ]
        try:
            Checkpoint.verify(note, keys)
            self._report.cosignatures += len(cosigned(note, self._witnesses))
            if checkpoint.origin != self._origin:
                self._others.append((checkpoint.origin, checkpoint.size))
        except ProofError as error:
            self._report.add("checkpoint_unsigned", _where(checkpoint), str(error))
            return False
        return True

    def _check(self, tree: Tree) -> None:
        self._checked = tree.size
        if self._next is None:
            return
        checkpoint, is_signed = self._next
        if checkpoint.root != tree.root:
            self._report.add("checkpoint_wrong", _where(checkpoint))
        elif is_signed:
            self._report.signed = tree.size

    def _disordered(self) -> None:
        if self._next is not None:
            self._report.add("checkpoint_malformed", _where(self._next[0]), "it is out of order")


def _hashes(data: bytes) -> list[bytes]:
    """The whole hashes in there."""
    ends = range(HASH_BYTES, len(data) + 1, HASH_BYTES)
    return [data[end - HASH_BYTES : end] for end in ends]


def _where(checkpoint: Checkpoint) -> str:
    return f"checkpoint {checkpoint.size}"
