"""PostgreSQL stopped, killed, hanging, locked, full or silent at COMMIT: refused in time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

import asyncpg
import pytest
from breaking import breakable, cut, database
from checker import Report, check
from loading import Load, loaded

import drafts
from mayuse.choices_intake import Choosing
from mayuse.decision_log.opening import open_log
from mayuse.erasure import Erasures
from mayuse.errors import LogUnavailable
from mayuse.ledger import Ledger
from mayuse.store.decisions import open_decisions
from mayuse.store.session import open_engine
from pausing import pause, resume

__all__ = ["breakable", "database"]

OFF = Choosing({"share_with_affiliates": "off"}, "settings_page")


@pytest.fixture
async def log(database):
    opened = await open_log(database.url, database.keys_dir)
    yield opened
    await opened.close()


@pytest.mark.parametrize("way", ["stopped", "killed"])
async def test_the_server_goes_and_comes_back_under_load(breakable, database, log, way, figure):
    decisions = open_decisions(database.url, log.keys)
    async with loaded(log) as load:
        for _ in range(2):
            before = len(load.receipts)
            await grown(load, before + 30)
            await asyncio.to_thread(breakable.stop if way == "stopped" else breakable.kill)
            with pytest.raises(LogUnavailable):
                await decisions.list()
            assert not await load.ask(log)
            assert log.trouble() is not None
            await asyncio.to_thread(breakable.start)
            started = time.monotonic()
            await load.answered_again(log, 10)
            back_after = time.monotonic() - started
    await decisions.list()  # a reader recovers as well, on new connections
    await decisions.close()

    report = await check(database, load.receipts)
    figure(
        f"PostgreSQL {way} twice under load: {report.answered} answered, "
        f"lost = {report.lost}, torn = {report.torn}, {report.unanswered} recorded but never "
        f"told; longest refusal {load.longest_refusal:.1f} s, answered again after "
        f"{back_after:.1f} s"
    )
    assert report.faults == {}
    assert load.refused.keys() == {"log_unavailable"}
    assert load.longest_refusal < 4


async def test_choices_are_refused_while_connections_are_lost_and_never_half_made(
    breakable, database, log, figure
):
    """Whatever the driver calls it, that depends on where in a statement the connection was."""
    reader = open_engine(database.location)
    ledger = Ledger(database.location, log, reader)
    now = partial(datetime.now, UTC)
    told, ended = Counter(), asyncio.Event()

    async def choose(person: str) -> None:
        while not ended.is_set():
            try:
                await ledger.record(person, OFF, actor="web", clock=now)
                told["made"] += 1
            except LogUnavailable:
                told["refused"] += 1

    admin = await asyncpg.connect(breakable.url())
    choosing = [asyncio.create_task(choose(f"member-{n}")) for n in range(4)]
    for _ in range(80):
        await cut(admin, database, after=0.02)
    ended.set()
    await asyncio.gather(*choosing)
    await admin.close()
    await ledger.close()
    await reader.dispose()
    kept = await database.count("choice_event")
    figure(f"connections cut 80 times: choices {dict(told)}, {kept} kept")
    assert told["refused"] > 0
    assert told["made"] <= kept <= told.total()


async def test_a_server_that_hangs_is_not_waited_for(breakable, database, log):
    load = Load()
    assert await load.ask(log)
    decisions = open_decisions(database.url, log.keys)
    await decisions.ping()
    pids = await asyncio.to_thread(breakable.processes)
    await asyncio.to_thread(pause, pids)
    try:
        started = time.monotonic()
        refused = await asyncio.gather(*(load.ask(log) for _ in range(8)))
        waited = time.monotonic() - started
        with pytest.raises(LogUnavailable):
            await decisions.ping()
        pinged = time.monotonic() - started - waited
        with pytest.raises(LogUnavailable):
            await decisions.list()
    finally:
        resume(pids)

    assert not any(refused)
    assert waited < 4
    assert pinged < 5
    await decisions.ping()
    await decisions.close()
    await load.answered_again(log, 5)
    assert (await check(database, load.receipts)).faults == {}


async def test_a_table_that_is_locked_is_not_waited_for(database, log):
    load = Load()
    assert await load.ask(log)
    other = await asyncpg.connect(database.url)
    await other.execute("BEGIN; LOCK TABLE decision IN ACCESS EXCLUSIVE MODE")
    started = time.monotonic()
    assert not await load.ask(log)
    waited = time.monotonic() - started
    await other.execute("ROLLBACK")
    await other.close()

    assert 1.5 < waited < 3.5
    assert await load.ask(log)
    report = await check(database, load.receipts)
    assert (report.faults, report.stored) == ({}, 2)


async def test_a_commit_without_an_answer_is_asked_about(database, tmp_path):
    """The connection breaks after COMMIT was sent: the record is there, and so is its receipt."""
    async with Proxy(database.url) as proxy:
        log = await open_log(proxy.url, tmp_path / "keys")
        load = Load()
        for swallow in (False, True, True, False):
            proxy.swallow_commit = swallow
            assert await load.ask(log)
        await log.close()

    report = await check(database, load.receipts)
    assert report.faults == {}
    assert (report.answered, report.stored, report.unanswered) == (4, 4, 0)
    assert report.runs == 3


async def refused_once(database, tmp_path, way: str) -> Report:
    """What is in the log after three questions, when `way` kept the second from being answered."""
    async with Proxy(database.url) as proxy:
        log = await open_log(proxy.url, tmp_path / "keys")
        load = Load()
        for lost in (False, True, False):
            proxy.swallow_commit = lost
            setattr(proxy, way, lost)
            assert await load.ask(log) is not lost
        await log.close()
    return await check(database, load.receipts)


async def test_a_commit_that_never_arrived_is_not_taken_for_done(database, tmp_path):
    report = await refused_once(database, tmp_path, "withhold")
    assert (report.faults, report.answered, report.stored) == ({}, 2, 2)


async def test_who_was_forgotten_by_a_commit_without_an_answer_has_a_receipt(database, tmp_path):
    async with Proxy(database.url) as proxy:
        log = await open_log(proxy.url, tmp_path / "keys")
        await log.append(await drafts.drafts(drafts.question(subject="member-9")))
        reader = open_engine(database.location)
        erasures = Erasures(log, reader, database.location)
        proxy.swallow_commit = True
        erased = await erasures.erase("member-9", caller="tester", at=datetime.now(UTC))
        await reader.dispose()
        await log.close()

    assert (erased.decisions, len(erased.receipt.leaf_hash)) == (1, 64)
    assert (await database.count("subject_key"), await database.count("erased_key")) == (0, 1)


async def test_a_commit_without_an_answer_is_refused_where_nobody_can_be_asked(database, tmp_path):
    """The row is there, the caller was told 503."""
    report = await refused_once(database, tmp_path, "refuse")
    assert report.faults == {}
    assert (report.answered, report.stored, report.unanswered) == (2, 3, 1)
    assert report.runs == 2  # a new run begins: nobody counts on from a number that may be taken


async def test_a_person_whose_key_is_destroyed_meanwhile_gets_a_new_one(database, log):
    """A decision waits for an erasure that is under way, and is not tied to the erased key."""
    load = Load()
    await log.append(await drafts.drafts(drafts.question()))
    [old] = await database.rows("SELECT number, key_id FROM subject_key")
    erasure = await asyncpg.connect(database.url)
    await erasure.execute(
        "BEGIN; DELETE FROM subject_decision; DELETE FROM decision_facts; "
        "DELETE FROM decision_detail; DELETE FROM subject_key"
    )
    appending = asyncio.create_task(log.append(await drafts.drafts(drafts.question())))
    await asyncio.sleep(0.5)
    assert not appending.done()
    await erasure.execute("COMMIT")
    await erasure.close()
    await appending

    rows = await database.rows("SELECT subject FROM decision_detail")
    [new] = await database.rows("SELECT number, key_id FROM subject_key")
    assert [row["subject"] for row in rows] == [new["number"]]
    assert new["key_id"] != old["key_id"]
    assert new["number"] != old["number"]
    assert await load.ask(log)


async def test_two_processes_meet_a_new_person_at_the_same_moment(database):
    """Whoever commits first gives the key; the other one waits and uses it."""
    logs = [await open_log(database.url, database.keys_dir) for _ in range(4)]
    for number in range(20):
        asked = drafts.question(subject=f"new-{number}")
        await asyncio.gather(*[log.append(await drafts.drafts(asked)) for log in logs])
    for log in logs:
        await log.close()

    assert await database.count("subject_key") == 20
    rows = await database.rows("SELECT count(*) AS n FROM subject_decision GROUP BY subject")
    assert {row["n"] for row in rows} == {4}


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
async def test_a_full_disk_is_told_and_writes_resume(database, log):
    with small_disk() as disk:
        await database.rows(f"CREATE TABLESPACE small LOCATION '{disk}'")
        await database.rows("ALTER TABLE decision SET TABLESPACE small")
        load = Load()
        while not load.refused:
            made = await drafts.drafts(*drafts.many(100))
            try:
                receipts = await log.append(made)
            except LogUnavailable as error:
                load.refused[error.code] += 1
            else:
                pairs = zip(made, receipts, strict=True)
                load.receipts.update((draft.id, receipt) for draft, receipt in pairs)
        assert load.refused == {"storage_full": 1}
        assert len(load.receipts) > 100

        await database.rows("ALTER TABLE decision SET TABLESPACE pg_default")
        await database.rows("DROP TABLESPACE small")
    assert await load.ask(log)
    report = await check(database, load.receipts)
    assert (report.faults, report.stored) == ({}, report.answered)


@pytest.mark.parametrize("setting", ["off", "local", "on"])
async def test_a_server_set_up_for_speed_still_flushes_for_us(database, setting):
    name = database.url.rpartition("/")[2]
    await database.rows(f"ALTER DATABASE {name} SET synchronous_commit = {setting}")
    log = await open_log(database.url, database.keys_dir)
    await log.append(await drafts.drafts(drafts.question()))
    connection = log._commits._connection  # noqa: SLF001 - what this session was set to
    found = await connection.fetchval("SHOW synchronous_commit")
    await log.close()

    assert found == ("on" if setting == "off" else setting)


async def grown(load: Load, count: int) -> None:
    async with asyncio.timeout(30):
        while len(load.receipts) < count:  # noqa: ASYNC110 - a test's patience
            await asyncio.sleep(0.02)


@contextlib.contextmanager
def small_disk():
    folder = Path("/tmp") / f"mayuse-small-{os.getpid()}"  # noqa: S108 - the server must reach it
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
    try:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        shutil.rmtree(folder)


class Proxy:
    """Stands between the log and the server, and can swallow a COMMIT or the answer to it."""

    def __init__(self, url: str) -> None:
        address, _, self._name = url.rpartition("/")
        self._credentials, _, self._target = address.rpartition("@")
        self.swallow_commit = False
        """A COMMIT is the last thing said on its connection."""
        self.withhold = False
        """And it is not passed on."""
        self.refuse = False
        """Nobody is let through who comes now."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{self._credentials}@127.0.0.1:{port}/{self._name}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            writer.close()
            return
        host, _, port = self._target.partition(":")
        from_server, to_server = await asyncio.open_connection(host, int(port))
        cut = asyncio.Event()

        async def ask() -> None:
            while data := await reader.read(65536):
                if self.swallow_commit and b"COMMIT" in data:
                    cut.set()
                    if self.withhold:
                        break
                to_server.write(data)
            to_server.close()

        async def answer() -> None:
            while data := await from_server.read(65536):
                if cut.is_set():
                    break
                writer.write(data)
            writer.close()

        with contextlib.suppress(ConnectionError):
            await asyncio.gather(ask(), answer())
        for stream in (to_server, writer):
            stream.close()
