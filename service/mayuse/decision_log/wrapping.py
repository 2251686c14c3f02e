"""The keys that wrap persons' keys, and how they change while services run.

A person is forgotten by deleting the row with their wrapped key. Copies of that row live on where
a database keeps what it has deleted: in its own write-ahead log, in replicas, in backups, in the
cells of a disk. They die with the key that wraps them, which is changed from time to time for that.

    subject.key, subject-2.key …   the newest wraps, each unwraps
    subject.key.retired            it unwraps and wraps no more

A running service notices that its file was renamed before it wraps another key, and goes on with
the newest; a name it does not know, too, has it read the files anew. No program of ours deletes
such a file: whoever does it has looked at all machines and all databases that use it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mayuse.decision_log import key_files
from mayuse.decision_log.drawing import draw
from mayuse.decision_log.entry import Unwritable, to_text
from mayuse.decision_log.mac import Mac
from mayuse.errors import SettingsError

NAME = "subject"
RETIRED = ".retired"

_NONCE_BYTES = 12


_Identity = tuple[int, int]
"""Inode of a file, and when it was changed."""


class Wrapped(NamedTuple):
    """What is stored of a person's key."""

    kek_id: str
    """Name of the key that wraps it."""

    sealed: bytes


class _Keys(NamedTuple):
    """One reading of the files, taken over as a whole: several threads wrap and unwrap."""

    newest: str
    path: Path
    """The file of the newest."""

    seen: _Identity
    """Which file that was."""

    all: Mapping[str, tuple[str, AESGCM]]
    """By name: the file and the cipher."""


class WrappingKeys:
    """Wraps keys and unwraps them. The bytes of its own stay inside."""

    def __init__(self, folder: Path, *, may_create: bool) -> None:
        """Read the files, making the first when `may_create`. Raises as `key_files.open_key`."""
        self._folder = folder
        self._keys = _read(folder, may_create=may_create)

    @property
    def files(self) -> Mapping[str, str]:
        """The files of all keys that unwrap, by the name of the key."""
        return {name: file for name, (file, _) in self._keys.all.items()}

    @property
    def newest(self) -> str:
        """The name of the one that wraps."""
        return self._keys.newest

    def wrap(self, secrets: Sequence[tuple[bytes, bytes]]) -> list[Wrapped]:
        """Encrypt keys, each bound to what it belongs to, which comes beside it.

        Raises `Unwritable` when the file was taken away and there is no other to go on with.
        """
        if not secrets:
            return []
        # Asked each time: what a key wraps that is in no file any more is lost.
        if _identity(self._keys.path) != self._keys.seen:
            self._read_anew()
        keys, nonces = self._keys, draw(len(secrets), _NONCE_BYTES)
        _, cipher = keys.all[keys.newest]
        return [
            Wrapped(keys.newest, nonce + cipher.encrypt(nonce, key, bound_to))
            for nonce, (key, bound_to) in zip(nonces, secrets, strict=True)
        ]

    def unwrap(self, wrapped: Wrapped, bound_to: bytes) -> bytes:
        """Decrypt what `wrap` gave.

        Raises `Unwritable` when it was wrapped by another key or has been changed: to write on
        under a new key would tear one person's decisions apart.
        """
        if wrapped.kek_id not in self._keys.all:
            self._read_anew()
        found = self._keys.all.get(wrapped.kek_id)
        if found is None:
            raise Unwritable("a person's key was wrapped by another subject.key")
        _, cipher = found
        nonce, sealed = wrapped.sealed[:_NONCE_BYTES], wrapped.sealed[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, sealed, bound_to)
        except (InvalidTag, ValueError) as error:
            raise Unwritable("a person's key does not unwrap") from error

    def _read_anew(self) -> None:
        try:
            self._keys = _read(self._folder, may_create=False)
        except (SettingsError, OSError) as error:
            raise Unwritable("the keys that wrap persons' keys cannot be read") from error


def kek_id(key: bytes) -> str:
    """The name of a wrapping key, kept with each key that it wraps."""
    return to_text(Mac(key)(b"mayuse key encryption key")[:12])


def retire_files(folder: Path) -> None:
    """Have all but the newest wrap no more. They still unwrap. Raises `SettingsError`."""
    *older, _ = key_files.numbered(folder, NAME, may_create=False)
    try:
        for file in older:
            os.link(folder / file, folder / f"{file}{RETIRED}")  # never over another
            (folder / file).unlink()
        key_files.sync_folder(folder)
    except FileExistsError as error:
        raise SettingsError(
            f"MAYUSE_KEYS_DIR: {error.filename2} is there already: move it away, and keep it"
        ) from error
    except OSError as error:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {folder}: {error.strerror}") from error


def _read(folder: Path, *, may_create: bool) -> _Keys:
    try:
        return _read_once(folder, may_create=may_create)
    except SettingsError:  # one may have been renamed between being listed and being opened
        return _read_once(folder, may_create=may_create)


def _read_once(folder: Path, *, may_create: bool) -> _Keys:
    wrapping = key_files.numbered(folder, NAME, may_create=may_create)
    retired = {
        path.name: key_files.open_key(path, NAME, may_create=False)
        for path in sorted(folder.glob(f"{NAME}*.key{RETIRED}"))
    }
    *_, (file, newest) = wrapping.items()
    named = {kek_id(key): (file, AESGCM(key)) for file, key in (retired | wrapping).items()}
    path = folder / file
    seen = _identity(path) or (0, 0)
    return _Keys(kek_id(newest), path, seen, named)


def _identity(path: Path) -> _Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - called for every commit with new persons
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
