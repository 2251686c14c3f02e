"""Receipts checked without the service, under keys that were had by a way one trusts."""

from __future__ import annotations

from collections.abc import Iterable

from mayuse.client.answers import Decision, Receipt, RecordedDecision
from mayuse.client.faults import ReceiptRefused
from mayuse.decision_log.checkpoint import Checkpoint, Promise
from mayuse.decision_log.entry import Entry, leaf_hash
from mayuse.decision_log.note import Note, VerifierKey
from mayuse.decision_log.proof import Proof, check_consistency
from mayuse.errors import MalformedRecord, ProofError


class Pinned:
    """The keys of a log. Everything raises `ReceiptRefused` when it does not hold under them."""

    def __init__(self, keys: Iterable[str]) -> None:
        """`keys` are C2SP verifier keys, as `mayuse log key` prints them. Raises `ProofError`."""
        self._keys = [VerifierKey.from_text(key) for key in keys]

    def check_receipt(self, receipt: Receipt) -> Checkpoint | Promise:
        """The checkpoint that covers what was recorded, or the log's promise that one will."""
        if receipt.proof is not None:
            return self.check_proof(receipt.proof, receipt.leaf_hash)
        if receipt.promise is None:
            raise ReceiptRefused("the receipt has neither a proof nor a promise")
        try:
            promise = Promise.verify(Note.from_text(receipt.promise), self._keys)
        except ProofError as error:
            raise ReceiptRefused(f"the promise does not hold: {error}") from error
        if promise.leaf_hash.hex() != receipt.leaf_hash:
            raise ReceiptRefused("the promise is about something else")
        return promise

    def check_proof(self, proof: str, leaf: str) -> Checkpoint:
        """The checkpoint that covers the leaf of this hash (hex)."""
        try:
            return Proof.from_text(proof).verify(bytes.fromhex(leaf), self._keys)
        except ProofError as error:
            raise ReceiptRefused(f"the proof does not hold: {error}") from error

    def check_growth(self, before: Checkpoint, after: Checkpoint, hashes: str) -> None:
        """That one checkpoint's log begins the other's; `hashes` are base64, one a line."""
        try:
            check_consistency(before, after, hashes)
        except ProofError as error:
            raise ReceiptRefused(f"the log has not only grown: {error}") from error

    def check_checkpoint(self, text: str) -> Checkpoint:
        """The checkpoint of a signed note."""
        try:
            return Checkpoint.verify(Note.from_text(text), self._keys)
        except ProofError as error:
            raise ReceiptRefused(f"the checkpoint does not hold: {error}") from error


def check_record(recorded: RecordedDecision, told: Decision) -> None:
    """That the record behind a receipt has the id, effect and policy that were told.

    With a receipt that holds, the log has signed for these. The record names recipient, purpose and
    forcing reasons, too, which are not compared here; what it does not name, such as categories of
    data, has to be believed. Raises `ReceiptRefused`.
    """
    if recorded.record is None or leaf_hash(recorded.record).hex() != told.receipt.leaf_hash:
        raise ReceiptRefused("the record is not what the receipt is for")
    try:
        entry = Entry.from_bytes(recorded.record)
    except MalformedRecord as error:
        raise ReceiptRefused(str(error)) from error
    if (entry.id, entry.effect, entry.policy) != (told.decision_id, told.effect, told.policy):
        raise ReceiptRefused("the record says something else than the answer")
