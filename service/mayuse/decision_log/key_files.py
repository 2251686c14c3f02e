"""Files that each hold one secret: made once and whole, for the owner alone.

They are refused when others can read them or when they are not what their name says. A message
names the file, never what is in it. A purpose may have several: `NAME.key`, then `NAME-2.key` and
so on.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from mayuse.decision_log.entry import from_text, to_text
from mayuse.errors import SettingsError

KEY_BYTES = 32

_HEADER = "mayuse-key/v1"


def numbered(folder: Path, name: str, *, may_create: bool) -> dict[str, bytes]:
    """The keys of a purpose by the name of their file, the oldest first; at least one.

    Raises as `open_key`.
    """
    first = folder / f"{name}.key"
    names = [path.name for path in folder.glob(f"{name}-*.key") if _number(path.name)]
    if first.exists() or not names:
        names.append(first.name)  # it may be gone once another has taken over
    ordered = sorted(names, key=_number)
    return {file: open_key(folder / file, name, may_create=may_create) for file in ordered}


def add(folder: Path, name: str) -> tuple[str, bytes]:
    """Make one more key for a purpose; the name of its file, and the key.

    Raises `SettingsError`, also when the services, which own the keys there are, could not read it.
    """
    try:
        *_, newest = numbered(folder, name, may_create=False)
        if (owner := (folder / newest).stat().st_uid) != os.geteuid():
            raise SettingsError(
                f"MAYUSE_KEYS_DIR: {newest} is of user {owner}: do this as that one"
            )
        others = (path.name.partition(".")[0] for path in folder.glob(f"{name}*.key*"))
        number = max(_number(other) for other in others) + 1  # retired ones keep theirs
        path = folder / f"{name}-{number}.key"
        return path.name, open_key(path, name, may_create=True)
    except OSError as error:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {folder}: {error.strerror}") from error


def open_key(path: Path, name: str, *, may_create: bool) -> bytes:
    """The key in a file, which is made when it is missing and `may_create`.

    Raises `SettingsError` naming the file that is missing, open to others or malformed, `OSError`
    when it cannot be read or made.
    """
    if may_create and not path.exists():
        _make(path, name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SettingsError(
            f"MAYUSE_KEYS_DIR: {path} is missing, and the log was written with it"
        ) from None
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            raise SettingsError(f"MAYUSE_KEYS_DIR: {path} is open to others than its owner")
        return _parse(file.read(1024), path, name)


def sync_folder(folder: Path) -> None:
    """See that what was made, renamed or deleted in a folder stays so."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _number(file: str) -> int:
    """1 for `checkpoint.key`, n for `checkpoint-n.key`, else 0."""
    _, dash, number = file.removesuffix(".key").partition("-")
    return (int(number) if number.isdecimal() else 0) if dash else 1


def _parse(raw: bytes, path: Path, name: str) -> bytes:
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


def _make(path: Path, name: str) -> None:
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
    sync_folder(path.parent)
