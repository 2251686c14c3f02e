"""Batches of decisions into PostgreSQL: one transaction each, on one connection a process.

Any number of processes may write at once. Every wait is bounded; after any error the connection
is dropped, and the next batch opens another. Where a commit was sent and not answered, it is looked
whether it was done; where that cannot be told, the batch is refused and may be there all the same.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg

from mayuse.answer import Receipt
from mayuse.decision_log.entry import Overtaken, RepeatTaken, Unwritable
from mayuse.decision_log.event import Close, Happening
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import LogUnavailable
from mayuse.store import inserts, rows
from mayuse.store.absence import CONNECTION_ENDED, POSTGRESQL_FAILED, unavailable
from mayuse.store.rows import LEAF_SEQ, Change, Line, Pending, Place, Subject
from mayuse.store.session import BUSY_SECONDS, connect_postgresql, soon

_FIND_KEYS = (
    "SELECT lookup, number, key_id, kek_id, wrapped FROM subject_key "
    "WHERE lookup = ANY($1::bytea[]) FOR KEY SHARE"
)
_EXPIRED = "DELETE FROM idempotency WHERE expires_us <= $1"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7881706)"
_IS_THERE = "SELECT txid_current(), EXISTS (SELECT FROM decision WHERE id = $1 AND leaf_hash = $2)"
"""The number this takes makes it a commit of its own: when it is answered, what it saw is on disk,
and on the replicas that a commit waits for."""

_TRIES = 3

Connection = Any
"""A connection of asyncpg, which has no types."""


class PostgresCommits:
    """Writes batches of decisions to one PostgreSQL database."""

    def __init__(self, dsn: str, keys: LogKeys) -> None:
        self._dsn = dsn
        self._keys = keys
        self._place = Place()
        self._connection: Connection = None

    async def start(self) -> None:
        """Nothing: the sealer looks after the tree."""

    async def commit(self, batch: Sequence[Pending]) -> list[Receipt]:
        """Make a batch durable, all of it or none.

        Raises `LogUnavailable`; `Unwritable` when the batch itself is at fault. When the server
        went away during COMMIT the batch may be there all the same.
        """
        for left in reversed(range(_TRIES)):
            try:
                lines = await self._commit(lambda connection: self._decisions(connection, batch))
                break
            except Unwritable as error:
                # An erasure took facts that were there when this began; nothing was written.
                if not left or not isinstance(error.__cause__, asyncpg.ForeignKeyViolationError):
                    raise
        return [Receipt(line.leaf_hash.hex()) for line in lines[-len(batch) :]]

    async def record(self, what: Happening, t: int, changes: Sequence[Change]) -> Receipt:
        """Make an event durable, with the changes that belong to it. Raises as `commit` does."""
        lines = await self._commit(lambda connection: self._event(connection, what, t, changes))
        return Receipt(lines[-1].leaf_hash.hex())

    async def close(self) -> None:
        """End the run, if it began, and close the connection."""
        if self._connection is None:
            return
        if self._place.count:
            with contextlib.suppress(LogUnavailable):  # it ends without its `close` then
                await self.record(Close(), time.time_ns() // 1000, ())
        try:
            if self._connection is not None:
                await self._connection.close(timeout=BUSY_SECONDS)
        except POSTGRESQL_FAILED:
            self._drop()
        self._connection = None

    async def _commit(self, write: Callable[[Connection], Awaitable[list[Line]]]) -> list[Line]:
        lines: list[Line] = []
        try:
            connection = await self._begin()
            lines = await write(connection)
            await soon(connection.execute("COMMIT"))
        except BaseException as error:
            self._drop()
            if not isinstance(error, POSTGRESQL_FAILED):
                raise
            unanswered = bool(lines) and isinstance(error, (*CONNECTION_ENDED, OSError))
            if not (unanswered and await self._is_there(lines[-1])):
                raise _told(error) from error
        return lines

    async def _is_there(self, line: Line) -> bool:
        """Whether a commit that was not answered was done; False where that cannot be told."""
        decision_id, *_, leaf, _row_mac = line.row
        try:
            connection = await self._open()
            found = await soon(connection.fetchrow(_IS_THERE, decision_id, leaf))
        except POSTGRESQL_FAILED:
            self._drop()
            return False
        return bool(found[1])

    async def _decisions(self, connection: Connection, batch: Sequence[Pending]) -> list[Line]:
        now = batch[0].content.t
        if any(item.repeat for item in batch):
            await soon(connection.execute(_EXPIRED, now))
        subjects = await self._subjects(connection, batch)
        lines = rows.opening(self._place, self._keys, now)
        written = rows.write_all(batch, subjects, self._place, self._keys)
        lines += [item.line for item in written]
        await _insert(connection, inserts.FACTS, rows.distinct_facts(batch))
        seqs = await self._insert_lines(connection, lines)
        for insert, values in rows.details(written, seqs[-len(batch) :]):
            await _insert(connection, insert, values)
        return lines

    async def _event(
        self, connection: Connection, what: Happening, t: int, changes: Sequence[Change]
    ) -> list[Line]:
        if changes:
            # Of two that delete at once, each would leave the facts that the other one still has.
            await soon(connection.execute(_ONE_AT_A_TIME))
        lines = rows.opening(self._place, self._keys, t)
        lines.append(rows.write_event(what, self._place, self._keys, t))
        seq = (await self._insert_lines(connection, lines))[-1]
        for change in changes:
            values = [seq if value is LEAF_SEQ else value for value in change.values]
            told = await soon(connection.execute(change.statement, *values))
            if change.changes not in {None, int(told.rpartition(" ")[2])}:
                raise Overtaken("the database is not as it was when this began")
        return lines

    async def _insert_lines(self, connection: Connection, lines: Sequence[Line]) -> list[int]:
        """Insert the lines, and let them wait for the sealer; the numbers they were given."""
        given = await _insert(
            connection, inserts.NUMBERED_BY_DATABASE, [line.row for line in lines]
        )
        seqs = {row["leaf_hash"]: row["seq"] for row in given}
        numbers = [seqs[line.leaf_hash] for line in lines]
        await _insert(connection, inserts.PENDING, [(seq,) for seq in numbers])
        return numbers

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
            for row in await soon(connection.fetch(_FIND_KEYS, missing)):
                subjects[row["lookup"]] = rows.known_subject(self._keys, row)
            unknown = {lookup: wanted[lookup] for lookup in missing if lookup not in subjects}
            fresh = [row for _, row in rows.new_subjects(self._keys, unknown)]
            await _insert(connection, inserts.SUBJECT_KEY_NUMBERED_BY_DATABASE, fresh)
        raise LogUnavailable("log_unavailable", "a person's key is being destroyed")

    async def _begin(self) -> Connection:
        """A connection in a transaction; one the server has ended meanwhile is made anew, once.

        Not `connection.transaction()`: on an error that would wait for a server that hangs.
        """
        was_open = self._connection is not None
        connection = await self._open()
        try:
            await soon(connection.execute("BEGIN"))
        except CONNECTION_ENDED:
            if not was_open:
                raise
            self._drop()
            connection = await self._open()
            await soon(connection.execute("BEGIN"))
        return connection

    async def _open(self) -> Connection:
        if self._connection is None:
            self._connection = await connect_postgresql(self._dsn, "mayuse decision log")
            self._place = Place()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def _insert(
    connection: Connection, insert: inserts.Insert, values: Sequence[inserts.Row]
) -> list[Mapping[str, Any]]:
    if not values:
        return []
    columns = (list(column) for column in zip(*values, strict=True))
    found: list[Mapping[str, Any]] = await soon(connection.fetch(insert.postgresql, *columns))
    return found


def _told(error: Exception) -> LogUnavailable:
    if getattr(error, "constraint_name", None) == "pk_idempotency":
        return RepeatTaken()
    if isinstance(error, (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)):
        return Unwritable("the database refuses this decision")
    if isinstance(error, asyncpg.DiskFullError):
        return LogUnavailable("storage_full", "the decision log's disk is full", 10)
    return unavailable("the decision log cannot be written", error)
