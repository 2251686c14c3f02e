"""Leaves into the tree, and receipts for them, out of what is in memory. Pure.

The leaves of a batch are proved from the batch itself and from the frontier before it: nothing is
read, and nodes that several proofs share are computed and written down once. So five hundred
receipts with full proofs cost little more than the tree does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mayuse.answer import Receipt
from mayuse.decision_log.note import to_base64
from mayuse.decision_log.signer import Signer
from mayuse.decision_log.tree import TileId, Tree, node_hash

_PROOF = "c2sp.org/tlog-proof@v1\nindex "


@dataclass(frozen=True, slots=True)
class Seal:
    """What a batch of leaves did to the log. Not to be told before it is durable."""

    before: Tree
    after: Tree
    leaf_hashes: tuple[bytes, ...]
    tiles: dict[TileId, bytes]
    """For each tile that grew: the hashes to append."""

    note: str
    """The signed checkpoint of the tree after it."""

    @classmethod
    def of(cls, before: Tree, leaf_hashes: Sequence[bytes], signer: Signer) -> Seal:
        """Grow the tree by these leaves, and sign it."""
        growth = before.grow(leaf_hashes)
        note = signer.checkpoint(growth.tree)
        return cls(before, growth.tree, tuple(leaf_hashes), growth.tiles, note)

    @property
    def indices(self) -> range:
        """The indices of the new leaves."""
        return range(self.before.size, self.after.size)

    def receipts(self) -> list[Receipt]:
        """A receipt with its proof for each leaf, in order."""
        proofs = zip(self.leaf_hashes, self.indices, self._proofs(), strict=True)
        return [
            Receipt(leaf.hex(), index, f"{_PROOF}{index}\n{hashes}\n{self.note}")
            for leaf, index, hashes in proofs
        ]

    def _proofs(self) -> list[str]:
        """The hashes of each new leaf's inclusion proof, a line each.

        From the root downwards: a node's proof is its sibling, and then its parent's proof.
        """
        above, above_start = [""], 0
        for start, row in reversed(list(_rows(self.before, self.leaf_hashes))):
            shift = (start >> 1) - above_start
            siblings = [*row[1::2], ""] if len(row) % 2 else row[1::2]
            proofs = [""] * len(row)
            proofs[::2] = [line + rest for line, rest in zip(siblings, above[shift:], strict=True)]
            proofs[1::2] = [
                line + rest for line, rest in zip(row[::2], above[shift:], strict=False)
            ][: len(row) // 2]
            above, above_start = proofs, start
        return above[self.before.size - above_start :]


def _rows(before: Tree, leaf_hashes: Sequence[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Each row of nodes from the leaves upwards, as far as new leaves need it, in base64.

    A row comes with the index of its first node. It begins with the old tree's perfect subtree of
    that height where there is one, for that is the left sibling of the first new node. The last
    node of a row may cover less than a perfect subtree: RFC 9162 takes it up as it is.
    """
    subtrees = list(before.frontier)
    nodes = list(leaf_hashes)
    start = before.size
    while start or len(nodes) > 1:
        if start % 2:
            nodes.insert(0, subtrees.pop())
            start -= 1
        yield start, [f"{to_base64(node)}\n" for node in nodes]
        odd = [nodes[-1]] if len(nodes) % 2 else []
        nodes = [*map(node_hash, nodes[::2], nodes[1::2]), *odd]
        start >>= 1
