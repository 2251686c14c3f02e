"""Receipts: proofs that need nothing but keys to check. C2SP tlog-proof. Pure.

c2sp.org/tlog-proof@v1
index 73894
base64 of each sibling, from the leaf upwards
                                                  (an empty line)
the checkpoint, as it was signed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mayuse.decision_log.checkpoint import Checkpoint, from_decimal
from mayuse.decision_log.note import COSIGNATURE, Note, VerifierKey, from_base64, to_base64
from mayuse.decision_log.tree import SIZE_LIMIT, verify_consistency, verify_inclusion
from mayuse.errors import ProofError

_HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index "
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf is in the log, as a checkpoint has it."""

    index: int
    hashes: tuple[bytes, ...]
    """Siblings from the leaf upwards."""

    checkpoint: Note
    extra: bytes | None = None
    """What an application adds; no signature covers it, and this one adds nothing."""

    def to_text(self) -> str:
        """The proof as a `.tlog-proof` file holds it."""
        extra = [] if self.extra is None else [f"{_EXTRA}{to_base64(self.extra)}"]
        lines = (_HEADER, *extra, f"{_INDEX}{self.index}", *map(to_base64, self.hashes))
        return "\n".join(lines) + "\n\n" + self.checkpoint.to_text()

    @classmethod
    def from_text(cls, raw: str) -> Proof:
        """Read a proof without believing it. Raises `ProofError` when it is malformed."""
        head, gap, note = raw.partition("\n\n")
        header, *lines = head.split("\n")
        if header != _HEADER or not gap:
            raise ProofError("this is no transparency log proof")
        extra = None
        if lines and lines[0].startswith(_EXTRA):
            extra = from_base64(lines.pop(0).removeprefix(_EXTRA))
        if not lines or not lines[0].startswith(_INDEX):
            raise ProofError("a proof names the index of its leaf")
        index = from_decimal(lines.pop(0).removeprefix(_INDEX))
        if index >= SIZE_LIMIT or len(lines) > _MAX_HASHES:
            raise ProofError("a proof is longer than any tree is high")
        return cls(index, tuple(map(from_base64, lines)), Note.from_text(note), extra)

    def verify(
        self,
        leaf_hash: bytes,
        keys: Sequence[VerifierKey],
        *,
        witnesses: Sequence[VerifierKey] = (),
        quorum: int = 0,
    ) -> Checkpoint:
        """The checkpoint that covers this leaf, once everything holds.

        `keys` are the log's; at least `quorum` of the `witnesses` must have cosigned. Raises
        `ProofError` when anything does not hold.
        """
        checkpoint = Checkpoint.verify(self.checkpoint, keys)
        if len(cosigned(self.checkpoint, witnesses)) < quorum:
            raise ProofError(f"fewer than {quorum} of the witnesses have cosigned")
        verify_inclusion(leaf_hash, self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


def check_consistency(before: Checkpoint, after: Checkpoint, hashes: str) -> None:
    """Check that one checkpoint's log begins the other's; `hashes` are base64, one a line.

    Raises `ProofError`, also where `before` is the larger one.
    """
    proof = [from_base64(line) for line in hashes.splitlines()]
    verify_consistency(before.size, before.root, after.size, after.root, proof)


def cosigned(note: Note, witnesses: Sequence[VerifierKey]) -> dict[VerifierKey, int]:
    """Which of these witnesses cosigned a checkpoint, and when, in seconds since 1970.

    Raises `ProofError` for a key that is no witness's, and for a cosignature that does not hold.
    """
    if any(key.kind != COSIGNATURE for key in witnesses):
        raise ProofError("a witness's key is one for cosignatures")
    if not any(key.made(line) for key in witnesses for line in note.signatures):
        return {}
    return {key: at for key, at in note.verify(witnesses).items() if at is not None}
