"""Batches of decisions into SQLite: one transaction each, in one thread, durable at its end.

Any number of processes may write: `BEGIN IMMEDIATE` lets one at a time, and the others wait up to
the busy timeout. After any error the connection is dropped and the next batch opens another, so
that nothing is ever concluded from a connection that has failed.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mayuse.answer import Receipt
from mayuse.decision_log.entry import Unwritable
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import LogUnavailable
from mayuse.store import rows
from mayuse.store.rows import Pending, Place, Subject, Written
from mayuse.store.session import open_sqlite

_LEFT_OVER = 64 * 1024
"""A disk or file limit with less room than this counts as full."""

_FIND_AT_ONCE = 64
_FIND_KEYS = f"""
    SELECT lookup, number, key_id, kek_id, wrapped FROM subject_key
    WHERE lookup IN ({", ".join("?" * _FIND_AT_ONCE)})
"""  # noqa: S608 - nothing but question marks
_LAST_NUMBER = "SELECT seq FROM sqlite_sequence WHERE name = ?"


class SqliteCommits:
    """Writes batches of decisions to one SQLite file."""

    def __init__(self, path: Path, keys: LogKeys) -> None:
        self._path = path
        self._keys = keys
        self._place = Place()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._unsettled = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="decision-log")

    async def commit(self, batch: Sequence[Pending]) -> list[Receipt]:
        """Make a batch durable, all of it or none.

        Raises `LogUnavailable`; `Unwritable` when the batch itself is at fault.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, batch)

    async def close(self) -> None:
        """Close the file after what is being written."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown()

    def _commit(self, batch: Sequence[Pending]) -> list[Receipt]:
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            written = self._insert(connection, batch)
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            told = self._told(error)  # before closing, which may shorten what filled the disk
            self._unsettled |= _primary_code(error) == sqlite3.SQLITE_IOERR
            self._drop()
            raise told from error
        except BaseException:
            self._drop()
            raise
        return [item.receipt for item in written]

    def _insert(self, connection: sqlite3.Connection, batch: Sequence[Pending]) -> list[Written]:
        subjects = self._subjects(connection, batch)
        written = rows.write_all(batch, subjects, self._place, self._keys)
        first = _last_number(connection, "decision") + 1
        seqs = range(first, first + len(batch))
        connection.executemany(rows.FACTS.sqlite, rows.distinct_facts(batch))
        connection.executemany(
            rows.DECISION.sqlite,
            [(seq, *item.decision) for seq, item in zip(seqs, written, strict=True)],
        )
        for insert, values in rows.details(written, seqs):
            connection.executemany(insert.sqlite, values)
        return written

    def _subjects(
        self, connection: sqlite3.Connection, batch: Sequence[Pending]
    ) -> dict[bytes, Subject]:
        """The keys of the persons in a batch; those who have none yet are given one.

        Looked up each time, inside the transaction: a key that was destroyed is never used again.
        """
        wanted = {item.lookup: item.content.t for item in batch if item.lookup is not None}
        lookups = list(wanted)
        subjects = {}
        for start in range(0, len(lookups), _FIND_AT_ONCE):
            some = lookups[start : start + _FIND_AT_ONCE]
            some += some[-1:] * (_FIND_AT_ONCE - len(some))
            for row in connection.execute(_FIND_KEYS, some):
                subjects[row[0]] = rows.known_subject(self._keys, row)
        fresh = []
        number = _last_number(connection, "subject_key")
        for lookup in wanted.keys() - subjects.keys():
            number += 1
            made, row = rows.new_subject(self._keys, lookup, wanted[lookup])
            subjects[lookup] = Subject(number, made.key)
            fresh.append((number, *row))
        connection.executemany(rows.SUBJECT_KEY.sqlite, fresh)
        return subjects

    def _open(self) -> sqlite3.Connection:
        file = os.stat(self._path)  # noqa: PTH116 - called for every commit
        identity = (file.st_dev, file.st_ino)
        if self._connection is not None and self._file == identity:
            return self._connection
        self._drop()  # the file we had open is no longer the one at this path
        self._connection, self._file = open_sqlite(self._path), identity
        self._place = Place()
        if self._unsettled:
            _settle(self._connection)
            self._unsettled = False
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _told(self, error: sqlite3.Error | OSError) -> LogUnavailable:
        if isinstance(error, (sqlite3.IntegrityError, sqlite3.DataError)):
            return Unwritable("the database refuses this decision")
        if _primary_code(error) == sqlite3.SQLITE_BUSY:
            return LogUnavailable("log_unavailable", "the decision log is locked")
        if _primary_code(error) == sqlite3.SQLITE_FULL or self._is_full():
            return LogUnavailable("storage_full", "the decision log's disk is full", 10)
        return LogUnavailable("log_unavailable", "the decision log cannot be written")

    def _is_full(self) -> bool:
        """Tell a full disk or file limit from other failures to write: SQLite does not."""
        try:
            disk = os.statvfs(self._path.parent)
            wal = self._path.with_name(self._path.name + "-wal")
            size = max(file.stat().st_size for file in (self._path, wal) if file.exists())
        except (OSError, ValueError):
            return False
        limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
        return disk.f_bavail * disk.f_frsize < _LEFT_OVER or (
            limit != resource.RLIM_INFINITY and size + _LEFT_OVER > limit
        )


def _last_number(connection: sqlite3.Connection, table: str) -> int:
    """The highest number a table ever gave; nobody can give another before we commit."""
    found = connection.execute(_LAST_NUMBER, (table,)).fetchone()
    return int(found[0]) if found else 0


def _primary_code(error: Exception) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _settle(connection: sqlite3.Connection) -> None:
    """Carry what the write-ahead log holds into the database file, and empty it.

    After a failed flush the system may hold pages that never reached the disk and count them as
    clean. Writing behind them would acknowledge decisions that a power cut then takes away.
    """
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise LogUnavailable("log_unavailable", "the decision log is recovering")
