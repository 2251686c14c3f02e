"""A process that decides and records under load, and says on a pipe what it was given receipts for.

    driver.py DATABASE_URL KEYS_DIR CALLERS

`ready`, then one line of JSON for each receipt, written the moment it is there.
Refused decisions are counted on stderr at the end. SIGTERM ends it well, SIGKILL not at all.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import drafts
from mayuse import journal
from mayuse.decide import may
from mayuse.decision_log.opening import open_log
from mayuse.decision_log.writer import DecisionLog
from mayuse.errors import LogUnavailable

STDOUT = 1
refused: Counter[str] = Counter()


async def ask(log: DecisionLog, stop: asyncio.Event) -> None:
    """One caller: asks, tells, asks again."""
    questions = drafts.many(1000, people=5000)
    number = 0
    while not stop.is_set():
        number += 1
        try:
            decision = await may(
                questions[number % len(questions)],
                engine=drafts.FewLines(),
                choices=drafts.NothingChosen(),
                log=log,
                caller="load",
                now=datetime.now(UTC),
            )
        except LogUnavailable as error:
            refused[error.code] += 1
            await asyncio.sleep(0.02)
        else:
            told = {"id": decision.draft.id, **asdict(decision.receipt)}
            os.write(STDOUT, json.dumps(told).encode() + b"\n")


async def main(database_url: str, keys_dir: Path, callers: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    log = await open_log(database_url, keys_dir)
    os.write(STDOUT, b"ready\n")
    await asyncio.gather(*(ask(log, stop) for _ in range(callers)))
    await log.close()
    sys.stderr.write(f"refused {dict(refused)}\n")


if __name__ == "__main__":
    journal.configure("error")
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
