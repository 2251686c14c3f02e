"""How long a reader's statement may take on SQLite, which has no `statement_timeout` of its own."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse.errors import LogUnavailable

_STEPS = 100_000
"""SQLite asks after so many steps of a statement, about a millisecond, whether to go on."""

_ENDED_BY_POSTGRESQL = "57014"


class _Watch:
    """Of one connection: since when its statement has been running."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = float("inf")

    def begin(self) -> None:
        self._end = time.monotonic() + self._seconds

    def is_over(self) -> bool:
        return time.monotonic() > self._end


def limit_sqlite(engine: AsyncEngine, seconds: float) -> None:
    """End the statements of this engine's connections that take longer, fetching included."""

    @event.listens_for(engine.sync_engine, "connect")
    def _watch(connection: Any, record: Any) -> None:  # noqa: ANN401 - the driver's
        watch = record.info["watch"] = _Watch(seconds)
        connection.run_async(lambda raw: raw.set_progress_handler(watch.is_over, _STEPS))

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _begin(connection: Any, *_statement: object) -> None:  # noqa: ANN401 - SQLAlchemy's
        connection.info["watch"].begin()


def was_too_slow(error: LogUnavailable) -> bool:
    """Whether a statement was ended, by either database, because it took too long."""
    cause = getattr(error.__cause__, "orig", None)
    return (
        getattr(cause, "sqlstate", None) == _ENDED_BY_POSTGRESQL
        or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    )
