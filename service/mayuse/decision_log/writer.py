"""Group commit: many callers hand in drafts, one commit at a time makes them durable.

While one batch is being flushed the next one gathers, so the disk sets the pace and no one
lingers. A caller is answered only after the commit that holds its drafts, and all of its drafts
are in that one commit. A caller that hangs up cancels nothing: what was handed in is written.

Where a sealer makes the leaves (PostgreSQL), a caller with one draft waits a little for its proof;
a batch is given promises.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import time
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from mayuse import metrics, spans
from mayuse.answer import Draft, Receipt
from mayuse.decision_log.entry import Overtaken, RepeatTaken, Unwritable, to_micros
from mayuse.decision_log.event import Happening
from mayuse.decision_log.keys import LogKeys
from mayuse.decision_log.sealer import Sealer
from mayuse.errors import OPERATOR_SECONDS, LogUnavailable
from mayuse.store.rows import Change, Pending, Repeat

QUEUE_LIMIT = 5_000
"""Drafts that may wait to be written; beyond that, callers are told to come back."""

BATCH_LIMIT = 500
"""Drafts in one commit, unless a single caller hands in more."""

RECEIPT_WAIT_SECONDS = 1.0
"""How long a caller with one draft waits for its proof, where a sealer makes the leaves."""

PATIENCE_SECONDS = 5.0
"""After how long callers are told that their drafts are not known to be durable."""

logger = structlog.get_logger(__name__)


Recorded = tuple[Happening, int, tuple[Change, ...]]
"""An event, its time in microseconds, and the changes that belong to it."""


class Commits(Protocol):
    """Writes batches to one database."""

    async def start(self) -> None:
        """See that the log goes on from what was signed. Raises `LogUnavailable`."""

    async def commit(self, batch: Sequence[Pending]) -> list[Receipt]:
        """Make a batch durable, all or none. Raises `LogUnavailable`."""

    async def record(self, what: Happening, t: int, changes: Sequence[Change]) -> Receipt:
        """Make an event durable, and its changes with it. Raises `LogUnavailable`."""

    async def close(self) -> None:
        """End the run and let go of the database."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One caller's drafts, or its event, and the promise to answer it."""

    drafts: tuple[Pending, ...]
    answer: asyncio.Future[list[Receipt]]
    event: Recorded | None = None

    @property
    def size(self) -> int:
        """How many records it is."""
        return 1 if self.event else len(self.drafts)


class DecisionLog:
    """Records decisions; satisfies `decide.Log`. One per process, bound to its event loop."""

    def __init__(  # noqa: PLR0913 - limits, given by name
        self,
        commits: Commits,
        keys: LogKeys,
        *,
        sealer: Sealer | None = None,
        receipt_wait: float = RECEIPT_WAIT_SECONDS,
        queue_limit: int = QUEUE_LIMIT,
        batch_limit: int = BATCH_LIMIT,
    ) -> None:
        self.keys = keys
        self._commits = commits
        self._sealer = sealer
        self._receipt_wait = receipt_wait
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._queue: deque[Waiting] = deque()
        self._queued = 0
        self._filled = asyncio.Event()
        self._closing = False
        self._trouble: tuple[float, LogUnavailable] | None = None
        self._owed: Recorded | None = None
        self._held: dict[bytes, asyncio.Event] = {}
        self._task = asyncio.create_task(self._run(), name="decision log")

    async def start(self) -> None:
        """See that the log goes on from what was signed. What is wrong is told by `trouble`."""
        try:
            await self._commits.start()
        except LogUnavailable as error:
            logger.error("log_refused", code=error.code, reason=error.detail)  # noqa: TRY400
            self._trouble = (time.monotonic(), error)
        else:
            self._trouble = None

    async def append(
        self, drafts: Sequence[Draft], *, repeat: Repeat | None = None
    ) -> list[Receipt]:
        """Make the drafts durable, all or none, then give their receipts in order.

        With `repeat` they are found again by it; a draft without a verdict is not. Raises
        `LogUnavailable`: `log_busy` at once when too many wait already, `storage_full`,
        `log_rolled_back` or `log_unavailable` when they could not be written, or are not known to
        be; `RepeatTaken` when somebody else was first with this `repeat`.
        """
        if not drafts:
            return []
        try:
            pending = tuple(Pending.of(draft, self.keys, repeat) for draft in drafts)
        except ValueError as error:
            raise Unwritable("a decision cannot be written down") from error
        with spans.span("append"):
            for item in pending:
                if item.lookup is not None:
                    await self.until_free(item.lookup)
            if self._sealer is None:
                receipts = await self._hand_in(pending)
            else:
                receipts = await self._hand_in_and_wait(self._sealer, pending)
        for draft in drafts:
            metrics.decided(draft.ruling.effect, draft.engine.name)
        return receipts

    @contextlib.contextmanager
    def holding(self, lookup: bytes) -> Iterator[None]:
        """Have decisions and choices of the person whose key is found here wait, in this process.

        Else whoever keeps asking about a person keeps that person from being forgotten.
        """
        held = self._held[lookup] = asyncio.Event()
        try:
            yield
        finally:
            held.set()
            if self._held.get(lookup) is held:
                del self._held[lookup]

    async def until_free(self, lookup: bytes) -> None:
        """Wait while somebody is `holding` the person whose key is found here."""
        while held := self._held.get(lookup):
            await held.wait()

    async def receipt_again(self, decision_id: str, leaf_hash: bytes, row_mac: bytes) -> Receipt:
        """The receipt of a decision that was recorded before and is not sealed yet, as at first.

        Raises `LogUnavailable` while nothing is sealed, and for a record that no writer of ours
        left so: that never is.
        """
        self._need_sealing()
        if self._sealer is None or not hmac.compare_digest(self.keys.row_mac(leaf_hash), row_mac):
            raise LogUnavailable(
                "log_unavailable", "the record was changed before it was sealed", OPERATOR_SECONDS
            )
        given = Receipt(leaf_hash.hex())
        with self._sealer.watching([decision_id]):
            return await self._sealer.receipt(decision_id, given, self._receipt_wait)

    async def record(
        self, what: Happening, *, at: datetime, changes: Sequence[Change] = ()
    ) -> Receipt:
        """Make an event a leaf, and its changes with it: both or neither.

        Raises as `append` does; `Unwritable` when a change touches another number of rows than it
        says.
        """
        [receipt] = await self._hand_in((), (what, to_micros(at), tuple(changes)))
        if self._sealer is not None:
            self._sealer.wake()
            return self._sealer.promised(receipt)
        return receipt

    async def owe(self, event: Recorded) -> None:
        """Record an event before anything else is. Raises `LogUnavailable`: then it is still owed.

        When its changes find that another process has done the same, it is not recorded again.
        """
        self._owed = event
        await self._hand_in(())

    async def close(self) -> None:
        """Write what is waiting, then let go of the database. Nothing more is taken in."""
        closed_before, self._closing = self._closing, True
        self._filled.set()
        await self._task
        if not closed_before:
            await self._commits.close()
            if self._sealer is not None:
                await self._sealer.close()

    async def ready(self) -> LogUnavailable | None:
        """Why nothing can be recorded now, if so. A log that was refused is looked at again."""
        trouble = self.trouble()
        if trouble is not None and trouble.lasts and self._sealer is None:
            await self.start()
        return self.trouble()

    def trouble(self, within_seconds: float = 5.0) -> LogUnavailable | None:
        """What the last commit failed with, if it failed in the last few seconds.

        Or why no more can be sealed: that does not pass by itself.
        """
        if self._sealer is not None and (refusal := self._sealer.refusal()) is not None:
            return refusal
        if self._trouble is None:
            return None
        at, error = self._trouble
        return error if error.lasts or time.monotonic() - at <= within_seconds else None

    @property
    def waiting(self) -> int:
        """How many drafts wait to be written."""
        return self._queued

    async def _hand_in(
        self,
        drafts: tuple[Pending, ...],
        event: Recorded | None = None,
    ) -> list[Receipt]:
        waiting = Waiting(drafts, asyncio.get_running_loop().create_future(), event)
        self._admit(waiting.size)
        self._queue.append(waiting)
        self._filled.set()
        return await waiting.answer

    async def _hand_in_and_wait(self, sealer: Sealer, drafts: tuple[Pending, ...]) -> list[Receipt]:
        """Record, then wait for the proof of a single decision; a batch is given promises."""
        watched = [item.content.id for item in drafts]
        if len(watched) > 1 or not self._receipt_wait:
            watched = []
        with sealer.watching(watched):
            receipts = await self._hand_in(drafts)
            sealer.wake()
            if watched:
                return [await sealer.receipt(watched[0], receipts[0], self._receipt_wait)]
            return [sealer.promised(receipt) for receipt in receipts]

    def _admit(self, count: int) -> None:
        if self._closing or self._task.done():
            raise LogUnavailable("log_unavailable", "the decision log is closed")
        self._need_sealing()
        if self._queued and self._queued + count > self._queue_limit:
            metrics.not_recorded("log_busy")
            raise LogUnavailable("log_busy", "too many decisions wait to be recorded")
        self._count(count)

    def _need_sealing(self) -> None:
        """Promise nothing that may not be kept."""
        if self._sealer is not None and (refusal := self._sealer.refusal()) is not None:
            raise _told_again(refusal)

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
            first = self._queue[0]
            size += first.size
            if group and (size > self._batch_limit or first.event or group[-1].event):
                break
            group.append(self._queue.popleft())
        self._count(-sum(waiting.size for waiting in group))
        return group

    def _count(self, more: int) -> None:
        self._queued += more
        metrics.queued(self._queued)

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
                mine, receipts = receipts[: one.size], receipts[one.size :]
                if not one.answer.done():
                    one.answer.set_result(mine)

    async def _commit(self, group: Sequence[Waiting]) -> list[Receipt]:
        """Commit a group. While that takes too long, whoever waits is told so.

        It goes on all the same: a disk that hangs cannot be interrupted, and what it writes in the
        end is recorded but was never told.
        """
        commit = asyncio.ensure_future(self._write_down(group))
        late: Sequence[Waiting] = group
        while not (await asyncio.wait({commit}, timeout=PATIENCE_SECONDS))[0]:
            error = LogUnavailable("log_unavailable", "the decision log does not answer")
            self._fail([*late, *self._drain()], error)
            late = ()
        return await commit

    async def _write_down(self, group: Sequence[Waiting]) -> list[Receipt]:
        if self._owed is not None:
            # What decides is stored before the first decision it makes.
            with contextlib.suppress(Unwritable):  # another process was first
                await self._commits.record(*self._owed)
            self._owed = None
        started = time.perf_counter()
        if (event := group[0].event) is not None:
            receipts = [await self._commits.record(*event)]
        else:
            batch = [item for one in group for item in one.drafts]
            receipts = await self._commits.commit(batch) if batch else []
        metrics.committed(len(receipts), time.perf_counter() - started)
        return receipts

    def _drain(self) -> list[Waiting]:
        waiting = list(self._queue)
        self._queue.clear()
        self._count(-self._queued)
        return waiting

    def _fail(self, group: Sequence[Waiting], error: LogUnavailable) -> None:
        if not isinstance(error, Overtaken):
            cause = type(error.__cause__).__name__ if error.__cause__ else None
            logger.warning(
                "decision_log_unavailable", code=error.code, detail=error.detail, cause=cause
            )
            metrics.not_recorded(error.code, len(group))
        if not isinstance(error, Unwritable):
            self._trouble = (time.monotonic(), error)
        for one in group:
            if not one.answer.done():
                one.answer.set_exception(_told_again(error))


def _told_again(error: LogUnavailable) -> LogUnavailable:
    """A copy for each caller: an exception that is raised twice mixes up its tracebacks."""
    if isinstance(error, RepeatTaken):
        return RepeatTaken()
    if isinstance(error, Unwritable):
        return type(error)(error.detail)
    return LogUnavailable(error.code, error.detail, error.retry_after)
