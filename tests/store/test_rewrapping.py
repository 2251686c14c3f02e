"""The key that wraps persons' keys is changed while services write; the old one is destroyed."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from checker import check

import drafts
from mayuse.decision_log import rewrapping, wrapping
from mayuse.decision_log.entry import Entry, tag
from mayuse.decision_log.keys import open_keys
from mayuse.decision_log.opening import open_log
from mayuse.decision_log.wrapping import Wrapped
from mayuse.errors import LogUnavailable, SettingsError
from mayuse.store.session import open_sqlite

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


async def test_all_keys_are_wrapped_anew_and_the_old_one_is_destroyed(database, monkeypatch):
    monkeypatch.setattr(rewrapping, "PAGE", 7)
    people = [f"person-{number}" for number in range(PEOPLE)]
    log = await open_log(database.url, database.keys_dir)
    before = await asked(*people)
    receipts = await log.append(before)
    old = log.keys.wrapping.newest
    with pytest.raises(SettingsError, match="rotate it first"):
        await rewrapping.retire(database.location, database.keys_dir, grace=0)

    assert rewrapping.rotate(database.keys_dir) == "subject-2.key"
    heard: list[int] = []
    became, destroyed = await rewrapping.retire(
        database.location, database.keys_dir, grace=0, progress=heard.append
    )
    await log.append(await asked("somebody-new", *people))  # it was never started anew
    new = log.keys.wrapping.newest
    await log.close()

    assert (became.count, became.damaged, destroyed) == (PEOPLE, 0, ["subject.key"])
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
    for _ in range(3):
        rewrapping.rotate(database.keys_dir)
        await asyncio.sleep(0.1)
        became, _ = await rewrapping.retire(database.location, database.keys_dir, grace=0.2)
        assert became.damaged == 0
    stop.set()
    await asyncio.gather(*writers)
    await log.close()
    log = await open_log(database.url, database.keys_dir)
    assert await wrapped_by(database) == {log.keys.wrapping.newest: count}
    await log.close()


async def test_what_was_interrupted_is_done_again(database, monkeypatch):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await asked("member-7"))
    await log.close()
    rewrapping.rotate(database.keys_dir)
    with monkeypatch.context() as broken:
        broken.setattr(rewrapping, "writing", _refuse)
        with pytest.raises(LogUnavailable):
            await rewrapping.retire(database.location, database.keys_dir, grace=0)
    assert [path.name for path in wrapping.retired_files(database.keys_dir)] == [
        "subject.key.retired"
    ]
    log = await open_log(database.url, database.keys_dir)  # meanwhile all goes on
    await log.append(await asked("member-7", "member-8"))
    await log.close()

    became, destroyed = await rewrapping.retire(database.location, database.keys_dir, grace=0)
    assert (became.count, destroyed) == (1, ["subject.key"])


async def test_a_damaged_key_is_told_and_one_of_a_key_that_is_not_here_stops_all(database):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await asked("member-7", "member-8", "member-9"))
    await log.close()
    rewrapping.rotate(database.keys_dir)
    await database.rows("UPDATE subject_key SET wrapped = lookup WHERE number = 2")
    await database.rows("UPDATE subject_key SET kek_id = 'another' WHERE number = 3")
    with pytest.raises(SettingsError, match="is not here"):
        await rewrapping.retire(database.location, database.keys_dir, grace=0)
    await database.rows("DELETE FROM subject_decision WHERE subject = 3")
    await database.rows("UPDATE decision_detail SET subject = 2 WHERE subject = 3")
    await database.rows("DELETE FROM subject_key WHERE number = 3")

    became, destroyed = await rewrapping.retire(database.location, database.keys_dir, grace=0)
    assert (became.count, became.damaged, destroyed) == (1, 1, ["subject.key"])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_copy_of_a_forgotten_key_is_worth_nothing_afterwards(database):
    """The point of it all: a backup made before the erasure does not bring anybody back."""
    log = await open_log(database.url, database.keys_dir)
    await log.append(await asked("member-7"))
    [copy] = await database.rows("SELECT * FROM subject_key")
    await log.close()
    rewrapping.rotate(database.keys_dir)
    await rewrapping.retire(database.location, database.keys_dir, grace=0)
    connection = open_sqlite(database.location.file)
    connection.execute(
        "UPDATE subject_key SET kek_id = ?, wrapped = ?", (copy["kek_id"], copy["wrapped"])
    )
    connection.close()

    with pytest.raises(SettingsError, match=r"subject\.key did not wrap"):
        await open_log(database.url, database.keys_dir)


def _refuse(*_arguments: object) -> None:
    raise LogUnavailable("log_unavailable", "broken off")
