"""A database server that is not there yet: whoever starts waits for it, for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from mayuse.errors import LogUnavailable

T = TypeVar("T")

DATABASE_SECONDS = 30
"""How long a start waits for a database server that does not answer yet."""

STARTING = "57P03"
"""PostgreSQL's code for a server that cannot be connected to yet."""

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


def is_absent(cause: BaseException | None) -> bool:
    """Whether there is no server, or one that is starting; not if it refuses the password."""
    told = getattr(getattr(cause, "orig", cause), "sqlstate", None)
    return isinstance(cause, OSError) or told == STARTING
