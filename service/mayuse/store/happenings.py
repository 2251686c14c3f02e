"""What happened to the log itself, read back: searches, erasures, purges, and who has seen it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import from_micros
from mayuse.decision_log.event import FORMER_ORIGIN, Erasure, Event
from mayuse.errors import MalformedRecord, ProofError
from mayuse.store.session import reading
from mayuse.store.tables import KINDS, Decision
from mayuse.store.tree_tables import Anchor

_ALL = 2**31


@dataclass(frozen=True, slots=True)
class Anchored:
    """That somebody outside has seen the log."""

    kind: str
    size: int
    """Leaves the log had when they saw it."""

    at: datetime


class Happenings:
    """Reads the log's own records from one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        """`engine` stays its owner's, who disposes of it."""
        self._engine = engine

    async def newest(self, kind: str, limit: int) -> list[Event]:
        """The newest events of a kind, the newest first, as far as they can be read.

        That one cannot is what a verification tells. Raises `LogUnavailable`.
        """
        statement = (
            select(col(Decision.record))
            .where(
                col(Decision.kind) == literal_column(str(KINDS.index(kind))),
                literal_column("kind") != 0,  # says to the planner that the small index applies
            )
            .order_by(col(Decision.t_us).desc(), col(Decision.seq).desc())
            .limit(limit)
        )
        async with reading(self._engine) as connection:
            records = (await connection.execute(statement)).scalars().all()
        return list(_readable(records))

    async def erased(self) -> dict[str, int]:
        """By each erasure of the log: how many decisions it made nobody's.

        Raises `LogUnavailable`.
        """
        return {
            event.id: event.what.decisions
            for event in await self.newest("erasure", _ALL)
            if isinstance(event.what, Erasure)
        }

    async def anchored(self) -> list[Anchored]:
        """By each kind of outside: the largest log it saw, and when. Raises `LogUnavailable`."""
        statement = (
            select(col(Anchor.kind), func.max(col(Anchor.size)), func.max(col(Anchor.t_us)))
            .where(col(Anchor.kind) != FORMER_ORIGIN)
            .group_by(col(Anchor.kind))
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        return [Anchored(kind, size, from_micros(t_us)) for kind, size, t_us in sorted(rows)]

    async def former(self) -> list[tuple[Checkpoint, datetime]]:
        """The last checkpoint under each name the log had before, and when it was given up.

        As far as they can be read; oldest first. Raises `LogUnavailable`.
        """
        statement = (
            select(col(Anchor.evidence), col(Anchor.t_us))
            .where(col(Anchor.kind) == FORMER_ORIGIN)
            .order_by(col(Anchor.id))
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        found = []
        for note, t_us in rows:
            with contextlib.suppress(ProofError, UnicodeDecodeError):
                told = Checkpoint.from_note(note.decode())
                found.append((told, from_micros(t_us)))
        return found


def _readable(records: Iterable[bytes]) -> Iterator[Event]:
    for record in records:
        with contextlib.suppress(MalformedRecord):
            yield Event.from_bytes(record)
