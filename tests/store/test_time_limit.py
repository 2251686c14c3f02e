"""SQLite's readers are bounded in time, as PostgreSQL's are."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from mayuse.decision_log.opening import open_log
from mayuse.errors import InvalidQuestion, LogUnavailable
from mayuse.store import time_limit
from mayuse.store.counts import Counts
from mayuse.store.session import Location, open_engine, reading
from mayuse.store.time_limit import was_too_slow

WITHOUT_END = text(
    "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT n FROM n"
)


@pytest.fixture
async def log(tmp_path):
    log = await open_log(f"sqlite:///{tmp_path}/mayuse.db", tmp_path / "keys")
    yield log
    await log.close()


@pytest.fixture
def location(log, tmp_path):
    assert log
    return Location.from_url(f"sqlite:///{tmp_path}/mayuse.db")


async def test_a_statement_that_does_not_end_is_ended_and_the_next_one_is_not(location):
    engine = open_engine(location, read_seconds=1)
    with pytest.raises(LogUnavailable) as told:
        async with asyncio.timeout(20), reading(engine) as connection:
            await connection.execute(WITHOUT_END)
    assert was_too_slow(told.value)
    async with reading(engine) as connection:
        for _ in range(2):
            await asyncio.sleep(0.7)  # each has its own time, however long the transaction lasts
            found = await connection.execute(text(f"{WITHOUT_END} LIMIT 30000"))
            assert len(found.all()) == 30_000
    await engine.dispose()


async def test_another_fault_is_not_called_slow(location):
    engine = open_engine(location)
    with pytest.raises(LogUnavailable) as told:
        async with reading(engine) as connection:
            await connection.execute(text("SELECT nothing FROM nowhere"))
    assert not was_too_slow(told.value)
    await engine.dispose()


async def test_a_count_that_takes_too_long_is_to_be_narrowed(location, log, monkeypatch):
    monkeypatch.setattr(time_limit, "_STEPS", 1)
    patient, hasty = open_engine(location), open_engine(location, read_seconds=-1)
    assert await Counts(patient, log.keys).by(("effect",)) == []
    with pytest.raises(InvalidQuestion, match="/since"):
        await Counts(hasty, log.keys).by(("effect",))
    await patient.dispose()
    await hasty.dispose()
