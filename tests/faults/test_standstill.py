"""A process that stands still in the midst of its work, one asked to end, a clock that jumps.

The others go on; the one that was still goes on too, or notices that its work was done; whoever was
answered finds the decision in the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from contextlib import AsyncExitStack

import pytest
from checker import check
from doors import Answered, Service, Writer
from loading import Load

from databases import Database
from mayuse.decision_log.opening import open_log
from pausing import pause, resume

HOUR_NS = 3600 * 10**9
IN_THE_MIDST = """
    SELECT count(*) AS n FROM pg_stat_activity
    WHERE application_name = 'mayuse sealer' AND state = 'idle in transaction'
    AND datname = current_database()
"""


@pytest.mark.parametrize("rounds", [2, pytest.param(25, marks=pytest.mark.long, id="long")])
async def test_a_process_stands_still_and_the_other_goes_on(database, rounds, figure):
    told = [Answered(), Answered()]
    longest = 0.0
    async with AsyncExitStack() as stack:
        doors = await asyncio.gather(
            *(stack.enter_async_context(Writer(database, one, callers=6)) for one in told)
        )
        await asyncio.gather(*(one.reach(30) for one in told))
        for number in range(rounds):
            still, awake = number % 2, 1 - number % 2
            pid = doors[still].process.pid
            await in_the_midst(database, pid)
            try:
                started, had = time.monotonic(), len(told[awake].receipts)
                with excused(database):
                    await told[awake].reach(had + 20, 3 if database.dialect == "sqlite" else 60)
                longest = max(longest, time.monotonic() - started)
            finally:
                resume([pid])
            await told[still].reach(len(told[still].receipts) + 10, 60)
        codes = [await door.stop() for door in doors]
    receipts = {name: leaf for one in told for name, leaf in one.receipts.items()}
    report = await check(database, receipts)
    figure(
        f"{rounds} standstills of one of two writers on {database.dialect}: "
        f"{report.answered} answered, lost = {report.lost}, untrue = {report.untrue}, "
        f"the other was held up for {longest:.1f} s at most"
    )
    assert codes == [0, 0]
    assert report.faults == {}
    assert report.waiting == 0


def excused(database: Database) -> contextlib.AbstractContextManager[None]:
    """SQLite has one writer: if that is who stands still, the others are refused till it goes on.

    PostgreSQL ends the transaction of one that stands still, so there is no excuse.
    """
    return contextlib.suppress(*(TimeoutError,) if database.dialect == "sqlite" else ())


async def in_the_midst(database: Database, pid: int) -> None:
    """Stop a process: on PostgreSQL, if it comes to pass, while it seals; else at any moment."""
    if database.dialect == "sqlite":
        await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311 - any moment
        pause([pid])
        return
    for _ in range(200):
        pause([pid])
        if (await database.rows(IN_THE_MIDST))[0]["n"]:
            return
        resume([pid])
        await asyncio.sleep(random.uniform(0, 0.01))  # noqa: S311 - any moment
    pause([pid])


async def test_a_service_that_is_asked_to_end_answers_what_it_has_begun(database, figure):
    told = Answered()
    async with Service(database, told) as service:
        await told.reach(50)
        code = await service.stop()
    report = await check(database, told.receipts)
    figure(
        f"SIGTERM to the service under load on {database.dialect}: exit code {code}, "
        f"{report.answered} answered, lost = {report.lost}, "
        f"recorded but never told = {report.unanswered}"
    )
    assert code == 0
    assert report.faults == {}
    assert report.unanswered == 0
    assert report.closed == report.runs
    assert report.waiting == 0


@pytest.mark.parametrize("hours", [-24 * 400, -1, 1, 24 * 400])
async def test_a_clock_that_jumps_breaks_nothing(database, monkeypatch, hours):
    ours, load = time.time_ns, Load()
    log = await open_log(database.url, database.keys_dir)
    await asyncio.gather(*(load.ask(log) for _ in range(20)))
    monkeypatch.setattr(time, "time_ns", lambda: ours() + hours * HOUR_NS)
    await asyncio.gather(*(load.ask(log) for _ in range(20)))
    monkeypatch.undo()
    await asyncio.gather(*(load.ask(log) for _ in range(20)))
    await log.close()
    report = await check(database, load.receipts)
    assert load.refused == {}
    assert report.faults == {}
    assert report.answered == 60
