"""A new key to wrap persons' keys with, and the end of the old one. By hand, while services run.

When the old key is destroyed, every copy of a forgotten person's key ends with it, wherever a
database or a backup still has one. And so would that of a living person who was overlooked. So the
old key first wraps no more; then all is wrapped anew, and once more when whoever was still writing
has ended; and at last it is read from the database which keys nothing needs. Destroying them is
left to whoever ordered it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from mayuse.decision_log import key_files, wrapping
from mayuse.decision_log.entry import Unwritable
from mayuse.decision_log.keys import LogKeys, open_keys
from mayuse.decision_log.wrapping import Wrapped
from mayuse.errors import SettingsError
from mayuse.store.fitness import is_empty, verify_keys
from mayuse.store.session import Location, open_engine, reading, writing
from mayuse.store.tables import SubjectKey

GRACE_SECONDS = 15.0
"""How long whoever wrapped a key before may still take to write it down."""

PAGE = 500
"""Keys wrapped anew in one transaction."""

_COLUMNS = (
    *(col(SubjectKey.number), col(SubjectKey.lookup), col(SubjectKey.key_id)),
    *(col(SubjectKey.kek_id), col(SubjectKey.wrapped)),
)
_REPLACE = (
    update(SubjectKey)
    .where(col(SubjectKey.number) == bindparam("at"), col(SubjectKey.wrapped) == bindparam("old"))
    .values(kek_id=bindparam("name"), wrapped=bindparam("new"))
)


@dataclass(slots=True)
class Retired:
    """What became of the older keys."""

    count: int = 0
    """Persons' keys wrapped anew."""

    damaged: set[int] = field(default_factory=set)
    """Numbers of those that do not unwrap, and were left alone."""

    needed: list[str] = field(default_factory=list)
    """Files of older keys that something in the database is still wrapped with."""

    unneeded: list[str] = field(default_factory=list)
    """Files of those that nothing there is."""


def rotate(keys_dir: Path) -> str:
    """Make a new wrapping key; the name of its file. Services use it from their next start on.

    Raises `SettingsError`.
    """
    return key_files.add(keys_dir, wrapping.NAME)[0]


async def retire(
    location: Location,
    keys_dir: Path,
    *,
    grace: float = GRACE_SECONDS,
    progress: Callable[[int], None] = lambda _: None,
) -> Retired:
    """Have the newest key alone wrap, and wrap every person's key with it.

    It can be interrupted and done again. `progress` hears how many were wrapped anew so far.
    Raises `SettingsError` when there is one key only, or when they are not those of this database;
    `LogUnavailable`.
    """
    keys = open_keys(keys_dir, may_create=False)
    if len(keys.wrapping.files) == 1:
        raise SettingsError("this log has one subject key; rotate it first")
    engine = open_engine(location, may_write=True)
    became = Retired()
    try:
        if await is_empty(engine):
            raise SettingsError("MAYUSE_DATABASE_URL: nothing shows that these keys are its own")
        await verify_keys(engine, keys)
        wrapping.retire_files(keys_dir)
        keys = open_keys(keys_dir, may_create=False)
        await _rewrap_all(engine, keys, became, progress)
        await asyncio.sleep(grace)
        await _rewrap_all(engine, keys, became, progress)
        await _rewrap_the_last(engine, location, keys, became)
        await _look_what_is_needed(engine, keys, became)
    finally:
        await engine.dispose()
    return became


async def _rewrap_all(
    engine: AsyncEngine, keys: LogKeys, became: Retired, progress: Callable[[int], None]
) -> None:
    last: int | None = 0
    while last is not None:
        started = time.monotonic()
        async with writing(engine) as connection:
            last = await _rewrap_page(connection, keys, last, became)
        progress(became.count)
        # As long again: services wait for the database's one lock, and a queue it has not.
        await asyncio.sleep(time.monotonic() - started)


async def _rewrap_the_last(
    engine: AsyncEngine, location: Location, keys: LogKeys, became: Retired
) -> None:
    """Once more, beside nobody: whoever was writing down a key has ended."""
    async with writing(engine) as connection:
        if location.dialect == "postgresql":
            await connection.execute(text("LOCK TABLE subject_key IN EXCLUSIVE MODE"))
        last: int | None = 0
        while last is not None:
            last = await _rewrap_page(connection, keys, last, became)


async def _rewrap_page(
    connection: AsyncConnection, keys: LogKeys, after: int, became: Retired
) -> int | None:
    """Wrap some anew, behind a number; the number of the last, or None when there are no more."""
    place, old = col(SubjectKey.number), col(SubjectKey.kek_id) != keys.wrapping.newest
    statement = select(*_COLUMNS).where(old, place > after).order_by(place).limit(PAGE)
    rows = (await connection.execute(statement)).fetchall()
    found = []
    for number, lookup, key_id, kek_id, sealed in rows:
        try:
            subject = keys.unwrap(key_id, Wrapped(kek_id, sealed), lookup)
        except Unwritable:
            became.damaged.add(number)
            continue
        found.append((number, sealed, subject, lookup))
    wrapped = keys.wrap((subject, lookup) for _, _, subject, lookup in found)
    anew = [
        {"at": number, "old": old, "name": name, "new": new}
        for (number, old, *_), (name, new) in zip(found, wrapped, strict=True)
    ]
    if anew:
        await connection.execute(_REPLACE, anew)
        became.count += len(anew)
    return rows[-1].number if rows else None


async def _look_what_is_needed(engine: AsyncEngine, keys: LogKeys, became: Retired) -> None:
    async with reading(engine) as connection:
        used = set((await connection.execute(select(col(SubjectKey.kek_id)).distinct())).scalars())
    for name, file in keys.wrapping.files.items():
        if name != keys.wrapping.newest:
            (became.needed if name in used else became.unneeded).append(file)
