"""A real log, written by the real writer: verified, then tampered with as only a superuser can."""

from __future__ import annotations

import asyncio

import pytest

import drafts
from mayuse.decision_log.findings import Report
from mayuse.store.whole_log import Beside, verify_stored


async def sealed(database, size):
    """Wait until the sealer has made leaves of everything: on SQLite that is so at once."""
    for _ in range(100):
        [state] = await database.rows("SELECT size FROM log_state")
        if state["size"] >= size and not await database.count("pending"):
            return state["size"]
        await asyncio.sleep(0.05)
    pytest.fail("what was recorded is not sealed")


async def test_a_log_that_was_written_is_found_good(database, log):
    for _ in range(3):
        await log.append(await drafts.drafts(*drafts.many(200)))
    size = await sealed(database, 600)
    report = await verify_stored(database.location, Beside(row_mac=log.keys.row_mac))
    assert report.findings == []
    assert report.rows == report.size == size
    assert report.entries["decision"] == 600
    assert report.checkpoints >= 1
    assert report.runs >= 1
    assert isinstance(report, Report)
