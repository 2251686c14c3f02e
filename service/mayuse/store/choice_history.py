"""The events of a person's choices, newest first, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.choices import Event
from mayuse.decision_log.keys import LogKeys
from mayuse.store.cursor import Cursor
from mayuse.store.session import reading
from mayuse.store.tables import ChoiceEvent, SubjectKey

_NAMES = (
    "id",
    "choice",
    "value",
    "effective_us",
    "recorded_us",
    "source",
    "notice",
    "actor",
    "seq",
)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Part of a person's history."""

    events: Sequence[Event]
    cursor: str | None
    """Where the next page begins; None when this was the last."""


async def page(
    engine: AsyncEngine, keys: LogKeys, person: str, *, cursor: str | None, limit: int
) -> HistoryPage:
    """A page of what is recorded of a person, in the order it was recorded, newest first.

    Raises `InvalidQuestion` for a cursor of another list, `LogUnavailable`.
    """
    lookup = keys.subject_lookup(person)
    of_list = f"choices {lookup.hex()}"
    statement = (
        select(*(col(getattr(ChoiceEvent, name)) for name in _NAMES))
        .join(SubjectKey, col(SubjectKey.number) == col(ChoiceEvent.subject))
        .where(col(SubjectKey.lookup) == lookup)
        .order_by(col(ChoiceEvent.seq).desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        after = Cursor.from_text(cursor, keys, of_list)
        statement = statement.where(col(ChoiceEvent.seq) < after.seq)
    async with reading(engine) as connection:
        found = (await connection.execute(statement)).all()
    events = [Event(str(row.id), *row[1:8]) for row in found[:limit]]
    if len(found) <= limit:
        return HistoryPage(events, None)
    last = found[limit - 1]
    return HistoryPage(events, Cursor(last.recorded_us, last.seq).to_text(keys, of_list))
