"""Database URLs and the engines behind them.

`sqlite:///relative.db`, `sqlite:////absolute.db` and `postgresql://…` are all a user writes; the
drivers (aiosqlite, asyncpg) are ours to choose. asyncpg reads the PostgreSQL URL itself, so that
every parameter means the same here and in the log's writer.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from mayuse.errors import LogUnavailable, SettingsError
from mayuse.store.absence import DATABASE_FAILED, unavailable
from mayuse.store.time_limit import limit_sqlite

BUSY_SECONDS = 2.0
"""How long a writer waits for another writer, or for a database that does not answer."""

CACHE_KIB = 32_768
"""How much of a SQLite file its writer keeps at hand: indexes over persons are read everywhere."""

READ_SECONDS = 5.0
"""How long a reader's statement may take."""

MIGRATE_SECONDS = 60.0
"""How long a start waits for another process that is migrating."""

T = TypeVar("T")

_TOLD_SECONDS = 0.5
"""How much later than the server we give up ourselves: it says why."""

_WAL_SECONDS = 10.0
_ESCAPED = re.compile(r"\\([0-7]{3})")
_NETWORK_FILE_SYSTEMS = re.compile(
    r"nfs\d?|cifs|smb\d|smbfs|afs|ceph|lustre|beegfs|glusterfs|davfs"
    r"|fuse\.(glusterfs|sshfs|s3fs|rclone|davfs)"
)


@dataclass(frozen=True, slots=True)
class Location:
    """Where the database is: a SQLite file, or a PostgreSQL server."""

    dialect: str
    """`sqlite` or `postgresql`."""

    path: Path | None
    """The SQLite file, absolute."""

    dsn: str
    """The URL as asyncpg reads it. May hold a password: never to be printed."""

    @classmethod
    def from_url(cls, database_url: str) -> Location:
        """Read MAYUSE_DATABASE_URL. Raises `SettingsError`, without repeating a password."""
        try:
            url = make_url(database_url)
        except ArgumentError:
            raise SettingsError("MAYUSE_DATABASE_URL is not a database URL") from None
        if url.drivername == "sqlite":
            return cls("sqlite", _sqlite_path(url), database_url)
        if url.drivername in {"postgresql", "postgres"}:
            return cls("postgresql", None, database_url)
        raise SettingsError(
            "MAYUSE_DATABASE_URL begins with sqlite:/// or postgresql://, "
            f"not with {url.drivername}://"
        )

    @property
    def file(self) -> Path:
        """The SQLite file; only asked of a SQLite location."""
        if self.path is None:
            raise SettingsError("MAYUSE_DATABASE_URL names no SQLite file")
        return self.path


def open_engine(
    location: Location,
    *,
    may_write: bool = False,
    patience: float = MIGRATE_SECONDS,
    read_seconds: float = READ_SECONDS,
) -> AsyncEngine:
    """An engine whose transactions each see one unchanging state, and may not write.

    A statement that reads may take `read_seconds`, and then is ended, on PostgreSQL over there.

    `may_write` is for migrations, and for API keys: then a transaction also holds SQLite's lock
    for writers from its beginning, waits `patience` for it, and SQLite does not check references,
    for a step may have to make a table anew; `migrate` checks them at the end. Dispose of the
    engine when done.
    """
    if location.dialect == "postgresql":
        return create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: _connect(
                location.dsn, patience if may_write else read_seconds, may_write=may_write
            ),
            isolation_level="READ COMMITTED" if may_write else "REPEATABLE READ",
            pool_pre_ping=True,
            pool_timeout=BUSY_SECONDS,
        )
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(location.file)),
        connect_args={
            "timeout": patience if may_write else BUSY_SECONDS,
            "isolation_level": None,  # transactions begin below, and nowhere else
        },
        pool_timeout=BUSY_SECONDS,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's
        if may_write:
            connection.execute("PRAGMA synchronous = FULL")
        else:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA query_only = ON")

    if not may_write:
        limit_sqlite(engine, read_seconds)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401 - the driver's
        connection.exec_driver_sql("BEGIN IMMEDIATE" if may_write else "BEGIN")

    return engine


async def connect_postgresql(dsn: str, name: str) -> Any:  # noqa: ANN401 - asyncpg is untyped
    """A connection for writing: every commit flushed to disk, every wait bounded.

    The caller begins and ends transactions. Raises what asyncpg raises, and `TimeoutError`.
    """
    connection = await asyncpg.connect(
        dsn,
        timeout=BUSY_SECONDS,
        server_settings={
            "application_name": name,
            "statement_timeout": f"{BUSY_SECONDS:.0f}s",
            "idle_in_transaction_session_timeout": f"{BUSY_SECONDS:.0f}s",
        },
    )
    await _flush_commits(connection)
    return connection


async def soon(answer: Awaitable[T]) -> T:
    """Wait for the server as long as for another writer, and no longer."""
    async with asyncio.timeout(BUSY_SECONDS):
        return await answer


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction that only reads. Raises `LogUnavailable` when there is no answer."""
    try:
        async with engine.connect() as connection:
            yield connection
    except DATABASE_FAILED as error:
        raise unavailable("the decision log cannot be read", error) from error


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction that writes. Raises `LogUnavailable` when it could not be made."""
    try:
        async with engine.begin() as connection:
            yield connection
    except DATABASE_FAILED as error:
        raise unavailable("the database cannot be written to", error) from error


async def _connect(dsn: str, seconds: float, *, may_write: bool) -> Any:  # noqa: ANN401 - untyped
    """A connection whose statements may take so many seconds."""
    connection = await asyncpg.connect(
        dsn,
        timeout=BUSY_SECONDS,
        command_timeout=seconds + _TOLD_SECONDS,
        server_settings={
            "application_name": "mayuse",
            "default_transaction_read_only": "off" if may_write else "on",
            "statement_timeout": f"{seconds * 1000:.0f}",
            "lock_timeout": f"{(MIGRATE_SECONDS if may_write else BUSY_SECONDS) * 1000:.0f}",
        },
    )
    if may_write:
        await _flush_commits(connection)
    return connection


async def _flush_commits(connection: Any) -> None:  # noqa: ANN401 - asyncpg is untyped
    """A server set up for speed would answer before the commit is on disk."""
    if await soon(connection.fetchval("SHOW synchronous_commit")) == "off":
        await soon(connection.execute("SET synchronous_commit = on"))


def open_sqlite(path: Path) -> sqlite3.Connection:
    """A connection for writing: WAL, every commit flushed to disk, deleted bytes overwritten.

    The caller begins and ends transactions. A file that is gone is not made anew. Raises
    `sqlite3.Error`, and `SettingsError` when the file cannot be kept in WAL mode.
    """
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        [mode] = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        # What SQLite sets aside in case a statement fails goes to files elsewhere unless told not
        # to: half of all bytes written, and personal data where nobody looks for it.
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    except BaseException:
        connection.close()
        raise
    if mode != "wal":
        connection.close()
        raise SettingsError(f"MAYUSE_DATABASE_URL: {path} cannot be kept in WAL mode")
    return connection


def open_sqlite_reader(path: Path) -> sqlite3.Connection:
    """A connection for reading beside a writer. Raises `sqlite3.Error`."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def prepare_sqlite(path: Path) -> None:
    """Make the folder and the file, for the owner alone, and switch the file to WAL.

    Several processes may do so at once. Raises `SettingsError` when the file cannot be made or
    lies on a network file system, where the locks SQLite relies on do not hold.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        refuse_network_file_system(path.parent, _mounts())
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise SettingsError(f"MAYUSE_DATABASE_URL: {path}: {error.strerror}") from error
    give_up = time.monotonic() + _WAL_SECONDS
    while True:
        try:
            open_sqlite(path).close()
        except sqlite3.OperationalError as error:
            # The switch to WAL does not wait for other processes that are switching, too.
            if time.monotonic() > give_up:
                raise LogUnavailable("log_unavailable", f"{path}: {error}") from error
            time.sleep(0.05)
        except sqlite3.DatabaseError as error:
            raise SettingsError(f"MAYUSE_DATABASE_URL: {path}: {error}") from error
        else:
            return


def refuse_network_file_system(folder: Path, mounts: Iterable[str]) -> None:
    """Raise `SettingsError` when `folder` lies on a network file system.

    `mounts` are lines of `/proc/self/mountinfo`.
    """
    real = folder.resolve()
    found = ("", "")
    for line in mounts:
        left, _, right = line.partition(" - ")
        point = _ESCAPED.sub(lambda code: chr(int(code[1], 8)), left.split(" ")[4])
        if real.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, right.split(" ")[0])
    if _NETWORK_FILE_SYSTEMS.fullmatch(found[1]):
        raise SettingsError(
            f"MAYUSE_DATABASE_URL: {folder} is on a network file system ({found[1]}), "
            "where SQLite can lose decisions; use a local disk, or PostgreSQL"
        )


def _mounts() -> list[str]:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []  # not Linux


def _sqlite_path(url: URL) -> Path:
    if url.host or url.query or not url.database or url.database in {":memory:", "."}:
        raise SettingsError("MAYUSE_DATABASE_URL: a SQLite URL is sqlite:/// and a file's path")
    return Path(url.database).absolute()
