"""Several processes write one log: all of them get on, and nothing is lost or torn."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

from checker import check
from doors import Answered, Writer

import drafts
from mayuse.decision_log.opening import open_log

PROCESSES = 3


async def test_three_processes_write_at_once_and_stop_well(database, figure):
    told = [Answered() for _ in range(PROCESSES)]
    async with AsyncExitStack() as stack:
        doors = await asyncio.gather(
            *(stack.enter_async_context(Writer(database, one)) for one in told)
        )
        started = time.monotonic()
        await asyncio.gather(*(one.reach(300) for one in told))
        seconds = time.monotonic() - started
        codes = await asyncio.gather(*(door.stop() for door in doors))

    receipts = {name: leaf for one in told for name, leaf in one.receipts.items()}
    report = await check(database, receipts)
    figure(
        f"{PROCESSES} processes on one {database.dialect} database: "
        f"{[len(one.receipts) for one in told]} answered in {seconds:.1f} s, "
        f"lost = {report.lost}, torn = {report.torn}, gaps = {report.gaps} "
        f"in {report.runs} runs"
    )
    assert codes == [0] * PROCESSES
    assert report.faults == {}
    assert report.stored == report.answered  # each stopped well: what was recorded was told
    assert report.runs == PROCESSES


async def test_a_second_log_beside_the_first_shares_the_database(database):
    """The command line records beside the server."""
    logs = [await open_log(database.url, database.keys_dir) for _ in range(2)]
    made = await drafts.drafts(*drafts.many(400, people=20))
    await asyncio.gather(*(logs[start % 2].append(made[start::8]) for start in range(8)))
    for log in logs:
        await log.close()

    people = {draft.question.subject for draft in made} - {None}
    assert await database.count() == 400
    assert await database.count("subject_key") == len(people)
