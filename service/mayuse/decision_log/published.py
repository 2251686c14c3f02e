"""What the log tells the outside: its checkpoint, and proofs that lead to it.

A checkpoint is signed here for the tree that is stored, and only once that tree has been found to
have in it whatever was let out before. Everything one answer is made of comes from one state of
the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from mayuse.decision_log import tiles
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.note import Note
from mayuse.decision_log.proof import Proof
from mayuse.decision_log.released import Released, damaged
from mayuse.decision_log.signer import Signer
from mayuse.decision_log.tree import (
    TILE_WIDTH,
    Prover,
    TileId,
    Tree,
    consistency_tiles,
    frontier_tiles,
    inclusion_tiles,
    tile_ids,
)
from mayuse.errors import (
    OPERATOR_SECONDS,
    LogUnavailable,
    NotFound,
    ProofError,
    SettingsError,
    TreeError,
)
from mayuse.store.log_reader import LogReader, LogSnapshot, Stored, StoredKey, StoredLeaf

T = TypeVar("T")

TILES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Proven:
    """A leaf, and that it is in the log."""

    leaf: StoredLeaf
    proof: Proof


@dataclass(frozen=True, slots=True)
class Consistency:
    """That one tree begins another."""

    old: int
    new: int
    hashes: tuple[bytes, ...]


class NotSealed(LogUnavailable):
    """What was recorded waits to become a leaf."""

    def __init__(self, recorded: StoredLeaf) -> None:
        super().__init__("log_unavailable", "the decision is not sealed yet")
        self.recorded = recorded


class PublishedLog:
    """The log as everybody may see it."""

    def __init__(self, reader: LogReader, signer: Signer, released: Released) -> None:
        self._reader = reader
        self._signer = signer
        self._released = released
        self._signed: tuple[Tree, str] | None = None

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._signer.origin

    async def checkpoint(self) -> Note:
        """The signed checkpoint of the log as it is now.

        Raises `LogUnavailable`; `log_rolled_back` when the log is not the one that was signed.
        """
        async with self._state() as (snapshot, let_out):
            return await self._sign(snapshot, let_out)

    async def witnessed(self) -> Note:
        """The newest checkpoint that a witness has cosigned, with all cosignatures on it.

        Raises `NotFound` when none was.
        """
        async with self._reader.snapshot() as snapshot:
            return await _witnessed(snapshot)

    async def keys(self) -> list[StoredKey]:
        """The keys to check with: those for checkpoints first, the newest of each role first."""
        async with self._reader.snapshot() as snapshot:
            return await snapshot.keys()

    async def of_decision(self, decision_id: str, *, witnessed: bool = False) -> Proven:
        """A decision's leaf and its proof, in the newest checkpoint, or the newest witnessed one.

        Raises `NotFound` for an id that is not known, and for a leaf that no witness has seen;
        `LogUnavailable`, `NotSealed` while it waits.
        """
        async with self._state() as (snapshot, let_out):
            leaf = await snapshot.of_decision(decision_id)
            if leaf.index is None:
                raise NotSealed(leaf)
            note = await (_witnessed(snapshot) if witnessed else self._sign(snapshot, let_out))
            return Proven(leaf, await _prove(snapshot, leaf.index, note))

    async def at(self, index: int) -> Proof:
        """The proof of one leaf by its index, in the newest checkpoint. Raises `NotFound`."""
        async with self._state() as (snapshot, let_out):
            return await _prove(snapshot, index, await self._sign(snapshot, let_out))

    @asynccontextmanager
    async def whole(self) -> AsyncIterator[Whole]:
        """The whole log, to be written down elsewhere. Raises as `checkpoint`."""
        async with self._state() as (snapshot, let_out):
            yield Whole(snapshot, await self._sign(snapshot, let_out))

    async def consistency(self, old: int, new: int | None = None) -> Consistency:
        """That the tree of `old` leaves begins the one of `new`, or of all there are now.

        Raises `NotFound` for a size the log has not reached.
        """
        async with self._reader.snapshot() as snapshot:
            newer = snapshot.tree.size if new is None else new
            if not 0 <= old <= newer <= snapshot.tree.size:
                raise NotFound("the log has never had these sizes, in this order")
            prover = await _prover(snapshot, newer, consistency_tiles(old, newer))
            return Consistency(old, newer, tuple(_sound(lambda: prover.consistency(old))))

    @asynccontextmanager
    async def _state(self) -> AsyncIterator[tuple[LogSnapshot, list[str]]]:
        """The log as it is now, and the newest checkpoints let out before: it must hold them."""
        with _as_unavailable():
            let_out = self._released.notes()
        async with self._reader.snapshot() as snapshot:
            yield snapshot, let_out

    async def _sign(self, snapshot: LogSnapshot, let_out: list[str]) -> Note:
        tree = snapshot.tree
        if self._signed is None or self._signed[0] != tree:
            self._signer.heed(*await snapshot.signers())
            with _as_unavailable():
                remembered = self._released.believed(let_out)
            await snapshot.check_continuity(remembered)
            self._signed = tree, self._signer.checkpoint(tree)
            if all(item.size < tree.size for item in remembered):
                self._released.let_out(self._signed[1], tree.size)
        return Note.from_text(self._signed[1])


class Whole:
    """The whole log under one checkpoint, all from one state of the database."""

    def __init__(self, snapshot: LogSnapshot, note: Note) -> None:
        self._snapshot = snapshot
        self.note = note
        self.checkpoint = Checkpoint.from_text(note.text)

    def leaves(self, start: int = 0) -> AsyncIterator[list[Stored]]:
        """Every leaf from this one on, in order, some at a time."""
        return self._snapshot.leaves(start)

    @property
    def purged_before(self) -> int:
        """Records of leaves before this one were purged."""
        return self._snapshot.min_index

    async def root(self, size: int) -> bytes:
        """The root that the log had at this size. Raises `LogUnavailable`."""
        return _sound((await _prover(self._snapshot, size, frontier_tiles(size))).root)

    async def proving(self, indexes: Iterable[int]) -> AsyncIterator[tuple[str, bytes]]:
        """Path and bytes of the tiles that lead from these leaves to the checkpoint."""
        size = self.checkpoint.size
        wanted = {tile for index in indexes for tile in inclusion_tiles(index, size)}
        for some in _batches(iter(sorted(wanted))):
            read_tile = await self._snapshot.tiles(some)
            for tile in some:
                yield _sound(partial(tiles.tile_file, size, tile, read_tile))

    async def files(self, start: int) -> AsyncIterator[tuple[str, bytes]]:
        """Path and bytes of each file of C2SP tlog-tiles that `start` leaves had not."""
        size = self.checkpoint.size
        for some in _batches(tile_ids(size, start)):
            read_tile = await self._snapshot.tiles(some)
            for tile in some:
                yield _sound(partial(tiles.tile_file, size, tile, read_tile))
        first = start // TILE_WIDTH * TILE_WIDTH
        async for page in self.leaves(first):
            entries = [(leaf.index, leaf.record) for leaf in page]
            for file in tiles.entry_files(size, entries, start):
                yield file


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except SettingsError as error:
        raise LogUnavailable("log_unavailable", str(error), OPERATOR_SECONDS) from error


def _batches(ids: Iterator[TileId]) -> Iterator[list[TileId]]:
    while some := list(islice(ids, TILES_AT_ONCE)):
        yield some


async def _prove(snapshot: LogSnapshot, index: int, note: Note) -> Proof:
    size = Checkpoint.from_text(note.text).size
    if not 0 <= index < size:
        raise NotFound(f"the checkpoint of {size} leaves has no such leaf")
    prover = await _prover(snapshot, size, inclusion_tiles(index, size))
    return Proof(index, tuple(_sound(lambda: prover.inclusion(index))), note)


async def _prover(snapshot: LogSnapshot, size: int, tiles: set[TileId]) -> Prover:
    return Prover(size, await snapshot.tiles(tiles))


async def _witnessed(snapshot: LogSnapshot) -> Note:
    """The newest checkpoint that was cosigned, with the cosignatures of all that have seen it."""
    notes = await snapshot.newest_evidence("witness")
    if not notes:
        raise NotFound("no witness has seen this log yet")
    try:
        first, *others = [Note.from_text(note.decode()) for note in notes]
    except (ProofError, UnicodeDecodeError) as error:
        raise damaged() from error
    for other in others:
        if other.text == first.text:
            first = first.adding(other.signatures)
    return first


def _sound(prove: Callable[[], T]) -> T:
    """Make a proof. Raises `LogUnavailable` when a tile it needs is not whole."""
    try:
        return prove()
    except TreeError as error:
        raise damaged() from error
