"""How many decisions a second the log makes durable, and how long each caller waits.

    PYTHONPATH=service:tests python bench/log_writer.py --database postgresql --callers 64
    PYTHONPATH=service:tests python bench/log_writer.py --callers 4 --batch 500
    PYTHONPATH=service:tests python bench/log_writer.py --start 10000000

Each caller hands in one decision, or a batch, waits for its receipts, and hands in the next. On
SQLite every receipt has its proof; on PostgreSQL with `--wait 0` it has a promise. Decisions are
made beforehand: this measures the log alone, with its group commit and its tree, on a disk.
`--start` measures how long a log of so many leaves takes to open.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg

import drafts
import postgres
from mayuse import journal
from mayuse.answer import Draft
from mayuse.decision_log.opening import Limits, open_log
from mayuse.decision_log.tree import Tree
from mayuse.store.session import Location

PREPARED = 60_000


async def measure(database_url: str, folder: Path, callers: int, given: argparse.Namespace) -> str:
    """One run; the figures in a line."""
    limits = Limits(receipt_wait=given.wait)
    log = await open_log(database_url, folder / "keys", limits=limits)
    made = await drafts.drafts(*drafts.many(PREPARED))
    batches = iter([made[at : at + given.batch] for at in range(0, PREPARED, given.batch)])
    waits: list[float] = []
    give_up = time.perf_counter() + given.seconds

    async def caller() -> None:
        while time.perf_counter() < give_up and (batch := next(batches, None)) is not None:
            waits.append(await timed(batch))

    async def timed(batch: Sequence[Draft]) -> float:
        started = time.perf_counter()
        await log.append(batch)
        return time.perf_counter() - started

    started, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took, busy = time.perf_counter() - started, time.process_time() - busy
    await log.close()
    waits.sort()
    count = len(waits) * given.batch
    return (
        f"{callers:4} callers of {given.batch}: {count / took:7.0f} decisions/s, "
        f"p50 {waits[len(waits) // 2] * 1000:6.1f} ms, "
        f"p99 {waits[len(waits) * 99 // 100] * 1000:6.1f} ms, "
        f"{busy / count * 1e6:.0f} µs of processor time each in this process, "
        f"{await size(database_url) / count:.0f} bytes each"
    )


async def size(database_url: str) -> int:
    """Bytes of the database, tables and indexes, once it is written out."""
    location = Location.from_url(database_url)
    if location.dialect == "sqlite":
        return location.file.stat().st_size
    connection = await asyncpg.connect(database_url)
    found = int(await connection.fetchval("SELECT pg_database_size(current_database())"))
    await connection.close()
    return found


async def start(folder: Path, leaves: int) -> str:
    """How long a log of so many leaves takes to open, after a tree of that size was put into it."""
    url = f"sqlite:///{folder}/mayuse.db"
    log = await open_log(url, folder / "keys")
    await log.append(await drafts.drafts(*drafts.many(10)))
    await log.close()
    (folder / "keys" / "last_checkpoint").unlink()
    with sqlite3.connect(folder / "mayuse.db") as database:
        tree = Tree.from_bytes(*database.execute("SELECT size, frontier FROM log_state").fetchone())
        database.execute("DROP TRIGGER tile_no_replace")  # it would refuse the statement below
        while tree.size < leaves:
            random = os.urandom(32 * min(100_000, leaves - tree.size))
            grown = tree.grow([random[at : at + 32] for at in range(0, len(random), 32)])
            database.executemany(
                "INSERT INTO tile VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE "
                "SET data = CAST(data || ?3 AS BLOB)",
                [(*tile, data) for tile, data in grown.tiles.items()],
            )
            tree = grown.tree
        database.execute(
            "UPDATE log_state SET size = ?, frontier = ?", (tree.size, tree.to_bytes())
        )
    started = time.perf_counter()
    log = await open_log(url, folder / "keys")
    opened = time.perf_counter()
    if (trouble := await log.ready()) is not None:
        raise trouble
    await log.append(await drafts.drafts(drafts.question()))
    written = time.perf_counter()
    await log.close()
    return (
        f"{leaves} leaves: opened in {(opened - started) * 1000:.0f} ms, "
        f"first decision in {(written - opened) * 1000:.0f} ms more"
    )


def main() -> None:
    """Read the arguments, make a database, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--batch", type=int, default=1, help="decisions a caller hands in at once")
    parser.add_argument("--wait", type=float, default=1.0, help="seconds to wait for a proof")
    parser.add_argument("--start", type=int, help="only open a log of so many leaves (SQLite)")
    arguments = parser.parse_args()
    journal.configure("error")
    print(f"{arguments.database}, load average {os.getloadavg()[0]:.1f}")
    if arguments.start:
        with tempfile.TemporaryDirectory() as name:
            print(asyncio.run(start(Path(name), arguments.start)))
        return
    for callers in arguments.callers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if arguments.database == "sqlite":
                url = f"sqlite:///{folder}/mayuse.db"
                print(asyncio.run(measure(url, folder, callers, arguments)))
            else:
                with postgres.running(on_disk=True) as server:
                    url = asyncio.run(server.create_database())
                    print(asyncio.run(measure(url, folder, callers, arguments)))


if __name__ == "__main__":
    main()
