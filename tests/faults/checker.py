"""The one checker: what was answered is kept, whole, unchanged, numbered and sealed without a gap.

It reads the tables through the database's own driver and computes hashes and roots itself. What
was signed and let out — the kept checkpoints, the one beside the keys, and the proof or promise of
every receipt — must be true of the tree that is there.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from databases import Database
from mayuse.answer import Receipt
from mayuse.decision_log.checkpoint import Checkpoint, Promise
from mayuse.decision_log.keys import open_keys
from mayuse.decision_log.note import Note, VerifierKey
from mayuse.decision_log.proof import Proof
from mayuse.errors import ProofError

FIGURES = ("answered", "stored", "runs", "leaves", "waiting", "closed")


@dataclass(frozen=True)
class Report:
    """What was found. All but the figures must be nought."""

    answered: int
    stored: int
    """Decisions in the database."""

    runs: int
    """Unbroken runs of commits: one for each time a writer opened the database."""

    closed: int
    """Runs that ended well."""

    leaves: int
    waiting: int
    """Records not yet sealed: allowed on PostgreSQL, while nobody seals."""

    lost: int
    """Answered, but not in the database."""

    changed: int
    """In the database under another leaf hash than was answered."""

    wrong_hash: int
    """Stored leaf hash is not that of the stored record."""

    unproven: int
    """Not shown to be written by this service."""

    torn: int
    """Without its detail, its facts or its person's index row: half a batch."""

    gaps: int
    """Runs whose entries are not numbered 1, 2, 3 …, or do not begin with an `open`."""

    unsealed: int
    """Records that are neither a leaf nor waiting, or both; leaves without a record; gaps."""

    wrong_tree: int
    """Tiles, or the end of the tree, that are not those of the leaves."""

    untrue: int
    """Signatures let out that do not hold, or not of this tree."""

    @property
    def unanswered(self) -> int:
        """Stored, but nobody was told: allowed, for the answer may be lost where the row is not."""
        return self.stored - self.answered

    @property
    def faults(self) -> dict[str, int]:
        told = asdict(self)
        return {name: count for name, count in told.items() if count and name not in FIGURES}


async def check(database: Database, receipts: Mapping[str, Receipt]) -> Report:
    """Compare what was answered with what the database holds."""
    _SUBTREES.clear()
    keys = open_keys(database.keys_dir, may_create=False)
    rows = await database.rows("SELECT seq, id, kind, record, leaf_hash, row_mac FROM decision")
    stored = {str(row["id"]): row["leaf_hash"].hex() for row in rows if row["kind"] == 0}
    runs: dict[str, dict[int, str]] = defaultdict(dict)
    for row in rows:
        record = json.loads(row["record"])
        runs[record["epoch"]][record["n"]] = record.get("kind", "decision")
    leaves = await database.rows("SELECT leaf_index, seq FROM leaf ORDER BY leaf_index")
    waiting = {row["seq"] for row in await database.rows("SELECT seq FROM pending")}
    hashes = {row["seq"]: row["leaf_hash"] for row in rows}
    tree = [hashes.get(row["seq"], b"") for row in leaves]
    places = {leaf.hex(): index for index, leaf in enumerate(tree)}
    return Report(
        answered=len(receipts),
        stored=len(stored),
        runs=len(runs),
        closed=sum("close" in run.values() for run in runs.values()),
        leaves=len(leaves),
        waiting=len(waiting),
        lost=sum(one not in stored for one in receipts),
        changed=sum(
            stored.get(one, receipt.leaf_hash) != receipt.leaf_hash
            for one, receipt in receipts.items()
        ),
        wrong_hash=sum(
            hashlib.sha256(b"\x00" + row["record"]).digest() != row["leaf_hash"] for row in rows
        ),
        unproven=sum(keys.row_mac(row["leaf_hash"]) != row["row_mac"] for row in rows),
        torn=await _torn(database),
        gaps=sum(not _is_whole(run) for run in runs.values()),
        unsealed=len(hashes.keys() ^ ({row["seq"] for row in leaves} ^ waiting))
        + sum(row["leaf_index"] != index for index, row in enumerate(leaves)),
        wrong_tree=await _wrong_tree(database, tree),
        untrue=await _untrue(database, tree, places, receipts.values()),
    )


def _is_whole(run: Mapping[int, str]) -> bool:
    """Numbered from 1, begun by an `open`, and nothing after a `close`."""
    whole = sorted(run) == list(range(1, len(run) + 1))
    ends = [number for number, kind in run.items() if kind == "close"]
    return whole and run[1] == "open" and ends in ([], [len(run)])


async def _torn(database: Database) -> int:
    [row] = await database.rows(
        "SELECT count(*) AS n FROM decision d LEFT JOIN decision_detail t ON t.seq = d.seq "
        "WHERE d.kind = 0 AND (t.seq IS NULL "
        "OR NOT EXISTS (SELECT 1 FROM decision_facts f WHERE f.seq = d.seq) "
        "OR (d.effect <> 0 AND NOT EXISTS (SELECT 1 FROM decision_rule r WHERE r.seq = d.seq)) "
        "OR (t.subject IS NOT NULL AND NOT EXISTS (SELECT 1 FROM subject_decision s "
        "WHERE s.subject = t.subject AND s.seq = d.seq)))"
    )
    return int(row["n"])


async def _wrong_tree(database: Database, leaves: list[bytes]) -> int:
    """Tiles that are missing, too many or other than the leaves make them, and the tree's end."""
    wanted = {}
    level, nodes = 0, leaves
    while nodes:
        for index in range(0, len(nodes), 256):
            wanted[level, index // 256] = b"".join(nodes[index : index + 256])
        for _ in range(8):
            nodes = [_node(*pair) for pair in zip(nodes[::2], nodes[1::2], strict=False)]
        level += 1
    tiles = await database.rows("SELECT level, idx, data FROM tile")
    there = {(row["level"], row["idx"]): row["data"] for row in tiles}
    [state] = await database.rows("SELECT size, frontier FROM log_state")
    wrong = sum(there.get(tile) != wanted.get(tile) for tile in there.keys() | wanted.keys())
    frontier = b"".join(_frontier(leaves))
    return wrong + ((state["size"], state["frontier"]) != (len(leaves), frontier))


async def _untrue(
    database: Database,
    leaves: list[bytes],
    places: Mapping[str, int],
    receipts: Iterable[Receipt],
) -> int:
    """Signatures that do not hold, or that say what is not so."""
    rows = await database.rows("SELECT vkey FROM log_key")
    keys = [VerifierKey.from_text(row["vkey"]) for row in rows]
    notes = {row["note"] for row in await database.rows("SELECT note FROM checkpoint")}
    last = database.keys_dir / "last_checkpoint"
    notes |= {last.read_text()} if last.exists() else set()
    wrong = 0
    for receipt in receipts:
        if receipt.proof:
            proof = Proof.from_text(receipt.proof)
            notes.add(proof.checkpoint.to_text())
            # Its checkpoint is looked at below, with all the others.
            wrong += places.get(receipt.leaf_hash) != proof.index
            wrong += not _leads_to(proof, bytes.fromhex(receipt.leaf_hash))
        if receipt.promise:
            wrong += not _is_kept(receipt, keys)
    return wrong + sum(not _is_true(note, leaves, keys) for note in notes)


def _is_true(text: str, leaves: list[bytes], keys: list[VerifierKey]) -> bool:
    try:
        checkpoint = Checkpoint.verify(Note.from_text(text), keys)
    except ProofError:
        return False
    size = checkpoint.size
    return size <= len(leaves) and _root(_frontier(leaves, size)) == checkpoint.root


def _is_kept(receipt: Receipt, keys: list[VerifierKey]) -> bool:
    try:
        promise = Promise.verify(Note.from_text(receipt.promise), keys)
    except ProofError:
        return False
    return promise.leaf_hash.hex() == receipt.leaf_hash


def _leads_to(proof: Proof, leaf: bytes) -> bool:
    """Whether a proof leads to the root it comes with: RFC 9162 section 2.1.3.2, once more."""
    _, size, root, *_ = proof.checkpoint.text.split("\n")
    node, last, current = proof.index, int(size) - 1, leaf
    for sibling in proof.hashes:
        if node % 2 or node == last:
            current = _node(sibling, current)
            while not node % 2 and node:
                node, last = node // 2, last // 2
        else:
            current = _node(current, sibling)
        node, last = node // 2, last // 2
    return last == 0 and current == base64.b64decode(root)


_SUBTREES: dict[tuple[bytes, bytes, int], bytes] = {}
"""Roots of perfect subtrees by their ends, for many sizes of one tree are asked for."""


def _frontier(leaves: list[bytes], size: int | None = None) -> list[bytes]:
    """Roots of the perfect subtrees of the first leaves, left to right."""
    size, start, found = len(leaves) if size is None else size, 0, []
    while start < size:
        width = 1 << ((size - start).bit_length() - 1)
        found.append(_perfect(leaves, start, width))
        start += width
    return found


def _perfect(leaves: list[bytes], start: int, width: int) -> bytes:
    if width == 1:
        return leaves[start]
    key = (leaves[start], leaves[start + width - 1], width)
    if key not in _SUBTREES:
        half = width // 2
        left, right = _perfect(leaves, start, half), _perfect(leaves, start + half, half)
        _SUBTREES[key] = _node(left, right)
    return _SUBTREES[key]


def _root(subtrees: list[bytes]) -> bytes:
    if not subtrees:
        return hashlib.sha256(b"").digest()
    *rest, root = subtrees
    for left in reversed(rest):
        root = _node(left, root)
    return root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
