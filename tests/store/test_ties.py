"""What can be deleted beside the records is verified, too; what was erased is no finding."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

import drafts
from mayuse.decision_log.opening import open_log
from mayuse.erasure import Erasures
from mayuse.retention import Retention
from mayuse.store import ties
from mayuse.store.postgres_commits import PostgresCommits
from mayuse.store.whole_log import Beside, verify_read, verify_stored
from mayuse.vocabulary import Choice
from superuser import superuser

OLD = drafts.NOW - timedelta(days=800)
BESIDE = ("decision_facts", "decision_act", "subject_decision", "decision_detail")


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


@pytest.mark.parametrize("size", [1, 3, 1_000_000])
async def test_an_erasure_accounts_for_what_is_gone(database, log, erasures, monkeypatch, size):
    monkeypatch.setattr(ties, "RANGE", dict.fromkeys(ties.RANGE, size))
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
    await database.sealed()
    retention = Retention(log, reader, database.location)
    async for _ in retention.purge(OLD + timedelta(days=1), caller="cron", at=drafts.NOW, size=100):
        pass
    await database.sealed()
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


async def test_an_erasure_that_was_undone_is_found(database, log, erasures):
    await asked(log)
    tables = ("subject_key", "facts", "decision_detail", "decision_facts", "subject_decision")
    kept = {table: await database.rows(f"SELECT * FROM {table}") for table in tables}  # noqa: S608
    await erasures.erase("ann", caller="dpo", at=drafts.NOW)
    with superuser(database) as somebody:
        for table, rows in kept.items():
            for row in rows:
                holes = ", ".join(f"${number}" for number in range(1, len(row) + 1))
                over = "OVERRIDING SYSTEM VALUE " if database.dialect == "postgresql" else ""
                somebody.execute(
                    f"INSERT INTO {table} ({', '.join(row)}) {over}"
                    f"VALUES ({holes}) ON CONFLICT DO NOTHING",
                    *row.values(),
                )
    assert await found(database, log) == {"tie_changed": 1}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_two_erasures_at_once_leave_none_of_the_facts_they_share(
    database, log, erasures, reader
):
    other = await open_log(database.url, database.keys_dir)
    both = (erasures, Erasures(other, reader, database.location))
    for _ in range(8):
        await log.append(
            await drafts.drafts(*[drafts.question(subject=person) for person in ("ann", "bob")])
        )
        await asyncio.gather(
            *(
                one.erase(person, caller="dpo", at=drafts.NOW)
                for one, person in zip(both, ("ann", "bob"), strict=True)
            )
        )
        assert await database.count("facts") == 0
    await other.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_decision_outlives_an_erasure_of_the_facts_it_found(database, log, monkeypatch):
    await log.append(await drafts.drafts(drafts.question()))
    insert_lines = PostgresCommits._insert_lines  # noqa: SLF001 - between two of its statements
    calls = 0

    async def erased_meanwhile(*arguments):
        nonlocal calls
        calls += 1
        if calls == 1:
            await database.rows("DELETE FROM decision_facts")
            await database.rows("DELETE FROM facts")
        return await insert_lines(*arguments)

    monkeypatch.setattr(PostgresCommits, "_insert_lines", erased_meanwhile)
    await log.append(await drafts.drafts(drafts.question(subject="bob")))

    assert calls > 1
    assert await database.count("decision_facts") == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("decision_facts", "data"),
        ("decision_facts", "t_us"),
        ("decision_detail", "t_us"),
        ("decision_detail", "jurisdiction"),
    ],
)
async def test_nothing_is_not_what_was_written(database, log, table, column):
    await asked(log)
    with superuser(database) as somebody:
        somebody.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
        somebody.execute(f"UPDATE {table} SET {column} = NULL")  # noqa: S608
    assert "tie_changed" in await found(database, log)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE decision SET caller = CAST(x'ff' AS TEXT) WHERE seq = 2", "copy_changed"),
        ("UPDATE decision SET record = CAST(x'ff' AS TEXT) WHERE seq = 2", "row_changed"),
        (
            "UPDATE OR REPLACE decision_rule SET rule = CAST(x'ff' AS TEXT)",
            "index_changed",
        ),
    ],
)
async def test_text_that_is_none_is_found_where_it_stands(database, log, change, kind):
    await asked(log)
    with superuser(database) as somebody:
        somebody.execute(change)
    report = await verify_stored(database.location)

    assert kind in report.found
    assert all(finding.where.isprintable() for finding in report.findings)


AMISS = {
    "a document that is none": "UPDATE facts SET document = '{'",
    "a document of other things": "UPDATE facts SET document = '[]'",
    "a document of no place": """UPDATE facts SET document = '{"data":"profile"}'""",
    "facts of nobody": "DELETE FROM decision_facts WHERE position = 1",
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


async def test_the_last_row_of_a_table_hides_none_before_it(database, log):
    """On SQLite text may be no text at all, and is given back as bytes: no text comes after it."""
    await asked(log)
    last = "CAST(x'ff' AS TEXT)" if database.dialect == "sqlite" else "'~'"
    one = "(act, seq) = (SELECT act, seq FROM decision_act ORDER BY seq, act LIMIT 1)"
    with superuser(database) as somebody:
        somebody.execute("UPDATE decision_act SET t_us = t_us + 1")
        somebody.execute(f"UPDATE decision_act SET act = {last} WHERE {one}")  # noqa: S608
    assert await found(database, log) == {"tie_changed": 1}


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
