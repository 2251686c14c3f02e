"""A real log, written by the real writer: verified, then tampered with as only a superuser can."""

from __future__ import annotations

import asyncio
import threading

import pytest

import drafts
from mayuse.decision_log.findings import Report
from mayuse.decision_log.mac import Mac
from mayuse.store import whole_leaves
from mayuse.store.helpers import Helping, helped
from mayuse.store.log_beside import RuleIndex
from mayuse.store.session import Location
from mayuse.store.stretches import STRETCH
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


def spied(real, calls):
    def call(*given):
        calls.append(given)
        return real(*given)

    return call


async def test_other_processes_that_help_find_the_same(database, log, monkeypatch):
    helping, whole = [], []
    monkeypatch.setattr(whole_leaves, "helped", spied(helped, helping))
    monkeypatch.setattr(RuleIndex, "add", spied(RuleIndex.add, whole))
    for _ in range(6):
        await log.append(await drafts.drafts(*drafts.many(400)))
    await sealed(database, 2_400)
    stranger = Mac(b"another key")
    for row_mac, found in ((None, 0), (log.keys.row_mac, 0), (stranger, 2_400)):
        heard = []
        helping.clear()
        whole.clear()
        monkeypatch.setattr(whole_leaves, "WORTH_IT", 10**9)
        alone = await verify_stored(database.location, Beside(row_mac=row_mac))
        monkeypatch.setattr(whole_leaves, "WORTH_IT", 1)
        shared = await verify_stored(
            database.location, Beside(row_mac=row_mac), progress=heard.append
        )
        assert shared == alone
        assert shared.found["row_foreign"] >= found
        assert len(helping) == 1
        assert len(whole) == (0 if found else 4)  # two stretches, looked at twice
        assert heard == sorted(heard)
        assert heard[-1] == shared.size


def test_processes_that_cannot_read_say_nothing(tmp_path):
    nowhere = Location.from_url(f"sqlite:///{tmp_path}/none.db")
    with helped(Helping(nowhere, (1, 2), None), range(1), STRETCH, lambda: False) as found:
        assert list(found) == [None]


async def test_a_verification_that_is_given_up_goes_no_further(database, log):
    await log.append(await drafts.drafts(*drafts.many(40)))
    await sealed(database, 40)
    heard, go_on, loop = [], threading.Event(), asyncio.get_running_loop()

    def progress(seen):
        heard.append(seen)
        loop.call_soon_threadsafe(task.cancel)
        go_on.wait(30)

    task = asyncio.create_task(verify_stored(database.location, progress=progress))
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await asyncio.sleep(0.5)
    assert len(heard) == 1
