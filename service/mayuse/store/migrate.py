"""Bring a database to the tables this version knows. The steps are in `migrations/`.

Every start does it, so several processes may do it at once: each takes the database's own lock
for writers, and all but the first find nothing left to do. One transaction holds all of it: a
crash in the middle leaves the database as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import alembic.command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

import mayuse
from mayuse.errors import OPERATOR_SECONDS, LogUnavailable, SettingsError
from mayuse.store import walls
from mayuse.store.absence import DATABASE_FAILED, unavailable
from mayuse.store.session import Location, open_engine, open_sqlite_reader, prepare_sqlite
from mayuse.store.tree_tables import metadata

T = TypeVar("T")

_LOCK = 0x6D617975_7365  # "mayuse"
"""Advisory lock of PostgreSQL, held until the transaction ends."""


_REFERENCES = text("PRAGMA foreign_key_check")
"""Rows that refer to none: asked after a migration on SQLite, which is made without checks."""


async def upgrade(location: Location, revision: str = "head") -> None:
    """Apply the steps that are missing.

    Raises `LogUnavailable` when the database does not answer, `SettingsError` when it was made
    by a later version of mayuse.
    """
    if location.dialect == "sqlite":
        await asyncio.to_thread(prepare_sqlite, location.file)
    if revision == "head" and await current(location) == newest():
        return  # nothing to do, so nothing to wait for: others may be writing
    await _run(location, lambda config: alembic.command.upgrade(config, revision))


async def downgrade(location: Location, revision: str) -> None:
    """Take steps back, to `revision` or to `base` (no tables). Deletes what they held."""
    await _run(location, lambda config: alembic.command.downgrade(config, revision))


async def current(location: Location) -> str | None:
    """The last step applied, or None for a database without tables.

    Raises `LogUnavailable` when the database does not answer, as `differences` does, and when
    there are tables of which it does not say, or not clearly, at which step they are.
    """
    if location.path is not None and not location.path.exists():
        return None
    return await _inspect(location, _step)


def damage(location: Location) -> list[str]:
    """What SQLite finds wrong with its file and indexes, the first of it; it reads all of them.

    An index that lacks rows would hide them from every search. Raises `LogUnavailable`.
    """
    try:
        with contextlib.closing(open_sqlite_reader(location.file)) as connection:
            found = connection.execute("PRAGMA integrity_check(20)").fetchall()
    except sqlite3.Error as error:
        raise LogUnavailable("log_unavailable", "the database cannot be read") from error
    return [said for (said,) in found if said != "ok"]


async def differences(location: Location) -> list[object]:
    """Where the database parts from tables and triggers of this version. Empty when they agree."""

    def look(context: MigrationContext) -> list[object]:
        triggers = () if context.connection is None else walls.differences(context.connection)
        return [*compare_metadata(context, metadata), *triggers]

    return await _inspect(location, look)


async def need_newest(location: Location) -> None:
    """See that the database is what this version reads. Raises `SettingsError`, `LogUnavailable`.

    A file that is not there is nobody's fault here: whoever reads it will say so.
    """
    applied = await current(location)
    if applied in {None, newest()}:
        return
    if _knows(_config(), applied):
        told = f"the database is at step {applied}: run `mayuse db upgrade`"
        raise SettingsError(f"MAYUSE_DATABASE_URL: {told}")
    raise _of_later(applied)


def newest() -> str:
    """The step this version of mayuse ends at."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def _run(location: Location, command: Callable[[Config], None]) -> None:
    def run(connection: Connection) -> None:
        if location.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        applied = _step(MigrationContext.configure(connection))
        config = _config()
        if applied is not None and not _knows(config, applied):
            raise _of_later(applied)
        config.attributes["connection"] = connection
        command(config)
        if location.dialect == "sqlite" and connection.execute(_REFERENCES).first():
            raise LogUnavailable("log_unavailable", "the migration would tear rows apart")

    await _within(location, run, may_write=True)


def _step(context: MigrationContext) -> str | None:
    # First the tables: another process may make them and the step between two looks.
    tables = metadata.tables.keys() & set(inspect(context.connection).get_table_names())
    steps = context.get_current_heads()
    if len(steps) > 1:
        raise _unclear(f"names several migration steps, {' and '.join(sorted(steps))}")
    if tables and not steps:
        raise _unclear("names no migration step, and there are tables of a decision log")
    return steps[0] if steps else None


def _unclear(what: str) -> LogUnavailable:
    told = (
        f"alembic_version in the database {what}: do not upgrade it blindly; put back the step it "
        "was at, or a backup"
    )
    return LogUnavailable("log_unavailable", told, OPERATOR_SECONDS)


def _of_later(applied: str) -> SettingsError:
    return SettingsError(
        f"MAYUSE_DATABASE_URL: the database is at step {applied}, "
        "which a later version of mayuse made"
    )


async def _inspect(location: Location, look: Callable[[MigrationContext], T]) -> T:
    def run(connection: Connection) -> T:
        return look(MigrationContext.configure(connection))

    return await _within(location, run, may_write=False)


async def _within(location: Location, run: Callable[[Connection], T], *, may_write: bool) -> T:
    engine = open_engine(location, may_write=may_write)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(run)
    except DATABASE_FAILED as error:
        doing = "migrated" if may_write else "read"
        raise unavailable(f"the decision log cannot be {doing}", error) from error
    finally:
        await engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def _folder() -> Path:
    """`migrations/` inside the installed package, or at the top of the repository."""
    package = Path(mayuse.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


def _knows(config: Config, revision: str) -> bool:
    scripts = ScriptDirectory.from_config(config)
    return any(script.revision == revision for script in scripts.walk_revisions())
