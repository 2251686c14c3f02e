"""The service behind a command, opened for as long as the command takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mayuse import bootstrap, journal, settings
from mayuse.bootstrap import Service


@asynccontextmanager
async def opened() -> AsyncIterator[Service]:
    """The service as the environment sets it; it logs errors alone. Raises as `open_service`."""
    journal.configure("error")
    async with bootstrap.open_service(settings.load()) as service:
        yield service
