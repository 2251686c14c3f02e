"""Records become leaves, receipts prove it, and the log holds to what it has signed."""

from __future__ import annotations

import asyncio
import secrets
import shutil

import asyncpg
import pytest
from checker import check

import drafts
from databases import Database
from mayuse.answer import Receipt
from mayuse.decision_log import sealer
from mayuse.decision_log.checkpoint import Checkpoint, Promise
from mayuse.decision_log.entry import Unwritable, to_text
from mayuse.decision_log.event import Erasure, Event
from mayuse.decision_log.note import Note, VerifierKey
from mayuse.decision_log.opening import Limits, open_log
from mayuse.decision_log.proof import Proof
from mayuse.decision_log.sealing import Seal
from mayuse.decision_log.signer import Signer
from mayuse.decision_log.tree import Tree
from mayuse.errors import LogUnavailable, SettingsError
from mayuse.store import migrate, sqlite_tree
from mayuse.store.rows import LEAF_SEQ, Change


async def keys_of(database) -> list[VerifierKey]:
    rows = await database.rows("SELECT vkey FROM log_key")
    return [VerifierKey.from_text(row["vkey"]) for row in rows]


async def sealed(database) -> None:
    """Wait until nothing waits."""
    async with asyncio.timeout(10):
        while await database.count("pending"):  # noqa: ASYNC110 - another process's work
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("old", [0, 1, 2, 3, 7, 8, 255, 256, 257, 1000, 65_535, 65_536])
@pytest.mark.parametrize("new", [1, 2, 3, 255, 300])
def test_each_leaf_of_a_batch_is_proved_from_memory(old, new):
    signer = Signer("mayuse/test", [b"1" * 32], b"2" * 32)
    before = Tree().grow([number.to_bytes(32, "big") for number in range(old)]).tree
    leaves = [secrets.token_bytes(32) for _ in range(new)]
    receipts = Seal.of(before, leaves, signer).receipts()

    assert [receipt.index for receipt in receipts] == list(range(old, old + new))
    for leaf, receipt in zip(leaves, receipts, strict=True):
        proof = Proof.from_text(receipt.proof)
        assert proof.to_text() == receipt.proof
        assert proof.verify(leaf, signer.checkpoint_keys).size == old + new


async def test_a_single_decision_is_answered_with_its_proof(database, log):
    keys = await keys_of(database)
    for draft in await drafts.drafts(*drafts.many(5)):
        [receipt] = await log.append([draft])
        proof = Proof.from_text(receipt.proof)
        checkpoint = proof.verify(bytes.fromhex(receipt.leaf_hash), keys)
        assert (checkpoint.origin, proof.index) == (log.signer.origin, receipt.index)
        assert receipt.promise is None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_receipt_is_given_again_for_what_a_writer_of_ours_left(database, log):
    [draft] = await drafts.drafts(drafts.question())
    [receipt] = await log.append([draft])
    leaf = bytes.fromhex(receipt.leaf_hash)
    again = await log.receipt_again(draft.id, leaf, log.keys.row_mac(leaf))
    assert (again.leaf_hash, again.index) == (receipt.leaf_hash, receipt.index)
    Proof.from_text(again.proof).verify(leaf, await keys_of(database))
    with pytest.raises(LogUnavailable, match="changed before it was sealed"):
        await log.receipt_again(draft.id, leaf, bytes(32))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_batch_is_promised_and_the_promise_is_kept(database, log):
    receipts = await log.append(await drafts.drafts(*drafts.many(50)))
    promises = [
        Promise.verify(Note.from_text(receipt.promise), [log.signer.receipt_key])
        for receipt in receipts
    ]
    assert [item.leaf_hash.hex() for item in promises] == [one.leaf_hash for one in receipts]
    assert {receipt.proof for receipt in receipts} == {None}

    await sealed(database)
    rows = await database.rows("SELECT leaf_hash FROM leaf JOIN decision USING (seq)")
    assert {item.leaf_hash for item in promises} < {row["leaf_hash"] for row in rows}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_who_does_not_want_to_wait_is_promised(database):
    """Also while nothing can be sealed at all."""
    log = await open_log(database.url, database.keys_dir, limits=Limits(receipt_wait=0))
    other = await asyncpg.connect(database.url)
    await other.execute("BEGIN")
    await other.execute("SELECT * FROM log_state FOR UPDATE")
    try:
        async with asyncio.timeout(10):
            [receipt] = await log.append(await drafts.drafts(drafts.question()))
    finally:
        await other.execute("ROLLBACK")
        await other.close()
        await log.close()
    assert (receipt.proof, receipt.index) == (None, None)
    assert receipt.promise
    assert (await check(database, {})).waiting == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_another_process_sealed_is_proved_as_well(database):
    logs = [await open_log(database.url, database.keys_dir) for _ in range(3)]
    keys = await keys_of(database)
    for made in [await drafts.drafts(*drafts.many(3)) for _ in range(10)]:
        found = await asyncio.gather(
            *(one.append([draft]) for one, draft in zip(logs, made, strict=True))
        )
        for [receipt] in found:
            Proof.from_text(receipt.proof).verify(bytes.fromhex(receipt.leaf_hash), keys)
    for one in logs:
        await one.close()
    report = await check(database, {})
    assert (report.faults, report.waiting, report.runs, report.closed) == ({}, 0, 3, 3)


async def test_runs_begin_and_end_and_the_tree_goes_on_after_a_start(database):
    told: dict[str, Receipt] = {}
    for _ in range(3):
        log = await open_log(database.url, database.keys_dir)
        made = await drafts.drafts(*drafts.many(300))
        receipts = await log.append(made)
        told |= {draft.id: one for draft, one in zip(made, receipts, strict=True)}
        await log.close()

    report = await check(database, told)
    assert report.faults == {}
    assert (report.runs, report.closed) == (3, 3)
    assert (report.leaves, report.waiting) == (3 * (300 + 2), 0)
    last = Note.from_text((database.keys_dir / "last_checkpoint").read_text())
    assert Checkpoint.verify(last, await keys_of(database)).size == report.leaves


async def test_a_log_that_is_only_read_gains_no_leaf(database):
    log = await open_log(database.url, database.keys_dir)
    await log.close()
    assert await database.count("leaf") == 0


async def test_rows_from_before_there_was_a_tree_are_sealed_at_the_start(database):
    log = await open_log(database.url, database.keys_dir)
    made = await drafts.drafts(*drafts.many(40))
    await log.append(made)
    await log.close()
    await migrate.downgrade(database.location, "0001")
    (database.keys_dir / "last_checkpoint").unlink()
    for role in ("checkpoint", "receipt"):
        (database.keys_dir / f"{role}.key").unlink()

    log = await open_log(database.url, database.keys_dir)
    await sealed(database)
    [state] = await database.rows("SELECT size FROM log_state")
    assert state["size"] == 40
    [receipt] = await log.append(await drafts.drafts(drafts.question()))
    await log.close()
    proof = Proof.from_text(receipt.proof)
    proof.verify(bytes.fromhex(receipt.leaf_hash), await keys_of(database))
    report = await check(database, {})
    # The runs of old lost their `open` with the downgrade; all else is whole.
    assert report.faults.keys() == {"gaps"}


async def test_the_name_of_a_log_is_given_once(database):
    log = await open_log(database.url, database.keys_dir, origin="log.example/one")
    assert log.signer.origin == "log.example/one"
    await log.close()
    again = await open_log(database.url, database.keys_dir)
    assert again.signer.origin == "log.example/one"
    await again.close()

    with pytest.raises(SettingsError, match="MAYUSE_LOG_ORIGIN"):
        await open_log(database.url, database.keys_dir, origin="log.example/two")


@pytest.mark.parametrize("name", ["with space", "a+b"])
async def test_what_can_be_no_name_is_refused(database, name):
    with pytest.raises(SettingsError, match="MAYUSE_LOG_ORIGIN"):
        await open_log(database.url, database.keys_dir, origin=name)


async def test_many_first_starts_at_once_agree_on_name_and_keys(database):
    logs = await asyncio.gather(*(open_log(database.url, database.keys_dir) for _ in range(4)))
    assert len({log.signer.origin for log in logs}) == 1
    for log in logs:
        await log.close()
    assert await database.count("log_key") == 2


@pytest.mark.parametrize("role", ["checkpoint", "receipt"])
async def test_a_log_is_not_signed_on_by_another_key(database, tmp_path, role):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await drafts.drafts(drafts.question()))
    await log.close()
    (database.keys_dir / f"{role}.key").rename(tmp_path / "kept")

    with pytest.raises(SettingsError, match=f"{role}.key is missing"):
        await open_log(database.url, database.keys_dir)
    other = Database(f"sqlite:///{tmp_path}/other.db", tmp_path / "others")
    await (await open_log(other.url, other.keys_dir)).close()
    shutil.copy(other.keys_dir / f"{role}.key", database.keys_dir / f"{role}.key")
    with pytest.raises(SettingsError, match=f"{role}.key did not sign the log"):
        await open_log(database.url, database.keys_dir)


async def test_a_damaged_end_of_the_tree_is_not_signed_on(database):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await drafts.drafts(*drafts.many(5)))
    await log.close()
    zeros = "zeroblob(32)" if database.dialect == "sqlite" else "decode(repeat('00', 32), 'hex')"
    await database.rows(f"UPDATE log_state SET size = 8, frontier = {zeros}")  # noqa: S608

    log = await open_log(database.url, database.keys_dir)
    assert (await log.ready()).code == "log_unavailable"
    with pytest.raises(LogUnavailable):
        await log.append(await drafts.drafts(drafts.question()))
    await log.close()
    assert await database.count() == 5


async def test_an_event_and_its_changes_are_one(database, log):
    await log.append(await drafts.drafts(drafts.question()))
    [person] = await database.rows("SELECT number, key_id FROM subject_key")
    what = Erasure(
        caller="dpo", key_id=to_text(person["key_id"]), reason="data_subject_request", decisions=1
    )
    changes = [
        Change("DELETE FROM subject_decision WHERE subject = $1", (person["number"],), changes=1),
        Change("INSERT INTO erased_key VALUES ($1, $2)", (person["key_id"], LEAF_SEQ), changes=1),
    ]
    receipt = await log.record(what, at=drafts.NOW, changes=changes)

    [row] = await database.rows("SELECT record, leaf_hash FROM decision WHERE kind = 4")
    assert Event.from_bytes(row["record"]).what == what
    assert row["leaf_hash"].hex() == receipt.leaf_hash
    assert await database.count("subject_decision") == 0
    [erased] = await database.rows("SELECT kind FROM erased_key JOIN decision ON seq = leaf_seq")
    assert erased["kind"] == 4

    with pytest.raises(Unwritable):
        await log.record(what, at=drafts.NOW, changes=changes)
    rows = await database.rows("SELECT seq FROM decision WHERE kind = 4")
    assert len(rows) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decision SET record = record || '\\x20' WHERE seq = ",
        "UPDATE decision SET row_mac = leaf_hash WHERE seq = ",
        "DELETE FROM decision WHERE seq = ",
    ],
)
async def test_a_record_that_was_changed_before_it_was_sealed_is_put_aside(
    database, change, monkeypatch
):
    """By a superuser, for whom no trigger and no reference stands in the way."""
    monkeypatch.setattr(sealer, "INTERVAL_SECONDS", 1.0)
    log = await open_log(database.url, database.keys_dir, limits=Limits(receipt_wait=0))
    await log.append(await drafts.drafts(drafts.question()))
    await sealed(database)
    connection = await asyncpg.connect(database.url)
    await connection.execute("BEGIN; LOCK TABLE log_state IN ACCESS EXCLUSIVE MODE")
    await log.append(await drafts.drafts(drafts.question(subject="member-8")))
    await connection.execute("SET session_replication_role = replica")
    newest = f"{change} (SELECT max(seq) FROM decision)"  # noqa: S608
    await connection.execute(newest)
    await connection.execute("COMMIT")
    await connection.close()
    await log.append(await drafts.drafts(drafts.question(subject="member-9")))
    async with asyncio.timeout(10):
        while await database.count("leaf") < 3:  # noqa: ASYNC110 - the sealer's work
            await asyncio.sleep(0.1)

    assert await database.count("pending") == 1
    assert log._sealer.aside == 1  # noqa: SLF001
    await log.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("database")
async def test_what_does_not_read_back_is_never_let_out(log, monkeypatch):
    await log.append(await drafts.drafts(drafts.question()))
    monkeypatch.setattr(sqlite_tree, "leaf_hash", lambda _: b"\x00" * 32)
    with pytest.raises(LogUnavailable, match="does not read back"):
        await log.append(await drafts.drafts(drafts.question()))
    monkeypatch.undo()
    with pytest.raises(LogUnavailable, match="does not read back"):
        await log.append(await drafts.drafts(drafts.question()))
