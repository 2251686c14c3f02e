"""The API keys that count, in memory, never older than a few seconds.

A request costs no query: whoever sends made-up keys reaches nothing but a dictionary.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse.api_keys import ApiKey, digest
from mayuse.errors import LogUnavailable
from mayuse.store import api_keys

FRESH = 1.0
"""Seconds after which the keys are read anew."""

BOUND = 3.0
"""Seconds for which keys that were read may be believed. Then nobody is let in without reading."""

AGAIN = 0.2
"""Seconds between two readings for the sake of a key that is not known: it may be a new one."""

NOTE_EVERY = timedelta(minutes=1)
"""How often the last use of a key is written down."""

log = structlog.get_logger()


class KeyRing:
    """The keys of one database, for one process."""

    def __init__(self, reader: AsyncEngine, writer: AsyncEngine) -> None:
        """Both stay their owner's, who disposes of them."""
        self._reader, self._writer = reader, writer
        self._by_digest: Mapping[bytes, ApiKey] = {}
        self._read_at = -BOUND  # by the monotonic clock: never
        self._loading = asyncio.Lock()
        self._used: dict[str, datetime] = {}
        self._noted: dict[str, datetime] = {}

    async def find(self, secret: str) -> ApiKey | None:
        """The key of this secret, whatever its state. Raises `LogUnavailable`."""
        await self._at_most(BOUND)
        wanted = digest(secret)
        if wanted not in self._by_digest:
            await self._at_most(AGAIN)
        return self._by_digest.get(wanted)

    async def is_empty(self) -> bool:
        """Whether no key was ever made. Raises `LogUnavailable`."""
        await self._at_most(BOUND)
        return not self._by_digest

    def used(self, key: ApiKey, now: datetime) -> None:
        """Remember that a key was used; it is written down later, and at most once a minute."""
        known = self._noted.get(key.name, key.last_used)
        if known is None or now - known >= NOTE_EVERY:
            self._used[key.name] = now

    @asynccontextmanager
    async def kept_fresh(self) -> AsyncIterator[None]:
        """Read the keys now and then, and write down when they were used, until the end."""
        keeping = asyncio.create_task(self._keep_fresh())
        try:
            yield
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await self._note_use()

    async def _at_most(self, age: float) -> None:
        """See to it that the keys are not older. Of many that wait, one reads."""
        if time.monotonic() - self._read_at <= age:
            return
        async with self._loading:
            if time.monotonic() - self._read_at > age:
                begun = time.monotonic()
                found = await api_keys.every(self._reader)
                self._by_digest = {key.digest: key for key in found}
                self._read_at = begun

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(FRESH)
            try:
                await self._at_most(0)
            except LogUnavailable:
                log.warning("keys_unread")  # after BOUND seconds nobody is let in
                continue
            await self._note_use()

    async def _note_use(self) -> None:
        used, self._used = self._used, {}
        if not used:
            return
        self._noted |= used
        try:
            await api_keys.note_use(self._writer, used)
        except LogUnavailable:
            log.warning("key_use_unrecorded")
            self._noted = {name: at for name, at in self._noted.items() if name not in used}
