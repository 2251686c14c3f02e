"""SQLite locked, full, read-only, gone or failing to flush: refused in time, nothing torn."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from checker import check
from doors import PATH, Answered, Writer
from loading import Load, loaded
from syscalls import MAY_SKIP

import drafts
from databases import Database
from mayuse.answer import Receipt
from mayuse.decision_log.opening import open_log
from mayuse.errors import LogUnavailable
from mayuse.store.decisions import open_decisions

FAULTS = Path(__file__).parent
LOCK_FOR_4_SECONDS = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN IMMEDIATE")
time.sleep(4)
"""


@pytest.fixture
def database(tmp_path) -> Database:
    return Database(f"sqlite:///{tmp_path}/mayuse.db", tmp_path / "keys")


@pytest.fixture
async def log(database):
    opened = await open_log(database.url, database.keys_dir)
    yield opened
    await opened.close()


async def test_locked_by_another_process_for_longer_than_we_wait(database, log):
    async with loaded(log) as load:
        await asyncio.sleep(0.2)
        other = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", LOCK_FOR_4_SECONDS, str(database.location.file)),
            stdout=asyncio.subprocess.PIPE,
        )
        await other.communicate()
        before = len(load.receipts)
        await load.answered_again(log, 5)

    assert before > 0
    assert load.refused.keys() == {"log_unavailable"}
    assert load.longest_refusal < 4  # one wait of 2 s that was under way, and no second one
    report = await check(database, load.receipts)
    assert report.faults == {}
    assert report.stored == report.answered


async def test_a_reader_that_stays_does_not_stop_writers(database, log):
    reader = sqlite3.connect(database.location.file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM decision").fetchone()
    load = Load()
    for _ in range(50):
        assert await load.ask(log)
    reader.close()

    assert (await check(database, load.receipts)).faults == {}


async def test_the_file_is_gone_and_comes_back(database, log, tmp_path):
    load = Load()
    assert await load.ask(log)
    names = ("mayuse.db", "mayuse.db-wal", "mayuse.db-shm")
    for name in names:
        (tmp_path / name).rename(tmp_path / f"{name}.away")

    assert not await load.ask(log)
    assert not (tmp_path / "mayuse.db").exists()  # no second, empty log in its place
    for name in names:
        (tmp_path / f"{name}.away").rename(tmp_path / name)
    assert await load.ask(log)
    assert load.refused == {"log_unavailable": 1}
    report = await check(database, load.receipts)
    assert (report.faults, report.stored) == ({}, 2)


async def test_another_file_in_its_place_is_noticed(database, log, tmp_path):
    """An older file is moved in: we neither write to the one moved out nor sign this one."""
    load = Load()
    assert await load.ask(log)
    await log.close()
    shutil.copy(tmp_path / "mayuse.db", tmp_path / "copy.db")
    again = await open_log(database.url, database.keys_dir)
    assert await load.ask(again)
    await again.close()

    third = await open_log(database.url, database.keys_dir)
    assert await load.ask(third)
    for name in ("mayuse.db-wal", "mayuse.db-shm"):
        (tmp_path / name).unlink()
    (tmp_path / "copy.db").rename(tmp_path / "mayuse.db")
    after = Load()
    assert not await after.ask(third)
    await third.close()
    assert after.refused == {"log_rolled_back": 1}
    assert await database.count() == 1


async def test_a_failed_flush_is_settled_before_anything_is_written_behind_it(database, log):
    """SQLite reports the failure of an fsync at COMMIT; what the system holds is then unknown."""
    load = Load()
    for _ in range(20):
        assert await load.ask(log)
    commits = log._commits  # noqa: SLF001 - the disk below it is what fails
    before = commits._place.epoch  # noqa: SLF001
    commits._connection = FailingFlush(commits._connection)  # noqa: SLF001

    assert not await load.ask(log)
    wal = database.location.file.with_name("mayuse.db-wal")
    sizes = []
    real = commits._insert  # noqa: SLF001

    def insert(connection, batch):
        sizes.append(wal.stat().st_size)
        return real(connection, batch)

    commits._insert = insert  # noqa: SLF001
    assert await load.ask(log)
    assert sizes == [0]  # the write-ahead log was carried over and emptied first
    assert commits._place.epoch != before  # noqa: SLF001
    report = await check(database, load.receipts)
    assert (report.faults, report.runs) == ({}, 2)


async def test_a_flush_that_cannot_be_settled_yet_is_refused(database, log):
    load = Load()
    assert await load.ask(log)
    reader = sqlite3.connect(database.location.file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM decision").fetchone()
    assert await load.ask(log)
    commits = log._commits  # noqa: SLF001
    commits._connection = FailingFlush(commits._connection)  # noqa: SLF001

    assert not await load.ask(log)
    assert not await load.ask(log)  # the reader still needs the write-ahead log
    reader.close()
    assert await load.ask(log)
    assert (await check(database, load.receipts)).faults == {}


class FailingFlush:
    """A connection whose disk fails when it is told to commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, *arguments: object) -> sqlite3.Cursor:
        if statement == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return self._connection.execute(statement, *arguments)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


@pytest.mark.skipif(MAY_SKIP, reason="strace makes system calls fail")
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
async def test_a_disk_that_fails_now_and_then_loses_nothing(database, call, error):
    """Some of its writes, or flushes, fail. What the process answered is there all the same."""
    told = Answered()
    tracing = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}"]
    often = {"fdatasync": 5, "pwrite64": 301}[call]
    tracing += ["-e", f"inject={call}:error={error}:when={often}+{often}"]
    async with Traced(database, told, tracing) as door:
        await told.reach(150)
        await door.stop()

    report = await check(database, told.receipts)
    assert report.faults == {}
    assert report.runs > 1, "no call failed"


class Traced(Writer):
    """The driver under strace."""

    def __init__(self, database: Database, answered: Answered, tracing: list[str]) -> None:
        super().__init__(database, answered)
        self.tracing = tracing

    def _command(self) -> list[str]:
        return [*self.tracing, *super()._command()]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB, which only root can make."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True
    )
    if made.returncode != 0:
        pytest.skip("mounting needs root; the file size limit below is tested without")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def make_room(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=20m", folder], check=True)


async def test_a_full_disk_is_told_reads_go_on_and_writes_resume(small_disk, tmp_path):
    database = Database(f"sqlite:///{small_disk}/mayuse.db", tmp_path / "keys")
    log = await open_log(database.url, database.keys_dir)
    decisions = open_decisions(database.url, log.keys)
    load = Load()
    told = None
    while told is None:
        made = await drafts.drafts(*drafts.many(50))
        try:
            receipts = await log.append(made)
        except LogUnavailable as error:
            told = error
        else:
            load.receipts.update(
                (draft.id, receipt) for draft, receipt in zip(made, receipts, strict=True)
            )
    assert told.code == "storage_full"
    assert log.trouble().code == "storage_full"
    while load.refused.total() < 3:  # smaller ones may still fit
        await load.ask(log)
    assert load.refused == {"storage_full": 3}
    assert len((await decisions.list(limit=500)).items) == min(500, len(load.receipts))

    make_room(small_disk)
    assert await load.ask(log)
    await decisions.close()
    await log.close()
    report = await check(database, load.receipts)
    assert (report.faults, report.stored) == ({}, len(load.receipts))


async def test_a_file_size_limit_is_told_as_a_full_disk(database):
    """What a quota or RLIMIT_FSIZE does, in a process of its own: SQLite calls it an I/O error."""
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, str(FAULTS / "limited.py"), database.url, str(database.keys_dir)),
        env={**os.environ, "PYTHONPATH": PATH},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await done.communicate()
    said = json.loads(out)

    assert set(said["during"]) == {"answered", "storage_full"}
    assert said["during"][-3:] == ["storage_full"] * 3
    assert said["after"] == "answered"
    receipts = {one: Receipt(**receipt) for one, receipt in said["receipts"].items()}
    report = await check(database, receipts)
    assert (report.faults, report.stored) == ({}, len(receipts))


async def test_a_batch_that_does_not_fit_leaves_nothing_of_itself(small_disk, tmp_path):
    database = Database(f"sqlite:///{small_disk}/mayuse.db", tmp_path / "keys")
    log = await open_log(database.url, database.keys_dir)
    small = await drafts.drafts(*drafts.many(20))
    await log.append(small)

    with pytest.raises(LogUnavailable) as told:
        await log.append(await drafts.drafts(*drafts.many(4000)))
    assert told.value.code == "storage_full"
    await log.append(await drafts.drafts(*drafts.many(5)))
    assert await database.count() == 25
    await log.close()


async def test_a_refusal_comes_within_two_seconds(database, log):
    """One caller, one lock: the busy timeout and not much more."""
    other = sqlite3.connect(database.location.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    load = Load()
    started = time.monotonic()
    assert not await load.ask(log)
    waited = time.monotonic() - started
    other.close()

    assert 1.5 < waited < 3.5
    assert await load.ask(log)
