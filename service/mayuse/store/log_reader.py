"""The tree as it is stored, to read: where it ends, its tiles, its keys, what is in which leaf.

What belongs together is read in one transaction, from one state of the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, and_, bindparam, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.released import check_continuity, damaged, tiles_to_check
from mayuse.decision_log.tree import HASH_BYTES, TILE_WIDTH, ReadTile, TileId, Tree
from mayuse.decision_log.verify import LogKey
from mayuse.errors import NotFound, TreeError
from mayuse.store import tree_tables
from mayuse.store.decisions import known_form
from mayuse.store.log_identity import SIGNERS, readable
from mayuse.store.session import reading
from mayuse.store.tables import Decision
from mayuse.store.tree_tables import Anchor, Leaf, LogState, Tile

_STATE = select(col(LogState.size), col(LogState.frontier), col(LogState.min_index))
_KEYS = select(tree_tables.LogKey).order_by(
    col(tree_tables.LogKey.role), col(tree_tables.LogKey.from_size).desc()
)
_BY_ID = (
    select(
        col(Decision.record), col(Decision.leaf_hash), col(Decision.row_mac), col(Leaf.leaf_index)
    )
    .select_from(Decision)
    .outerjoin(Leaf, col(Leaf.seq) == col(Decision.seq))
    .where(col(Decision.id) == bindparam("of"))
)
_AT_ONCE = 200
"""Tiles asked for in one statement."""

_TILES_OF_LEAVES = 16
"""So many tiles' leaves are read at once."""


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """One record, and where it is in the log."""

    index: int | None
    """None while it waits to be sealed."""

    record: bytes | None
    """None when it was purged."""

    leaf_hash: bytes
    row_mac: bytes
    """A writer of ours left the record so, if this is the key's MAC of its leaf hash."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One leaf of the log."""

    index: int
    record: bytes | None
    """None when it was purged."""

    leaf_hash: bytes
    """As it is in the tree."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key of the log, as others check with it."""

    role: str
    vkey: str
    from_size: int
    to_size: int | None


class LogSnapshot:
    """One state of the stored log."""

    def __init__(self, connection: AsyncConnection, tree: Tree, min_index: int) -> None:
        self._connection = connection
        self.tree = tree
        self.min_index = min_index
        """Records of leaves before this one may have been purged."""

    async def tiles(self, wanted: Collection[TileId]) -> ReadTile:
        """Read these tiles, to prove with them. One that is not there proves nothing."""
        found: dict[TileId, bytes] = {}
        ids = sorted(wanted)
        for start in range(0, len(ids), _AT_ONCE):
            levels: dict[str, list[int]] = {}
            for level, index in ids[start : start + _AT_ONCE]:
                levels.setdefault(f"{level}", []).append(index)
            for row in await self._connection.execute(select_tiles(tuple(levels)), levels):
                found[row.level, row.idx] = row.data

        def read_tile(level: int, index: int, _width: int) -> bytes:
            return found.get((level, index), b"")

        return read_tile

    async def check_continuity(self, remembered: Collection[Checkpoint]) -> None:
        """See that the tree is whole, and has in it what was let out. Raises `LogUnavailable`."""
        wanted = tiles_to_check(self.tree, remembered)
        read_tile = await self.tiles(wanted)
        tiles = {(level, index): read_tile(level, index, 0) for level, index in wanted}
        check_continuity(self.tree, tiles, remembered)

    async def of_decision(self, decision_id: str) -> StoredLeaf:
        """The leaf of a decision, or of another entry, by its id. Raises `NotFound`."""
        row = (await self._connection.execute(_BY_ID, {"of": known_form(decision_id)})).first()
        if row is None:
            raise NotFound("no such decision")
        return StoredLeaf(row.leaf_index, row.record, row.leaf_hash, row.row_mac)

    async def leaves(self, start: int = 0) -> AsyncIterator[list[Stored]]:
        """Every leaf from this one on, in order, some whole tiles of them at a time."""
        first = start
        while first < self.tree.size:
            end = min((first // TILE_WIDTH + _TILES_OF_LEAVES) * TILE_WIDTH, self.tree.size)
            yield await self._leaves(first, end)
            first = end

    async def _leaves(self, first: int, end: int) -> list[Stored]:
        statement = (
            select(col(Leaf.leaf_index), col(Decision.record))
            .join(Decision, col(Decision.seq) == col(Leaf.seq))
            .where(col(Leaf.leaf_index) >= first, col(Leaf.leaf_index) < end)
        )
        rows = (await self._connection.execute(statement)).all()
        records = {row.leaf_index: row.record for row in rows}
        wanted = [(0, tile) for tile in range(first // TILE_WIDTH, (end - 1) // TILE_WIDTH + 1)]
        read_tile = await self.tiles(wanted)
        hashes = b"".join(read_tile(*tile, TILE_WIDTH) for tile in wanted)
        skip = first % TILE_WIDTH
        return [
            Stored(index, records.get(index), hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES])
            for at, index in enumerate(range(first, end), skip)
        ]

    async def newest_evidence(self, kind: str) -> list[bytes]:
        """What others said of the largest size any of them has seen, oldest first."""
        newest = select(func.max(col(Anchor.size))).where(col(Anchor.kind) == kind)
        statement = (
            select(col(Anchor.evidence))
            .where(col(Anchor.kind) == kind, col(Anchor.size) == newest.scalar_subquery())
            .order_by(col(Anchor.id))
        )
        return list((await self._connection.execute(statement)).scalars())

    async def signers(self) -> tuple[str | None, list[str]]:
        """The log's name, and the verifier keys of those that sign for it now."""
        rows = (await self._connection.execute(text(SIGNERS))).all()
        return rows[0].origin, [row.vkey for row in rows]

    async def keys(self) -> list[StoredKey]:
        """The keys of the log, those for checkpoints first, and the newest of each role first."""
        rows = (await self._connection.execute(_KEYS)).all()
        return [StoredKey(row.role, row.vkey, row.from_size, row.to_size) for row in rows]


class LogReader:
    """Reads the stored log of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        """`engine` stays its owner's, who disposes of it."""
        self._engine = engine

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[LogSnapshot]:
        """One state of the log, for as long as it takes. Raises `LogUnavailable`."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(_STATE)).one()
            try:
                tree = Tree.from_bytes(row.size, row.frontier)
            except TreeError as error:
                raise damaged() from error
            yield LogSnapshot(connection, tree, row.min_index)


@cache
def select_tiles(levels: tuple[str, ...]) -> Select[int, int, bytes]:
    """Tiles of these levels; of each level the parameter of its name lists the indexes.

    A level at a time: SQLite finds no pairs by its index, and would read every tile there is. Made
    once: to put it together takes longer than to run it.
    """
    return select(col(Tile.level), col(Tile.idx), col(Tile.data)).where(
        or_(
            *(
                and_(
                    col(Tile.level) == int(level),
                    col(Tile.idx).in_(bindparam(level, expanding=True)),
                )
                for level in levels
            )
        )
    )


def checkpoint_keys(keys: Collection[StoredKey]) -> list[LogKey]:
    """The keys that sign checkpoints, ready to check with; one that cannot be read checks none."""
    return [
        LogKey(key, stored.from_size, stored.to_size)
        for stored in keys
        if stored.role == "checkpoint" and (key := readable(stored.vkey)) is not None
    ]
