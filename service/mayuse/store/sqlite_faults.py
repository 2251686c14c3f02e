"""What went wrong with a SQLite file, said as callers hear it."""

from __future__ import annotations

import os
import resource
import sqlite3
from pathlib import Path

from mayuse.decision_log.entry import RepeatTaken, Unwritable
from mayuse.errors import LogUnavailable

_LEFT_OVER = 64 * 1024
"""A disk or file limit with less room than this counts as full."""


def told(error: sqlite3.Error | OSError, path: Path) -> LogUnavailable:
    """Say an error of the database at `path`; `Unwritable` when what was written is at fault."""
    if isinstance(error, sqlite3.IntegrityError) and "idempotency.key" in str(error):
        return RepeatTaken()
    if isinstance(error, (sqlite3.IntegrityError, sqlite3.DataError)):
        return Unwritable("the database refuses this decision")
    if primary_code(error) == sqlite3.SQLITE_BUSY:
        return LogUnavailable("log_unavailable", "the decision log is locked")
    if primary_code(error) == sqlite3.SQLITE_FULL or _is_full(path):
        return LogUnavailable("storage_full", "the decision log's disk is full", 10)
    return LogUnavailable("log_unavailable", "the decision log cannot be written")


def primary_code(error: Exception) -> int | None:
    """SQLite's result code, without what it adds to some."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def settle(connection: sqlite3.Connection) -> None:
    """Carry what the write-ahead log holds into the database file, and empty it.

    After a failed flush the system may hold pages that never reached the disk and count them as
    clean. Writing behind them would acknowledge decisions that a power cut then takes away.
    """
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise LogUnavailable("log_unavailable", "the decision log is recovering")


def _is_full(path: Path) -> bool:
    """Tell a full disk or file limit from other failures to write: SQLite does not."""
    try:
        disk = os.statvfs(path.parent)
        wal = path.with_name(path.name + "-wal")
        size = max(file.stat().st_size for file in (path, wal) if file.exists())
    except (OSError, ValueError):
        return False
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return disk.f_bavail * disk.f_frsize < _LEFT_OVER or (
        limit != resource.RLIM_INFINITY and size + _LEFT_OVER > limit
    )
