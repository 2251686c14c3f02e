"""A database that is put back to an older state: refused, told, and taken up again when mended."""

from __future__ import annotations

import asyncio
import contextlib
import shutil

import pytest
from checker import check

import drafts
from databases import Database
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.opening import open_log
from mayuse.errors import LogUnavailable

NAMES = ("mayuse.db", "mayuse.db-wal", "mayuse.db-shm")


async def written(database, count: int) -> dict:
    log = await open_log(database.url, database.keys_dir)
    made = await drafts.drafts(*drafts.many(count))
    receipts = await log.append(made)
    await log.close()
    return {draft.id: receipt for draft, receipt in zip(made, receipts, strict=True)}


async def refused(database) -> None:
    log = await open_log(database.url, database.keys_dir)
    trouble = await log.ready()
    assert trouble.code == "log_rolled_back", trouble
    with pytest.raises(LogUnavailable) as told:
        await log.append(await drafts.drafts(drafts.question()))
    assert told.value.code == "log_rolled_back"
    await log.close()


@pytest.fixture
def sqlite(tmp_path) -> Database:
    return Database(f"sqlite:///{tmp_path}/mayuse.db", tmp_path / "keys")


@pytest.mark.parametrize("further", [0, 5, 2000])
async def test_an_older_copy_of_the_file_is_not_signed_on(sqlite, tmp_path, further):
    """Also when it has grown again, beyond what was signed, by other decisions."""
    told = await written(sqlite, 100)
    shutil.copy(tmp_path / "mayuse.db", tmp_path / "copy.db")
    told |= await written(sqlite, 1000)
    shutil.copytree(sqlite.keys_dir, tmp_path / "kept")
    (tmp_path / "mayuse.db").rename(tmp_path / "newer.db")
    (tmp_path / "copy.db").rename(tmp_path / "mayuse.db")
    if further:
        (sqlite.keys_dir / "last_checkpoint").unlink()  # who puts it back may do this, too
        await written(sqlite, further)
        shutil.copy(tmp_path / "kept" / "last_checkpoint", sqlite.keys_dir)
    await refused(sqlite)

    (tmp_path / "newer.db").rename(tmp_path / "mayuse.db")
    told |= await written(sqlite, 10)
    assert (await check(sqlite, told)).faults == {}


async def test_a_running_service_notices_and_recovers(sqlite, tmp_path):
    log = await open_log(sqlite.url, sqlite.keys_dir)
    await log.append(await drafts.drafts(*drafts.many(10)))
    await log.close()
    shutil.copy(tmp_path / "mayuse.db", tmp_path / "copy.db")
    log = await open_log(sqlite.url, sqlite.keys_dir)
    await log.append(await drafts.drafts(*drafts.many(10)))
    for name in NAMES:
        (tmp_path / name).rename(tmp_path / f"{name}.newer")
    shutil.copy(tmp_path / "copy.db", tmp_path / "mayuse.db")

    with pytest.raises(LogUnavailable) as told:
        await log.append(await drafts.drafts(drafts.question()))
    assert told.value.code == "log_rolled_back"
    assert (await log.ready()).code == "log_rolled_back"
    for name in NAMES:
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / f"{name}.newer").rename(tmp_path / name)
    assert await log.ready() is None
    await log.append(await drafts.drafts(drafts.question()))
    await log.close()
    report = await check(sqlite, {})
    assert (report.faults, report.stored) == ({}, 21)


async def test_a_database_that_is_gone_is_not_begun_anew(sqlite, tmp_path):
    await written(sqlite, 10)
    for name in NAMES:
        (tmp_path / name).unlink(missing_ok=True)
    await refused(sqlite)


async def test_a_machine_that_only_looked_on_signs_on_no_older_state(server, template, tmp_path):
    """Nor after its next start: it knows from the log itself how far others have signed."""
    one = Database(await server.create_database(template), tmp_path / "keys")
    name = one.url.rpartition("/")[2]
    await written(one, 50)
    shutil.copytree(tmp_path / "keys", tmp_path / "elsewhere")
    older = (await server.create_database(name)).rpartition("/")[2]
    other = await open_log(one.url, tmp_path / "elsewhere")
    await written(one, 10)
    async with asyncio.timeout(20):
        while let_out(other) < await size(one):  # noqa: ASYNC110 - another process's work
            await asyncio.sleep(0.1)
    await server.execute(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608
        f"ALTER DATABASE {name} RENAME TO {name}_newer",
        f"ALTER DATABASE {older} RENAME TO {name}",
    )
    before = await size(one)
    await refuses(other)
    with pytest.raises(LogUnavailable, match="rolled back"):  # nor is anything promised
        await other.receipt_again("of before", bytes(32), other.keys.row_mac(bytes(32)))
    await other.close()
    other = await open_log(one.url, tmp_path / "elsewhere")
    await refuses(other)
    await other.close()
    assert await size(one) == before


async def refuses(log):
    """It may take the sealer a moment to find out."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(LogUnavailable):
                await log.append(await drafts.drafts(drafts.question()))
            if (trouble := log.trouble()) and trouble.code == "log_rolled_back":
                return
            await asyncio.sleep(0.1)


def let_out(log) -> int:
    note = log.released.note
    return Checkpoint.from_note(note).size if note else 0


async def size(database) -> int:
    [row] = await database.rows("SELECT size FROM log_state")
    return row["size"]


async def test_an_older_state_of_a_server_is_not_signed_on(server, template, tmp_path):
    database = Database(await server.create_database(template), tmp_path / "keys")
    name = database.url.rpartition("/")[2]
    await written(database, 50)
    older = Database(await server.create_database(name), database.keys_dir)
    told = await written(database, 200)
    await refused(older)
    assert await older.count() == 50

    told |= await written(database, 5)
    await asyncio.sleep(0)
    assert (await check(database, told)).faults == {}
