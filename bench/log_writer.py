"""How many decisions a second the log makes durable, and how long each caller waits.

    PYTHONPATH=service:tests python bench/log_writer.py --database postgresql --callers 64

Each caller hands in one decision, waits for its receipt, and hands in the next. Decisions are made
beforehand: this measures the log alone, with its group commit, on a disk.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import drafts
import postgres
from mayuse import journal
from mayuse.answer import Draft
from mayuse.decision_log.opening import open_log

PREPARED = 60_000


async def measure(database_url: str, folder: Path, callers: int, seconds: float) -> str:
    """One run; the figures in a line."""
    log = await open_log(database_url, folder / "keys")
    made = iter(await drafts.drafts(*drafts.many(PREPARED)))
    waits: list[float] = []
    give_up = time.perf_counter() + seconds

    async def caller() -> None:
        while time.perf_counter() < give_up and (draft := next(made, None)) is not None:
            waits.append(await timed(draft))

    async def timed(draft: Draft) -> float:
        started = time.perf_counter()
        await log.append([draft])
        return time.perf_counter() - started

    started, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took, busy = time.perf_counter() - started, time.process_time() - busy
    await log.close()
    waits.sort()
    return (
        f"{callers:4} callers: {len(waits) / took:7.0f} decisions/s, "
        f"p50 {waits[len(waits) // 2] * 1000:6.1f} ms, "
        f"p99 {waits[len(waits) * 99 // 100] * 1000:6.1f} ms, "
        f"{busy / len(waits) * 1e6:.0f} µs of processor time each in this process"
    )


def main() -> None:
    """Read the arguments, make a database, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    journal.configure("error")
    print(f"{arguments.database}, load average {os.getloadavg()[0]:.1f}")
    for callers in arguments.callers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if arguments.database == "sqlite":
                url = f"sqlite:///{folder}/mayuse.db"
                print(asyncio.run(measure(url, folder, callers, arguments.seconds)))
            else:
                with postgres.running(on_disk=True) as server:
                    url = asyncio.run(server.create_database())
                    print(asyncio.run(measure(url, folder, callers, arguments.seconds)))


if __name__ == "__main__":
    main()
