"""Keys change with an overlap, and what was signed by an ended one is known."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from checker import check
from receipts import holds, receipt, refusal

import drafts
from mayuse.decision_log import rotation
from mayuse.decision_log.checkpoint import Promise
from mayuse.decision_log.note import Note, VerifierKey
from mayuse.decision_log.opening import Limits, OpenLog, open_log
from mayuse.decision_log.signer import vkey
from mayuse.errors import LogUnavailable, SettingsError
from mayuse.retention import Retention
from mayuse.store import session
from mayuse.store.whole_log import verify_stored


async def test_checkpoints_are_signed_by_both_keys_until_the_old_one_is_retired(database):
    place = rotation.Place(database.url, database.keys_dir)
    before = await receipt(database)
    [row] = await database.rows("SELECT vkey FROM log_key WHERE role = 'checkpoint'")
    old = row["vkey"]
    new = await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    during = await receipt(database)
    assert await rotation.retire(place, "checkpoint", at=drafts.NOW) == old
    after = await receipt(database)

    assert [holds(given, old) for given in (before, during, after)] == [True, True, False]
    assert [holds(given, new) for given in (before, during, after)] == [False, True, True]
    assert sorted(path.name for path in database.keys_dir.glob("checkpoint*")) == [
        "checkpoint-2.key"
    ]
    kinds = await database.rows("SELECT kind FROM decision WHERE kind = 7")
    assert len(kinds) == 2
    with pytest.raises(SettingsError, match="rotate it first"):
        await rotation.retire(place, "checkpoint", at=drafts.NOW)
    assert (await check(database, {})).faults == {}


async def test_keys_that_end_alike_are_not_taken_for_each_other(database, monkeypatch):
    """A plus parts a verifier key, and may stand in the key itself."""

    def ending_in_a_plus(size: int) -> bytes:
        while not vkey("checkpoint", "example.com/one", seed := secrets.token_bytes(size)).endswith(
            "+"
        ):
            pass
        return seed

    drawn = Mock(token_bytes=ending_in_a_plus, token_hex=secrets.token_hex)
    monkeypatch.setattr("mayuse.decision_log.key_files.secrets", drawn)
    await receipt(database, origin="example.com/one")
    place = rotation.Place(database.url, database.keys_dir)
    files = []
    for _ in range(3):
        await rotation.rotate(place, "checkpoint", at=drafts.NOW)
        await rotation.retire(place, "checkpoint", at=drafts.NOW)
        files += [path.name for path in sorted(database.keys_dir.glob("checkpoint*.key"))]
    assert files == ["checkpoint-2.key", "checkpoint-3.key", "checkpoint-4.key"]


async def test_a_file_that_an_ended_key_leaves_is_told(database):
    """Nothing behind a key that signs is deleted; that must not look done."""
    await receipt(database)
    place = rotation.Place(database.url, database.keys_dir)
    await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    moved = (database.keys_dir / "checkpoint.key").rename(database.keys_dir / "checkpoint-3.key")
    with pytest.raises(rotation.KeyLeft, match=r"checkpoint-3\.key is still there"):
        await rotation.retire(place, "checkpoint", at=drafts.NOW)
    assert moved.exists()
    assert (await check(database, {})).faults == {}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_promises_are_signed_by_the_newest_receipt_key(database):
    place = rotation.Place(database.url, database.keys_dir)
    await receipt(database)
    new = await rotation.rotate(place, "receipt", at=drafts.NOW)
    given = await receipt(database, limits=Limits(receipt_wait=0))
    Promise.verify(Note.from_text(given.promise), [VerifierKey.from_text(new)])


async def test_a_key_whose_record_is_not_known_to_be_kept_is_not_lost(database, monkeypatch):
    """The answer to a commit can be lost; the log then goes on under a key that must be there."""
    place = rotation.Place(database.url, database.keys_dir)
    await receipt(database)
    record = OpenLog.record

    async def lost(self, *given, **named):
        await record(self, *given, **named)
        raise LogUnavailable("log_unavailable", "the answer was lost")

    with monkeypatch.context() as patch:
        patch.setattr(OpenLog, "record", lost)
        with pytest.raises(LogUnavailable):
            await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    await receipt(database)

    with monkeypatch.context() as patch:
        patch.setattr(OpenLog, "record", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    names = sorted(path.name for path in database.keys_dir.glob("checkpoint*"))
    assert names == ["checkpoint-2.key", "checkpoint-3.key", "checkpoint.key"]
    assert await database.count("log_key") == 4


async def test_a_service_that_was_not_started_anew_signs_nothing_with_an_ended_key(database):
    place = rotation.Place(database.url, database.keys_dir)
    running = await open_log(database.url, database.keys_dir)
    await running.append(await drafts.drafts(drafts.question()))
    new = await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    await running.append(await drafts.drafts(drafts.question()))  # it may, until the old one ends
    started_anew = await open_log(database.url, database.keys_dir)
    await rotation.retire(place, "checkpoint", at=drafts.NOW)

    [given] = await started_anew.append(await drafts.drafts(drafts.question()))
    await started_anew.close()
    assert holds(given, new)
    refused = await refusal(running)
    assert (refused.code, "start this service anew" in refused.detail) == ("log_unavailable", True)
    await running.close()
    assert (await check(database, {})).faults == {}


async def test_a_last_checkpoint_of_an_ended_key_is_still_believed(database):
    """On another machine, which looked on: its file may be as old as the key."""
    place = rotation.Place(database.url, database.keys_dir)
    await receipt(database)
    old = (database.keys_dir / "last_checkpoint").read_text()
    await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    await rotation.retire(place, "checkpoint", at=drafts.NOW)
    await database.sealed()
    (database.keys_dir / "last_checkpoint").write_text(old)
    assert await receipt(database)
    assert (database.keys_dir / "last_checkpoint").read_text() != old
    assert (await check(database, {})).faults == {}


async def test_who_is_interrupted_before_the_file_is_gone_ends_a_key_by_doing_it_again(
    database, monkeypatch
):
    place = rotation.Place(database.url, database.keys_dir)
    await receipt(database)
    await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            await rotation.retire(place, "checkpoint", at=drafts.NOW)
    assert (database.keys_dir / "checkpoint.key").exists()
    ended = await rotation.retire(place, "checkpoint", at=drafts.NOW)
    assert not (database.keys_dir / "checkpoint.key").exists()
    [row] = await database.rows("SELECT vkey FROM log_key WHERE to_size IS NOT NULL")
    assert row["vkey"] == ended


async def test_what_the_database_says_costs_no_newer_key(database):
    place = rotation.Place(database.url, database.keys_dir)
    await receipt(database)
    new = await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    await database.rows(f"UPDATE log_key SET to_size = 1 WHERE vkey = '{new}'")  # noqa: S608
    with pytest.raises(SettingsError, match="rotate it first"):
        await rotation.retire(place, "checkpoint", at=drafts.NOW)
    assert (database.keys_dir / "checkpoint-2.key").exists()


async def test_a_key_that_ended_is_known_when_the_record_of_it_was_dropped(database):
    place = rotation.Place(database.url, database.keys_dir)
    await receipt(database)
    await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    old = await rotation.retire(place, "checkpoint", at=drafts.NOW)
    await database.sealed()
    now = datetime.now(UTC)
    log = await open_log(database.url, database.keys_dir)
    reader = session.open_engine(database.location)
    later = now + timedelta(seconds=1)
    retention = Retention(log, reader, database.location)
    assert [step async for step in retention.purge(now, caller="ops", at=later, size=2)]
    await reader.dispose()
    await log.close()
    await database.rows(f"UPDATE log_key SET to_size = NULL WHERE vkey = '{old}'")  # noqa: S608
    found = (await verify_stored(database.location)).findings
    assert [one.kind for one in found] == ["key_ended", "key_changed"]
