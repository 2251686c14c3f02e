"""A new key to wrap persons' keys with, and the end of the old one. By hand, while services run.

What is destroyed here ends every copy of a forgotten person's key, wherever a database or a backup
still has one. So nothing may be left that only the old key unwraps: it first wraps no more, then
all is wrapped anew, and only when nobody who was still writing can have used it is it deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from mayuse.decision_log import key_files, wrapping
from mayuse.decision_log.entry import Unwritable
from mayuse.decision_log.keys import LogKeys, open_keys
from mayuse.decision_log.wrapping import Wrapped
from mayuse.errors import SettingsError
from mayuse.store.session import Location, open_engine, writing
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
class Rewrapped:
    """What became of the persons' keys."""

    count: int = 0
    """Wrapped anew."""

    damaged: int = 0
    """Left alone: no key unwraps them, and so none loses them."""


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
) -> tuple[Rewrapped, list[str]]:
    """Wrap every person's key with the newest, then destroy the others; what became of all.

    Once interrupted, it can be done again. `progress` hears how many were wrapped anew so far.
    Raises `SettingsError` when there is one only, or when the files of some are not here;
    `LogUnavailable`.
    """
    keys = open_keys(keys_dir, may_create=False)
    if len(keys.wrapping.names) == 1:
        raise SettingsError("this log has one subject key; rotate it first")
    wrapping.retire_files(keys_dir)
    engine = open_engine(location, may_write=True)
    became = Rewrapped()
    try:
        await _rewrap_all(engine, keys, became, progress)
        await asyncio.sleep(grace)
        became.damaged = 0  # they are met again
        async with _alone(engine, location) as connection:
            after = 0
            while (last := await _rewrap_page(connection, keys, after, became)) is not None:
                after = last
            destroyed = wrapping.destroy_retired(keys_dir)
    finally:
        await engine.dispose()
    return became, destroyed


async def _rewrap_all(
    engine: AsyncEngine, keys: LogKeys, became: Rewrapped, progress: Callable[[int], None]
) -> None:
    last: int | None = 0
    while last is not None:
        async with writing(engine) as connection:
            last = await _rewrap_page(connection, keys, last, became)
        progress(became.count)


async def _rewrap_page(
    connection: AsyncConnection, keys: LogKeys, after: int, became: Rewrapped
) -> int | None:
    """Wrap some anew, behind a number; the number of the last, or None when there are no more."""
    old = col(SubjectKey.kek_id) != keys.wrapping.newest
    statement = select(*_COLUMNS).where(old, col(SubjectKey.number) > after)
    rows = (
        await connection.execute(statement.order_by(col(SubjectKey.number)).limit(PAGE))
    ).fetchall()
    anew = []
    for number, lookup, key_id, kek_id, sealed in rows:
        if kek_id not in keys.wrapping.names:
            raise SettingsError(
                "MAYUSE_KEYS_DIR: the file of the key that wrapped some persons' keys is not here"
            )
        try:
            subject = keys.unwrap(key_id, Wrapped(kek_id, sealed), lookup)
        except Unwritable:
            became.damaged += 1
            continue
        name, new = keys.wrap(subject, lookup)
        anew.append({"at": number, "old": sealed, "name": name, "new": new})
    if anew:
        await connection.execute(_REPLACE, anew)
        became.count += len(anew)
    return rows[-1].number if rows else None


@asynccontextmanager
async def _alone(engine: AsyncEngine, location: Location) -> AsyncIterator[AsyncConnection]:
    """A transaction beside which nobody gives a person a key."""
    async with writing(engine) as connection:
        if location.dialect == "postgresql":
            await connection.execute(text("LOCK TABLE subject_key IN SHARE ROW EXCLUSIVE MODE"))
        yield connection
