"""What the database refuses whoever asks: a decision is never changed, removed or replaced."""

from __future__ import annotations

import sqlite3

import asyncpg
import pytest

import drafts

STATEMENTS = {
    "update": "UPDATE decision SET caller = 'somebody else'",
    "update of one byte": "UPDATE decision SET record = leaf_hash",
    "delete": "DELETE FROM decision",
    "delete of one": "DELETE FROM decision WHERE seq = (SELECT max(seq) FROM decision)",
}
ON_SQLITE = {
    "replace by number": (
        "INSERT OR REPLACE INTO decision SELECT seq, 'other', t_us, kind, 'x', effect, recipient, "
        "purpose, policy, record, leaf_hash, row_mac FROM decision LIMIT 1"
    ),
    "replace by id": (
        "REPLACE INTO decision SELECT NULL, id, t_us, kind, 'x', effect, recipient, "
        "purpose, policy, record, leaf_hash, row_mac FROM decision LIMIT 1"
    ),
    "upsert": (
        "INSERT INTO decision SELECT * FROM decision WHERE true "
        "ON CONFLICT (id) DO UPDATE SET caller = 'x'"
    ),
}
ON_POSTGRESQL = {
    "truncate": "TRUNCATE decision CASCADE",
    "a number of one's own": (
        "INSERT INTO decision (seq, id, t_us, kind, caller, effect, recipient, purpose, policy, "
        "record, leaf_hash, row_mac) SELECT seq + 100, gen_random_uuid(), t_us, kind, 'x', effect, "
        "recipient, purpose, policy, record, leaf_hash, row_mac FROM decision LIMIT 1"
    ),
    "upsert": (
        "INSERT INTO decision (seq, id, t_us, kind, caller, effect, recipient, purpose, policy, "
        "record, leaf_hash, row_mac) OVERRIDING SYSTEM VALUE SELECT seq, id, t_us, kind, caller, "
        "effect, recipient, purpose, policy, record, leaf_hash, row_mac FROM decision "
        "ON CONFLICT (id) DO UPDATE SET caller = 'x'"
    ),
}
REFUSALS = (
    sqlite3.IntegrityError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.GeneratedAlwaysError,
)


EVERY = [
    pytest.param(dialect, statement, id=f"{dialect}: {name}")
    for dialect, own in (("sqlite", ON_SQLITE), ("postgresql", ON_POSTGRESQL))
    for name, statement in {**STATEMENTS, **own}.items()
]


@pytest.mark.parametrize(("database", "statement"), EVERY, indirect=["database"])
async def test_a_recorded_decision_stays_as_it_is(database, log, statement):
    await log.append(await drafts.drafts(*drafts.many(5)))
    before = await database.rows("SELECT * FROM decision ORDER BY seq")

    with pytest.raises(REFUSALS, match=r"only grows|cannot insert a non-DEFAULT value"):
        await database.rows(statement)
    assert await database.rows("SELECT * FROM decision ORDER BY seq") == before
    assert sum(row["kind"] == 0 for row in before) == 5


@pytest.mark.parametrize(
    "change", ["leaf_hash = 'short'", "effect = 3", "row_mac = ''", "record = NULL"]
)
async def test_a_row_that_no_writer_makes_is_refused(database, log, change):
    """Even without the triggers the columns have their shapes."""
    await log.append(await drafts.drafts(drafts.question()))
    if database.dialect == "sqlite":
        await database.rows("DROP TRIGGER decision_no_update")
    else:
        await database.rows("ALTER TABLE decision DISABLE TRIGGER ALL")

    with pytest.raises((sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)):
        await database.rows(f"UPDATE decision SET {change}")  # noqa: S608


async def test_detail_cannot_outlive_its_decision_nor_facts_their_use(database, log):
    await log.append(await drafts.drafts(*drafts.many(5)))

    for statement in (
        "DELETE FROM facts",
        "DELETE FROM decision_detail",
        "DELETE FROM subject_key",
        "UPDATE decision_detail SET seq = seq + 1000",
    ):
        with pytest.raises((sqlite3.IntegrityError, asyncpg.ForeignKeyViolationError)):
            await database.rows(statement)


async def test_what_ties_decisions_to_persons_can_be_deleted_and_the_records_stay(database, log):
    await log.append(await drafts.drafts(*drafts.many(20)))
    before = await database.rows("SELECT * FROM decision ORDER BY seq")

    for table in ("subject_decision", "decision_facts", "decision_detail", "facts", "subject_key"):
        await database.rows(f"DELETE FROM {table}")  # noqa: S608
    assert await database.rows("SELECT * FROM decision ORDER BY seq") == before
