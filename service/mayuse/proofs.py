"""Proofs and keys as the files that API and command line hand out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mayuse.decision_log.note import to_base64
from mayuse.decision_log.published import Consistency
from mayuse.store.log_reader import StoredKey


def keys(stored: Iterable[StoredKey]) -> str:
    """A verifier key a line."""
    return "".join(f"{key.vkey}\n" for key in stored)


def key(stored: StoredKey) -> dict[str, Any]:
    """A key, what it signs, and the sizes of the log it signs for."""
    until = {} if stored.to_size is None else {"to_size": stored.to_size}
    return {
        "role": stored.role,
        "vkey": stored.vkey,
        "from_size": stored.from_size,
        **until,
    }


def consistency(proof: Consistency) -> str:
    """A hash in base64 a line; nothing where nothing is needed."""
    return "".join(f"{to_base64(one)}\n" for one in proof.hashes)
