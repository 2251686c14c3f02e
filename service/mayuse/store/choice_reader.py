"""What persons have chosen, read for each decision about them: the newest commit, in one statement.

This is asked before every decision that names a person, so it has a connection of its own and no
more around it than that takes. Whoever asks while a read is under way waits for the next one,
which serves all of them at once. What cannot be read is never taken for nothing.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from mayuse.choices import Event
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import LogUnavailable
from mayuse.store.absence import POSTGRESQL_FAILED
from mayuse.store.session import BUSY_SECONDS, Location, open_sqlite_reader, soon

UNAVAILABLE = "choices_unavailable"

COLUMNS = "{id}, choice, value, effective_us, recorded_us, source, notice, actor"
"""Of `choice_event`, in the order of an `Event`; `id` as the database's driver tells it as text."""

ID = {"sqlite": "choice_event.id", "postgresql": "choice_event.id::text"}

_OF_PERSONS = (
    f"SELECT lookup, {COLUMNS} FROM subject_key JOIN choice_event ON subject = number "  # noqa: S608
    "WHERE {some} ORDER BY seq"
)
_AT_ONCE = (1, 16, 128, 1024)
"""How many persons a statement asks for: few statements, so that they stay prepared."""

Found = Mapping[bytes, Sequence[Event]]
Row = Sequence[Any]


class Source(Protocol):
    """Reads one database."""

    async def read(self, lookups: Sequence[bytes]) -> Sequence[Row]:
        """The events of these persons, each behind its person. Raises `LogUnavailable`."""

    async def close(self) -> None:
        """Let go of the database."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    lookups: Collection[bytes]
    answer: asyncio.Future[Found]


class ChoiceReader:
    """Reads the choices of persons; satisfies `decide.Choices`. For one event loop."""

    def __init__(self, location: Location, keys: LogKeys) -> None:
        self._keys = keys
        self._source: Source = (
            _Sqlite(location.file) if location.dialect == "sqlite" else _Postgresql(location.dsn)
        )
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def of(self, persons: Collection[str]) -> dict[str, Sequence[Event]]:
        """All that is recorded of each of these persons; of whom nothing is, nothing.

        Raises `LogUnavailable`.
        """
        lookups = {self._keys.subject_lookup(person): person for person in persons}
        waiting = _Waiting(lookups, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve(), name="choices")
        found = await waiting.answer
        return {lookups[lookup]: found[lookup] for lookup in lookups if lookup in found}

    async def close(self) -> None:
        """Let go of the database, once what is asked for is answered."""
        if self._task is not None:
            await self._task
        await self._source.close()

    async def _serve(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                found = await self._read(sorted({it for one in group for it in one.lookups}))
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
                for one in group:
                    if not one.answer.done():
                        one.answer.set_exception(unreadable(error))
                continue
            for one in group:
                if not one.answer.done():
                    one.answer.set_result(found)

    async def _read(self, lookups: Sequence[bytes]) -> Found:
        found: dict[bytes, list[Event]] = {}
        for start in range(0, len(lookups), _AT_ONCE[-1]):
            for lookup, *row in await self._source.read(lookups[start : start + _AT_ONCE[-1]]):
                found.setdefault(lookup, []).append(Event(*row))
        return found


def unreadable(error: Exception) -> LogUnavailable:
    """That the choices cannot be read; a new one for each who waits."""
    told = LogUnavailable(UNAVAILABLE, "what the person has chosen cannot be read")
    told.__cause__ = error
    return told


class _Sqlite:
    """Reads in a thread: a disk that hangs must hold up none but those who need it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="choices")

    async def read(self, lookups: Sequence[bytes]) -> Sequence[Row]:
        loop = asyncio.get_running_loop()
        return await soon(loop.run_in_executor(self._thread, self._read, lookups))

    def _read(self, lookups: Sequence[bytes]) -> Sequence[Row]:
        count = next(size for size in _AT_ONCE if size >= len(lookups))
        some = f"lookup IN ({', '.join('?' * count)})"
        statement = _OF_PERSONS.format(id=ID["sqlite"], some=some)
        asked = [*lookups, *[lookups[-1]] * (count - len(lookups))]
        try:
            return self._open().execute(statement, asked).fetchall()
        except BaseException:
            self._drop()
            raise

    def _open(self) -> sqlite3.Connection:
        file = os.stat(self._path)  # noqa: PTH116 - called for every read
        identity = (file.st_dev, file.st_ino)
        if self._connection is None or self._file != identity:
            self._drop()  # the file we had open is no longer the one at this path
            self._connection, self._file = open_sqlite_reader(self._path), identity
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown()


class _Postgresql:
    """Reads on one connection, which is opened anew when it is lost."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Any = None

    async def read(self, lookups: Sequence[bytes]) -> Sequence[Row]:
        kept = self._connection is not None
        try:
            return await self._read(lookups)
        except POSTGRESQL_FAILED as error:
            if not kept or isinstance(error, TimeoutError):
                raise
            return await self._read(lookups)  # the server may only have closed the one we kept

    async def _read(self, lookups: Sequence[bytes]) -> Sequence[Row]:
        statement = _OF_PERSONS.format(id=ID["postgresql"], some="lookup = ANY($1::bytea[])")
        try:
            if self._connection is None:
                self._connection = await asyncpg.connect(
                    self._dsn,
                    timeout=BUSY_SECONDS,
                    server_settings={
                        "application_name": "mayuse choices",
                        "default_transaction_read_only": "on",
                    },
                )
            rows: Sequence[Row] = await soon(self._connection.fetch(statement, lookups))
        except BaseException:
            if self._connection is not None:
                self._connection.terminate()
                self._connection = None
            raise
        return rows

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
