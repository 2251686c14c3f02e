"""Batches of decisions into PostgreSQL: one transaction each, on one connection a process.

Any number of processes may write at once. Every wait is bounded; after any error the connection
is dropped, for its transaction may or may not have been committed, and the next batch opens
another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg

from mayuse.answer import Receipt
from mayuse.decision_log.entry import Unwritable
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import LogUnavailable
from mayuse.store import rows
from mayuse.store.rows import Pending, Place, Subject, Written
from mayuse.store.session import BUSY_SECONDS

_FIND_KEYS = (
    "SELECT lookup, number, key_id, kek_id, wrapped FROM subject_key "
    "WHERE lookup = ANY($1::bytea[]) FOR KEY SHARE"
)
_TRIES = 3

T = TypeVar("T")

Connection = Any
"""A connection of asyncpg, which has no types."""


class PostgresCommits:
    """Writes batches of decisions to one PostgreSQL database."""

    def __init__(self, dsn: str, keys: LogKeys) -> None:
        self._dsn = dsn
        self._keys = keys
        self._place = Place()
        self._connection: Connection = None

    async def commit(self, batch: Sequence[Pending]) -> list[Receipt]:
        """Make a batch durable, all of it or none.

        Raises `LogUnavailable`; `Unwritable` when the batch itself is at fault. When the
        connection broke during COMMIT the batch may be there all the same.
        """
        try:
            written = await self._commit(batch)
        except BaseException as error:
            self._drop()
            if isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                raise _told(error) from error
            raise
        return [item.receipt for item in written]

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            try:
                await self._connection.close(timeout=BUSY_SECONDS)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                self._drop()
            self._connection = None

    async def _commit(self, batch: Sequence[Pending]) -> list[Written]:
        connection = await self._open()
        # Not `connection.transaction()`: on an error that would wait for a server that may hang.
        await _soon(connection.execute("BEGIN"))
        subjects = await self._subjects(connection, batch)
        written = rows.write_all(batch, subjects, self._place, self._keys)
        await _insert(connection, rows.FACTS, rows.distinct_facts(batch))
        numbered = await _insert(
            connection, rows.NUMBERED_BY_DATABASE, [item.decision for item in written]
        )
        seqs = {row["leaf_hash"]: row["seq"] for row in numbered}
        for insert, values in rows.details(written, [seqs[item.leaf_hash] for item in written]):
            await _insert(connection, insert, values)
        await _soon(connection.execute("COMMIT"))
        return written

    async def _subjects(
        self,
        connection: Connection,
        batch: Sequence[Pending],
    ) -> dict[bytes, Subject]:
        """The keys of the persons in a batch; those who have none yet are given one.

        The lock keeps each key from being destroyed before this transaction ends. Where another
        process gives the same person a key at the same moment, the first one's stands.
        """
        wanted = {item.lookup: item.content.t for item in batch if item.lookup is not None}
        subjects: dict[bytes, Subject] = {}
        for _ in range(_TRIES):
            missing = sorted(wanted.keys() - subjects.keys())
            if not missing:
                return subjects
            for row in await _soon(connection.fetch(_FIND_KEYS, missing)):
                subjects[row["lookup"]] = rows.known_subject(self._keys, row)
            fresh = [
                rows.new_subject(self._keys, lookup, wanted[lookup])[1]
                for lookup in missing
                if lookup not in subjects
            ]
            await _insert(connection, rows.SUBJECT_KEY_NUMBERED_BY_DATABASE, fresh)
        raise LogUnavailable("log_unavailable", "a person's key is being destroyed")

    async def _open(self) -> Connection:
        if self._connection is None:
            self._connection = await _connect(self._dsn)
            self._place = Place()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def _connect(dsn: str) -> Connection:
    connection = await asyncpg.connect(
        dsn,
        timeout=BUSY_SECONDS,
        server_settings={
            "application_name": "mayuse decision log",
            "statement_timeout": f"{BUSY_SECONDS:.0f}s",
            "idle_in_transaction_session_timeout": f"{BUSY_SECONDS:.0f}s",
        },
    )
    # A server set up for speed would answer before the commit is on disk.
    if await _soon(connection.fetchval("SHOW synchronous_commit")) == "off":
        await _soon(connection.execute("SET synchronous_commit = on"))
    return connection


async def _insert(
    connection: Connection, insert: rows.Insert, values: Sequence[rows.Row]
) -> list[Mapping[str, Any]]:
    if not values:
        return []
    columns = (list(column) for column in zip(*values, strict=True))
    found: list[Mapping[str, Any]] = await _soon(connection.fetch(insert.postgresql, *columns))
    return found


async def _soon(answer: Awaitable[T]) -> T:
    """Wait for the server as long as for another writer, and no longer."""
    async with asyncio.timeout(BUSY_SECONDS):
        return await answer


def _told(error: Exception) -> LogUnavailable:
    if isinstance(error, (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)):
        return Unwritable("the database refuses this decision")
    if isinstance(error, asyncpg.DiskFullError):
        return LogUnavailable("storage_full", "the decision log's disk is full", 10)
    return LogUnavailable("log_unavailable", "the decision log cannot be written")
