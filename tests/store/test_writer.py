"""Group commit: durable before the answer, all or none, and nobody's fault is another's."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import pytest

import drafts
from mayuse.decision_log import entry, event, writer
from mayuse.decision_log.entry import Entry, Unwritable
from mayuse.decision_log.keys import open_keys
from mayuse.decision_log.opening import open_log
from mayuse.decision_log.wrapping import Wrapped
from mayuse.decision_log.writer import DecisionLog
from mayuse.errors import LogUnavailable, SettingsError
from mayuse.store.tables import EFFECTS


async def test_an_answer_means_that_the_row_is_committed(database, log):
    """Looked at through another connection, the moment the answer is there."""
    for draft in await drafts.drafts(*drafts.many(20)):
        [receipt] = await log.append([draft])
        rows = await database.rows(f"SELECT leaf_hash FROM decision WHERE id = '{draft.id}'")  # noqa: S608
        assert [row["leaf_hash"].hex() for row in rows] == [receipt.leaf_hash]


async def test_receipts_come_in_the_order_of_the_drafts(database, log):
    made = await drafts.drafts(*drafts.many(300))
    receipts = await log.append(made)

    stored = {
        str(row["id"]): row["leaf_hash"].hex()
        for row in await database.rows("SELECT id, leaf_hash FROM decision WHERE kind = 0")
    }
    assert [stored[draft.id] for draft in made] == [receipt.leaf_hash for receipt in receipts]


async def test_each_row_is_its_record(database, log):
    """Leaf hash, proof of the writer and copied columns all follow from the stored bytes."""
    await log.append(await drafts.drafts(*drafts.many(50), drafts.question(data=("likeness",))))

    rows = await database.rows("SELECT * FROM decision WHERE kind = 0")
    rules = defaultdict(set)
    for row in await database.rows("SELECT seq, rule FROM decision_rule"):
        rules[row["seq"]].add(row["rule"])
    assert len(rows) == 51
    for row in rows:
        record = Entry.from_bytes(row["record"])
        assert row["leaf_hash"] == hashlib.sha256(b"\x00" + row["record"]).digest()
        assert row["row_mac"] == log.keys.row_mac(row["leaf_hash"])
        assert (str(row["id"]), row["t_us"], row["caller"]) == (record.id, record.t, record.caller)
        assert (row["recipient"], row["purpose"]) == (record.recipient, record.purpose)
        assert (EFFECTS[row["effect"]], row["policy"]) == (record.effect, record.policy)
        assert rules[row["seq"]] == {rule.partition("#")[0] for rule in record.rule}


async def test_the_tags_are_made_with_the_persons_own_key(database, log):
    [draft] = await drafts.drafts(drafts.question(data=("profile", "offsite_activity")))
    await log.append([draft])

    [row] = await database.rows(
        "SELECT record, kek_id, subject_key.key_id, wrapped, lookup FROM decision "
        "JOIN decision_detail USING (seq) "
        "JOIN subject_key ON subject_key.number = decision_detail.subject"
    )
    wrapped = Wrapped(row["kek_id"], row["wrapped"])
    subject = log.keys.unwrap(row["key_id"], wrapped, row["lookup"])
    record = Entry.from_bytes(row["record"])
    facts = [item.to_text() for item in draft.question.facts(drafts.VOCABULARY)]
    said = [finding.verdict.to_text() for finding in draft.ruling.findings]
    assert record.subject == tag(subject.key, "subject", draft.id, "member-7")
    assert record.facts == tag(subject.key, "facts", draft.id, *facts)
    assert record.verdict == tag(subject.key, "verdict", draft.id, *said)


async def test_without_a_person_the_key_is_random_and_lies_beside(database, log):
    await log.append(await drafts.drafts(*[drafts.question(subject=None)] * 3))

    rows = await database.rows("SELECT lone_key, subject FROM decision_detail")
    assert len({row["lone_key"] for row in rows}) == 3
    assert [len(row["lone_key"]) for row in rows] == [32, 32, 32]
    assert [row["subject"] for row in rows] == [None, None, None]
    assert await database.count("subject_key") == 0


async def test_one_person_has_one_key_and_their_decisions_are_found_by_it(database, log):
    for _ in range(3):
        await log.append(await drafts.drafts(*[drafts.question()] * 2))
    await log.append(await drafts.drafts(drafts.question(subject="member-8")))

    assert await database.count("subject_key") == 2
    rows = await database.rows("SELECT count(*) AS n FROM subject_decision GROUP BY subject")
    assert sorted(row["n"] for row in rows) == [1, 6]


async def test_the_same_facts_are_kept_once(database, log):
    await log.append(await drafts.drafts(*[drafts.question(data=("profile", "likeness"))] * 50))

    assert await database.count("decision_facts") == 100
    assert await database.count("facts") == 2


async def test_no_table_names_a_person(database, log):
    """The caller's id of the person, and every unkeyed digest of it, are nowhere."""
    name = "canary-person-5b1f"
    await log.append(await drafts.drafts(*[drafts.question(subject=name)] * 3))
    needles = [name.encode(), hashlib.sha256(name.encode()).digest()]
    needles += [hashlib.sha256(name.encode()).hexdigest().encode()]
    for table in ("decision", "decision_detail", "decision_facts", "facts", "subject_key"):
        for row in await database.rows(f"SELECT * FROM {table}"):  # noqa: S608
            for value in row.values():
                held = value if isinstance(value, bytes) else str(value).encode()
                assert not any(needle in held for needle in needles), table


async def test_callers_at_once_share_commits(database, log):
    """64 callers wait for far fewer flushes than 64 each."""
    commits = Counting(log._commits)  # noqa: SLF001 - counts, and hands on
    log._commits = commits  # noqa: SLF001
    made = await drafts.drafts(*drafts.many(640))
    await asyncio.gather(*(log.append(made[number::64]) for number in range(64)))

    assert await database.count() == 640
    assert sum(commits.sizes) == 640
    assert len(commits.sizes) < 64


async def test_a_run_is_numbered_without_a_gap(database, log):
    made = await drafts.drafts(*drafts.many(200))
    await asyncio.gather(*(log.append(made[number::20]) for number in range(20)))

    runs = defaultdict(list)
    kinds = {}
    for row in await database.rows("SELECT record FROM decision"):
        record = event.read(row["record"])
        runs[record.epoch].append(record.n)
        kinds[record.n] = getattr(record, "kind", "decision")
    assert [sorted(run) for run in runs.values()] == [list(range(1, 202))]
    assert kinds == {1: "open"} | dict.fromkeys(range(2, 202), "decision")


async def test_a_caller_that_hangs_up_cancels_nothing(database, log):
    made = await drafts.drafts(*drafts.many(40))
    waiting = [asyncio.create_task(log.append([draft])) for draft in made]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await log.append(await drafts.drafts(drafts.question()))

    assert await database.count() == 41


async def test_one_callers_fault_is_not_the_others(database, log):
    """A decision that the database refuses fails alone, whoever shares its commit."""
    [recorded] = await drafts.drafts(drafts.question())
    await log.append([recorded])
    good = await drafts.drafts(*drafts.many(10))
    told = await asyncio.gather(
        *(log.append([draft]) for draft in good[:5]),
        log.append([good[5], recorded]),
        *(log.append([draft]) for draft in good[6:]),
        return_exceptions=True,
    )

    assert [type(item) for item in told] == [list] * 5 + [Unwritable] + [list] * 4
    assert await database.count() == 10  # the first, and nine: good[5] went with its neighbour
    assert log.trouble() is None


async def test_a_draft_that_cannot_be_written_fails_before_it_waits(database, log):
    [draft] = await drafts.drafts(drafts.question())

    with pytest.raises(Unwritable):
        await log.append([replace(draft, caller="\udcff")])
    assert await database.count() == 0


async def test_a_key_that_was_changed_stops_that_person_only(database, log):
    await log.append(await drafts.drafts(drafts.question()))
    await database.rows("UPDATE subject_key SET kek_id = 'another'")
    theirs, others = await asyncio.gather(
        log.append(await drafts.drafts(drafts.question())),
        log.append(await drafts.drafts(drafts.question(subject="member-8"))),
        return_exceptions=True,
    )

    assert isinstance(theirs, Unwritable)
    assert len(others) == 1
    assert await database.count("subject_key") == 2


async def test_nothing_to_append_is_nothing(database, log):
    assert await log.append([]) == []
    assert await database.count() == 0


async def test_a_destroyed_key_is_never_used_again(database, log):
    """Erasure deletes the key; the next decision about the same person begins a new one."""
    await log.append(await drafts.drafts(drafts.question()))
    [first] = await database.rows("SELECT number, key_id FROM subject_key")
    for table in ("subject_decision", "decision_facts", "decision_detail", "subject_key"):
        await database.rows(f"DELETE FROM {table}")  # noqa: S608
    await log.append(await drafts.drafts(drafts.question()))

    [second] = await database.rows("SELECT number, key_id FROM subject_key")
    assert first["key_id"] != second["key_id"]
    assert first["number"] < second["number"]  # nothing left over could be taken for theirs


async def test_closing_writes_what_waits_and_takes_in_no_more(database):
    log = await open_log(database.url, database.keys_dir)
    made = await drafts.drafts(*drafts.many(100))
    waiting = [asyncio.create_task(log.append([draft])) for draft in made]
    await asyncio.sleep(0)
    await log.close()

    assert [len(receipts) for receipts in await asyncio.gather(*waiting)] == [1] * 100
    assert await database.count() == 100
    with pytest.raises(LogUnavailable, match="closed"):
        await log.append(made)


@pytest.mark.parametrize("file", ["row.key", "lookup.key", "subject.key"])
async def test_keys_of_another_log_are_refused(database, tmp_path, file):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await drafts.drafts(drafts.question()))
    await log.close()
    open_keys(tmp_path / "others", may_create=True)
    (tmp_path / "others" / file).replace(database.keys_dir / file)

    with pytest.raises(SettingsError, match=file):
        await open_log(database.url, database.keys_dir)


async def test_a_log_that_was_written_is_not_opened_without_its_keys(database, tmp_path):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await drafts.drafts(drafts.question()))
    await log.close()

    with pytest.raises(SettingsError, match="is missing, and the log was written with it"):
        await open_log(database.url, tmp_path / "nowhere")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_connection_that_was_ended_while_idle_costs_nobody_an_answer(database):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await drafts.drafts(drafts.question()))
    await database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'mayuse decision log' AND datname = current_database()"
    )
    await asyncio.sleep(0.5)
    assert await log.append(await drafts.drafts(drafts.question()))
    await log.close()


async def test_only_where_every_newest_row_was_changed_is_the_key_taken_for_another_one(database):
    log = await open_log(database.url, database.keys_dir)
    await log.append(await drafts.drafts(*drafts.many(3)))
    await log.close()
    if database.dialect == "sqlite":
        await database.rows("DROP TRIGGER decision_no_update")
    else:
        await database.rows("ALTER TABLE decision DISABLE TRIGGER ALL")
    await database.rows(
        "UPDATE decision SET record = leaf_hash WHERE seq = (SELECT max(seq) FROM decision)"
    )
    await (await open_log(database.url, database.keys_dir)).close()
    await database.rows("UPDATE decision SET record = leaf_hash")

    with pytest.raises(SettingsError, match="or all of them were changed"):
        await open_log(database.url, database.keys_dir)


class Counting:
    """Commits, counted."""

    def __init__(self, commits) -> None:
        self.commits = commits
        self.sizes: list[int] = []

    async def commit(self, batch):
        self.sizes.append(len(batch))
        return await self.commits.commit(batch)

    async def record(self, *event):
        return await self.commits.record(*event)

    async def close(self):
        await self.commits.close()


class Held:
    """A database that answers when it is let go, with receipts or with an error."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.error: Exception | None = None
        self.batches: list[int] = []

    async def commit(self, batch: Sequence[object]) -> list[str]:
        self.batches.append(len(batch))
        await self.let_go.wait()
        if self.error is not None:
            raise self.error
        return [f"receipt {number}" for number, _ in enumerate(batch)]

    async def close(self) -> None:
        pass


@pytest.fixture
def held():
    return Held()


@pytest.fixture
async def slow_log(held, tmp_path):
    keys = open_keys(tmp_path / "keys", may_create=True)
    log = DecisionLog(held, keys, queue_limit=10, batch_limit=4)
    yield log
    held.let_go.set()
    await log.close()


async def begin(log, *appends):
    """Hand in the first, which is taken up at once, and then the others, which wait."""
    tasks = []
    for batch in appends:
        tasks.append(asyncio.create_task(log.append(batch)))
        await asyncio.sleep(0.01)
    return tasks


async def test_a_full_queue_turns_callers_away_at_once(held, slow_log):
    made = await drafts.drafts(*drafts.many(20))
    waiting = await begin(slow_log, made[:1], *([draft] for draft in made[1:11]))
    assert slow_log.waiting == 10  # and one is being written

    with pytest.raises(LogUnavailable) as told:
        await slow_log.append([made[11]])
    assert (told.value.code, told.value.retry_after) == ("log_busy", 1)
    held.let_go.set()
    assert len(await asyncio.gather(*waiting)) == 11
    assert held.batches == [1, 4, 4, 2]

    assert len(await slow_log.append([made[11]])) == 1


async def test_a_caller_is_never_split_over_two_commits(held, slow_log):
    made = await drafts.drafts(*drafts.many(12))
    waiting = await begin(slow_log, made[:1], made[1:4], made[4:7], made[7:9])
    held.let_go.set()
    await asyncio.gather(*waiting)
    assert held.batches == [1, 3, 3, 2]


async def test_a_caller_with_more_than_a_batch_is_still_one_commit(held, slow_log):
    held.let_go.set()
    assert len(await slow_log.append(await drafts.drafts(*drafts.many(30)))) == 30
    assert held.batches == [30]


async def test_those_who_wait_behind_a_failure_hear_of_it_too(held, slow_log):
    held.error = LogUnavailable("storage_full", "the disk is full", 10)
    made = await drafts.drafts(*drafts.many(5))
    waiting = await begin(slow_log, *([draft] for draft in made))
    held.let_go.set()

    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [(error.code, error.retry_after) for error in told] == [("storage_full", 10)] * 5
    assert len({id(error) for error in told}) == 5
    assert held.batches == [1]
    assert slow_log.trouble().code == "storage_full"
    assert slow_log.trouble(within_seconds=-1) is None
    held.error = None
    assert len(await slow_log.append(made)) == 5
    assert slow_log.trouble() is None


async def test_a_database_that_never_answers_is_not_waited_for(held, slow_log, monkeypatch):
    """Not by those it is writing, not by those behind them, and not by those who come later."""
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.05)
    made = await drafts.drafts(*drafts.many(3))
    first = await begin(slow_log, made[:1], made[1:2])
    told = await asyncio.gather(*first, return_exceptions=True)
    with pytest.raises(LogUnavailable, match="does not answer"):
        await slow_log.append(made[2:])

    assert [type(error) for error in told] == [LogUnavailable] * 2
    assert held.batches == [1]
    held.let_go.set()
    assert len(await slow_log.append(made[2:])) == 1


async def test_a_fault_of_ours_is_told_and_does_not_stop_the_log(held, slow_log, capsys):
    held.error = ZeroDivisionError("member-7 must not be printed")
    held.let_go.set()
    made = await drafts.drafts(*drafts.many(2))

    with pytest.raises(LogUnavailable):
        await slow_log.append(made)
    held.error = None
    assert len(await slow_log.append(made)) == 2
    printed = "".join(capsys.readouterr())
    assert "ZeroDivisionError" in printed
    assert "member-7" not in printed


def tag(key: bytes, label: str, *parts: str) -> str:
    """The tag as the documentation describes it, made without our code."""
    message = b"".join(
        len(part.encode()).to_bytes(8, "big") + part.encode() for part in (label, *parts)
    )
    return entry.to_text(hmac.new(key, message, hashlib.sha256).digest())
