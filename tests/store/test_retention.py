"""Old records are dropped; the tree over them stays whole, and nothing else is touched."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import drafts
from beginning import begin_under
from mayuse import bundle
from mayuse.answer import Policy
from mayuse.decision_log.note import VerifierKey
from mayuse.decision_log.proof import Proof
from mayuse.retention import Retention, months_before
from mayuse.store.search import Filters
from mayuse.store.session import open_engine
from mayuse.store.whole_log import Beside, verify_read, verify_stored
from superuser import superuser

OLD = drafts.NOW - timedelta(days=800)
BOUND = drafts.NOW - timedelta(days=700)


@pytest.fixture
async def retention(database, log):
    engine = open_engine(database.location)
    yield Retention(log, engine, database.location)
    await engine.dispose()


@pytest.fixture
async def recorded(database, log):
    """Five old decisions about two persons, three new ones about one of them and another."""
    old = [
        *await drafts.drafts(drafts.question(subject="ann", on=OLD.date()), now=OLD),
        *await drafts.drafts(*[drafts.question(subject="bob")] * 3, now=OLD),
        *await drafts.drafts(drafts.question(subject=None, jurisdiction="FR"), now=OLD),
    ]
    new = [
        *await drafts.drafts(drafts.question(subject="bob")),
        *await drafts.drafts(*[drafts.question(subject="cem", gpc=True)] * 2),
    ]
    receipts = [*await log.append(old), *await log.append(new)]
    await database.sealed()
    return old, new, receipts


async def purge(retention, before=BOUND, size=3):
    return [step async for step in retention.purge(before, caller="cron", at=drafts.NOW, size=size)]


async def test_what_is_old_goes_and_nothing_else(recorded, database, retention, decisions):
    old, new, _ = recorded
    tiles = await database.rows("SELECT * FROM tile ORDER BY level, idx")
    steps = await purge(retention)
    await database.sealed()

    assert sum(step.decisions for step in steps) == len(old)
    assert all(step.records <= 3 for step in steps)
    left = (await decisions.list(newest_first=False)).items
    assert [item.entry.id for item in left] == [draft.id for draft in new]
    assert all(item.detail is not None for item in left)
    grown = await database.rows("SELECT * FROM tile ORDER BY level, idx")
    assert grown[0]["data"].startswith(tiles[0]["data"])
    assert await retention.purged() == steps[-1].until


async def test_what_lay_beside_goes_with_it(recorded, database, retention):
    _, new, _ = recorded
    await purge(retention)

    assert await database.count("decision_detail") == len(new)
    assert await database.count("decision_facts") == len(new)
    assert await database.count("subject_decision") == len(new)
    assert await database.count("subject_key") == 2  # ann has no decision any more
    assert await database.count("facts") == 2  # those of the new decisions
    for table in ("decision_rule", "decision_act"):
        rows = await database.rows(f"SELECT DISTINCT t_us FROM {table}")  # noqa: S608
        assert len(rows) == 1, table


async def test_receipts_of_dropped_records_still_hold(recorded, database, retention, log):
    _, _, receipts = recorded
    await purge(retention)
    keys = [
        VerifierKey.from_text(row["vkey"])
        for row in await database.rows("SELECT vkey FROM log_key WHERE role = 'checkpoint'")
    ]

    proven = [receipt for receipt in receipts if receipt.proof is not None]
    assert proven or database.dialect == "postgresql"
    for receipt in proven:
        Proof.from_text(receipt.proof).verify(bytes.fromhex(receipt.leaf_hash), keys)
    assert log.trouble() is None


async def test_what_decided_is_guarded_though_its_entry_was_dropped(database, log, retention):
    """Bundles and activations outlive the entries that speak of them."""
    packaged = bundle.packaged()
    policy = Policy(packaged.digest, packaged.version)
    await begin_under(log, database.location, policy, packaged.raw, at=OLD)
    for now in (OLD, drafts.NOW):
        made = await drafts.drafts(drafts.question(), now=now)
        await log.append([replace(draft, policy=policy) for draft in made])
    await database.sealed()
    assert await purge(retention)
    await database.sealed()
    beside = Beside(row_mac=log.keys.row_mac, own=log.keys.signing)
    report = await verify_stored(database.location, beside)
    assert (report.findings, report.entries["bundle"]) == ([], 0)

    with superuser(database) as somebody:
        for change in (
            "DELETE FROM policy_bundle",
            "UPDATE policy_bundle SET bundle = leaf_hash FROM decision WHERE decision.kind = 0",
            "UPDATE policy_activation SET because = 'to be mild'",
            "UPDATE policy_activation SET t_us = t_us + 1",
        ):
            found = somebody.attempt(
                lambda execute, change=change: execute(change) and None,
                lambda execute: verify_read(execute, database.dialect, beside),
            )
            assert found.found.keys() & {"kept_missing", "kept_extra"}, change


async def test_nothing_is_dropped_twice_nor_when_nothing_is_old(recorded, database, retention):
    assert recorded
    await purge(retention)
    count = await database.count()
    assert await purge(retention) == []
    assert await purge(retention, before=OLD - timedelta(days=1)) == []
    assert await database.count() == count


async def test_two_who_purge_at_once_drop_each_record_once(recorded, database, retention):
    old, new, _ = recorded
    done = await asyncio.gather(
        purge(retention, size=1), purge(retention, size=1), return_exceptions=True
    )
    await purge(retention)

    steps = [step for result in done if isinstance(result, list) for step in result]
    assert sum(step.decisions for step in steps) <= len(old)
    left = await database.rows("SELECT id FROM decision WHERE kind = 0")
    assert len(left) == len(new)


async def test_a_list_over_a_purge_is_what_is_left(recorded, retention, decisions):
    _, new, _ = recorded
    await purge(retention)
    found = (await decisions.list(Filters(subject="bob"))).items
    assert [item.entry.id for item in found] == [new[0].id]
    assert (await decisions.list(Filters(until=BOUND))).items == ()


@pytest.mark.parametrize(
    ("now", "months", "expected"),
    [
        ("2026-11-24", 24, "2024-11-01"),
        ("2026-01-01", 1, "2025-12-01"),
        ("2024-02-29", 12, "2023-02-01"),
        ("2026-12-31", 0, "2026-12-01"),
    ],
)
def test_whole_months_are_kept(now, months, expected):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC, hour=13)
    assert months_before(at, months).isoformat() == f"{expected}T00:00:00+00:00"
