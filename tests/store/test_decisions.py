"""Reading decisions back: one, and lists, a page at a time."""

from __future__ import annotations

import asyncio

import pytest
from all_kinds import HOUR, record_all_kinds

import drafts
from mayuse.errors import InvalidQuestion, LogUnavailable, MalformedRecord, NotFound
from mayuse.store.decisions import MAX_LIMIT, open_decisions
from mayuse.store.search import Filters


async def test_one_decision_comes_back_with_its_facts_and_sources(log, decisions):
    asked = drafts.question(
        data=("likeness", "profile"), choices={"share_with_affiliates": "off"}, age=12
    )
    [draft] = await drafts.drafts(asked)
    [receipt] = await log.append([draft])

    found = await decisions.get(draft.id)
    assert found.leaf_hash == receipt.leaf_hash
    assert (found.entry.id, found.entry.at, found.entry.caller) == (
        draft.id,
        drafts.NOW,
        "ads-pipeline",
    )
    assert found.entry.to_bytes() == found.record
    assert tuple(item.facts for item in found.detail.findings) == asked.facts(drafts.VOCABULARY)
    assert [(item.effect, item.fault) for item in found.detail.findings] == [
        ("indeterminate", "undefined"),
        ("deny", None),
    ]
    assert found.detail.sources == {"share_with_affiliates": "asserted"}
    assert found.detail.names_person


@pytest.mark.parametrize(
    "unknown",
    ["01a20c8c-d9ba-74eb-9f00-985887512a3f", "", "7", "\x00", "\ud800", "' OR 1=1 --", "{}" * 18],
)
async def test_an_unknown_id_is_not_found(log, decisions, unknown):
    await log.append(await drafts.drafts(drafts.question()))

    with pytest.raises(NotFound):
        await decisions.get(unknown)


async def test_another_spelling_of_an_id_is_not_found(log, decisions):
    [draft] = await drafts.drafts(drafts.question())
    await log.append([draft])

    for other in (draft.id.upper(), draft.id.replace("-", ""), f"{{{draft.id}}}"):
        with pytest.raises(NotFound):
            await decisions.get(other)


async def test_an_erased_decision_keeps_its_record_and_nothing_else(database, log, decisions):
    [draft] = await drafts.drafts(drafts.question())
    await log.append([draft])
    for table in (
        *("subject_decision", "decision_act", "decision_facts"),
        *("decision_detail", "subject_key", "facts"),
    ):
        await database.rows(f"DELETE FROM {table}")  # noqa: S608

    found = await decisions.get(draft.id)
    assert found.detail is None
    assert found.entry.id == draft.id
    assert (await decisions.list(Filters(subject="member-7"))).items == ()
    assert (await decisions.list(Filters(jurisdiction="US-CA"))).items == ()
    assert (await decisions.list(Filters(act="us-ftc"))).items == ()
    assert len((await decisions.list(Filters(recipient="microsoft"))).items) == 1


@pytest.mark.parametrize("change", ["record = leaf_hash", "leaf_hash = row_mac"])
async def test_a_record_that_was_changed_is_not_told(database, log, decisions, change):
    [draft] = await drafts.drafts(drafts.question())
    await log.append([draft])
    if database.dialect == "sqlite":
        await database.rows("DROP TRIGGER decision_no_update")
    else:
        await database.rows("ALTER TABLE decision DISABLE TRIGGER ALL")
    await database.rows(f"UPDATE decision SET {change}")  # noqa: S608

    with pytest.raises(MalformedRecord):
        await decisions.get(draft.id)
    with pytest.raises(MalformedRecord):
        await decisions.list()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decision_detail SET sources = '[]'",
        "UPDATE decision_detail SET known_at_us = 9223372036854775807",
        "UPDATE decision_facts SET effect = 9",
        "DELETE FROM decision_facts",
        "UPDATE facts SET document = 'profile'",
    ],
)
async def test_what_lies_beside_a_record_and_cannot_be_read_is_told(
    database, log, decisions, change
):
    [draft] = await drafts.drafts(drafts.question())
    await log.append([draft])
    await database.rows(change)

    with pytest.raises(MalformedRecord, match=draft.id):
        await decisions.get(draft.id)
    with pytest.raises(MalformedRecord, match=draft.id):
        await decisions.list()


@pytest.fixture
async def everything(log):
    return await record_all_kinds(log)


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("newest_first", [True, False])
async def test_pages_together_are_the_list(decisions, newest_first):
    for named in ({}, {"rule": "law/us/baseline"}, {"jurisdiction": "DE"}, {"data": "profile"}):
        whole = await decisions.list(Filters(**named), limit=MAX_LIMIT, newest_first=newest_first)
        for limit in (1, 2, 5):
            assert await walk(decisions, named, limit, newest_first=newest_first) == [
                item.entry.id for item in whole.items
            ]


async def test_decisions_of_one_moment_are_each_told_once(log, decisions):
    """A batch shares one reading of the clock: time alone does not say where a page ended."""
    made = await drafts.drafts(*[drafts.question()] * 20)
    await log.append(made)

    told = await walk(decisions, {}, 3, newest_first=False)
    assert told == [draft.id for draft in made]
    assert await walk(decisions, {}, 7, newest_first=True) == told[::-1]


@pytest.mark.parametrize("newest_first", [True, False])
async def test_writes_between_pages_neither_repeat_nor_hide(log, decisions, newest_first):
    old = [
        (await drafts.drafts(drafts.question(), now=drafts.NOW + number * HOUR))[0]
        for number in range(20)
    ]
    for draft in old:
        await log.append([draft])
    told, cursor = [], None
    for number in range(100):
        page = await decisions.list(cursor=cursor, limit=3, newest_first=newest_first)
        told += [item.entry.id for item in page.items]
        cursor = page.cursor
        if cursor is None:
            break
        later = drafts.NOW + (100 + number) * HOUR
        await log.append(await drafts.drafts(*[drafts.question()] * 2, now=later))
        if number > 12:  # oldest first never catches up with what is added; enough was seen
            break

    assert len(set(told)) == len(told)
    expected = [draft.id for draft in old]
    assert [one for one in told if one in set(expected)] == (
        expected[::-1] if newest_first else expected
    )


@pytest.mark.usefixtures("everything")
async def test_a_cursor_serves_its_own_list_only(decisions):
    page = await decisions.list(Filters(recipient="microsoft"), limit=2)
    cursor = page.cursor

    assert (await decisions.list(Filters(recipient="microsoft"), cursor=cursor, limit=5)).items
    others = [
        (Filters(), True),
        (Filters(recipient="advertiser"), True),
        (Filters(recipient="microsoft", caller="one"), True),
        (Filters(recipient="microsoft"), False),
    ]
    for filters, newest_first in others:
        with pytest.raises(InvalidQuestion, match="/cursor"):
            await decisions.list(filters, cursor=cursor, newest_first=newest_first)


@pytest.mark.usefixtures("everything")
async def test_a_cursor_that_was_made_up_is_refused(decisions):
    cursor = (await decisions.list(limit=2)).cursor
    swapped = [
        cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(43)
    ]
    for bad in ("", "A", "x" * 43, cursor[:-1], cursor + "A", "\x00", "ä" * 43, *swapped):
        with pytest.raises(InvalidQuestion, match="/cursor"):
            await decisions.list(cursor=bad)


@pytest.mark.usefixtures("everything")
async def test_a_cursor_does_not_tell_whom_a_list_is_about(decisions):
    first = (await decisions.list(Filters(subject="ann"), limit=1)).cursor
    again = (await decisions.list(Filters(subject="ann"), limit=1)).cursor

    assert first == again
    assert len(first) < 50


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
async def test_a_limit_out_of_bounds_is_refused(decisions, limit):
    with pytest.raises(InvalidQuestion, match="/limit"):
        await decisions.list(limit=limit)


async def test_a_page_may_be_as_long_as_allowed(log, decisions):
    made = await drafts.drafts(*drafts.many(MAX_LIMIT + 1))
    await log.append(made)

    page = await decisions.list(limit=MAX_LIMIT, newest_first=False)
    assert [item.entry.id for item in page.items] == [draft.id for draft in made[:-1]]
    assert all(item.detail is not None for item in page.items)
    assert page.cursor is not None


async def test_reading_never_writes(decisions):
    async with decisions._engine.connect() as connection:  # noqa: SLF001 - the engine is the point
        with pytest.raises(Exception, match=r"read-?only"):
            await connection.exec_driver_sql("DELETE FROM facts")


async def test_a_list_is_read_while_others_write(log, decisions):
    async def write():
        for _ in range(20):
            await log.append(await drafts.drafts(*drafts.many(20)))

    writing = asyncio.create_task(write())
    seen = []
    while not writing.done():
        page = await decisions.list(limit=MAX_LIMIT)
        assert all(item.detail is not None for item in page.items)
        seen.append(len(page.items))
        await asyncio.sleep(0)
    await writing
    assert seen == sorted(seen)
    assert len((await decisions.list(limit=MAX_LIMIT)).items) == 400


async def test_a_database_that_is_gone_is_told_as_unavailable(log, tmp_path):
    for url in (f"sqlite:///{tmp_path}/none.db", "postgresql://nobody@127.0.0.1:1/none"):
        gone = open_decisions(url, log.keys)
        with pytest.raises(LogUnavailable):
            await gone.list()
        with pytest.raises(LogUnavailable):
            await gone.ping()
        await gone.close()


async def walk(decisions, named, limit, *, newest_first):
    told, cursor = [], None
    while True:
        page = await decisions.list(
            Filters(**named), cursor=cursor, limit=limit, newest_first=newest_first
        )
        assert len(page.items) <= limit
        told += [item.entry.id for item in page.items]
        cursor = page.cursor
        if cursor is None:
            return told
