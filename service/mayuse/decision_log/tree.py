"""The Merkle tree of the log: RFC 9162 section 2.1, kept in C2SP tiles of height 8. Pure.

A tree that only grows needs its size and its frontier, the roots of the perfect subtrees that
make it up; that is a `Tree`, and at most 63 hashes. Everything older is in tiles: tile
(level, index) holds up to 256 hashes, the tree's nodes at height 8 * level, left to right from
node 256 * index. Proofs read tiles and nothing else, so that they can be made from a database, a
folder or a web server, and checked with none of them.

    leaf hash    SHA-256(0x00 || entry)
    inner node   SHA-256(0x01 || left || right)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mayuse.errors import ProofError, TreeError

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
SIZE_LIMIT = 1 << 63
"""Sizes are whole numbers below this, as in the databases and in the verifiers written in Go."""

EMPTY_ROOT: bytes = hashlib.sha256(b"").digest()

ReadTile = Callable[[int, int, int], bytes]
"""Given level, index and width: that tile's first `width` hashes, at least, one after another."""

TileId = tuple[int, int]
"""Level and index of a tile."""

_Node = tuple[int, int]
"""Height and index of a perfect subtree's root."""

_sha256 = hashlib.sha256


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree as far as it must be known to grow it."""

    size: int = 0
    frontier: tuple[bytes, ...] = ()
    """Roots of the perfect subtrees, left to right: one for each 1 in the size's binary form."""

    def __post_init__(self) -> None:
        _check_size(self.size)
        if len(self.frontier) != self.size.bit_count():
            raise TreeError(f"a tree of {self.size} leaves has another number of subtrees")
        if any(len(subtree) != HASH_BYTES for subtree in self.frontier):
            raise TreeError("a hash of the frontier has not 32 bytes")

    @property
    def root(self) -> bytes:
        """The Merkle tree hash of all leaves."""
        return _fold(self.frontier)

    def grow(self, leaf_hashes: Sequence[bytes]) -> Growth:
        """The tree with these leaves after its own, and what its tiles gain by them.

        Raises `TreeError` for a leaf hash that is not 32 bytes, or for more leaves than fit.
        """
        if any(len(leaf) != HASH_BYTES for leaf in leaf_hashes):
            raise TreeError("a leaf hash has not 32 bytes")
        size = self.size + len(leaf_hashes)
        _check_size(size)
        waiting = dict(zip(_heights(self.size), self.frontier, strict=True))
        tiles: dict[TileId, bytes] = {}
        fresh: list[bytes] = list(leaf_hashes)
        for height in range(size.bit_length()):
            if height % TILE_HEIGHT == 0:
                tiles.update(_tile_rows(height // TILE_HEIGHT, self.size >> height, fresh))
            row = [waiting.pop(height), *fresh] if height in waiting else fresh
            fresh = _pair(row)
            if len(row) % 2:
                waiting[height] = row[-1]
        return Growth(Tree(size, tuple(waiting[height] for height in _heights(size))), tiles)

    def to_bytes(self) -> bytes:
        """The frontier's hashes, one after another: what is stored beside the size."""
        return b"".join(self.frontier)

    @classmethod
    def from_bytes(cls, size: int, frontier: bytes) -> Tree:
        """Read a stored frontier. Raises `TreeError` when it is not one of a tree of this size."""
        if len(frontier) % HASH_BYTES:
            raise TreeError("a frontier is made of hashes of 32 bytes")
        return cls(size, _hashes(frontier))


@dataclass(frozen=True, slots=True)
class Growth:
    """What leaves did to a tree."""

    tree: Tree
    tiles: dict[TileId, bytes]
    """For each tile that gained hashes: those to append to its row, which may be a new one."""


class Prover:
    """Makes proofs for one size of a tree. What it reads, it reads once.

    A proof for the next index shares most of its tiles with the last one; use one prover for many.
    """

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        _check_size(size)
        self._size = size
        self._read_tile = read_tile
        self._pyramids: dict[TileId, list[list[bytes]]] = {}

    def root(self) -> bytes:
        """The root of the tree."""
        return self._range(0, self._size) if self._size else EMPTY_ROOT

    def frontier(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, left to right."""
        return tuple(self._node(*node) for node in _perfect(0, self._size))

    def inclusion(self, index: int) -> list[bytes]:
        """The inclusion proof of RFC 9162 section 2.1.3.1: siblings from the leaf upwards."""
        return [self._range(*part) for part in _inclusion_parts(index, self._size)]

    def consistency(self, old: int) -> list[bytes]:
        """The consistency proof of RFC 9162 section 2.1.4.1; empty from nothing and from itself."""
        return [self._range(*part) for part in _consistency_parts(old, self._size)]

    def _range(self, start: int, end: int) -> bytes:
        return _fold([self._node(*node) for node in _perfect(start, end)])

    def _node(self, height: int, index: int) -> bytes:
        level, above = divmod(height, TILE_HEIGHT)
        tile = index >> (TILE_HEIGHT - above)
        pyramid = self._pyramids.get((level, tile))
        if pyramid is None:
            pyramid = self._pyramids[level, tile] = self._read(level, tile)
        return pyramid[above][index - (tile << (TILE_HEIGHT - above))]

    def _read(self, level: int, tile: int) -> list[list[bytes]]:
        width = tile_width(level, tile, self._size)
        raw = self._read_tile(level, tile, width)
        if len(raw) < width * HASH_BYTES:
            raise TreeError(f"tile {level}/{tile} has fewer than {width} hashes")
        rows = [list(_hashes(raw[: width * HASH_BYTES]))]
        for _ in range(TILE_HEIGHT - 1):
            rows.append(_pair(rows[-1]))
        return rows


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): an inner node of RFC 9162 section 2.1.1."""
    return _sha256(b"\x01" + left + right).digest()


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes this tile has in a tree of this size: 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - TILE_WIDTH * index))


def tile_ids(size: int, start: int = 0) -> Iterator[TileId]:
    """The tiles of a tree of `size` leaves that differ from those at size `start`, level by level.

    From 0: all tiles of the tree.
    """
    level = 0
    while count := size >> (TILE_HEIGHT * level):
        before = start >> (TILE_HEIGHT * level)
        if before < count:
            first, last = before // TILE_WIDTH, (count - 1) // TILE_WIDTH
            yield from ((level, index) for index in range(first, last + 1))
        level += 1


def root(size: int, read_tile: ReadTile) -> bytes:
    """The root of a tree of `size` leaves. Raises `TreeError` for a tile that is too short."""
    return Prover(size, read_tile).root()


def frontier(size: int, read_tile: ReadTile) -> tuple[bytes, ...]:
    """The frontier of a tree of `size` leaves, out of at most one tile a level."""
    return Prover(size, read_tile).frontier()


def inclusion_proof(index: int, size: int, read_tile: ReadTile) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves.

    Raises `TreeError` for an index outside it and for a tile that is too short.
    """
    return Prover(size, read_tile).inclusion(index)


def consistency_proof(old: int, new: int, read_tile: ReadTile) -> list[bytes]:
    """The proof that the tree of `old` leaves begins the one of `new`.

    Raises `TreeError` when `old` is larger and for a tile that is too short.
    """
    return Prover(new, read_tile).consistency(old)


def inclusion_tiles(index: int, size: int) -> set[TileId]:
    """The tiles an inclusion proof is made of, for one who must fetch them beforehand."""
    return _tiles_of(_inclusion_parts(index, size))


def consistency_tiles(old: int, new: int) -> set[TileId]:
    """The tiles a consistency proof is made of."""
    return _tiles_of(_consistency_parts(old, new))


def frontier_tiles(size: int) -> set[TileId]:
    """The tiles the frontier, and so the root, is made of."""
    return _tiles_of([(0, size)])


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check an inclusion proof as RFC 9162 section 2.1.3.2 does. Raises `ProofError`."""
    _check_shape([leaf_hash, *proof, root], size)
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    current = leaf_hash
    for sibling, is_left in _sides(index, size - 1, proof, "inclusion"):
        current = node_hash(sibling, current) if is_left else node_hash(current, sibling)
    if current != root:
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check a consistency proof as RFC 9162 section 2.1.4.2 does. Raises `ProofError`.

    Nothing is needed to extend the empty tree, nor for a tree to agree with itself.
    """
    _check_shape([*proof, old_root, new_root], new)
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} does not extend one of {old}")
    if old in (0, new):
        if proof:
            raise ProofError("the consistency proof is too long")
        if old_root != (new_root if old else EMPTY_ROOT):
            raise ProofError("two roots for one size")
        return
    if not proof:
        raise ProofError("the consistency proof is too short")
    _climb(old, old_root, new, new_root, proof)


def _climb(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Rebuild both roots at once out of the nodes they share and those only the new one has."""
    # An old tree that is one perfect subtree is itself the first node: it is not sent.
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    node, last = old - 1, new - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    before = after = path[0]
    for sibling, is_left in _sides(node, last, path[1:], "consistency"):
        if is_left:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    if before != old_root:
        raise ProofError("the consistency proof leads to another old root")
    if after != new_root:
        raise ProofError("the consistency proof leads to another new root")


def _sides(
    node: int, last: int, siblings: Sequence[bytes], kind: str
) -> Iterator[tuple[bytes, bool]]:
    """Each sibling on the way up from a node, and whether it stands to the left of that way.

    `node` and `last` are the places of the node and of the last one on its level. Raises
    `ProofError` when the siblings do not end at the root.
    """
    for sibling in siblings:
        if last == 0:
            raise ProofError(f"the {kind} proof is too long")
        is_left = node % 2 == 1 or node == last
        if is_left:
            while not node % 2 and node:
                node, last = node >> 1, last >> 1
        yield sibling, is_left
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError(f"the {kind} proof is too short")


def _inclusion_parts(index: int, size: int) -> list[tuple[int, int]]:
    """The leaves under each sibling on the way from a leaf to the root, as ranges."""
    _check_size(size)
    if not 0 <= index < size:
        raise TreeError(f"no leaf {index} in a tree of {size}")
    start, end = 0, size
    parts = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            parts.append((middle, end))
            end = middle
        else:
            parts.append((start, middle))
            start = middle
    return parts[::-1]


def _consistency_parts(old: int, new: int) -> list[tuple[int, int]]:
    """The leaves under each node of a consistency proof, as ranges."""
    _check_size(new)
    if not 0 <= old <= new:
        raise TreeError(f"a tree of {new} does not extend one of {old}")
    if old in (0, new):
        return []
    start, end = 0, new
    parts = []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            parts.append((middle, end))
            end = middle
        else:
            parts.append((start, middle))
            start = middle
    if start:  # else the rest is the whole old tree, whose root the verifier has
        parts.append((start, end))
    return parts[::-1]


def _tiles_of(parts: Sequence[tuple[int, int]]) -> set[TileId]:
    return {
        (height // TILE_HEIGHT, index >> (TILE_HEIGHT - height % TILE_HEIGHT))
        for part in parts
        for height, index in _perfect(*part)
    }


def _perfect(start: int, end: int) -> Iterator[_Node]:
    """The perfect subtrees of a range that begins where a subtree as large as it may begin."""
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def _split(count: int) -> int:
    """The largest power of two that is smaller than the count."""
    return 1 << ((count - 1).bit_length() - 1)


def _heights(size: int) -> list[int]:
    """The heights of the perfect subtrees, left to right."""
    return [height for height in range(size.bit_length() - 1, -1, -1) if size >> height & 1]


def _fold(subtrees: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees that shrink from left to right."""
    if not subtrees:
        return EMPTY_ROOT
    folded = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        folded = node_hash(left, folded)
    return folded


def _pair(row: Sequence[bytes]) -> list[bytes]:
    """The nodes above a row; a last one without a partner has none yet."""
    return [
        _sha256(b"\x01" + left + right).digest()
        for left, right in zip(row[::2], row[1::2], strict=False)
    ]


def _tile_rows(level: int, position: int, fresh: Sequence[bytes]) -> Iterator[tuple[TileId, bytes]]:
    """Cut the new nodes of a level, the first of them at `position`, at the tiles' edges."""
    taken = 0
    while taken < len(fresh):
        index, filled = divmod(position + taken, TILE_WIDTH)
        piece = fresh[taken : taken + TILE_WIDTH - filled]
        yield (level, index), b"".join(piece)
        taken += len(piece)


def _hashes(raw: bytes) -> tuple[bytes, ...]:
    return tuple(raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES))


def _check_size(size: int) -> None:
    if not 0 <= size < SIZE_LIMIT:
        raise TreeError(f"{size} is no size of a tree")


def _check_shape(hashes: Sequence[bytes], size: int) -> None:
    if not 0 <= size < SIZE_LIMIT:
        raise ProofError(f"{size} is no size of a tree")
    if any(len(item) != HASH_BYTES for item in hashes):
        raise ProofError("a hash has not 32 bytes")
