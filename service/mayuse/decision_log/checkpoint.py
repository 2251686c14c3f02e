"""Checkpoints and promises: what the log signs. C2SP tlog-checkpoint. Pure.

A checkpoint says how large the log is and what its root is. A promise says that a leaf will be in
the log by a time; it is given where an answer cannot wait for the checkpoint. The two are signed
by different keys with different names, and neither's text can be read as the other's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mayuse.decision_log.note import (
    ED25519,
    Note,
    SigningKey,
    VerifierKey,
    check_name,
    from_base64,
    to_base64,
)
from mayuse.decision_log.tree import EMPTY_ROOT, HASH_BYTES, SIZE_LIMIT
from mayuse.errors import ProofError

_PROMISE = "mayuse-receipt/v1"
_RECEIPT = "/receipt"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log at one size."""

    origin: str
    """Name of the log, and of the key that signs for it."""

    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines of another log's checkpoint; this one writes none."""

    def __post_init__(self) -> None:
        check_name(self.origin)
        if not 0 <= self.size < SIZE_LIMIT or len(self.root) != HASH_BYTES:
            raise ProofError("a checkpoint has no such size or root")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise ProofError("the root of an empty log is known")

    def to_text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Read a text that is signed. Raises `ProofError` when it is no checkpoint's."""
        lines = _lines(text)
        if len(lines) < len(("origin", "size", "root")):
            raise ProofError("a checkpoint has at least three lines")
        origin, size, root, *extensions = lines
        return cls(origin, from_decimal(size), from_base64(root), tuple(extensions))

    @classmethod
    def from_note(cls, note: str) -> Checkpoint:
        """What a signed note says, not believing it. Raises `ProofError` when it is none."""
        return cls.from_text(Note.from_text(note).text)

    def sign(self, keys: Iterable[SigningKey]) -> Note:
        """Sign it with the log's keys: one, or an old and a new one while keys change.

        Raises `ValueError` for a key of another name: nobody would believe it.
        """
        keys = tuple(keys)
        if any(key.verifier.name != self.origin for key in keys):
            raise ValueError("a checkpoint is signed by keys named after its log")
        return Note.signed(self.to_text(), keys)

    @classmethod
    def verify(cls, note: Note, keys: Sequence[VerifierKey]) -> Checkpoint:
        """The checkpoint in a note that one of these keys signed for the log it names.

        Raises `ProofError` when it is none, when a known signature does not hold, and when no key
        named after the log signed.
        """
        checkpoint = cls.from_text(note.text)
        named = _named(checkpoint.origin, keys)
        if not named:
            raise ProofError(f"no key is known for the log {checkpoint.origin}")
        note.verify(named)
        return checkpoint


@dataclass(frozen=True, slots=True)
class Promise:
    """That a leaf will be in the log."""

    origin: str
    leaf_hash: bytes
    t: int
    """When the entry was committed, in microseconds since 1970."""

    seal_by: int
    """By when a checkpoint will cover it, in microseconds since 1970."""

    def __post_init__(self) -> None:
        check_name(self.origin)
        if len(self.leaf_hash) != HASH_BYTES or not 0 <= self.t <= self.seal_by < SIZE_LIMIT:
            raise ProofError("a promise names a leaf and two times, the later one last")

    def to_text(self) -> str:
        """The text that is signed."""
        lines = (_PROMISE, self.origin, to_base64(self.leaf_hash), str(self.t), str(self.seal_by))
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def from_text(cls, text: str) -> Promise:
        """Read a text that is signed. Raises `ProofError` when it is no promise's."""
        lines = _lines(text)
        if len(lines) != len(("kind", "origin", "leaf", "t", "seal by")) or lines[0] != _PROMISE:
            raise ProofError("this is no promise of a receipt")
        _, origin, leaf_hash, t, seal_by = lines
        return cls(origin, from_base64(leaf_hash), from_decimal(t), from_decimal(seal_by))

    def sign(self, key: SigningKey) -> Note:
        """Sign it with the log's receipt key."""
        if key.verifier.name != receipt_name(self.origin):
            raise ValueError("a promise is signed by the log's receipt key")
        return Note.signed(self.to_text(), [key])

    @classmethod
    def verify(cls, note: Note, keys: Sequence[VerifierKey]) -> Promise:
        """The promise in a note that one of these keys signed for the log it names.

        Raises `ProofError` when it is none, and when no receipt key of that log signed.
        """
        promise = cls.from_text(note.text)
        named = _named(receipt_name(promise.origin), keys)
        if not named:
            raise ProofError(f"no receipt key is known for the log {promise.origin}")
        note.verify(named)
        return promise


def receipt_name(origin: str) -> str:
    """The name of a log's receipt key: not the log's, so that it can sign no checkpoint."""
    return origin + _RECEIPT


def from_decimal(text: str) -> int:
    """Read a whole number without sign or leading zeroes. Raises `ProofError`."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0"):
        raise ProofError("a number is not written in plain decimals")
    if len(text) > len(str(SIZE_LIMIT)):
        raise ProofError("a number is too large")
    return int(text)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines.pop() or not all(lines):
        raise ProofError("a signed text has an empty line, or no last newline")
    return lines


def _named(name: str, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    return [key for key in keys if key.name == name and key.kind == ED25519]
