"""The log as static files, in the layout of C2SP tlog-tiles. Pure: names paths, opens none.

    checkpoint                        the signed note
    tile/0/x001/x234/067              256 hashes of level 0, tile 1,234,067
    tile/1/004.p/17                   the last tile of level 1, which has 17 hashes so far
    tile/entries/x001/x234/067        the 256 entries under that tile of level 0

Any web server can serve them, and any verifier of such logs can check them without this program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from mayuse.decision_log.tree import (
    HASH_BYTES,
    TILE_WIDTH,
    ReadTile,
    TileId,
    tile_ids,
    tile_width,
)
from mayuse.errors import TreeError

ENTRIES = "entries"
_MAX_ENTRY = (1 << 16) - 1
_DIGITS = 3


def path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """Where a tile is, or with `ENTRIES` for its level a bundle of entries."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // _DIGITS) * _DIGITS)
    parts = [digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"tile/{level}/{name}" + ("" if width == TILE_WIDTH else f".p/{width}")


def tile_files(size: int, read_tile: ReadTile, start: int = 0) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each tile of a tree of `size` leaves that a tree of `start` had not.

    Raises `TreeError` for a tile that is too short.
    """
    return (tile_file(size, tile, read_tile) for tile in tile_ids(size, start))


def tile_file(size: int, tile: TileId, read_tile: ReadTile) -> tuple[str, bytes]:
    """Path and bytes of one tile. Raises `TreeError` when it is too short."""
    level, index = tile
    width = tile_width(level, index, size)
    raw = read_tile(level, index, width)[: width * HASH_BYTES]
    if len(raw) < width * HASH_BYTES:
        raise TreeError(f"tile {level}/{index} has fewer than {width} hashes")
    return path(level, index, width), raw


def entry_files(
    size: int, entries: Iterable[tuple[int, bytes | None]], start: int = 0
) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each bundle of entries of a log of `size` leaves.

    `entries` are (index, record) in order, from the first of the tile of leaf `start` on. A bundle
    of which a record was purged is left out, as the specification lets a log do. Raises `TreeError`
    for a record that is too long for a bundle.
    """
    first = start // TILE_WIDTH * TILE_WIDTH
    wanted = ((index, record) for index, record in entries if first <= index < size)
    for number, group in groupby(wanted, key=lambda entry: entry[0] // TILE_WIDTH):
        records = list(map(itemgetter(1), group))
        width = tile_width(0, number, size)
        whole = [record for record in records if record is not None]
        if len(whole) == width:
            yield path(ENTRIES, number, width), bundle(whole)


def bundle(records: Sequence[bytes]) -> bytes:
    """Entries one after another, each behind its length in two bytes. Raises `TreeError`."""
    if any(len(record) > _MAX_ENTRY for record in records):
        raise TreeError("a record is longer than a bundle of entries can hold")
    return b"".join(len(record).to_bytes(2, "big") + record for record in records)


def unbundle(raw: bytes) -> list[bytes]:
    """Read a bundle of entries. Raises `TreeError` when it ends too early."""
    records, at = [], 0
    while at < len(raw):
        end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        if end > len(raw) or at + 2 > len(raw):
            raise TreeError("a bundle of entries ends in the middle of one")
        records.append(raw[at + 2 : end])
        at = end
    return records


def reader(read_file: Callable[[str], bytes | None]) -> ReadTile:
    """Read tiles out of such files, to prove with them.

    `read_file` gives the bytes at a path, None where there are none. Where a partial tile is gone,
    the full one that has taken its place is read. Raises `TreeError` when neither is there.
    """

    def read_tile(level: int, index: int, width: int) -> bytes:
        raw = read_file(path(level, index, width))
        if raw is None and width < TILE_WIDTH:
            raw = read_file(path(level, index))
        if raw is None:
            raise TreeError(f"tile {level}/{index} is not there")
        return raw

    return read_tile
