"""Kill the service under load, again and again, and count what it lost.

    PYTHONPATH=service:tests python tests/faults/kill_harness.py --door http --database postgresql

Prints the figures and ends with 1 if anything that was answered is not in the database as it was
answered. The same function is what the tests run, with smaller numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from checker import Report, check
from doors import Answered, Door, Service, Writer

import postgres
from databases import DIALECTS, Database

DOORS: dict[str, type[Door]] = {"writer": Writer, "http": Service}


async def kill_under_load(
    database: Database, door: type[Door], *, kills: int, answered: int
) -> Report:
    """Start, load, SIGKILL; `kills` times, until `answered` were answered in all. Then check."""
    told = Answered()
    for number in range(1, kills + 1):
        async with door(database, told) as running:
            # Each run answers something, even if the one before went far beyond its share.
            await told.reach(max(answered * number // kills, len(told.receipts) + 1))
            await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311 - anywhere in a commit
            await running.kill()
    return await check(database, told.receipts)


def figures(report: Report, *, door: str, database: str, kills: int, seconds: float) -> str:
    return (
        f"{kills} kill -9 of the {door} on {database}: {report.answered} answered, "
        f"lost = {report.lost}, changed = {report.changed}, torn = {report.torn}, "
        f"gaps = {report.gaps} in {report.runs} runs; {report.unanswered} recorded but never told; "
        f"{seconds:.1f} s"
    )


async def _main(arguments: argparse.Namespace, database: Database) -> Report:
    started = time.monotonic()
    report = await kill_under_load(
        database, DOORS[arguments.door], kills=arguments.kills, answered=arguments.answered
    )
    line = figures(
        report,
        door=arguments.door,
        database=database.dialect,
        kills=arguments.kills,
        seconds=time.monotonic() - started,
    )
    sys.stdout.write(f"{line}\n")
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--door", choices=sorted(DOORS), default="http")
    parser.add_argument("--database", choices=DIALECTS, default="sqlite")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--answered", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        if arguments.database == "sqlite":
            database = Database(f"sqlite:///{folder}/mayuse.db", keys)
            report = asyncio.run(_main(arguments, database))
        else:
            with postgres.running(on_disk=True) as server:
                database = Database(asyncio.run(server.create_database()), keys)
                report = asyncio.run(_main(arguments, database))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
