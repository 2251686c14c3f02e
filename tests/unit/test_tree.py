"""The tree against the definitions of RFC 9162, written out as they stand there."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayuse.decision_log import tree
from mayuse.decision_log.tree import EMPTY_ROOT, Tree
from mayuse.errors import ProofError, TreeError

# The eight entries and roots that Certificate Transparency logs have been tested with since 2013.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaf(number: int) -> bytes:
    return hashlib.sha256(b"\x00" + number.to_bytes(8, "big")).digest()


def leaves(count: int) -> list[bytes]:
    return [leaf(number) for number in range(count)]


def mth(hashes: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, over leaf hashes."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return hashlib.sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def path(m: int, hashes: list[bytes]) -> list[bytes]:
    """RFC 9162 section 2.1.3.1."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m: int, hashes: list[bytes], *, whole: bool) -> list[bytes]:
    """RFC 9162 section 2.1.4.1."""
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = split(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole=whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], whole=False), mth(hashes[:k])]


def split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


class Tiles:
    """Rows of tiles, as a database keeps them."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}
        self.reads: list[tuple[int, int]] = []
        self.tree = Tree()

    def grow(self, hashes: list[bytes]) -> Tree:
        growth = self.tree.grow(hashes)
        for place, appended in growth.tiles.items():
            self.rows[place] = self.rows.get(place, b"") + appended
        self.tree = growth.tree
        return self.tree

    def read(self, level: int, index: int, width: int) -> bytes:
        self.reads.append((level, index))
        return self.rows[level, index][: width * 32]


def grown(count: int) -> Tiles:
    tiles = Tiles()
    tiles.grow(leaves(count))
    return tiles


def test_the_known_roots() -> None:
    hashes = [hashlib.sha256(b"\x00" + entry).digest() for entry in ENTRIES]
    assert [Tree().grow(hashes[:count]).tree.root.hex() for count in range(9)] == ROOTS
    assert EMPTY_ROOT.hex() == ROOTS[0]


def test_every_small_tree_is_the_one_of_the_definition() -> None:
    known = leaves(70)
    tiles = grown(70)
    for size in range(71):
        rooted = mth(known[:size])
        assert tree.root(size, tiles.read) == rooted
        assert Tree(size, tree.frontier(size, tiles.read)).root == rooted
        for index in range(size):
            proof = tree.inclusion_proof(index, size, tiles.read)
            assert proof == path(index, known[:size])
            tree.verify_inclusion(known[index], index, size, proof, rooted)
        for old in range(1, size + 1):
            proof = tree.consistency_proof(old, size, tiles.read)
            assert proof == subproof(old, known[:size], whole=True)
            tree.verify_consistency(old, mth(known[:old]), size, rooted, proof)


@pytest.mark.parametrize("size", [255, 256, 257, 511, 513, 65_535, 65_536, 65_793])
def test_larger_trees_at_the_edges_of_tiles(size: int) -> None:
    known = leaves(size)
    tiles = grown(size)
    rooted = mth(known)
    assert tiles.tree.root == rooted == tree.root(size, tiles.read)
    prover = tree.Prover(size, tiles.read)
    for index in {0, 1, 254, size // 2, size - 2, size - 1}:
        tree.verify_inclusion(known[index], index, size, prover.inclusion(index), rooted)
    for old in {1, 2, 3, 128, 255, size // 2, size - 1}:
        old_root = tree.root(old, tiles.read)
        tree.verify_consistency(old, old_root, size, rooted, prover.consistency(old))


def test_the_layout_of_the_tiles_specification() -> None:
    """A tree of 70,000 leaves has 273 full tiles and one of 112, then one full and one of 17, then
    one of 1."""
    tiles = grown(70_000)
    widths = {place: len(row) // 32 for place, row in tiles.rows.items()}
    assert widths == (
        {(0, index): 256 for index in range(273)}
        | {(0, 273): 112, (1, 0): 256, (1, 1): 17, (2, 0): 1}
    )
    assert widths == {place: tree.tile_width(*place, 70_000) for place in tree.tile_ids(70_000)}
    assert tree.tile_width(0, 274, 70_000) == 0


@given(st.lists(st.integers(0, 700), min_size=1, max_size=8))
@settings(deadline=None, max_examples=60)
def test_it_does_not_matter_in_which_steps_a_tree_grows(steps: list[int]) -> None:
    tiles, total = Tiles(), 0
    for step in steps:
        before = dict(tiles.rows)
        tiles.grow([leaf(number) for number in range(total, total + step)])
        changed = {place for place, row in tiles.rows.items() if before.get(place) != row}
        assert changed == set(tree.tile_ids(total + step, total))
        total += step
    at_once = grown(total)
    assert tiles.rows == at_once.rows
    assert tiles.tree == at_once.tree
    assert tree.frontier(total, tiles.read) == tiles.tree.frontier


def test_a_frontier_comes_back_from_its_bytes() -> None:
    for size in (0, 1, 2, 255, 256, 1000):
        kept = grown(size).tree
        assert Tree.from_bytes(size, kept.to_bytes()) == kept


@pytest.mark.parametrize(
    ("size", "frontier"),
    [(1, b""), (0, b"x" * 32), (3, b"x" * 32), (2, b"x" * 31), (3, b"x" * 63), (-1, b"")],
)
def test_a_frontier_of_another_size_is_refused(size: int, frontier: bytes) -> None:
    with pytest.raises(TreeError):
        Tree.from_bytes(size, frontier)


def test_a_frontier_of_misshapen_hashes_is_refused() -> None:
    with pytest.raises(TreeError):
        Tree(3, (b"x" * 31, b"x" * 33))
    with pytest.raises(TreeError):
        Tree().grow([b"short"])
    with pytest.raises(TreeError):
        Tree(2**63 - 1, (b"x" * 32,) * 63).grow([b"x" * 32])


def test_a_proof_fetches_the_tiles_it_was_said_to() -> None:
    size = 70_000
    tiles = grown(size)
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        tiles.reads.clear()
        tree.inclusion_proof(index, size, tiles.read)
        assert set(tiles.reads) == tree.inclusion_tiles(index, size)
        assert len(tiles.reads) == len(set(tiles.reads)) <= 6
    for old in (1, 256, 257, 65_537, 69_999):
        tiles.reads.clear()
        tree.consistency_proof(old, size, tiles.read)
        assert set(tiles.reads) == tree.consistency_tiles(old, size)
    tiles.reads.clear()
    tree.frontier(size, tiles.read)
    assert set(tiles.reads) == tree.frontier_tiles(size)


def test_a_short_tile_and_an_index_outside_are_refused() -> None:
    tiles = grown(300)
    with pytest.raises(TreeError, match="fewer than 256"):
        tree.inclusion_proof(0, 300, lambda *_: b"x" * 32)
    for index, size in ((300, 300), (-1, 300), (0, 0)):
        with pytest.raises(TreeError):
            tree.inclusion_proof(index, size, tiles.read)
    for old, new in ((301, 300), (-1, 300)):
        with pytest.raises(TreeError):
            tree.consistency_proof(old, new, tiles.read)


def test_no_changed_inclusion_proof_is_believed() -> None:
    tried = 0
    for size in (1, 2, 3, 7, 8, 13, 64, 65):
        tiles, known = grown(size), leaves(size)
        rooted = tiles.tree.root
        for index in range(size):
            proof = tree.inclusion_proof(index, size, tiles.read)
            changed = [
                (known[index], index, size, [*proof, rooted]),
                (known[index], index, size, proof[:-1] if proof else [known[index]]),
                (known[index], index + 1, size, proof),
                (known[index], index - 1, size, proof),
                (leaf(size), index, size, proof),
                (known[index][:-1], index, size, proof),
                (known[index], index, 0, proof),
                (known[index], index, 2**63, proof),
                *(
                    (known[index], index, size, [*proof[:at], flip(one), *proof[at + 1 :]])
                    for at, one in enumerate(proof)
                ),
                *(
                    (
                        known[index],
                        index,
                        size,
                        [*proof[:at], proof[at + 1], proof[at], *proof[at + 2 :]],
                    )
                    for at in range(len(proof) - 1)
                ),
            ]
            for leaf_hash, place, count, hashes in changed:
                tried += 1
                with pytest.raises(ProofError):
                    tree.verify_inclusion(leaf_hash, place, count, hashes, rooted)
            with pytest.raises(ProofError):
                tree.verify_inclusion(known[index], index, size, proof, flip(rooted))
    assert tried > 1000


def test_an_inner_node_is_not_believed_to_be_a_leaf() -> None:
    """Without the prefixes of the RFC a node would prove a leaf in a tree of half the size."""
    known = leaves(8)
    tiles = grown(8)
    inner = hashlib.sha256(b"\x00" + known[0] + known[1]).digest()
    proof = tree.inclusion_proof(0, 8, tiles.read)
    with pytest.raises(ProofError):
        tree.verify_inclusion(inner, 0, 4, proof[1:], tiles.tree.root)


def test_no_changed_consistency_proof_is_believed() -> None:
    tried = 0
    roots = [mth(leaves(size)) for size in range(20)]
    tiles = grown(19)
    for new in range(1, 20):
        for old in range(1, new + 1):
            proof = tree.consistency_proof(old, new, tiles.read)
            good = (old, roots[old], new, roots[new], proof)
            tree.verify_consistency(*good)
            changed = [
                (*good[:4], [*proof, roots[1]]),
                (old, flip(roots[old]), *good[2:]),
                (*good[:3], flip(roots[new]), proof),
                (new + 1, roots[old], new, roots[new], proof),
                (-1, roots[old], new, roots[new], proof),
                (old, roots[old][:-1], new, roots[new], proof),
                *(
                    (*good[:4], [*proof[:at], flip(one), *proof[at + 1 :]])
                    for at, one in enumerate(proof)
                ),
            ]
            if proof:
                changed += [(*good[:4], proof[:-1]), (*good[:4], proof[1:]), (*good[:4], [])]
            if old < new:
                changed += [(old + 1, *good[1:]), (*good[:4], [])]
            for wrong in changed:
                tried += 1
                with pytest.raises(ProofError):
                    tree.verify_consistency(*wrong)
    assert tried > 1000


def test_the_empty_tree_is_extended_by_every_tree() -> None:
    rooted = mth(leaves(5))
    tree.verify_consistency(0, EMPTY_ROOT, 5, rooted, [])
    assert tree.consistency_proof(0, 5, grown(5).read) == []
    for old_root, proof in ((rooted, []), (EMPTY_ROOT, [rooted])):
        with pytest.raises(ProofError):
            tree.verify_consistency(0, old_root, 5, rooted, proof)


def test_two_proofs_lead_from_the_first_tree_to_the_third() -> None:
    tiles = grown(1000)
    sizes = [1, 7, 256, 600, 1000]
    for old, new in pairwise(sizes):
        old_root, new_root = tree.root(old, tiles.read), tree.root(new, tiles.read)
        proof = tree.consistency_proof(old, new, tiles.read)
        tree.verify_consistency(old, old_root, new, new_root, proof)


def flip(raw: bytes) -> bytes:
    return bytes([raw[0] ^ 1]) + raw[1:]
