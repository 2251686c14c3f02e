"""The key that wraps persons' keys is changed while services write; the old one is destroyed."""

from __future__ import annotations

import asyncio
import secrets
import shutil

import pytest
from checker import check

import drafts
from databases import Database
from mayuse.decision_log import rewrapping
from mayuse.decision_log.entry import Entry, tag
from mayuse.decision_log.keys import open_keys
from mayuse.decision_log.opening import open_log
from mayuse.decision_log.rewrapping import Retired
from mayuse.decision_log.wrapping import Wrapped
from mayuse.errors import LogUnavailable, SettingsError
from mayuse.store import migrate
from mayuse.store.session import Location, open_sqlite

PEOPLE = 30


async def asked(*people: str):
    return await drafts.drafts(*(drafts.question(subject=name) for name in people))


async def wrapped_by(database) -> dict[str, int]:
    rows = await database.rows("SELECT kek_id, count(*) AS n FROM subject_key GROUP BY kek_id")
    return {row["kek_id"]: row["n"] for row in rows}


async def tags_hold(database, persons) -> bool:
    """Whether the keys, as they are wrapped now, made the tags of these decisions."""
    keys = open_keys(database.keys_dir, may_create=False)
    rows = await database.rows(
        "SELECT id, record, kek_id, key_id, wrapped, lookup FROM decision "
        "JOIN subject_decision USING (seq) JOIN subject_key ON subject = number"
    )
    found = {}
    for row in rows:
        wrapped = Wrapped(row["kek_id"], row["wrapped"])
        key = keys.unwrap(row["key_id"], wrapped, row["lookup"]).key
        found[str(row["id"])] = (Entry.from_bytes(row["record"]).subject, key)
    return all(
        found[name][0] == tag(found[name][1], "subject", name, person)
        for name, person in persons.items()
    )


async def test_all_keys_are_wrapped_anew_and_the_old_one_is_needed_no_more(database, monkeypatch):
    monkeypatch.setattr(rewrapping, "PAGE", 7)
    people = [f"person-{number}" for number in range(PEOPLE)]
    log = await open_log(database.url, database.keys_dir)
    before = await asked(*people)
    receipts = await log.append(before)
    old = log.keys.wrapping.newest
    with pytest.raises(SettingsError, match="rotate it first"):
        await retire(database)

    assert rewrapping.rotate(database.keys_dir) == "subject-2.key"
    heard: list[int] = []
    became = await rewrapping.retire(
        database.location, database.keys_dir, grace=0, progress=heard.append
    )
    (database.keys_dir / "subject.key.retired").unlink()
    await log.append(await asked("somebody-new", *people))  # it was never started anew
    new = log.keys.wrapping.newest
    await log.close()

    assert became == Retired(PEOPLE, set(), [], ["subject.key.retired"])
    assert heard[-1] == PEOPLE
    assert old != new
    assert await wrapped_by(database) == {new: PEOPLE + 1}
    assert [path.name for path in database.keys_dir.glob("subject*")] == ["subject-2.key"]
    told = {draft.id: receipt for draft, receipt in zip(before, receipts, strict=True)}
    assert (await check(database, told)).faults == {}
    assert await tags_hold(database, {draft.id: draft.question.subject for draft in before})


async def test_nobody_is_lost_who_is_given_a_key_meanwhile(database):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await asked("the-first"))
    stop, count = asyncio.Event(), 1

    async def write() -> None:
        nonlocal count
        while not stop.is_set():
            await log.append(await asked(f"person-{secrets.token_hex(6)}"))
            count += 1

    writers = [asyncio.create_task(write()) for _ in range(4)]
    for number in range(3):
        rewrapping.rotate(database.keys_dir)
        await asyncio.sleep(0.1)
        became = await rewrapping.retire(database.location, database.keys_dir, grace=0.2)
        assert (became.damaged, became.needed, len(became.unneeded)) == (set(), [], 1), number
        for path in database.keys_dir.glob("*.retired"):
            path.unlink()
    stop.set()
    await asyncio.gather(*writers)
    await log.close()
    log = await open_log(database.url, database.keys_dir)
    assert await wrapped_by(database) == {log.keys.wrapping.newest: count}
    await log.close()


async def test_what_was_interrupted_is_done_again(database, monkeypatch):
    await write_down(database, "member-7")
    rewrapping.rotate(database.keys_dir)
    with monkeypatch.context() as broken:
        broken.setattr(rewrapping, "writing", _refuse)
        with pytest.raises(LogUnavailable):
            await retire(database)
    assert (database.keys_dir / "subject.key.retired").exists()
    await write_down(database, "member-7", "member-8")  # meanwhile all goes on

    assert await retire(database) == Retired(1, set(), [], ["subject.key.retired"])


async def test_a_key_that_does_not_unwrap_is_told_and_its_file_still_needed(database):
    for name in ("member-7", "member-8", "member-9"):  # in this order
        await write_down(database, name)
    rewrapping.rotate(database.keys_dir)
    await database.rows("UPDATE subject_key SET wrapped = lookup WHERE number = 2")

    assert await retire(database) == Retired(2, {2}, ["subject.key.retired"], [])
    await write_down(database, "member-7", "member-9")


async def test_a_retired_key_is_never_written_over(database):
    await write_down(database, "member-7")
    rewrapping.rotate(database.keys_dir)
    retired, other = database.keys_dir / "subject.key.retired", database.keys_dir.parent / "other"
    open_keys(other, may_create=True)
    shutil.copy(other / "subject.key", retired)
    with pytest.raises(SettingsError, match="is there already"):
        await retire(database)
    assert (database.keys_dir / "subject.key").exists()
    assert retired.read_text() == (other / "subject.key").read_text()


async def test_a_key_file_that_was_exchanged_is_read_anew(database, tmp_path):
    """As when two machines each made a `subject-2.key`, and one was copied over the other."""
    await write_down(database, "member-7")
    rewrapping.rotate(database.keys_dir)
    log = await open_log(database.url, database.keys_dir)
    mine = log.keys.wrapping.newest
    shutil.copytree(database.keys_dir, tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "subject-2.key").unlink()
    rewrapping.rotate(tmp_path / "elsewhere")
    shutil.copy(tmp_path / "elsewhere" / "subject-2.key", database.keys_dir / "subject-2.key")
    await log.append(await asked("member-8"))
    assert log.keys.wrapping.newest != mine
    assert mine not in await wrapped_by(database)
    await log.close()


async def test_a_second_host_that_was_not_started_anew_is_noticed(database, tmp_path):
    there = tmp_path / "there"
    await write_down(database, "member-7")
    shutil.copytree(database.keys_dir, there)
    other = await open_log(database.url, there)
    rewrapping.rotate(database.keys_dir)
    shutil.copy(database.keys_dir / "subject-2.key", there / "subject-2.key")
    assert (await retire(database)).count == 1
    await other.append(await asked("member-8"))  # it wraps with the old key: its file is there
    assert (await retire(database)).count == 1
    await other.close()
    other = await open_log(database.url, there)
    await other.append(await asked("member-9"))
    await other.close()
    assert await retire(database) == Retired(0, set(), [], ["subject.key.retired"])


async def test_keys_of_another_database_are_left_alone(database, tmp_path):
    await write_down(database, "member-7")
    rewrapping.rotate(database.keys_dir)
    empty = Location.from_url(f"sqlite:///{tmp_path}/empty.db")
    await migrate.upgrade(empty)
    other = Database(f"sqlite:///{tmp_path}/other.db", tmp_path / "other-keys")
    await write_down(other, "member-8")

    for location in (empty, other.location):
        with pytest.raises(SettingsError):
            await rewrapping.retire(location, database.keys_dir, grace=0)
    assert not list(database.keys_dir.glob("*.retired"))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_copy_of_a_forgotten_key_is_worth_nothing_afterwards(database):
    """The point of it all: a backup made before the erasure does not bring anybody back."""
    await write_down(database, "member-7")
    [copy] = await database.rows("SELECT * FROM subject_key")
    rewrapping.rotate(database.keys_dir)
    await retire(database)
    (database.keys_dir / "subject.key.retired").unlink()
    connection = open_sqlite(database.location.file)
    connection.execute(
        "UPDATE subject_key SET kek_id = ?, wrapped = ?", (copy["kek_id"], copy["wrapped"])
    )
    connection.close()

    with pytest.raises(SettingsError, match=r"subject\.key did not wrap"):
        await open_log(database.url, database.keys_dir)


async def write_down(database, *people: str) -> None:
    log = await open_log(database.url, database.keys_dir)
    await log.append(await asked(*people))
    await log.close()


async def retire(database) -> Retired:
    return await rewrapping.retire(database.location, database.keys_dir, grace=0)


def _refuse(*_arguments: object) -> None:
    raise LogUnavailable("log_unavailable", "broken off")
