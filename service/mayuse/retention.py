"""Records are kept for a time, then dropped, oldest first. The tree over them stays whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.answer import Receipt
from mayuse.decision_log.entry import to_micros, to_text
from mayuse.decision_log.event import FORMER_ORIGIN, Anchor, Event, Happening, Key, Purge
from mayuse.decision_log.opening import OpenLog
from mayuse.store.purging import STEP, Step, drop, next_step
from mayuse.store.residue import empty_wal
from mayuse.store.session import Location, reading
from mayuse.store.tree_tables import LogState

MONTHS = 24
"""How long records are kept, unless an operator says otherwise."""


@dataclass(frozen=True, slots=True)
class Purged:
    """That some records were dropped."""

    until: int
    """Records of leaves before this one are gone."""

    records: int
    """How many went in this step."""

    decisions: int
    """How many of them were decisions."""

    receipt: Receipt
    """Of the record that says so."""


class Retention:
    """Drops old records of one database."""

    def __init__(self, log: OpenLog, reader: AsyncEngine, location: Location) -> None:
        """`log` and `reader` stay their owners', who close them."""
        self._log = log
        self._reader = reader
        self._location = location

    async def purge(
        self, before: datetime, *, caller: str, at: datetime, size: int = STEP
    ) -> AsyncIterator[Purged]:
        """Drop the records from before that time, in steps; each is a record of the log.

        The log is dropped from its beginning as far as it is old: a record from before that time
        that was written behind a younger one stays until that one goes. Raises `LogUnavailable`;
        what was dropped until then is dropped.
        """
        while (step := await next_step(self._reader, to_micros(before), size)) is not None:
            for what in _said_again(step):
                await self._log.record(what, at=at)
            receipt = await self._log.record(_said(step, before, caller), at=at, changes=drop(step))
            yield Purged(step.until, step.records, step.decisions, receipt)
        if self._location.dialect == "sqlite":
            await asyncio.to_thread(empty_wal, self._location.file)

    async def purged(self) -> int:
        """How many records were dropped, since the log began. Raises `LogUnavailable`."""
        async with reading(self._reader) as connection:
            found: int = (await connection.execute(select(col(LogState.min_index)))).scalar_one()
            return found


def months_before(now: datetime, months: int = MONTHS) -> datetime:
    """Midnight (UTC) of the first day of the month so many months ago: whole months are kept."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(
        year=years, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _said_again(step: Step) -> list[Happening]:
    """Under which names and by which keys the log once signed: its checkpoints stay."""
    happened = [Event.from_bytes(record).what for record in step.lasting]
    return [
        what
        for what in happened
        if (isinstance(what, Anchor) and what.by == FORMER_ORIGIN)
        or (isinstance(what, Key) and what.to_size is not None)
    ]


def _said(step: Step, before: datetime, caller: str) -> Purge:
    """From leaf 0 on: an older purge's own record goes one day, and this one stands for it."""
    return Purge(
        caller=caller,
        before=to_micros(before),
        first=0,
        until=step.until,
        size=step.tree.size,
        root=to_text(step.tree.root),
    )
