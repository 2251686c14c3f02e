"""A person's choices, recorded: all of one request or none, each person's one after another.

A connection of its own, beside the decision log's writer. On SQLite it is opened for each request,
so that a file put in the place of another is seen; both databases flush every commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from mayuse.choices import Event
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import KeyReused, LogUnavailable
from mayuse.store import rows
from mayuse.store import sqlite_faults as faults
from mayuse.store.absence import POSTGRESQL_FAILED
from mayuse.store.choice_reader import COLUMNS, ID, UNAVAILABLE
from mayuse.store.inserts import Row
from mayuse.store.session import Location, connect_postgresql, open_sqlite, soon

PATIENCE_SECONDS = 5.0
"""After how long a caller is told that the choices are not known to be durable."""

_TRIES = 3
_NEW = (
    "subject, id, choice, value, effective_us, recorded_us, source, notice, actor, "
    "idempotency_key, request_digest, place"
)
_EVENTS = f"SELECT {COLUMNS} FROM choice_event WHERE subject = $1 ORDER BY seq"  # noqa: S608
_EARLIER = (
    f"SELECT request_digest, {COLUMNS} FROM choice_event WHERE idempotency_key = $1 "  # noqa: S608
    "ORDER BY place"
)
_FIND = "SELECT number FROM subject_key WHERE lookup = $1"
_NEW_PERSON = (
    "INSERT INTO subject_key (lookup, key_id, kek_id, wrapped, created_us) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (lookup) DO NOTHING"
)
_INSERT = f"INSERT INTO choice_event ({_NEW}) VALUES ({', '.join(f'${n}' for n in range(1, 13))})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Repeat:
    """Under which key, and for what, a caller may send the same again."""

    key: bytes
    request: bytes


@dataclass(frozen=True, slots=True)
class Making:
    """The events of one request, to be recorded together."""

    lookup: bytes
    """Of the person."""

    begun: int
    """When it was asked for, in microseconds since 1970."""

    make: Callable[[Sequence[Event]], Sequence[Event]]
    """The events, given all that is recorded of the person, while nobody else can add to it.

    Raises when none are to be recorded.
    """

    repeat: Repeat | None


@dataclass(frozen=True, slots=True)
class Made:
    """What is recorded."""

    events: Sequence[Event]
    """Of this request; of its first time, when it came again."""

    all: Sequence[Event]
    """Of the person."""


class ChoiceWriter(Protocol):
    """Records choices in one database."""

    async def add(self, making: Making) -> Made:
        """Make events durable, all or none; those that are recorded under their key already, not.

        Raises `LogUnavailable`, `KeyReused`, and what `making.make` raises.
        """

    async def close(self) -> None:
        """Let go of the database."""


def open_writer(location: Location, keys: LogKeys) -> ChoiceWriter:
    """A writer of choices; its connections are opened when they are needed."""
    if location.dialect == "sqlite":
        return _Sqlite(location.file, keys)
    return _Postgresql(location.dsn, keys)


class _Sqlite:
    def __init__(self, path: Path, keys: LogKeys) -> None:
        self._path = path
        self._keys = keys
        self._turn = asyncio.Lock()
        self._unsettled = False

    async def add(self, making: Making) -> Made:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._turn:
                return await asyncio.to_thread(self._add, making)
        except TimeoutError as error:
            raise _unavailable(UNAVAILABLE) from error

    async def close(self) -> None:
        async with self._turn:
            return

    def _add(self, making: Making) -> Made:
        try:
            connection = open_sqlite(self._path)
            try:
                if self._unsettled:
                    faults.settle(connection)
                    self._unsettled = False
                connection.execute("BEGIN IMMEDIATE")
                made = self._write(connection, making)
                connection.execute("COMMIT")
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            self._unsettled |= faults.primary_code(error) == sqlite3.SQLITE_IOERR
            raise _unavailable(faults.told(error, self._path).code) from error
        return made

    def _write(self, connection: sqlite3.Connection, making: Making) -> Made:
        def select(statement: str, *values: object) -> list[Any]:
            written = statement.format(id=ID["sqlite"]).replace("$", "?")
            return connection.execute(written, values).fetchall()

        if making.repeat and (first := select(_EARLIER, making.repeat.key)):
            found = select(_FIND, making.lookup)
            everything = select(_EVENTS, found[0][0]) if found else []
            return Made(_first(first, making.repeat), _events(everything))
        found = select(_FIND, making.lookup)
        if not found:
            select(_NEW_PERSON, *_new_person(self._keys, making))
            found = select(_FIND, making.lookup)
        [(number,)] = found
        earlier = _events(select(_EVENTS, number))
        made = making.make(earlier)
        connection.executemany(_INSERT.replace("$", "?"), _rows(number, made, making.repeat))
        return Made(made, [*earlier, *made])


class _Postgresql:
    def __init__(self, dsn: str, keys: LogKeys) -> None:
        self._dsn = dsn
        self._keys = keys
        self._turn = asyncio.Lock()
        self._connection: Any = None

    async def add(self, making: Making) -> Made:
        async with self._turn:
            for _ in range(_TRIES):
                try:
                    return await self._add(making)
                except asyncpg.UniqueViolationError:
                    continue  # another process was first with this key: what it made is there now
                except POSTGRESQL_FAILED as error:
                    full = isinstance(error, asyncpg.DiskFullError)
                    raise _unavailable("storage_full" if full else UNAVAILABLE) from error
            raise LogUnavailable(UNAVAILABLE, "others record choices of this person all the time")

    async def close(self) -> None:
        async with self._turn:
            self._drop()

    async def _add(self, making: Making) -> Made:
        try:
            await self._begin()
            made = await self._write(making)
            await soon(self._connection.execute("COMMIT"))
        except BaseException:
            self._drop()
            raise
        return made

    async def _begin(self) -> None:
        if self._connection is not None:
            try:
                await soon(self._connection.execute("BEGIN"))
            except POSTGRESQL_FAILED:
                self._drop()  # the server may only have closed the one we kept
            else:
                return
        self._connection = await connect_postgresql(self._dsn, "mayuse choices")
        await soon(self._connection.execute("BEGIN"))

    async def _write(self, making: Making) -> Made:
        if making.repeat and (first := await self._select(_EARLIER, making.repeat.key)):
            found = await self._select(_FIND, making.lookup)
            everything = await self._select(_EVENTS, found[0][0]) if found else []
            return Made(_first(first, making.repeat), _events(everything))
        number = await self._person(making)
        earlier = _events(await self._select(_EVENTS, number))
        made = making.make(earlier)
        await soon(self._connection.executemany(_INSERT, _rows(number, made, making.repeat)))
        return Made(made, [*earlier, *made])

    async def _person(self, making: Making) -> int:
        """The number of the person's key, locked: nobody else records, nobody erases meanwhile.

        Decisions about the person go on: they only see to it that the key stays.
        """
        for _ in range(_TRIES):
            if found := await self._select(f"{_FIND} FOR NO KEY UPDATE", making.lookup):
                return int(found[0][0])
            await soon(self._connection.execute(_NEW_PERSON, *_new_person(self._keys, making)))
        raise LogUnavailable(UNAVAILABLE, "the person's key is being destroyed")

    async def _select(self, statement: str, *values: object) -> Sequence[Any]:
        written = statement.format(id=ID["postgresql"])
        found: Sequence[Any] = await soon(self._connection.fetch(written, *values))
        return found

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _events(found: Iterable[Sequence[Any]]) -> list[Event]:
    return [Event(*row) for row in found]


def _first(earlier: Sequence[Sequence[Any]], repeat: Repeat) -> list[Event]:
    """What was recorded the first time. Raises `KeyReused` if that was something else."""
    if earlier[0][0] != repeat.request:
        raise KeyReused("this Idempotency-Key was sent with other choices")
    return [Event(*row[1:]) for row in earlier]


def _new_person(keys: LogKeys, making: Making) -> Row:
    [(_, row)] = rows.new_subjects(keys, {making.lookup: making.begun})
    return row


def _rows(number: int, events: Sequence[Event], repeat: Repeat | None) -> list[Row]:
    under = (repeat.key, repeat.request) if repeat else (None, None)
    return [(number, *event, *under, place) for place, event in enumerate(events)]


def _unavailable(code: str) -> LogUnavailable:
    if code == "storage_full":
        return LogUnavailable(code, "the disk of the choices is full", 10)
    return LogUnavailable(UNAVAILABLE, "what the person has chosen cannot be recorded")
