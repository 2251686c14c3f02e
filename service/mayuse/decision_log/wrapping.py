"""The keys that wrap persons' keys, and how they change while services run.

A person is forgotten by deleting the row with their wrapped key. Copies of that row live on where
a database keeps what it has deleted: in its own write-ahead log, in replicas, in backups, in the
cells of a disk. They die with the key that wraps them, which is changed from time to time for that.

    subject.key, subject-2.key …   the newest wraps, each unwraps
    subject.key.retired            it unwraps and wraps no more: it is about to be destroyed

A running service notices that its file was renamed before it wraps another key, and goes on with
the newest; a name it does not know, too, has it read the files anew.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mayuse.decision_log import key_files
from mayuse.decision_log.entry import Unwritable, to_text
from mayuse.decision_log.mac import Mac
from mayuse.errors import SettingsError

NAME = "subject"
RETIRED = ".retired"

_NONCE_BYTES = 12


class Wrapped(NamedTuple):
    """What is stored of a person's key."""

    kek_id: str
    """Name of the key that wraps it."""

    sealed: bytes


class WrappingKeys:
    """Wraps keys and unwraps them. The bytes of its own stay inside."""

    def __init__(self, folder: Path, *, may_create: bool) -> None:
        """Read the files, making the first when `may_create`. Raises as `key_files.open_key`."""
        self._folder = folder
        self._read(may_create=may_create)

    @property
    def names(self) -> Collection[str]:
        """The names of all keys that unwrap."""
        return self._ciphers.keys()

    @property
    def newest(self) -> str:
        """The name of the one that wraps."""
        return self._newest

    def wrap(self, key: bytes, bound_to: bytes) -> Wrapped:
        """Encrypt a key, bound to what it belongs to.

        Raises `Unwritable` when the file was taken away and there is no other to go on with.
        """
        # Asked each time: what a destroyed key wraps is lost.
        if not os.path.exists(self._file):  # noqa: PTH110 - called for every new person
            self._read_anew()
        newest, nonce = self._newest, secrets.token_bytes(_NONCE_BYTES)
        return Wrapped(newest, nonce + self._ciphers[newest].encrypt(nonce, key, bound_to))

    def unwrap(self, wrapped: Wrapped, bound_to: bytes) -> bytes:
        """Decrypt what `wrap` gave.

        Raises `Unwritable` when it was wrapped by another key or has been changed: to write on
        under a new key would tear one person's decisions apart.
        """
        if wrapped.kek_id not in self._ciphers:
            self._read_anew()
        cipher = self._ciphers.get(wrapped.kek_id)
        if cipher is None:
            raise Unwritable("a person's key was wrapped by another subject.key")
        nonce, sealed = wrapped.sealed[:_NONCE_BYTES], wrapped.sealed[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, sealed, bound_to)
        except (InvalidTag, ValueError) as error:
            raise Unwritable("a person's key does not unwrap") from error

    def _read_anew(self) -> None:
        try:
            self._read(may_create=False)
        except (SettingsError, OSError) as error:
            raise Unwritable("the keys that wrap persons' keys cannot be read") from error

    def _read(self, *, may_create: bool) -> None:
        keys = key_files.numbered(self._folder, NAME, may_create=may_create)
        retired = [
            key_files.open_key(path, NAME, may_create=False) for path in retired_files(self._folder)
        ]
        *_, (file, newest) = keys.items()
        self._ciphers = {kek_id(key): AESGCM(key) for key in (*retired, *keys.values())}
        self._newest, self._file = kek_id(newest), self._folder / file


def kek_id(key: bytes) -> str:
    """The name of a wrapping key, kept with each key that it wraps."""
    return to_text(Mac(key)(b"mayuse key encryption key")[:12])


def retired_files(folder: Path) -> list[Path]:
    """The files of keys that are about to be destroyed."""
    return sorted(folder.glob(f"{NAME}*.key{RETIRED}"))


def retire_files(folder: Path) -> None:
    """Have all but the newest wrap no more. They still unwrap. Raises `SettingsError`."""
    *older, _ = key_files.numbered(folder, NAME, may_create=False)
    for file in older:
        (folder / file).rename(folder / f"{file}{RETIRED}")
    key_files.sync_folder(folder)


def destroy_retired(folder: Path) -> list[str]:
    """Delete the retired files; their names."""
    files = retired_files(folder)
    for path in files:
        path.unlink()
    key_files.sync_folder(folder)
    return [path.name.removesuffix(RETIRED) for path in files]
