"""Load on a log in this process: callers that ask, are told or refused, and ask again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import drafts
from mayuse.answer import Receipt
from mayuse.decision_log.writer import DecisionLog
from mayuse.errors import LogUnavailable


@dataclass
class Load:
    """What callers heard."""

    receipts: dict[str, Receipt] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    longest_refusal: float = 0.0

    async def ask(self, log: DecisionLog) -> bool:
        """One question; whether it was answered."""
        [draft] = await drafts.drafts(*drafts.many(1), now=datetime.now(UTC))
        started = time.monotonic()
        try:
            [receipt] = await log.append([draft])
        except LogUnavailable as error:
            self.refused[error.code] += 1
            self.longest_refusal = max(self.longest_refusal, time.monotonic() - started)
            return False
        self.receipts[draft.id] = receipt
        return True

    async def answered_again(self, log: DecisionLog, seconds: float) -> None:
        """Ask until answered; fail when that takes too long."""
        give_up = time.monotonic() + seconds
        while not await self.ask(log):
            if time.monotonic() > give_up:
                raise TimeoutError("the log did not recover")
            await asyncio.sleep(0.05)


@asynccontextmanager
async def loaded(log: DecisionLog, callers: int = 16):
    """Callers that go on asking while the block runs."""
    load, stop = Load(), asyncio.Event()

    async def go_on() -> None:
        while not stop.is_set():
            if not await load.ask(log):
                await asyncio.sleep(0.02)

    tasks = [asyncio.create_task(go_on()) for _ in range(callers)]
    try:
        yield load
    finally:
        stop.set()
        await asyncio.gather(*tasks)
