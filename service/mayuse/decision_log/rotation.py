"""New keys for a log, the end of old ones, and a new name for a log that was put back. By hand.

Each is said in the log by a leaf of its own, in one transaction with the row that says which key
signs which sizes. A service that is running signs with the keys it was started with: start all of
them anew between `rotate` and `retire`.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from mayuse.decision_log import key_files
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import to_micros, to_text
from mayuse.decision_log.event import FORMER_ORIGIN, Anchor, Key
from mayuse.decision_log.keys import ROLES, open_keys
from mayuse.decision_log.note import Note
from mayuse.decision_log.opening import OpenLog, open_log
from mayuse.decision_log.released import NAME, Released
from mayuse.decision_log.signer import check_origin, vkey
from mayuse.decision_log.tree import Tree
from mayuse.errors import ProofError, SettingsError
from mayuse.store.log_identity import Identity, read_identity, signer_of
from mayuse.store.rows import Change
from mayuse.store.session import Location, open_engine, reading
from mayuse.store.tree_tables import Checkpoint as Kept
from mayuse.store.tree_tables import LogKey, LogState

FORMER = FORMER_ORIGIN
"""What kind of anchor the last checkpoint under a log's former name is."""

_ENTER = "INSERT INTO log_key (vkey, role, from_size) VALUES ($1, $2, $3)"
_END = "UPDATE log_key SET to_size = $1 WHERE vkey = $2 AND to_size IS NULL"
_KEEP = "INSERT INTO anchor (size, kind, evidence, t_us) VALUES ($1, $2, $3, $4)"


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
    `SettingsError`, `LogUnavailable`.
    """
    async with _opened(place) as log:
        file, seed = key_files.add(place.keys_dir, role)
        name = vkey(role, log.signer.origin, seed)
        size = (await _tree(place)).size
        try:
            await log.record(
                Key(vkey=name, role=role, from_size=size),
                at=at,
                changes=[Change(_ENTER, (name, role, size), changes=1)],
            )
        except BaseException:
            (place.keys_dir / file).unlink()
            raise
    return name


async def retire(place: Place, role: str, *, at: datetime) -> str:
    """End the oldest key of a role, where a newer one has taken over; its verifier key.

    Its file is deleted; what it signed can be checked for ever. Raises `SettingsError` when it is
    the only one.
    """
    async with _opened(place) as log:
        keys = [item for item in (await _identity(place)).in_use if item.role == role]
        if len(keys) < 2:  # noqa: PLR2004 - the old one and the new one
            raise SettingsError(f"this log has one {role} key; rotate it first")
        old = keys[0]
        size = (await _tree(place)).size
        await log.record(
            Key(vkey=old.vkey, role=role, from_size=old.from_size, to_size=size),
            at=at,
            changes=[Change(_END, (size, old.vkey), changes=1)],
        )
        for file, seed in log.keys.signing[role].items():
            if vkey(role, log.signer.origin, seed) == old.vkey:
                (place.keys_dir / file).unlink()
    return old.vkey


async def rename(place: Place, origin: str, *, at: datetime) -> str:
    """Go on under a new name, after a database was put back for good; the first new checkpoint.

    A log that has lost leaves it once signed must not go on under its old name: that would be two
    logs of one name. The last checkpoints under its old ones are kept as anchors, and leaves name
    them: the last that left the house, and that of the database, which may be of a name before.
    Raises `SettingsError` for what is no name, and for one under which something was signed.
    """
    check_origin(origin)
    keys = open_keys(place.keys_dir, may_create=False)
    last = place.keys_dir / NAME
    let_out = [last.read_text(encoding="utf-8")] if last.exists() else []
    names, stored = await _signed(place)
    kept = [(_checkpoint(note), note) for note in (*stored, *let_out)]
    kept.sort(key=lambda item: item[0].size)
    former = {told.origin: (told, note) for told, note in kept}
    if origin in {*names, *former}:
        raise SettingsError("MAYUSE_LOG_ORIGIN: a log has signed under this name already")
    tree = await _tree(place)
    signing = Location.from_url(place.sealer_url or place.database_url)
    engine = open_engine(signing, may_write=True)
    entered = [
        {"vkey": vkey(role, origin, seed), "role": role, "from_size": tree.size, "to_size": None}
        for role in ROLES
        for seed in list(keys.signing[role].values())[-1:]
    ]
    try:
        async with engine.begin() as connection:
            await connection.execute(update(LogState).values(origin=origin))
            ended = update(LogKey).where(col(LogKey.to_size).is_(None)).values(to_size=tree.size)
            await connection.execute(ended)
            await connection.execute(insert(LogKey), entered)
        identity = await read_identity(engine)
    finally:
        await engine.dispose()
    signer = signer_of(identity, keys, origin)
    Released(place.keys_dir, origin, signer.checkpoint_keys).forget(signer.checkpoint(tree))
    async with _opened(place) as log:
        for told, note in former.values():
            await _name_former(log, told, note, at)
    return last.read_text(encoding="utf-8")


async def _name_former(log: OpenLog, told: Checkpoint, note: str, at: datetime) -> None:
    """Say in the log what its last checkpoint under a former name was, and keep the note."""
    evidence = note.encode()
    kept = (told.size, FORMER, evidence, to_micros(at))
    await log.record(
        Anchor(
            by=FORMER,
            name=told.origin,
            size=told.size,
            root=to_text(told.root),
            evidence=to_text(hashlib.sha256(evidence).digest()),
        ),
        at=at,
        changes=[Change(_KEEP, kept, changes=1)],
    )


@asynccontextmanager
async def _opened(place: Place) -> AsyncIterator[OpenLog]:
    log = await open_log(place.database_url, place.keys_dir, sealer_url=place.sealer_url)
    try:
        if (trouble := await log.ready()) is not None:
            raise trouble
        yield log
    finally:
        await log.close()


def _checkpoint(note: str) -> Checkpoint:
    try:
        return Checkpoint.from_text(Note.from_text(note).text)
    except ProofError as error:
        raise SettingsError(f"a checkpoint that was kept is none: {error}") from error


async def _signed(place: Place) -> tuple[set[str], list[str]]:
    """The names under which the log in the database has signed, and its newest checkpoint."""
    newest = select(col(Kept.note)).order_by(col(Kept.size).desc()).limit(1)
    async with _reading(place) as connection:
        vkeys = (await connection.execute(select(col(LogKey.vkey)))).scalars().all()
        notes = (await connection.execute(newest)).scalars().all()
    return {vkey.partition("+")[0] for vkey in vkeys}, list(notes)


async def _tree(place: Place) -> Tree:
    async with _reading(place) as connection:
        statement = select(col(LogState.size), col(LogState.frontier))
        row = (await connection.execute(statement)).one()
    return Tree.from_bytes(row.size, row.frontier)


@asynccontextmanager
async def _reading(place: Place) -> AsyncIterator[AsyncConnection]:
    engine = open_engine(place.location)
    try:
        async with reading(engine) as connection:
            yield connection
    finally:
        await engine.dispose()


async def _identity(place: Place) -> Identity:
    engine = open_engine(place.location)
    try:
        return await read_identity(engine)
    finally:
        await engine.dispose()
