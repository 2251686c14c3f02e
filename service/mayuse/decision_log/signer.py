"""The log's name and the keys it signs with, ready to sign. Pure.

While keys change, an old and a new one sign each checkpoint, so that readers who know either can
check it. A promise is signed by the newest receipt key alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mayuse.decision_log.checkpoint import Checkpoint, Promise, receipt_name
from mayuse.decision_log.note import SigningKey, VerifierKey, check_name
from mayuse.decision_log.tree import Tree
from mayuse.errors import OPERATOR_SECONDS, LogUnavailable, ProofError, SettingsError

MAX_ORIGIN = 255
"""Characters of a log's name."""


class Signer:
    """Signs for one log."""

    def __init__(self, origin: str, checkpoint: Sequence[bytes], receipt: bytes) -> None:
        """Take the seeds of the keys; the first checkpoint key is the oldest one in use.

        Raises `ProofError` for an origin that cannot be the name of a key.
        """
        self.origin = origin
        self._all = [SigningKey(origin, seed) for seed in checkpoint]
        self._checkpoint = self._all
        self._receipt = SigningKey(receipt_name(origin), receipt)

    @property
    def checkpoint_keys(self) -> list[VerifierKey]:
        """By which the checkpoints of now can be checked."""
        return [key.verifier for key in self._checkpoint]

    @property
    def receipt_key(self) -> VerifierKey:
        """By which the promises of now can be checked."""
        return self._receipt.verifier

    def heed(self, origin: str | None, in_use: Collection[str]) -> None:
        """See whose log it is now, before anything is signed: keys that have ended sign no more.

        Asked before a checkpoint is signed; a promise may be signed by a key that has just ended.
        `in_use`: the verifier keys of those that sign now. Raises `LogUnavailable` when none of
        these keys is among them, or the log has another name: others have taken over.
        """
        left = [key for key in self._all if key.verifier.to_text() in in_use]
        if origin != self.origin:
            fault = f"the log is called {origin} now"
        elif not left:
            fault = "other keys sign checkpoints now"
        elif self.receipt_key.to_text() not in in_use:
            fault = "another key signs promises now"
        else:
            self._checkpoint = left
            return
        told = f"{fault}: start this service anew"
        raise LogUnavailable("log_unavailable", told, OPERATOR_SECONDS)

    def checkpoint(self, tree: Tree) -> str:
        """The signed checkpoint of a tree. To be let out only once that tree is durable."""
        return Checkpoint(self.origin, tree.size, tree.root).sign(self._checkpoint).to_text()

    def promise(self, leaf_hash: bytes, t: int, seal_by: int) -> str:
        """The signed promise that a leaf will be in the log by a time; times in microseconds."""
        return Promise(self.origin, leaf_hash, t, seal_by).sign(self._receipt).to_text()


def check_origin(origin: str) -> None:
    """Raise `SettingsError` for a name that no log can be given."""
    try:
        check_name(origin)
    except ProofError as error:
        raise SettingsError(f"MAYUSE_LOG_ORIGIN: {error}") from error
    if len(origin) > MAX_ORIGIN:
        said = f"the name of a log is longer than {MAX_ORIGIN} characters"
        raise SettingsError(f"MAYUSE_LOG_ORIGIN: {said}")
    if origin.endswith(receipt_name("")):
        said = f"a name that ends in {receipt_name('')} is that of a log's receipt key"
        raise SettingsError(f"MAYUSE_LOG_ORIGIN: {said}")


def vkey(role: str, origin: str, seed: bytes) -> str:
    """The C2SP verifier key of a seed in its role, `checkpoint` or `receipt`."""
    name = receipt_name(origin) if role == "receipt" else origin
    return SigningKey(name, seed).verifier.to_text()
