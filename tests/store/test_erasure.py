"""A person is forgotten: nothing is left of them, and the log verifies as before."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime

import pytest

import drafts
from mayuse import erasure
from mayuse.choices_intake import Choosing
from mayuse.decision_log import event
from mayuse.decision_log.entry import Entry, from_text
from mayuse.decision_log.opening import open_log
from mayuse.errors import ErasureUnproved, NotFound
from mayuse.ledger import Ledger
from mayuse.store import migrate
from mayuse.store.evidence import EvidenceReader
from mayuse.store.forgetting import Remembered, forget, remembered
from mayuse.store.search import Filters
from mayuse.store.session import Location
from mayuse.store.whole_log import Beside, verify_stored
from superuser import superuser

PERSON = "maria.mustermann@example.org"
RECORDS = "SELECT id, record, leaf_hash FROM decision WHERE kind = 0 ORDER BY seq"
OF_DECISIONS = "SELECT seq FROM decision WHERE kind = 0"
BESIDE = ("subject_key", "subject_decision", "decision_detail", "decision_facts", "decision_act")


@pytest.fixture
async def asked(log):
    """Decisions about the person, about another one on the same facts, and about nobody."""
    questions = [
        drafts.question(subject=PERSON),
        drafts.question(subject=PERSON, data=("profile", "offsite_activity"), gpc=True),
        drafts.question(subject=PERSON, jurisdiction="FR", age=12),  # on facts of her own
        drafts.question(subject="member-8"),
        drafts.question(subject=None),
    ]
    made = await drafts.drafts(*questions)
    await log.append(made)
    return made


async def erase(erasures, person=PERSON):
    return await erasures.erase(person, caller="dpo", at=drafts.NOW)


async def test_only_the_records_stay(asked, database, erasures, decisions):
    before = await database.rows(RECORDS)
    erased = await erase(erasures)

    assert erased.decisions == 3
    assert (
        await database.rows("SELECT id, record, leaf_hash FROM decision WHERE kind = 0") == before
    )
    counts = {table: await database.count(table) for table in BESIDE}
    assert counts == {
        "subject_key": 1,
        "subject_decision": 1,
        "decision_detail": 2,
        "decision_facts": 2,
        "decision_act": 4,
    }
    assert (await decisions.list(Filters(subject=PERSON))).items == ()
    assert (await decisions.get(asked[0].id)).detail is None
    assert (await decisions.get(asked[3].id)).detail is not None


async def test_facts_go_with_the_last_decision_on_them(asked, database, erasures):
    assert len(asked) == 5
    await erase(erasures)
    [shared] = await database.rows("SELECT document FROM facts")
    assert '"jurisdiction":"US-CA"' in shared["document"]

    await erase(erasures, "member-8")
    assert await database.count("facts") == 1  # the decision about nobody was on them, too


async def test_the_erasure_is_a_record_that_names_nobody(asked, database, erasures):
    assert asked
    erased = await erase(erasures)
    rows = await database.rows("SELECT record, leaf_hash FROM decision WHERE kind <> 0")
    said = [event.read(row["record"]) for row in rows]
    [what] = [item.what for item in said if item.kind == "erasure"]

    assert what == event.Erasure(
        caller="dpo", key_id=erased.key_id, reason="data_subject_request", decisions=3
    )
    assert erased.receipt.leaf_hash in {row["leaf_hash"].hex() for row in rows}
    [row] = await database.rows("SELECT key_id FROM erased_key")
    assert row["key_id"] == from_text(erased.key_id)


async def test_records_of_an_erased_person_cannot_be_linked(asked, database, erasures):
    await erase(erasures)
    rows = await database.rows("SELECT record FROM decision WHERE kind = 0 ORDER BY seq")
    entries = [Entry.from_bytes(row["record"]) for row in rows][:3]

    for member in ("subject", "facts", "verdict", "salt", "id"):
        assert len({getattr(entry, member) for entry in entries}) == 3, member
    assert len(asked) == 5


async def test_a_person_who_comes_back_is_another(asked, log, database, erasures, decisions):
    erased = await erase(erasures)
    [again] = await drafts.drafts(drafts.question(subject=PERSON))
    await log.append([again])

    [found] = (await decisions.list(Filters(subject=PERSON))).items
    assert found.entry.id == again.id
    keys = {row["key_id"] for row in await database.rows("SELECT key_id FROM subject_key")}
    assert from_text(erased.key_id) not in keys
    assert (await erase(erasures)).decisions == 1
    assert asked


async def test_what_nobody_knows_cannot_be_erased(asked, database, erasures):
    for unknown in ("nobody", "", "\x00", "' OR 1=1 --"):
        with pytest.raises(NotFound):
            await erase(erasures, unknown)
    await erase(erasures)
    with pytest.raises(NotFound):
        await erase(erasures)
    assert await database.count("erased_key") == 1
    assert asked


async def test_many_who_ask_at_once_erase_once(asked, database, erasures):
    assert asked
    done = await asyncio.gather(*(erase(erasures) for _ in range(5)), return_exceptions=True)

    assert sorted(type(item).__name__ for item in done) == ["Erased", *["NotFound"] * 4]
    assert await database.count("erased_key") == 1


async def test_a_decision_that_comes_between_is_erased_as_well(  # noqa: PLR0913, PLR0917
    asked, log, database, reader, erasures, monkeypatch
):
    """What was looked up is not what is there any more: then all of it is done again."""
    looked_up = 0

    async def look_up_and_be_overtaken(engine, lookup):
        nonlocal looked_up
        looked_up += 1
        found = await remembered(engine, lookup)
        if looked_up == 1:
            await other.append(await drafts.drafts(drafts.question(subject=PERSON)))
        return found

    other = await open_log(database.url, database.keys_dir)  # of another process
    monkeypatch.setattr(erasure, "remembered", look_up_and_be_overtaken)
    erased = await erase(erasures)

    await other.close()
    assert (looked_up, erased.decisions) == (2, 4)
    assert await remembered(reader, log.keys.subject_lookup(PERSON)) is None
    assert await database.count("decision_detail") == 2
    assert asked


async def test_whoever_keeps_asking_about_a_person_keeps_nobody_from_forgetting_them(
    database, log, reader, erasures
):
    asking = True
    ledger = Ledger(database.location, log, reader)
    chosen = Choosing({"share_with_affiliates": "off"}, "settings_page")

    async def ask():
        while asking:
            await log.append(await drafts.drafts(drafts.question(subject=PERSON)))

    async def choose():
        while asking:
            await ledger.record(PERSON, chosen, actor="web", clock=lambda: datetime.now(UTC))

    tasks = [asyncio.create_task(do()) for do in (ask, ask, choose, choose)]
    try:
        for _ in range(3):
            await asyncio.sleep(0.5)
            assert (await erase(erasures)).decisions
    finally:
        asking = False
        await asyncio.gather(*tasks)
        await ledger.close()


async def test_decisions_and_erasures_at_once_leave_nothing_half_done(log, database, erasures):
    """Writers go on about the same person while that person is erased again and again."""

    async def write():
        for _ in range(15):
            await log.append(await drafts.drafts(*[drafts.question(subject=PERSON)] * 3))
            await asyncio.sleep(0.02)

    async def forget_often():
        done = 0
        for _ in range(8):
            try:
                done += (await erase(erasures)).decisions
            except NotFound:
                await asyncio.sleep(0)
        return done

    _, erased = await asyncio.gather(write(), forget_often())
    left = await database.count("decision_detail")
    assert erased + left == len(await database.rows(OF_DECISIONS)) == 45
    assert await database.count("subject_decision") == left
    assert await database.count("subject_key") == (1 if left else 0)


async def test_whoever_comes_back_with_a_backup_is_forgotten_again(
    asked, database, reader, log, erasures
):
    """The rows beside the records are restored; what was erased is known and erased again."""
    kept = await database.rows("SELECT * FROM subject_key")
    erased = await erase(erasures)
    assert await erasures.erase_again(caller="dpo", at=drafts.NOW) == []

    [row] = [row for row in kept if row["key_id"] == from_text(erased.key_id)]
    await restore(database, row)
    assert await remembered(reader, log.keys.subject_lookup(PERSON)) is not None
    [again] = await erasures.erase_again(caller="dpo", at=drafts.NOW)

    assert again.key_id == erased.key_id
    await database.sealed()
    report = await verify_stored(database.location, Beside(row_mac=log.keys.row_mac))
    assert (report.findings, report.entries["erasure"]) == ([], 2)
    assert await remembered(reader, log.keys.subject_lookup(PERSON)) is None
    assert asked


LISTED = {
    "a search": "INSERT INTO erased_key SELECT key_id, (SELECT max(seq) FROM decision "
    "WHERE kind = 3) FROM subject_key",
    "no record": "INSERT INTO erased_key SELECT key_id, 99999 FROM subject_key",
    "another person's erasure": "INSERT INTO erased_key SELECT key_id, (SELECT max(seq) "
    "FROM decision WHERE kind = 4) FROM subject_key",
    "an erased one's name": "UPDATE subject_key SET key_id = (SELECT key_id FROM erased_key)",
    "another service's record": "UPDATE decision SET row_mac = leaf_hash WHERE kind = 4",
    "a record that was forged": "UPDATE decision SET record = $1 WHERE kind = 4",
    "a record in no leaf": "DELETE FROM leaf WHERE seq = (SELECT leaf_seq FROM erased_key)",
    "a leaf that is another": "UPDATE tile SET data = $1 WHERE level = 0",
}
"""Who has the database lists a person as forgotten who never asked, or spoils what proves it."""


@pytest.mark.parametrize("change", LISTED)
async def test_whom_no_record_names_is_not_forgotten_again(  # noqa: PLR0913, PLR0917
    asked, log, database, reader, erasures, change
):
    assert asked
    kept = await database.rows("SELECT * FROM subject_key")
    erased = await erase(erasures)
    await log.record(event.Search("auditor", "list", (), 1), at=drafts.NOW)
    await database.sealed()
    if change.startswith(("a record", "another service", "a leaf")):
        [row] = [row for row in kept if row["key_id"] == from_text(erased.key_id)]
        await restore(database, row)
    held = {table: await database.count(table) for table in (*BESIDE, "decision")}
    with superuser(database) as somebody:
        said = LISTED[change]
        somebody.execute(said, *([b"x" * 32] if "$1" in said else []))

    with pytest.raises(ErasureUnproved, match=r"^erased_key [\w-]{22}: .*nobody was forgotten"):
        await erasures.erase_again(caller="dpo", at=drafts.NOW)
    assert {table: await database.count(table) for table in held} == held
    assert await remembered(reader, log.keys.subject_lookup("member-8")) is not None


async def test_evidence_of_an_erased_decision_has_no_key(asked, log, reader, erasures):
    await erase(erasures)
    evidence = await EvidenceReader(reader, log.keys).of(asked[0].id)
    assert (evidence.key, evidence.seen) == (None, ())


async def restore(database, row):
    """Put a person's key back as it was, as a restored backup does."""
    literal = "x'{}'" if database.dialect == "sqlite" else "'\\x{}'::bytea"
    values = ", ".join(
        literal.format(value.hex()) if isinstance(value, bytes) else repr(value)
        for value in row.values()
    )
    verb = "" if database.dialect == "sqlite" else "OVERRIDING SYSTEM VALUE "
    await database.rows(f"INSERT INTO subject_key ({', '.join(row)}) {verb}VALUES ({values})")


def test_forgetting_reads_no_whole_table(tmp_path):
    """Asked of SQLite's planner; the other has its own statement, and looks at statistics."""
    asyncio.run(migrate.upgrade(Location.from_url(f"sqlite:///{tmp_path}/plan.db")))
    connection = sqlite3.connect(tmp_path / "plan.db")
    changes = forget(Remembered(1, b"k" * 16, 3, 2, (b"f" * 16,)), "sqlite")
    plans = [
        [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", change.values)]
        for change in changes[:-1]
        if (statement := change.statement.replace("$", "?"))
    ]
    connection.close()

    assert len(plans) == 7
    assert not [step for plan in plans for step in plan if step in {f"SCAN {t}" for t in BESIDE}]
    assert "act=? AND t_us=?" in plans[0][0]
