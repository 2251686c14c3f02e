"""Whoever looks into the log leaves a record in it: what was done, by whom, how much was shown."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Literal, Protocol

from mayuse.answer import Receipt
from mayuse.decision_log.event import Happening, Search
from mayuse.store.search import Filters

Act = Literal[
    "list",
    "count",
    "export",
    "access_request",
    "report",
    "search_subject",
    "search_resource",
    "search_action",
]


class Records(Protocol):
    """What makes an event a leaf of the log."""

    async def record(self, what: Happening, *, at: datetime) -> Receipt:
        """Raises `LogUnavailable`."""


class Searches:
    """Records searches. What could not be recorded must not be shown."""

    def __init__(self, log: Records) -> None:
        self._log = log

    async def record(self, act: Act, filters: Filters, found: int, *, caller: str) -> Receipt:
        """Record a search, before what it found is told.

        Of a person only that one was asked for, never whom. Raises `LogUnavailable`.
        """
        return await self._log.record(
            Search(caller=caller, act=act, filters=named(filters), found=found),
            at=datetime.now(UTC),
        )


def named(filters: Filters) -> tuple[str, ...]:
    """The filters as the log keeps them: `name=value`, a person's id left out."""
    given = {name: value for name, value in asdict(filters).items() if value is not None}
    person = ["subject"] if given.pop("subject", None) is not None else []
    return tuple(sorted([*person, *(f"{name}={_text(value)}" for name, value in given.items())]))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
