"""To forget a person: their key is destroyed, and what tied decisions to them with it.

The records stay, so that the log verifies as before, and hold nothing that could be tied to
the person or to each other any more. That it was done is itself a record of the log, and its
receipt is the proof for the person.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse.answer import Receipt
from mayuse.decision_log.entry import Unwritable, to_text
from mayuse.decision_log.event import RESTORED, Erasure
from mayuse.decision_log.opening import OpenLog
from mayuse.errors import LogUnavailable, NotFound
from mayuse.store.forgetting import Remembered, come_back, erasure_record, forget, remembered
from mayuse.store.residue import empty_wal
from mayuse.store.session import Location

REQUESTED = "data_subject_request"

_PAUSES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds to wait before each try, when decisions about the person keep coming in."""


@dataclass(frozen=True, slots=True)
class Erased:
    """That a person was forgotten."""

    key_id: str
    """Random name of the destroyed key; it tells nothing of the person."""

    decisions: int
    """How many decisions lost what tied them to the person."""

    choices: int
    """How many events of the person's choices were deleted."""

    at: datetime
    receipt: Receipt
    """Of the record that says so."""

    record: str | None
    """That record, whose hash is the receipt's; None where it says what one before has said."""

    overwritten: bool
    """Whether nothing is left in the database's own files. False on SQLite while a reader keeps
    the old state in the write-ahead log, and on PostgreSQL, whose own logs and copies keep it
    until they are recycled."""


class Erasures:
    """Forgets persons in one database."""

    def __init__(self, log: OpenLog, reader: AsyncEngine, location: Location) -> None:
        """`log` and `reader` stay their owners', who close them."""
        self._log = log
        self._reader = reader
        self._location = location

    async def erase(
        self, person: str, *, caller: str, at: datetime, reason: str = REQUESTED
    ) -> Erased:
        """Forget the person of this id.

        1. Look up what is held of them.
        2. Record the erasure and delete, in one transaction; again, if something came between.
        3. Overwrite what the database's files still hold.

        Raises `NotFound` when nothing is held, `LogUnavailable` when it could not be done.
        """
        return await self._erase(self._log.keys.subject_lookup(person), caller, at, reason)

    async def erase_again(self, *, caller: str, at: datetime) -> list[Erased]:
        """Forget once more whoever came back with a restored backup.

        Raises `ErasureUnproved`, and nobody is forgotten, when the log does not prove of each of
        them that they were to be; `LogUnavailable`.
        """
        found = [
            await self._erase(lookup, caller, at, RESTORED)
            for lookup in await come_back(self._reader, self._log.keys)
        ]
        if not found:
            await self.overwrite()
        return found

    async def _erase(self, lookup: bytes, caller: str, at: datetime, reason: str) -> Erased:
        with self._log.holding(lookup):
            held, receipt = await self._forget(lookup, caller, at, reason)
        return Erased(
            key_id=to_text(held.key_id),
            decisions=held.decisions,
            choices=held.choices,
            at=at,
            receipt=receipt,
            record=await erasure_record(self._reader, held.key_id, receipt.leaf_hash),
            overwritten=await self.overwrite(),
        )

    async def _forget(
        self, lookup: bytes, caller: str, at: datetime, reason: str
    ) -> tuple[Remembered, Receipt]:
        for pause in _PAUSES:
            await asyncio.sleep(pause)
            held = await remembered(self._reader, lookup)
            if held is None:
                raise NotFound("nothing is held of this person")
            try:
                return held, await self._record(held, caller, at, reason)
            except Unwritable:
                continue  # a choice came between, or a decision of another process
        raise LogUnavailable("log_busy", "decisions about this person are being recorded")

    async def _record(self, held: Remembered, caller: str, at: datetime, reason: str) -> Receipt:
        what = Erasure(
            caller=caller, key_id=to_text(held.key_id), reason=reason, decisions=held.decisions
        )
        again = reason == RESTORED
        changes = forget(held, self._location.dialect, again=again)
        return await self._log.record(what, at=at, changes=changes)

    async def overwrite(self) -> bool:
        """Overwrite what the database's files still hold of persons who were forgotten."""
        if self._location.dialect != "sqlite":
            return False
        return await asyncio.to_thread(empty_wal, self._location.file)
