"""Group commit: many callers hand in drafts, one commit at a time makes them durable.

While one batch is being flushed the next one gathers, so the disk sets the pace and no one
lingers. A caller is answered only after the commit that holds its drafts, and all of its drafts
are in that one commit. A caller that hangs up cancels nothing: what was handed in is written.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from mayuse.answer import Draft, Receipt
from mayuse.decision_log.entry import Unwritable
from mayuse.decision_log.keys import LogKeys, open_keys
from mayuse.errors import LogUnavailable
from mayuse.store import migrate
from mayuse.store.fitness import is_empty, verify_keys
from mayuse.store.postgres_commits import PostgresCommits
from mayuse.store.rows import Pending
from mayuse.store.session import Location, open_engine
from mayuse.store.sqlite_commits import SqliteCommits

QUEUE_LIMIT = 5_000
"""Drafts that may wait to be written; beyond that, callers are told to come back."""

BATCH_LIMIT = 500
"""Drafts in one commit, unless a single caller hands in more."""

PATIENCE_SECONDS = 5.0
"""After how long callers are told that their drafts are not known to be durable."""

logger = structlog.get_logger(__name__)


class Commits(Protocol):
    """Writes batches to one database."""

    async def commit(self, batch: Sequence[Pending]) -> list[Receipt]:
        """Make a batch durable, all or none. Raises `LogUnavailable`."""

    async def close(self) -> None:
        """Let go of the database."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One caller's drafts, and the promise to answer it."""

    drafts: tuple[Pending, ...]
    answer: asyncio.Future[list[Receipt]]


class DecisionLog:
    """Records decisions; satisfies `decide.Log`. One per process, bound to its event loop."""

    def __init__(
        self,
        commits: Commits,
        keys: LogKeys,
        *,
        queue_limit: int = QUEUE_LIMIT,
        batch_limit: int = BATCH_LIMIT,
    ) -> None:
        self.keys = keys
        self._commits = commits
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._queue: deque[Waiting] = deque()
        self._queued = 0
        self._filled = asyncio.Event()
        self._closing = False
        self._trouble: tuple[float, LogUnavailable] | None = None
        self._task = asyncio.create_task(self._run(), name="decision log")

    async def append(self, drafts: Sequence[Draft]) -> list[Receipt]:
        """Make the drafts durable, all or none, then give their receipts in order.

        Raises `LogUnavailable`: `log_busy` at once when too many wait already, `storage_full`
        or `log_unavailable` when they could not be written, or are not known to be.
        """
        if not drafts:
            return []
        try:
            pending = tuple(Pending.of(draft, self.keys) for draft in drafts)
        except ValueError as error:
            raise Unwritable("a decision cannot be written down") from error
        self._admit(len(pending))
        waiting = Waiting(pending, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._filled.set()
        return await waiting.answer

    async def close(self) -> None:
        """Write what is waiting, then let go of the database. Nothing more is taken in."""
        closed_before, self._closing = self._closing, True
        self._filled.set()
        await self._task
        if not closed_before:
            await self._commits.close()

    def trouble(self, within_seconds: float = 5.0) -> LogUnavailable | None:
        """What the last commit failed with, if it failed in the last few seconds."""
        if self._trouble is None or time.monotonic() - self._trouble[0] > within_seconds:
            return None
        return self._trouble[1]

    @property
    def waiting(self) -> int:
        """How many drafts wait to be written."""
        return self._queued

    def _admit(self, count: int) -> None:
        if self._closing or self._task.done():
            raise LogUnavailable("log_unavailable", "the decision log is closed")
        if self._queued and self._queued + count > self._queue_limit:
            raise LogUnavailable("log_busy", "too many decisions wait to be recorded")
        self._queued += count

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            group = self._take()
            if group:
                await self._write(group)
            elif self._closing:
                return
            else:
                self._filled.clear()

    def _take(self) -> list[Waiting]:
        group: list[Waiting] = []
        size = 0
        while self._queue:
            size += len(self._queue[0].drafts)
            if group and size > self._batch_limit:
                break
            group.append(self._queue.popleft())
        self._queued -= sum(len(waiting.drafts) for waiting in group)
        return group

    async def _write(self, group: list[Waiting]) -> None:
        """Commit a group and answer it. When one caller's drafts are at fault, only that one."""
        try:
            receipts = await self._commit(group)
        except Unwritable as error:
            if len(group) == 1:
                self._fail(group, error)
                return
            for one in group:
                await self._write([one])
        except LogUnavailable as error:
            # Those who wait behind have waited long enough: the database is not there.
            self._fail([*group, *self._drain()], error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave callers waiting
            # Where it happened, without the message or any value: those may be personal data.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("decision_log_fault", cause=type(error).__name__, where=where)  # noqa: TRY400
            self._fail(group, LogUnavailable("log_unavailable", "the decision log failed"))
        else:
            self._trouble = None
            for one in group:
                mine, receipts = receipts[: len(one.drafts)], receipts[len(one.drafts) :]
                if not one.answer.done():
                    one.answer.set_result(mine)

    async def _commit(self, group: Sequence[Waiting]) -> list[Receipt]:
        """Commit a group. While that takes too long, whoever waits is told so.

        It goes on all the same: a disk that hangs cannot be interrupted, and what it writes in the
        end is recorded but was never told.
        """
        batch = [item for one in group for item in one.drafts]
        commit = asyncio.ensure_future(self._commits.commit(batch))
        late: Sequence[Waiting] = group
        while not (await asyncio.wait({commit}, timeout=PATIENCE_SECONDS))[0]:
            error = LogUnavailable("log_unavailable", "the decision log does not answer")
            self._fail([*late, *self._drain()], error)
            late = ()
        return await commit

    def _drain(self) -> list[Waiting]:
        waiting = list(self._queue)
        self._queue.clear()
        self._queued = 0
        return waiting

    def _fail(self, group: Sequence[Waiting], error: LogUnavailable) -> None:
        cause = type(error.__cause__).__name__ if error.__cause__ else None
        logger.warning(
            "decision_log_unavailable", code=error.code, detail=error.detail, cause=cause
        )
        if not isinstance(error, Unwritable):
            self._trouble = (time.monotonic(), error)
        for one in group:
            if not one.answer.done():
                one.answer.set_exception(_told_again(error))


def _told_again(error: LogUnavailable) -> LogUnavailable:
    """A copy for each caller: an exception that is raised twice mixes up its tracebacks."""
    if isinstance(error, Unwritable):
        return Unwritable(error.detail)
    return LogUnavailable(error.code, error.detail, error.retry_after)


async def open_log(
    database_url: str,
    keys_dir: Path,
    *,
    queue_limit: int = QUEUE_LIMIT,
    batch_limit: int = BATCH_LIMIT,
) -> DecisionLog:
    """Open the decision log: migrate the database, read or make the keys, start the writer.

    Raises `SettingsError` for a URL or keys that cannot be used, `LogUnavailable` for a
    database that does not answer. Close it when done.
    """
    location = Location.from_url(database_url)
    await migrate.upgrade(location)
    engine = open_engine(location)
    try:
        keys = open_keys(keys_dir, may_create=await is_empty(engine))
        await verify_keys(engine, keys)
    finally:
        await engine.dispose()
    commits: Commits
    if location.dialect == "sqlite":
        commits = SqliteCommits(location.file, keys)
    else:
        commits = PostgresCommits(location.dsn, keys)
    return DecisionLog(commits, keys, queue_limit=queue_limit, batch_limit=batch_limit)
