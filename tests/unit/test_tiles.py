"""The static layout of C2SP tlog-tiles."""

from __future__ import annotations

import pytest

from mayuse.decision_log import tiles, tree
from mayuse.decision_log.entry import leaf_hash
from mayuse.errors import TreeError


@pytest.mark.parametrize(
    ("level", "index", "width", "where"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 4, 17, "tile/1/004.p/17"),
        (63, 999, 256, "tile/63/999"),
        (0, 1000, 1, "tile/0/x001/000.p/1"),
        ("entries", 1234, 256, "tile/entries/x001/234"),
    ],
)
def test_paths_are_those_of_the_specification(level, index, width, where):
    assert tiles.path(level, index, width) == where


def grown(count):
    entries = [f"entry {number}".encode() for number in range(count)]
    growth = tree.Tree().grow(list(map(leaf_hash, entries)))
    return entries, growth


def test_a_log_is_written_and_proved_from_its_files_alone():
    entries, growth = grown(70_000)
    files = dict(tiles.tile_files(70_000, lambda *at: growth.tiles[at[:2]]))
    assert len(files) == 273 + 1 + 1 + 1 + 1
    assert len(files["tile/0/273.p/112"]) == 112 * 32
    assert len(files["tile/1/001.p/17"]) == 17 * 32
    assert len(files["tile/2/000.p/1"]) == 32

    read = tiles.reader(files.get)
    assert tree.root(70_000, read) == growth.tree.root
    proof = tree.inclusion_proof(69_999, 70_000, read)
    tree.verify_inclusion(leaf_hash(entries[-1]), 69_999, 70_000, proof, growth.tree.root)


def test_entries_hash_to_their_tiles():
    entries, growth = grown(600)
    bundles = dict(tiles.entry_files(600, enumerate(entries)))
    assert sorted(bundles) == [
        "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88",
    ]  # fmt: skip
    for number, where in enumerate(sorted(bundles)):
        records = tiles.unbundle(bundles[where])
        assert b"".join(map(leaf_hash, records)) == growth.tiles[0, number]


def test_only_what_grew_is_written_again():
    entries, growth = grown(600)
    read = lambda *at: growth.tiles[at[:2]]  # noqa: E731 - a line for a test
    files = dict(tiles.tile_files(600, read, start=512))
    assert sorted(files) == ["tile/0/002.p/88"]
    assert sorted(dict(tiles.tile_files(600, read, start=500))) == [
        "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2",
    ]  # fmt: skip
    later = [(index, entries[index]) for index in range(512, 600)]
    assert sorted(dict(tiles.entry_files(600, later, start=599))) == ["tile/entries/002.p/88"]


def test_a_bundle_with_a_purged_record_is_left_out():
    entries, _ = grown(600)
    purged = [(index, None if index < 300 else record) for index, record in enumerate(entries)]
    assert sorted(dict(tiles.entry_files(600, purged))) == ["tile/entries/002.p/88"]
    assert sorted(dict(tiles.entry_files(600, purged[300:]))) == ["tile/entries/002.p/88"]


def test_entries_behind_the_checkpoint_are_left_out():
    entries, _ = grown(300)
    assert sorted(dict(tiles.entry_files(256, enumerate(entries)))) == ["tile/entries/000"]


def test_a_full_tile_serves_where_the_partial_one_is_gone():
    _, growth = grown(600)
    stored = lambda *at: growth.tiles[at[:2]]  # noqa: E731 - a line for a test
    files = dict(tiles.tile_files(300, stored)) | dict(tiles.tile_files(600, stored))
    read = tiles.reader(files.get)
    del files["tile/0/001.p/44"]
    assert tree.root(300, read) == tree.root(300, stored)
    del files["tile/0/001"]
    with pytest.raises(TreeError, match="not there"):
        tree.root(300, read)


def test_what_does_not_fit_is_refused():
    with pytest.raises(TreeError):
        tiles.bundle([b"x" * 65_536])
    assert tiles.unbundle(tiles.bundle([b"x" * 65_535, b""])) == [b"x" * 65_535, b""]
    for raw in (b"\x00", b"\x00\x02x"):
        with pytest.raises(TreeError):
            tiles.unbundle(raw)
    with pytest.raises(TreeError):
        list(tiles.tile_files(600, lambda *_: b"short"))
