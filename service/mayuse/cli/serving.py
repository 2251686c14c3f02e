"""The log behind a command, opened for as long as the command takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mayuse import bootstrap, journal, settings
from mayuse.service import Records


@asynccontextmanager
async def opened() -> AsyncIterator[Records]:
    """The records as the environment sets them; errors alone are logged. Raises `open_records`."""
    journal.configure("error")
    async with bootstrap.open_records(settings.load()) as records:
        yield records
