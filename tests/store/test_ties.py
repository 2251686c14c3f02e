"""What can be deleted beside the records is verified, too; what was erased is no finding."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

import drafts
from mayuse.erasure import Erasures
from mayuse.retention import Retention
from mayuse.store import ties
from mayuse.store.session import open_engine
from mayuse.store.whole_log import Beside, verify_read, verify_stored
from mayuse.vocabulary import Choice
from superuser import superuser

OLD = drafts.NOW - timedelta(days=800)
BESIDE = ("decision_facts", "decision_act", "subject_decision", "decision_detail")


@pytest.fixture
async def reader(database, log):  # noqa: ARG001 - the log makes the tables
    engine = open_engine(database.location)
    yield engine
    await engine.dispose()


@pytest.fixture
async def erasures(database, log, reader):
    return Erasures(log, reader, database.location)


async def asked(log, *, now=drafts.NOW):
    """Two decisions about each of three persons, of two categories, and one about nobody."""
    questions = [
        drafts.question(subject=person, data=("profile", "offsite_activity"))
        for person in ("ann", "bob", "cem")
    ]
    made = await drafts.drafts(*questions, *questions, drafts.question(subject=None), now=now)
    await log.append(made)


async def found(database, log):
    report = await verify_stored(database.location, Beside(facts_id=log.keys.facts_id))
    return dict(report.found)


async def until_sealed(database):
    for _ in range(200):
        if not await database.count("pending"):
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("the log was not sealed")


@pytest.mark.parametrize("size", [1, 3, 1_000_000])
async def test_an_erasure_accounts_for_what_is_gone(database, log, erasures, monkeypatch, size):
    monkeypatch.setattr(ties, "RANGE", size)
    await asked(log)
    assert await found(database, log) == {}
    await erasures.erase("ann", caller="dpo", at=drafts.NOW)
    await asked(log)
    await erasures.erase("ann", caller="dpo", at=drafts.NOW)
    assert await found(database, log) == {}

    for table in BESIDE:
        one = "SELECT max(seq) FROM decision WHERE kind = 0"
        await database.rows(f"DELETE FROM {table} WHERE seq IN ({one})")  # noqa: S608
    assert await found(database, log) == {"tie_missing": 1}


async def test_an_erasure_does_not_account_for_what_is_younger(database, log, erasures, reader):
    """Even where it could by its number: what it erased was purged since."""
    await asked(log, now=OLD)
    await erasures.erase("ann", caller="dpo", at=drafts.NOW)
    await until_sealed(database)
    retention = Retention(log, reader, database.location)
    async for _ in retention.purge(OLD + timedelta(days=1), caller="cron", at=drafts.NOW, size=100):
        pass
    await until_sealed(database)
    await asked(log)
    before = {"kept_missing": 1}  # the policy of these tests is in no bundle
    assert await found(database, log) == before

    for table in BESIDE:
        one = "SELECT max(seq) FROM decision WHERE kind = 0"
        await database.rows(f"DELETE FROM {table} WHERE seq IN ({one})")  # noqa: S608
    assert await found(database, log) == before | {"tie_missing": 1}


async def test_a_choice_may_be_called_as_a_member_of_the_facts_is(database, log, monkeypatch):
    choices = {name: Choice("setting", ("off", "on"), "off") for name in ("data", "jurisdiction")}
    monkeypatch.setattr(drafts.FewLines, "vocabulary", replace(drafts.VOCABULARY, choices=choices))
    await asked(log)

    assert await found(database, log) == {}


AMISS = {
    "a document that is none": "UPDATE facts SET document = '{'",
    "a document of other things": "UPDATE facts SET document = '[]'",
    "a document of no place": """UPDATE facts SET document = '{"data":"profile"}'""",
    "persons without a key": "DELETE FROM subject_key",
    "a category before which one is missing": "DELETE FROM decision_facts WHERE position = 0",
    "ids that none can have": "UPDATE facts SET id = $1 WHERE id = (SELECT id FROM facts LIMIT 1)",
}
AMISS_ON_SQLITE = {
    "text that is none": "UPDATE facts SET document = CAST(x'ff' AS TEXT)",
    "bytes for a text": "UPDATE facts SET document = CAST(document AS BLOB)",
    "ids of text": "UPDATE facts SET id = hex(id)",
    "a time of text": "UPDATE decision_facts SET t_us = 'noon'",
    "a place of bytes": "UPDATE decision_detail SET jurisdiction = CAST(jurisdiction AS BLOB)",
}


async def test_what_does_not_agree_is_found(database, log):
    await asked(log)
    changes = AMISS | (AMISS_ON_SQLITE if database.dialect == "sqlite" else {})
    missed = []
    with superuser(database) as somebody:
        for name, change in changes.items():
            values = [b""] if "$1" in change else []

            def do(execute, change=change, values=values):
                execute(change, *values)

            report = somebody.attempt(do, lambda run: verify_read(run, database.dialect))
            if not report.found.keys() <= {"tie_changed", "tie_missing"} or report.ok:
                missed.append(name)
    assert missed == []
