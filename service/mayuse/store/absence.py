"""A database server that is not there yet, for which a start waits, or that refuses to do it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from mayuse.errors import LogUnavailable

T = TypeVar("T")

DATABASE_SECONDS = 30
"""How long a start waits for a database server that does not answer yet."""

GOING_OR_COMING = ("08", "57P01", "57P02", "57P03")
"""How PostgreSQL's codes begin for a lost connection, and for a server that stops or starts."""

CONNECTION_ENDED = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # ended while something was being sent
    ConnectionError,
)
"""What asyncpg says of a connection that the server ended."""

POSTGRESQL_FAILED = (asyncpg.PostgresError, *CONNECTION_ENDED, OSError)
"""Whatever a server or a connection can say, a timeout among it."""

DATABASE_FAILED = (SQLAlchemyError, *POSTGRESQL_FAILED)
"""The same, and what is said through SQLAlchemy, of SQLite too."""

PRIVILEGE = "42501"
"""PostgreSQL's code for what a role may not do."""

log = structlog.get_logger(__name__)


async def until_there(do: Callable[[], Awaitable[T]]) -> T:
    """Do it, again each second while there is no server. Raises what it raises otherwise."""
    give_up = time.monotonic() + DATABASE_SECONDS
    while True:
        try:
            return await do()
        except LogUnavailable as error:
            if not is_absent(error.__cause__) or time.monotonic() >= give_up:
                raise
            log.warning("waiting_for_database", reason=error.detail)
            await asyncio.sleep(1)


def is_absent(error: BaseException | None) -> bool:
    """Whether there is no server, or it stops or starts; not if it refuses the password.

    Told by the error or by one that it came from: the drivers say a connection that was lost in
    the middle of something in many ways.
    """
    while error is not None:
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        gone = isinstance(error, (OSError, asyncpg.InternalClientError))
        if lost or gone or _code(error).startswith(GOING_OR_COMING):
            return True
        error = error.__cause__
    return False


def unavailable(told: str, cause: BaseException) -> LogUnavailable:
    """What is said when the database did not do it; that it may not be asked to, where so."""
    if _code(cause) == PRIVILEGE:
        told += ": the role in its URL lacks a privilege, see `mayuse db roles`"
    return LogUnavailable("log_unavailable", told)


def _code(error: BaseException) -> str:
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""
