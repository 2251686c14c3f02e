"""A log that was put back for good goes on under a new name."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from receipts import holds, receipt, refusal

import drafts
from mayuse.decision_log import renaming, rotation, unfinished
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.note import VerifierKey
from mayuse.decision_log.opening import open_log
from mayuse.decision_log.proof import Proof
from mayuse.decision_log.released import Released
from mayuse.errors import SettingsError
from mayuse.retention import Retention
from mayuse.store import session
from mayuse.store.whole_log import Beside, verify_stored


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_log_that_was_put_back_goes_on_under_a_new_name(database):
    await receipt(database, origin="example.com/one")
    file = database.location.file
    shutil.copy(file, file.with_name("copy.db"))
    lost = await receipt(database)
    former = (database.keys_dir / "last_checkpoint").read_text()
    file.with_name("copy.db").rename(file)
    place = rotation.Place(database.url, database.keys_dir)
    with pytest.raises(SettingsError, match="signed under this name already"):
        await renaming.rename(place, "example.com/one", at=drafts.NOW)
    for name in ("", "a b", "x" * 256, "example.com/two/receipt"):
        with pytest.raises(SettingsError, match="MAYUSE_LOG_ORIGIN"):
            await renaming.rename(place, name, at=drafts.NOW)
    note = await renaming.rename(place, "example.com/two", at=drafts.NOW)

    assert note.startswith("example.com/two\n")
    assert await renaming.rename(place, "example.com/two", at=drafts.NOW) == note
    [[once]] = [row.values() for row in await database.rows("SELECT count(*) FROM anchor")]
    assert once == 1
    given = await receipt(database, origin="example.com/two")
    keys = await database.rows("SELECT vkey FROM log_key WHERE role = 'checkpoint'")
    assert [holds(given, row["vkey"]) for row in keys] == [False, True]
    assert holds(lost, keys[0]["vkey"])  # it still proves what was lost
    [anchor] = await database.rows("SELECT kind, evidence FROM anchor")
    assert (anchor["kind"], anchor["evidence"].decode()) == ("former_origin", former)


STEPS = {
    "nothing": (renaming, "_take_name"),
    "the name is taken": (Released, "forget"),
    "nothing is said": (renaming, "_name_former"),
    "all is said": (unfinished, "finished"),
}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("interrupted", STEPS)
async def test_who_is_interrupted_gives_a_log_its_name_by_doing_it_again(
    database, interrupted, monkeypatch
):
    await receipt(database, origin="example.com/one")
    file, place = database.location.file, rotation.Place(database.url, database.keys_dir)
    shutil.copy(file, file.with_name("copy.db"))
    await receipt(database)
    former = (database.keys_dir / "last_checkpoint").read_text()
    file.with_name("copy.db").rename(file)
    with monkeypatch.context() as patch:
        patch.setattr(*STEPS[interrupted], Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            await renaming.rename(place, "example.com/two", at=drafts.NOW)

    if interrupted != "nothing":
        with pytest.raises(SettingsError, match="not finished"):
            await open_log(database.url, database.keys_dir)
        with pytest.raises(SettingsError, match="not finished"):
            await renaming.rename(place, "example.com/three", at=drafts.NOW)
    note = await renaming.rename(place, "example.com/two", at=drafts.NOW)
    assert note.startswith("example.com/two\n")
    await receipt(database)
    assert [path.name for path in database.keys_dir.glob("*origin*")] == []
    anchors = await database.rows("SELECT evidence FROM anchor ORDER BY id")
    assert [row["evidence"].decode() for row in anchors] == [former]
    report = await verify_stored(database.location)
    assert (report.findings, report.entries["anchor"]) == ([], 1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_name_that_was_not_taken_yet_can_be_another_one(database, monkeypatch):
    await receipt(database, origin="example.com/one")
    place = rotation.Place(database.url, database.keys_dir)
    with monkeypatch.context() as patch:
        patch.setattr(renaming, "_take_name", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            await renaming.rename(place, "example.com/two", at=drafts.NOW)
    await receipt(database, origin="example.com/one")  # as if nothing had been begun
    await renaming.rename(place, "example.com/three", at=drafts.NOW)
    await receipt(database, origin="example.com/three")
    assert (await verify_stored(database.location)).findings == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_log_that_was_put_back_twice_has_three_names(database):
    """The second time the database bears another name than the last checkpoint that was let out."""
    await receipt(database, origin="example.com/one")
    file, place = database.location.file, rotation.Place(database.url, database.keys_dir)
    shutil.copy(file, file.with_name("copy.db"))
    await receipt(database)
    for name in ("example.com/two", "example.com/three"):
        shutil.copy(file.with_name("copy.db"), file)
        await renaming.rename(place, name, at=drafts.NOW)
        await receipt(database)
        assert (await verify_stored(database.location)).findings == []

    shutil.copy(file.with_name("copy.db"), file)
    for name in ("example.com/one", "example.com/three"):
        with pytest.raises(SettingsError, match="signed under this name already"):
            await renaming.rename(place, name, at=drafts.NOW)


async def test_a_former_name_is_known_when_the_record_of_it_was_dropped(database):
    await receipt(database, origin="example.com/one")
    place = rotation.Place(database.url, database.keys_dir)
    await renaming.rename(place, "example.com/two", at=drafts.NOW)
    await receipt(database)
    now = datetime.now(UTC)
    log = await open_log(database.url, database.keys_dir)
    reader = session.open_engine(database.location)
    retention = Retention(log, reader, database.location)
    for at in (now, now + timedelta(seconds=5)):
        later = at + timedelta(seconds=1)
        await database.sealed()
        assert [step async for step in retention.purge(at, caller="ops", at=later, size=2)]
    await reader.dispose()
    await log.close()

    report = await verify_stored(database.location)
    assert (report.findings, report.entries["anchor"]) == ([], 1)


async def test_a_service_that_ran_while_the_log_was_renamed_signs_nothing_more(database):
    running = await open_log(database.url, database.keys_dir, origin="example.com/one")
    await running.append(await drafts.drafts(drafts.question()))
    place = rotation.Place(database.url, database.keys_dir)
    await renaming.rename(place, "example.com/two", at=drafts.NOW)

    refused = await refusal(running)
    assert (refused.code, "example.com/two" in refused.detail) == ("log_unavailable", True)
    trouble = await running.ready()
    assert trouble is not None
    assert trouble.detail == refused.detail
    await running.close()
    assert (await verify_stored(database.location)).findings == []


async def test_another_machine_goes_on_under_the_new_name(database):
    await receipt(database, origin="example.com/one")
    shutil.copytree(database.keys_dir, elsewhere := database.keys_dir.with_name("elsewhere"))
    place = rotation.Place(database.url, database.keys_dir)
    await renaming.rename(place, "example.com/two", at=drafts.NOW)
    by_the_database_alone = await open_log(database.url, elsewhere)
    assert (await by_the_database_alone.ready()).code == "log_rolled_back"
    await by_the_database_alone.close()
    log = await open_log(database.url, elsewhere, origin="example.com/two")
    [given] = await log.append(await drafts.drafts(drafts.question()))
    await log.close()

    assert given.proof.count("example.com/two") > 0
    assert (elsewhere / "last_checkpoint").read_text().startswith("example.com/two\n")
    assert (await verify_stored(database.location)).findings == []


async def test_keys_of_a_former_name_are_neither_taken_again_nor_called_ended(database):
    place = rotation.Place(database.url, database.keys_dir)
    await receipt(database, origin="example.com/one")
    first = (database.keys_dir / "checkpoint.key").read_text()
    await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    await rotation.retire(place, "checkpoint", at=drafts.NOW)
    await renaming.rename(place, "example.com/two", at=drafts.NOW)
    (database.keys_dir / "checkpoint.key").write_text(first)  # as of one who was interrupted
    (database.keys_dir / "checkpoint.key").chmod(0o600)
    rows = await database.rows("SELECT vkey FROM log_key")
    new = await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    assert new.rpartition("+")[2] not in {row["vkey"].rpartition("+")[2] for row in rows}
    await rotation.retire(place, "checkpoint", at=drafts.NOW)
    await receipt(database)

    assert not (database.keys_dir / "checkpoint.key").exists()
    in_use = await database.rows(
        "SELECT vkey FROM log_key WHERE to_size IS NULL AND role = 'checkpoint'"
    )
    assert [row["vkey"] for row in in_use] == [new]
    await database.sealed()
    assert (await verify_stored(database.location)).findings == []


async def test_what_was_signed_until_a_renaming_is_in_what_it_says(database):
    """Services may go on until then; and nothing was lost."""
    running = await open_log(database.url, database.keys_dir, origin="example.com/one")
    for _ in range(3):
        [given] = await running.append(await drafts.drafts(drafts.question()))
    place = rotation.Place(database.url, database.keys_dir)
    await renaming.rename(place, "example.com/two", at=drafts.NOW)
    await refusal(running)
    await running.close()

    [anchor] = await database.rows("SELECT size FROM anchor")
    note = Proof.from_text(given.proof).checkpoint
    size = Checkpoint.from_text(note.text).size
    assert anchor["size"] >= size
    beside = Beside(checkpoints=[(size, note.to_text())])
    assert (await verify_stored(database.location, beside)).findings == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_who_has_the_database_cannot_rename_a_log_to_have_it_begin_anew(database):
    """All that is needed for it is in the database, but for the word of whoever runs it."""
    await receipt(database, origin="example.com/one")
    file = database.location.file
    shutil.copy(file, file.with_name("copy.db"))
    await receipt(database)
    kept = (database.keys_dir / "last_checkpoint").read_text()
    file.with_name("copy.db").rename(file)
    await database.rows("DROP TRIGGER checkpoint_no_delete")
    await database.rows("DELETE FROM checkpoint")
    rows = await database.rows("SELECT vkey, role FROM log_key")
    await database.rows("UPDATE log_key SET to_size = 1")
    await database.rows("UPDATE log_state SET origin = 'example.com/evil'")
    for row in rows:
        old = VerifierKey.from_text(row["vkey"])
        key = replace(old, name=old.name.replace("one", "evil")).to_text()
        await database.rows(f"INSERT INTO log_key VALUES ('{key}', '{row['role']}', 1, NULL)")  # noqa: S608
    log = await open_log(database.url, database.keys_dir)
    assert (await log.ready()).code == "log_rolled_back"
    await log.close()
    assert (database.keys_dir / "last_checkpoint").read_text() == kept
