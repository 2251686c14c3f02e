"""New keys for a log, and the end of old ones. By hand.

Each is said in the log by a leaf of its own, in one transaction with the row that says which key
signs which sizes. A service that is running signs with the keys it was started with: start all of
them anew between `rotate` and `retire`. One that was not is refused, and says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from mayuse.decision_log import key_files
from mayuse.decision_log.event import Key
from mayuse.decision_log.opening import OpenLog, open_log
from mayuse.decision_log.signer import vkey
from mayuse.decision_log.tree import Tree
from mayuse.errors import MayuseError, SettingsError
from mayuse.store.log_identity import Identity, InUse, read_identity
from mayuse.store.rows import Change
from mayuse.store.session import Location, open_engine, reading
from mayuse.store.tree_tables import LogKey, LogState

_ENTER = "INSERT INTO log_key (vkey, role, from_size) VALUES ($1, $2, $3)"
_END = "UPDATE log_key SET to_size = $1 WHERE vkey = $2 AND to_size IS NULL"


class KeyLeft(MayuseError):
    """A key has ended, and its file is still there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which log, and where its keys are."""

    database_url: str
    keys_dir: Path
    sealer_url: str | None = None

    @property
    def location(self) -> Location:
        """The database."""
        return Location.from_url(self.database_url)


async def rotate(place: Place, role: str, *, at: datetime) -> str:
    """Make a new key for a role and say so in the log; its verifier key.

    From its next start on a service signs checkpoints with the new key and the old one. Raises
    `SettingsError`, `LogUnavailable`. Its file stays, for the log may name it: what is not known to
    be recorded may be. Done again, it takes a file that the log does not name.
    """
    async with opened(place) as log:
        name = await _unused(place, log, role)
        if name is None:
            _, seed = key_files.add(place.keys_dir, role)
            name = vkey(role, log.signer.origin, seed)
        size = (await tree(place)).size
        await log.record(
            Key(vkey=name, role=role, from_size=size),
            at=at,
            changes=[Change(_ENTER, (name, role, size), changes=1)],
        )
    return name


async def retire(place: Place, role: str, *, at: datetime) -> str:
    """End the oldest key of a role, where a newer one has taken over; its verifier key.

    Its file is deleted; what it signed can be checked for ever. Raises `SettingsError` when it is
    the only one, `KeyLeft` when its file could not be told from those that must stay. Done again
    after it was interrupted, it deletes the file.
    """
    async with opened(place) as log:
        ended = await _delete_ended(place, log, role)  # of one who was interrupted
        keys = [item for item in (await identity(place)).in_use if item.role == role]
        if len(keys) < 2:  # noqa: PLR2004 - the old one and the new one
            if ended is not None:
                return ended
            raise SettingsError(f"this log has one {role} key; rotate it first")
        old = keys[0]
        size = (await tree(place)).size
        await log.record(
            Key(vkey=old.vkey, role=role, from_size=old.from_size, to_size=size),
            at=at,
            changes=[Change(_END, (size, old.vkey), changes=1)],
        )
        await _delete_ended(place, log, role)
        _need_gone(place, log, old)
    return old.vkey


def _need_gone(place: Place, log: OpenLog, ended: InUse) -> None:
    """Raise `KeyLeft` while the file of a key that has ended is there: it can still sign."""
    for file, seed in log.keys.signing[ended.role].items():
        name = vkey(ended.role, log.signer.origin, seed)
        if _public(name) == _public(ended.vkey) and (place.keys_dir / file).exists():
            raise KeyLeft(
                f"{ended.vkey} has ended, and its file {place.keys_dir / file} is still there, "
                "behind one of another key: delete it, and every copy of it"
            )


async def _delete_ended(place: Place, log: OpenLog, role: str) -> str | None:
    """Delete the files of keys that sign no more; the last of them.

    Only of keys older than any that signs: what the database says must not cost a newer one.
    """
    async with reader(place) as connection:
        rows = (await connection.execute(select(col(LogKey.vkey), col(LogKey.to_size)))).all()
    ended = {_public(row.vkey) for row in rows if row.to_size is not None}
    in_use = {_public(row.vkey) for row in rows if row.to_size is None}
    last = None
    for file, seed in log.keys.signing[role].items():
        name = vkey(role, log.signer.origin, seed)
        if _public(name) in in_use or _public(name) not in ended:
            break
        (place.keys_dir / file).unlink(missing_ok=True)
        key_files.sync_folder(place.keys_dir)  # a power cut must not bring it back
        last = name
    return last


@asynccontextmanager
async def opened(place: Place, *, unfinished: bool = False) -> AsyncIterator[OpenLog]:
    """The log, which must be fit to be written; `unfinished` when its renaming may be.

    Raises `SettingsError`, `LogUnavailable`.
    """
    log = await open_log(
        place.database_url, place.keys_dir, sealer_url=place.sealer_url, unfinished=unfinished
    )
    try:
        if (trouble := await log.ready()) is not None:
            raise trouble
        yield log
    finally:
        await log.close()


async def tree(place: Place) -> Tree:
    """Where the tree ends. Raises `LogUnavailable`."""
    async with reader(place) as connection:
        statement = select(col(LogState.size), col(LogState.frontier))
        row = (await connection.execute(statement)).one()
    return Tree.from_bytes(row.size, row.frontier)


async def identity(place: Place) -> Identity:
    """The log's name and its keys in use. Raises `LogUnavailable`."""
    engine = open_engine(place.location)
    try:
        return await read_identity(engine)
    finally:
        await engine.dispose()


@asynccontextmanager
async def reader(place: Place) -> AsyncIterator[AsyncConnection]:
    """One transaction that only reads. Raises `LogUnavailable`."""
    engine = open_engine(place.location)
    try:
        async with reading(engine) as connection:
            yield connection
    finally:
        await engine.dispose()


async def _unused(place: Place, log: OpenLog, role: str) -> str | None:
    """The newest key that has a file, and that the log has never had, under whichever name."""
    async with reader(place) as connection:
        known = {
            _public(name) for name in (await connection.execute(select(col(LogKey.vkey)))).scalars()
        }
    there = [vkey(role, log.signer.origin, seed) for seed in log.keys.signing[role].values()]
    return next((name for name in reversed(there) if _public(name) not in known), None)


def _public(name: str) -> str:
    """The key itself, of a verifier key, which is said to be of a name."""
    return name.split("+", 2)[-1]  # a key in base64 may have more of them
