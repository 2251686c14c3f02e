"""The power fails: no answered decision is lost in any state the disk may be left in.

The control runs the same with SQLite set up for speed, and must lose some: a harness that cannot
fail proves nothing.
"""

from __future__ import annotations

import time

import pytest
from power import FULL, read_trace, survive
from syscalls import MAY_SKIP, Nursery, receipts

import drafts
from databases import Database
from mayuse.decision_log.opening import open_log

pytestmark = pytest.mark.skipif(MAY_SKIP, reason="strace tells what is written")


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
async def test_power_loss(tmp_path, capsys, synchronous):
    database = Database(f"sqlite:///{tmp_path}/mayuse.db", tmp_path / "keys")
    log = await open_log(database.url, database.keys_dir)
    await log.append(await drafts.drafts(*drafts.many(5)))
    await log.close()
    base = {"mayuse.db": database.location.file.read_bytes()}
    assert not database.location.file.with_name("mayuse.db-wal").exists()
    weak = "" if synchronous == "FULL" else synchronous
    async with Nursery() as nursery:
        await nursery.run(database, tmp_path / "acks", *FULL, weak=weak)
    told = receipts(tmp_path / "acks")
    ops = read_trace(tmp_path / "trace", tmp_path)
    started = time.monotonic()
    outcome = survive(base, ops, tmp_path / "state")

    with capsys.disabled():
        print(  # noqa: T201 - a figure to be seen
            f"\npower loss with synchronous = {synchronous}: {len(ops)} operations, "
            f"{outcome.states} states of the disk, violations = {len(outcome.violations)}; "
            f"{time.monotonic() - started:.1f} s"
        )
    assert sum(op.kind == "ack" for op in ops) == len(told) == 36
    if synchronous == "FULL":
        assert outcome.violations == []
    else:
        assert any("are lost" in item for item in outcome.violations)
    assert outcome.states > 100
