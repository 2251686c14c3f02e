"""The log's secrets: key files beside the database, never in it.

    lookup.key      finds a person's key, and the shared row of a fact vector, without naming them
    subject.key     wraps each person's key (AES-256-GCM); see `wrapping` for how it changes
    row.key         proves that a row was written by this service (HMAC of its leaf hash)
    checkpoint.key  signs the log's checkpoints (Ed25519); checkpoint-2.key … follow by rotation
    receipt.key     signs promises, where a proof cannot be waited for (Ed25519)

They are made on the first start, as `key_files` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from mayuse.decision_log import key_files
from mayuse.decision_log.drawing import draw
from mayuse.decision_log.key_files import KEY_BYTES
from mayuse.decision_log.mac import Mac, framed
from mayuse.decision_log.wrapping import Wrapped, WrappingKeys
from mayuse.errors import SettingsError
from mayuse.question import REMEMBERED

KEY_ID_BYTES = 16
FACTS_ID_BYTES = 16

_NAMES = ("lookup", "row")
ROLES = ("checkpoint", "receipt")
"""What signing keys are for."""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """The key of one person."""

    id: bytes
    """Random name of the key: all a row needs to know of the person."""

    key: bytes = field(repr=False)


class LogKeys:
    """What the key files can do. Their bytes stay inside."""

    def __init__(
        self,
        *,
        lookup: bytes,
        row: bytes,
        wrapping: WrappingKeys,
        signing: Mapping[str, Mapping[str, bytes]] | None = None,
    ) -> None:
        self.signing = signing or {}
        """For each role: the seeds of the keys there are, by the name of their file."""

        self._lookup = Mac(lookup)
        self.row_mac = Mac(row)
        """Proof that the row with this leaf hash was written by this service."""

        self.wrapping = wrapping
        self._facts_id = lru_cache(REMEMBERED)(partial(_facts_id, self._lookup))

    def subject_lookup(self, person: str) -> bytes:
        """Where the key of a person is found: 32 bytes that do not tell who it is."""
        return self._lookup(b"subject\x00" + person.encode())

    def facts_id(self, facts: str) -> bytes:
        """The id of a fact vector: 16 bytes, the same each time, that do not tell the facts."""
        return self._facts_id(facts)

    def seal_cursor(self, cursor: bytes) -> bytes:
        """16 bytes that only this service can put under a cursor."""
        return self._lookup(b"cursor\x00" + cursor)[:16]

    def request_digest(self, *parts: bytes) -> bytes:
        """What a request is known by, without its content: 32 bytes."""
        return self._lookup(b"request\x00" + framed(*parts))

    def new_subject_keys(self, count: int) -> list[SubjectKey]:
        """Fresh keys, each for one person."""
        return [
            SubjectKey(drawn[:KEY_ID_BYTES], drawn[KEY_ID_BYTES:])
            for drawn in draw(count, KEY_ID_BYTES + KEY_BYTES)
        ]

    def wrap(self, persons: Iterable[tuple[SubjectKey, bytes]]) -> list[Wrapped]:
        """Encrypt persons' keys, each bound to its id and to the place where it is looked up."""
        return self.wrapping.wrap(
            [(subject.key, subject.id + lookup) for subject, lookup in persons]
        )

    def unwrap(self, key_id: bytes, wrapped: Wrapped, lookup: bytes) -> SubjectKey:
        """Decrypt what `wrap` gave. Raises `Unwritable` as `WrappingKeys.unwrap`."""
        return SubjectKey(key_id, self.wrapping.unwrap(wrapped, key_id + lookup))


def _facts_id(lookup: Mac, facts: str) -> bytes:
    return lookup(b"facts\x00" + facts.encode())[:FACTS_ID_BYTES]


def open_keys(folder: Path, *, may_create: bool, may_sign_anew: bool = False) -> LogKeys:
    """Read the key files, making those that are missing when `may_create`.

    `may_sign_anew` allows for the signing keys alone, in a log that was never signed. Several
    processes may do so at once: each file is made by one of them and read by all. Raises
    `SettingsError` naming the file that is missing, open to others or malformed.
    """
    try:
        if may_create:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = {
            name: key_files.open_key(folder / f"{name}.key", name, may_create=may_create)
            for name in _NAMES
        }
        wrapping = WrappingKeys(folder, may_create=may_create)
        signing = {
            role: key_files.numbered(folder, role, may_create=may_create or may_sign_anew)
            for role in ROLES
        }
    except OSError as error:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {folder}: {error.strerror}") from error
    return LogKeys(**keys, wrapping=wrapping, signing=signing)
