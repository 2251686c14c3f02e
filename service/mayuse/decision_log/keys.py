"""The log's secrets: key files beside the database, never in it.

    lookup.key      finds a person's key, and the shared row of a fact vector, without naming them
    subject.key     wraps each person's key (AES-256-GCM); destroying it ends all of them at once
    row.key         proves that a row was written by this service (HMAC of its leaf hash)
    checkpoint.key  signs the log's checkpoints (Ed25519); checkpoint-2.key … follow by rotation
    receipt.key     signs promises, where a proof cannot be waited for (Ed25519)

They are made on the first start, mode 0600, and refused when others can read them or when they
are not what their name says. A message names the file, never what is in it.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mayuse.answer import REMEMBERED
from mayuse.decision_log.entry import Unwritable, from_text, to_text
from mayuse.decision_log.mac import Mac, framed
from mayuse.errors import SettingsError

KEY_BYTES = 32
KEY_ID_BYTES = 16
FACTS_ID_BYTES = 16

_NAMES = ("lookup", "subject", "row")
ROLES = ("checkpoint", "receipt")
"""What signing keys are for."""

_HEADER = "mayuse-key/v1"
_NONCE_BYTES = 12


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
        subject: bytes,
        row: bytes,
        signing: Mapping[str, Mapping[str, bytes]] | None = None,
    ) -> None:
        self.signing = signing or {}
        """For each role: the seeds of the keys there are, by the name of their file."""

        self._lookup = Mac(lookup)
        self.row_mac = Mac(row)
        """Proof that the row with this leaf hash was written by this service."""

        self._wrapper = AESGCM(subject)
        self._facts_id = lru_cache(REMEMBERED)(partial(_facts_id, self._lookup))
        self.kek_id = to_text(Mac(subject)(b"mayuse key encryption key")[:12])
        """Name of the wrapping key, kept with each wrapped key so that it can be rotated."""

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

    def new_subject_key(self) -> SubjectKey:
        """A fresh key for one person."""
        return SubjectKey(secrets.token_bytes(KEY_ID_BYTES), secrets.token_bytes(KEY_BYTES))

    def wrap(self, subject: SubjectKey, lookup: bytes) -> bytes:
        """Encrypt a person's key, bound to its id and to the place where it is looked up."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._wrapper.encrypt(nonce, subject.key, subject.id + lookup)

    def unwrap(self, key_id: bytes, kek_id: str, wrapped: bytes, lookup: bytes) -> SubjectKey:
        """Decrypt what `wrap` gave.

        Raises `Unwritable` when it was wrapped by another key or has been changed: to write on
        under a new key would tear one person's decisions apart.
        """
        if kek_id != self.kek_id:
            raise Unwritable("a person's key was wrapped by another subject.key")
        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            key = self._wrapper.decrypt(nonce, sealed, key_id + lookup)
        except (InvalidTag, ValueError) as error:
            raise Unwritable("a person's key does not unwrap") from error
        return SubjectKey(key_id, key)


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
        keys = {name: _open_key(folder / f"{name}.key", name, may_create) for name in _NAMES}
        signing = {role: _signing_keys(folder, role, may_create or may_sign_anew) for role in ROLES}
    except OSError as error:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {folder}: {error.strerror}") from error
    return LogKeys(**keys, signing=signing)


def add_signing_key(folder: Path, role: str) -> tuple[str, bytes]:
    """Make one more signing key; the name of its file, and its seed. Raises `SettingsError`."""
    if role not in ROLES:
        raise SettingsError(f"keys sign {' or '.join(ROLES)}s, not {role}s")
    try:
        taken = _signing_keys(folder, role, False)  # noqa: FBT003 - private
        number = max(_number(name) for name in taken) + 1
        path = folder / f"{role}-{number}.key"
        return path.name, _open_key(path, role, True)  # noqa: FBT003 - private
    except OSError as error:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {folder}: {error.strerror}") from error


def _signing_keys(folder: Path, role: str, may_create: bool) -> dict[str, bytes]:  # noqa: FBT001 - private
    first = folder / f"{role}.key"
    names = [path.name for path in folder.glob(f"{role}-*.key") if _number(path.name)]
    if first.exists() or not names:
        names.append(first.name)  # it may be gone once another has taken over
    ordered = sorted(names, key=_number)
    return {name: _open_key(folder / name, role, may_create) for name in ordered}


def _number(name: str) -> int:
    """1 for `checkpoint.key`, n for `checkpoint-n.key`, else 0."""
    _, dash, number = name.removesuffix(".key").partition("-")
    return (int(number) if number.isdecimal() else 0) if dash else 1


def _open_key(path: Path, name: str, may_create: bool) -> bytes:  # noqa: FBT001 - private
    if may_create and not path.exists():
        _make_key(path, name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SettingsError(
            f"MAYUSE_KEYS_DIR: {path} is missing, and the log was written with it"
        ) from None
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            raise SettingsError(f"MAYUSE_KEYS_DIR: {path} is open to others than its owner")
        return _parse_key(file.read(1024), path, name)


def _parse_key(raw: bytes, path: Path, name: str) -> bytes:
    try:
        header, said_name, text = raw.decode("ascii").split()
        key = from_text(text)
    except ValueError:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {path} is not a key file of mayuse") from None
    if header != _HEADER or len(key) != KEY_BYTES:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {path} is not a key file of mayuse")
    if said_name != name:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {path} holds the key of another purpose")
    return key


def _make_key(path: Path, name: str) -> None:
    """Write a whole key under a private name, then give it its own: no one reads half a key."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{_HEADER} {name} {to_text(secrets.token_bytes(KEY_BYTES))}\n")
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was first; its key is the key
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
