"""The tree in PostgreSQL: read where it ends, write what a batch did to it, read that back.

The caller holds the transaction; nothing here begins or ends one. The same as `sqlite_tree`, with
what several sealers at once need: whoever seals holds the lock of `log_state`, finds the tree where
it was read, and adds leaves whose numbers nobody else has given.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.sealing import Seal
from mayuse.decision_log.tree import HASH_BYTES, TileId, Tree, tile_width
from mayuse.store import inserts
from mayuse.store.log_identity import SIGNERS
from mayuse.store.session import soon

_STATE = "SELECT size, frontier FROM log_state"
_LOCKED_STATE = f"{_STATE} FOR UPDATE SKIP LOCKED"
_TILES = (
    "SELECT level, idx, data FROM tile "
    "WHERE (level, idx) IN (SELECT * FROM unnest($1::smallint[], $2::bigint[]))"
)
_TAILS = (
    "SELECT level, idx, substring(data FROM filled + 1 FOR added) AS data "
    "FROM unnest($1::smallint[], $2::bigint[], $3::int[], $4::int[]) "
    "AS given (level, idx, filled, added) JOIN tile USING (level, idx)"
)
_NEW_TILES = (
    "INSERT INTO tile (level, idx, data) "
    "SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])"
)
_LONGER_TILES = (
    "UPDATE tile SET data = tile.data || given.data "
    "FROM unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::int[]) "
    "AS given (level, idx, data, filled) "
    "WHERE tile.level = given.level AND tile.idx = given.idx AND length(tile.data) = given.filled"
)
_MOVE = "UPDATE log_state SET size = $1, frontier = $2 WHERE size = $3"
_CHECKPOINT = "INSERT INTO checkpoint (size, note, t_us) VALUES ($1, $2, $3)"
_SEALED = (
    "SELECT record FROM leaf JOIN decision USING (seq) "
    "WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index"
)
_PENDING = "SELECT seq FROM pending WHERE seq <> ALL($1::bigint[]) ORDER BY seq LIMIT $2"
_WRITTEN = (
    # By the numbers themselves: of an uncounted `pending` PostgreSQL would read all of `decision`.
    "SELECT waiting.seq, id, record, leaf_hash, row_mac "
    "FROM unnest($1::bigint[]) AS waiting (seq) "
    "LEFT JOIN (SELECT * FROM decision WHERE seq = ANY($1::bigint[])) AS written USING (seq) "
    "ORDER BY waiting.seq"
)
_DONE = "DELETE FROM pending WHERE seq = ANY($1::bigint[])"
_PLACES = (
    "SELECT id, leaf_hash, leaf_index FROM decision JOIN leaf USING (seq) "
    "WHERE id = ANY($1::uuid[]) AND leaf_index < $2"
)
LAST_KEPT = "SELECT coalesce(max(t_us), 0) FROM checkpoint"

Connection = Any
"""A connection of asyncpg, which has no types."""


async def read_tree(connection: Connection, *, lock: bool = False) -> Tree | None:
    """Where the tree ends; with `lock`, None when somebody else is sealing.

    Raises `TreeError` when that is not a tree's end.
    """
    row = await soon(connection.fetchrow(_LOCKED_STATE if lock else _STATE))
    return None if row is None else Tree.from_bytes(row["size"], row["frontier"])


async def read_signers(connection: Connection) -> tuple[str | None, list[str]]:
    """The log's name, and the verifier keys of those that sign for it now."""
    rows = await soon(connection.fetch(SIGNERS))
    return rows[0]["origin"], [row["vkey"] for row in rows]


async def read_tiles(connection: Connection, tiles: Collection[TileId]) -> dict[TileId, bytes]:
    """The whole bytes of these tiles; one that is not there is left out."""
    wanted = list(tiles)
    found = await soon(connection.fetch(_TILES, *_columns(wanted)))
    return {(row["level"], row["idx"]): row["data"] for row in found}


async def write_seal(
    connection: Connection, seal: Seal, seqs: Sequence[int], kept_at: int | None
) -> None:
    """Write leaves, tiles and the new end; with a time, the checkpoint too is kept.

    Raises `asyncpg.IntegrityConstraintViolationError` when the tree is not where the seal began.
    """
    await soon(connection.execute(_DONE, list(seqs)))
    await soon(connection.execute(inserts.LEAF.postgresql, list(seal.indices), list(seqs)))
    new = {tile: data for tile, data in seal.tiles.items() if not _filled(seal.before, tile)}
    longer = {tile: data for tile, data in seal.tiles.items() if tile not in new}
    await soon(connection.execute(_NEW_TILES, *_columns(new), list(new.values())))
    filled = [_filled(seal.before, tile) for tile in longer]
    told = await soon(
        connection.execute(_LONGER_TILES, *_columns(longer), list(longer.values()), filled)
    )
    _count(told, len(longer))
    size, frontier = seal.after.size, seal.after.to_bytes()
    _count(await soon(connection.execute(_MOVE, size, frontier, seal.before.size)), 1)
    if kept_at is not None:
        await soon(connection.execute(_CHECKPOINT, size, seal.note, kept_at))


async def reads_back(connection: Connection, before: Tree, after: Tree) -> bool:
    """Whether the records and tiles that are there make the tree from one size to the other."""
    found = await soon(connection.fetch(_SEALED, before.size, after.size))
    growth = before.grow([leaf_hash(row["record"]) for row in found])
    tiles = growth.tiles
    filled = [_filled(before, tile) for tile in tiles]
    added = [len(data) for data in tiles.values()]
    tails = await soon(connection.fetch(_TAILS, *_columns(tiles), filled, added))
    return growth.tree == after and tiles == {
        (row["level"], row["idx"]): row["data"] for row in tails
    }


async def read_pending(connection: Connection, besides: Collection[int], limit: int) -> list[Any]:
    """Records that wait to be leaves, as they were inserted; of a lost one only the number."""
    waiting = await soon(connection.fetch(_PENDING, list(besides), limit))
    found: list[Any] = await soon(connection.fetch(_WRITTEN, [row["seq"] for row in waiting]))
    return found


async def read_places(
    connection: Connection, ids: Collection[str], size: int
) -> dict[str, tuple[bytes, int]]:
    """Leaf hash and index of those of these decisions that are in a tree of this size, by id."""
    found = await soon(connection.fetch(_PLACES, [UUID(item) for item in ids], size))
    return {str(row["id"]): (row["leaf_hash"], row["leaf_index"]) for row in found}


def _columns(tiles: Collection[TileId]) -> tuple[list[int], list[int]]:
    return [level for level, _ in tiles], [index for _, index in tiles]


def _filled(tree: Tree, tile: TileId) -> int:
    """How many bytes a tile has in this tree."""
    return tile_width(*tile, tree.size) * HASH_BYTES


def _count(told: str, wanted: int) -> None:
    if int(told.rpartition(" ")[2]) != wanted:
        raise asyncpg.IntegrityConstraintViolationError("the tree is not where it was read")
