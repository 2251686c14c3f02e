"""The tree in SQLite: read where it ends, write what a batch did to it, read that back.

The caller holds the transaction; nothing here begins or ends one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.sealing import Seal
from mayuse.decision_log.tree import HASH_BYTES, TileId, Tree, tile_width
from mayuse.store import inserts
from mayuse.store.log_identity import SIGNERS

_STATE = "SELECT size, frontier FROM log_state"
_TILE = "SELECT data FROM tile WHERE level = ? AND idx = ?"
_TAIL = "SELECT substr(data, ?, ?) FROM tile WHERE level = ? AND idx = ?"
_NEW_TILE = "INSERT INTO tile (data, level, idx) VALUES (?, ?, ?)"
_LONGER_TILE = (
    "UPDATE tile SET data = CAST(data || ? AS BLOB) "
    "WHERE level = ? AND idx = ? AND length(data) = ?"
)
_MOVE = "UPDATE log_state SET size = ?, frontier = ? WHERE size = ?"
_CHECKPOINT = "INSERT INTO checkpoint (size, note, t_us) VALUES (?, ?, ?)"
_SEALED = (
    "SELECT record FROM leaf JOIN decision USING (seq) "
    "WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index"
)
_PENDING = (
    "SELECT seq, record, leaf_hash, row_mac FROM pending JOIN decision USING (seq) "
    "WHERE seq > ? ORDER BY seq LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that is written and not yet a leaf."""

    seq: int
    record: bytes
    leaf_hash: bytes
    row_mac: bytes


def read_tree(connection: sqlite3.Connection) -> Tree:
    """Where the tree ends. Raises `TreeError` when that is not a tree's end."""
    size, frontier = connection.execute(_STATE).fetchone()
    return Tree.from_bytes(size, frontier)


def read_signers(connection: sqlite3.Connection) -> tuple[str | None, list[str]]:
    """The log's name, and the verifier keys of those that sign for it now."""
    rows = connection.execute(SIGNERS).fetchall()
    return rows[0][0], [vkey for _, vkey in rows]


def read_tiles(connection: sqlite3.Connection, tiles: Iterable[TileId]) -> dict[TileId, bytes]:
    """The whole bytes of these tiles; one that is not there is left out."""
    found = ((tile, connection.execute(_TILE, tile).fetchone()) for tile in tiles)
    return {tile: row[0] for tile, row in found if row is not None}


def write_seal(
    connection: sqlite3.Connection, seal: Seal, seqs: Sequence[int], kept_at: int | None
) -> None:
    """Write leaves, tiles and the new end; with a time, the checkpoint too is kept.

    Raises `sqlite3.IntegrityError` when the tree is not where the seal began.
    """
    inserts.LEAF.into_sqlite(connection, list(zip(seal.indices, seqs, strict=True)))
    for (level, index), data in seal.tiles.items():
        filled = _filled(seal.before, level, index)
        if filled:
            changed = connection.execute(_LONGER_TILE, (data, level, index, filled)).rowcount
            _one(changed)
        else:
            connection.execute(_NEW_TILE, (data, level, index))
    after = seal.after
    moved = connection.execute(_MOVE, (after.size, after.to_bytes(), seal.before.size)).rowcount
    _one(moved)
    if kept_at is not None:
        connection.execute(_CHECKPOINT, (after.size, seal.note, kept_at))


def reads_back(connection: sqlite3.Connection, seal: Seal) -> bool:
    """Whether what another connection now reads is what was signed, record by record."""
    records = connection.execute(_SEALED, (seal.before.size, seal.after.size)).fetchall()
    again = seal.before.grow([leaf_hash(record) for (record,) in records])
    tails = {}
    for (level, index), data in seal.tiles.items():
        start = _filled(seal.before, level, index) + 1
        tail = connection.execute(_TAIL, (start, len(data), level, index)).fetchone()
        tails[level, index] = tail[0] if tail else b""
    return again.tree == seal.after and again.tiles == seal.tiles == tails


def read_pending(connection: sqlite3.Connection, after: int, limit: int) -> list[Waiting]:
    """Records that wait to be leaves, in the order they were inserted."""
    return [Waiting(*row) for row in connection.execute(_PENDING, (after, limit))]


def done_waiting(connection: sqlite3.Connection, seqs: Iterable[int]) -> None:
    """These are leaves now."""
    connection.executemany("DELETE FROM pending WHERE seq = ?", ((seq,) for seq in seqs))


def _filled(tree: Tree, level: int, index: int) -> int:
    """How many bytes a tile has in this tree."""
    return tile_width(level, index, tree.size) * HASH_BYTES


def _one(changed: int) -> None:
    if changed != 1:
        raise sqlite3.IntegrityError("the tree is not where it was read")
