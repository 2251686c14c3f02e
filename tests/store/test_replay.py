"""Decisions made again from what was stored: the same bytes, or a report of what differs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

import drafts
from beginning import begin_under
from mayuse import bundle as bundles
from mayuse.decide import may_each
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.errors import BundleError, NotFound
from mayuse.intake import Intake
from mayuse.kept import Kept as StoredBundles
from mayuse.replay import Replayer, Report
from mayuse.retelling import Teller
from mayuse.store.decisions import Decisions
from mayuse.store.evidence import EvidenceReader
from mayuse.store.search import Filters
from mayuse.store.session import open_engine
from mayuse.store.whole_log import verify_stored
from policy_versions import older
from superuser import superuser

PACKAGED = bundles.packaged()
QUESTIONS = [
    {"recipient": "microsoft", "purpose": "ads_personalised", "data": ["profile", "public_posts"]},
    {"recipient": "linkedin_corporation", "purpose": "train_ai_content", "data": "profile"},
    {"controller": "generic", "recipient": "advertiser", "purpose": "sell_data", "data": "profile"},
]
PEOPLE = [
    {"id": "member-7", "jurisdiction": "US-CA", "age": 34},
    {"id": "member-8", "jurisdiction": "DE", "age": 15},
    {"jurisdiction": "FR"},
]


class Kept:
    """A folder of bundles, as a dictionary."""

    def __init__(self, *known: bundles.Bundle) -> None:
        self.known = {item.digest: item for item in known}

    async def get(self, digest: str) -> bundles.Bundle | None:
        return self.known.get(digest)


@pytest.fixture(scope="module")
def policy():
    return EmbeddedEngine(PACKAGED, timeout=30)


@pytest.fixture
async def evidence(database, log):
    engine = open_engine(database.location)
    yield EvidenceReader(engine, log.keys)
    await engine.dispose()


@pytest.fixture
async def replayer():
    opened = Replayer(Kept(PACKAGED), lambda bundle: EmbeddedEngine(bundle, timeout=30))
    yield opened
    await opened.close()


@pytest.fixture
async def asked(log, policy):
    """Nine decisions under the packaged bundle, of five distinct facts and more."""
    intake = Intake(policy.vocabulary)
    questions = [
        intake.read(
            {**question, "data_subject": person, "on": "2025-11-20"}, today=drafts.NOW.date()
        )
        for question in QUESTIONS
        for person in PEOPLE
    ]
    return await decided(questions, policy, log)


async def decided(questions, policy, log):
    return await may_each(
        questions,
        engine=policy,
        choices=drafts.NothingChosen(),
        log=log,
        caller="test",
        now=drafts.NOW,
    )


async def replay(evidence, replayer, filters=None, size=4):
    report = Report()
    told = []
    async for some in replayer.each(evidence.each(filters or Filters(), size=size), report):
        told += some
    return report, told


async def test_every_decision_comes_out_the_same(asked, evidence, replayer):
    report, told = await replay(evidence, replayer)

    assert report.outcomes == {"same": len(asked)}
    assert report.holds
    assert [item.decision_id for item in told] == [item.draft.id for item in asked]


async def test_facts_are_evaluated_once(log, policy, evidence, replayer, asked):
    distinct = {facts for item in asked for facts in item.draft.question.facts(policy.vocabulary)}
    again = [item.draft.question for item in asked] * 3
    await decided(again, policy, log)
    report, _ = await replay(evidence, replayer)

    assert report.outcomes == {"same": 4 * len(asked)}
    assert report.evaluated == len(distinct)
    second, _ = await replay(evidence, replayer)
    assert (second.total, second.evaluated) == (report.total, 0)


async def test_one_decision_and_a_range_can_be_replayed(asked, evidence, replayer):
    one = await replayer.one(await evidence.of(asked[0].draft.id))
    assert (one.decision_id, one.outcome) == (asked[0].draft.id, "same")

    report, _ = await replay(evidence, replayer, Filters(jurisdiction="DE"))
    assert report.outcomes == {"same": 3}
    with pytest.raises(NotFound):
        await evidence.of("01a20c8c-d9ba-74eb-9f00-985887512a3f")


CHANGES = {
    "the age in the facts": (
        """UPDATE facts SET document = replace(document, '"age":"15"', '"age":"adult"')""",
        "facts",
    ),
    "white space in the facts": ("UPDATE facts SET document = document || ' '", "facts"),
    "facts of another decision": (
        "UPDATE decision_facts SET facts_id = (SELECT max(id) FROM facts)",
        "facts",
    ),
    "the effect on a category": (
        "UPDATE decision_facts SET effect = 2 - effect / 2 WHERE effect > 0",
        "effect on category 0",
    ),
    "a fault in the place of a verdict": (
        "UPDATE decision_facts SET effect = 0, fault = 'undefined' WHERE position = 0",
        "fault on category 0",
    ),
    "a fault of the host, which nobody can repeat": (
        "UPDATE decision_facts SET fault = 'policy_unavailable'",
        "fault",
    ),
    "an effect there is none of": ("UPDATE decision_facts SET effect = 7", "effect on category 0"),
    "an act": ("UPDATE decision_act SET act = 'us-ca-other' WHERE act = 'us-ca-ccpa'", "act"),
    "an act that is gone": (
        "DELETE FROM decision_act WHERE seq = (SELECT max(seq) FROM decision_act)",
        "act",
    ),
    "an act more": (
        "INSERT INTO decision_act SELECT 'eu-other', t_us, seq FROM decision_detail",
        "act",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_was_changed_beside_the_record_is_found(
    asked, database, evidence, replayer, change
):
    statement, member = CHANGES[change]
    if database.dialect == "postgresql":  # it has no max() of bytes
        statement = statement.replace("max(id) FROM facts", "id FROM facts ORDER BY 1 DESC LIMIT 1")
    await database.rows(statement)
    report, told = await replay(evidence, replayer)

    assert report.outcomes["differs"] > 0
    assert not report.holds
    assert report.outcomes.total() == len(asked)
    differing = [item for item in told if item.outcome == "differs"]
    assert differing == report.differing
    assert all(member in {one.member for one in item.differences} for item in differing)


async def test_facts_that_are_no_facts_cannot_be_replayed(asked, database, evidence, replayer):
    await database.rows("UPDATE facts SET document = '{}'")
    report, told = await replay(evidence, replayer)

    assert report.outcomes == {"not_replayed": len(asked)}
    assert report.because == {"facts_unreadable": len(asked)}
    assert not report.holds
    assert {item.because for item in told} == {"facts_unreadable"}


@pytest.mark.usefixtures("asked")
async def test_a_record_that_was_changed_differs(database, evidence, replayer):
    if database.dialect == "sqlite":
        await database.rows("DROP TRIGGER decision_no_update")
        flipped = "CAST(replace(CAST(record AS TEXT), 'microsoft', 'microsofu') AS BLOB)"
    else:
        await database.rows("ALTER TABLE decision DISABLE TRIGGER ALL")
        flipped = (
            "convert_to(replace(convert_from(record, 'UTF8'), 'microsoft', 'microsofu'), 'UTF8')"
        )
    await database.rows(f"UPDATE decision SET record = {flipped}")  # noqa: S608
    report, told = await replay(evidence, replayer)

    assert report.outcomes == {"same": 6, "differs": 3}
    [difference] = next(item for item in told if item.outcome == "differs").differences
    assert difference.member == "record"


@pytest.mark.usefixtures("asked")
async def test_another_verdict_of_the_policy_differs(evidence):
    """A policy that says otherwise, under the same digest: what a forged bundle would be."""

    class Contrary(EmbeddedEngine):
        async def evaluate(self, facts):
            return await super().evaluate([replace(item, gpc=True) for item in facts])

    replayer = Replayer(Kept(PACKAGED), lambda bundle: Contrary(bundle, timeout=30))
    report, told = await replay(evidence, replayer)
    await replayer.close()

    assert report.outcomes["differs"] > 0
    members = {one.member for item in told if item.outcome == "differs" for one in item.differences}
    assert "verdict" in members
    assert "facts" not in members


async def test_erased_decisions_are_counted_apart(asked, database, evidence, replayer):
    for table in ("subject_decision", "decision_facts", "decision_detail"):
        first = "SELECT min(seq) FROM decision WHERE kind = 0"
        await database.rows(f"DELETE FROM {table} WHERE seq IN ({first})")  # noqa: S608
    report, told = await replay(evidence, replayer)

    assert report.outcomes == {"erased": 1, "same": len(asked) - 1}
    assert report.holds
    assert told[0].outcome == "erased"
    report.accounted = 1
    assert (report.missing, report.holds) == (0, True)
    report.accounted = 0  # by the erasures that the log speaks of
    assert (report.missing, report.holds) == (1, False)


async def test_facts_that_are_gone_though_their_key_is_not_were_not_erased(
    asked, database, evidence, replayer
):
    await database.rows("DELETE FROM decision_facts")
    report, _ = await replay(evidence, replayer)

    assert report.outcomes == {"not_replayed": len(asked)}
    assert report.because == {"facts_missing": len(asked)}
    assert not report.holds


@pytest.mark.usefixtures("asked")
async def test_two_acts_in_one_row_are_none_of_the_two(database, evidence, replayer):
    await database.rows(
        "INSERT INTO decision_act SELECT min(act) || ' ' || max(act), t_us, seq FROM decision_act "
        "GROUP BY t_us, seq HAVING count(*) = 2"
    )
    joined = "SELECT seq FROM decision_act WHERE act LIKE '% %'"
    of_two = await database.rows(joined)
    await database.rows(
        f"DELETE FROM decision_act WHERE act NOT LIKE '% %' AND seq IN ({joined})"  # noqa: S608
    )
    report, _ = await replay(evidence, replayer)

    assert report.outcomes["differs"] == len(of_two) > 0


UNREADABLE = {
    "key": ("UPDATE subject_key SET wrapped = lookup", "key_unreadable", 6),
    "person": ("DELETE FROM subject_key", "key_unreadable", 6),
    "document": ("DELETE FROM facts", "facts_missing", 9),
    "facts": ("DELETE FROM decision_facts", "facts_missing", 9),
    "text": ("UPDATE facts SET document = 'profile'", "facts_unreadable", 9),
}


@pytest.mark.parametrize("row", UNREADABLE)
@pytest.mark.usefixtures("asked")
async def test_what_cannot_be_read_ends_no_replay(database, evidence, replayer, row):
    change, because, count = UNREADABLE[row]
    with superuser(database) as somebody:
        somebody.execute(change)
    report, told = await replay(evidence, replayer)

    assert report.because == {because: count}
    assert report.outcomes == Counter(not_replayed=count, same=len(told) - count)
    assert not report.holds


async def test_facts_of_a_decision_without_a_verdict_must_be_readable_too(
    asked, database, evidence, replayer
):
    unread = b"0123456789abcdef"
    with superuser(database) as somebody:
        somebody.execute("INSERT INTO facts (id, document) VALUES ($1, '{}')", unread)
        somebody.execute(
            "UPDATE decision_facts SET fault = 'policy_timeout', facts_id = $1 "
            "WHERE seq = (SELECT max(seq) FROM decision_facts)",
            unread,
        )
    report, _ = await replay(evidence, replayer)

    assert report.outcomes == {"same": len(asked) - 1, "not_replayed": 1}
    assert report.because == {"facts_unreadable": 1}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_column_of_sqlite_holds_whatever_was_put_there(database, evidence, replayer, asked):
    with superuser(database) as somebody:
        somebody.execute("UPDATE decision_detail SET lone_key = -1 WHERE subject IS NULL")
        somebody.execute("UPDATE subject_key SET wrapped = 'text'")
    report, _ = await replay(evidence, replayer)

    assert report.because == {"key_unreadable": len(asked)}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("value", ["'text'", "NULL", "7"])
async def test_a_record_that_is_none_differs(database, evidence, replayer, asked, value):
    with superuser(database) as somebody:
        somebody.execute("PRAGMA writable_schema = ON")
        somebody.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'record BLOB NOT NULL', 'record BLOB') "
            "WHERE name = 'decision'"
        )
        somebody.execute("PRAGMA writable_schema = RESET")
        somebody.execute(f"UPDATE decision SET record = {value} WHERE seq = 3")  # noqa: S608
    report, _ = await replay(evidence, replayer)

    assert report.outcomes == {"same": len(asked) - 1, "differs": 1}


async def test_facts_that_are_changed_later_are_read_anew(asked, database, evidence, replayer):
    """A service reads for years, and what was erased must not stay with it."""
    first = asked[0].draft.id
    assert (await replayer.one(await evidence.of(first))).outcome == "same"
    await database.rows("UPDATE facts SET document = '{}'")

    assert (await replayer.one(await evidence.of(first))).because == "facts_unreadable"


async def test_decisions_older_than_the_acts_they_could_be_found_by_come_out_the_same(
    asked, database, evidence, replayer
):
    await database.rows("DELETE FROM decision_act")
    report, _ = await replay(evidence, replayer)

    assert report.outcomes == {"same": len(asked)}


async def test_a_bundle_that_is_kept_and_not_whole_is_said(asked, evidence):
    """Of its decisions; the others are made again."""

    class Damaged(Kept):
        async def get(self, digest):
            raise BundleError(f"what is kept as the policy bundle {digest} is another one")

    replayer = Replayer(Damaged(), lambda bundle: EmbeddedEngine(bundle, timeout=30))
    report, _ = await replay(evidence, replayer)
    assert report.because == {"policy_unreadable": len(asked)}
    assert not report.holds


async def test_a_bundle_from_before_is_the_same_still(database, log, evidence):
    """It has decided: what is asked of a bundle today is no reason to call it changed."""
    raw = older()
    with pytest.raises(BundleError):
        bundles.read(raw)
    before = bundles.read(raw, complete=False)
    policy = EmbeddedEngine(before, timeout=30)
    await begin_under(log, database.location, policy.policy, raw)
    question = Intake(policy.vocabulary).read(
        {**QUESTIONS[0], "data_subject": PEOPLE[0], "on": "2025-11-20"}, today=drafts.NOW.date()
    )
    [told] = await decided([question], policy, log)
    await database.sealed()
    reader = open_engine(database.location)
    replayer = Replayer(StoredBundles(reader), lambda it: EmbeddedEngine(it, timeout=30))
    report, _ = await replay(evidence, replayer)
    teller = Teller(StoredBundles(reader), replayer, evidence)
    stored = await Decisions(reader, log.keys).get(told.draft.id)
    [row] = await teller.tell([stored])
    for opened in (policy, replayer):
        await opened.close()
    await reader.dispose()

    assert report.outcomes == {"same": 1}
    assert row["question"].startswith("May Microsoft")
    assert (await verify_stored(database.location)).findings == []


async def test_a_bundle_that_is_not_kept_is_said(asked, log, evidence, replayer):
    await log.append(await drafts.drafts(drafts.question()))  # under a policy of the tests
    report, _ = await replay(evidence, replayer)

    assert Counter(report.outcomes) == {"same": len(asked), "not_replayed": 1}
    assert report.because == {"policy_not_kept": 1}
    assert not report.holds
