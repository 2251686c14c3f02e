"""Reading decisions back: one, and lists narrowed by everything an auditor may know."""

from __future__ import annotations

import asyncio
import itertools
import re
import sqlite3
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.asyncpg import dialect as dialect_of_asyncpg

import drafts
from mayuse.errors import InvalidQuestion, LogUnavailable, MalformedRecord, NotFound
from mayuse.store import decisions as stored_decisions
from mayuse.store import narrowest as counting
from mayuse.store.decisions import MAX_LIMIT, columns_told, open_decisions
from mayuse.store.log_reader import select_tiles
from mayuse.store.narrowest import narrowest, probing
from mayuse.store.search import OF_THE_RECORD, Filters, narrowed
from mayuse.store.session import open_engine

HOUR = timedelta(hours=1)


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


@pytest.fixture
async def everything(log):
    """A few dozen decisions that differ in all an auditor can ask for."""
    made = []
    for number, (place, gpc, person, caller) in enumerate(
        itertools.product(("US-CA", "DE"), (False, True), ("ann", "bob", None), ("one", "two"))
    ):
        kinds = [("profile",), ("profile", "offsite_activity"), ("likeness",)]
        asked = drafts.question(
            jurisdiction=place,
            gpc=gpc,
            subject=person,
            data=kinds[number % 3],
            recipient=("microsoft", "advertiser")[number % 2],
            purpose=("ads_personalised", "train_ai_content")[number // 2 % 2],
            choices={"share_with_affiliates": "off"} if number % 4 == 0 else {},
        )
        [draft] = await drafts.drafts(asked, caller=caller, now=drafts.NOW + number * HOUR)
        if number % 5 == 0:
            draft = replace(draft, policy=replace(draft.policy, digest=f"sha256:{'cd' * 32}"))
        await log.append([draft])
        made.append(draft)
    return made


def matches(draft, filters):
    """What a filter means, said without a database."""
    asked, ruling = draft.question, draft.ruling
    rules = {
        said.rule
        for finding in ruling.findings
        if finding.effect == ruling.effect
        for said in finding.forcing
    }
    acts = {
        said.act
        for finding in ruling.findings
        if finding.effect == ruling.effect
        for said in finding.forcing
    }
    return all(
        (
            filters.since is None or draft.at >= filters.since,
            filters.until is None or draft.at < filters.until,
            filters.effect in {None, ruling.effect},
            filters.recipient in {None, asked.recipient},
            filters.purpose in {None, asked.purpose},
            filters.data is None or filters.data in asked.data,
            filters.jurisdiction in {None, asked.jurisdiction},
            filters.rule is None or filters.rule in rules,
            filters.act is None or filters.act in acts,
            filters.caller in {None, draft.caller},
            filters.policy in {None, draft.policy.digest},
            filters.subject is None or filters.subject == asked.subject,
        )
    )


VALUES = {
    "since": drafts.NOW + 5 * HOUR,
    "until": drafts.NOW + 20 * HOUR,
    "effect": "deny",
    "recipient": "microsoft",
    "purpose": "ads_personalised",
    "data": "profile",
    "jurisdiction": "US-CA",
    "rule": "law/us/browser_signal",
    "act": "us-ca-ccpa",
    "caller": "one",
    "policy": drafts.POLICY.digest,
    "subject": "ann",
}
ONE_OR_TWO = [
    dict(chosen) for size in (0, 1, 2) for chosen in itertools.combinations(VALUES.items(), size)
]
UNUSUAL = [
    {"effect": "indeterminate"},
    {"effect": "permit", "rule": "law/us/baseline"},
    {"rule": "terms/linkedin/microsoft_ads", "subject": "bob", "data": "offsite_activity"},
    VALUES,
]


async def test_every_filter_and_every_two_of_them_mean_what_they_say(everything, decisions):
    found_some = 0
    for named in (*ONE_OR_TWO, *UNUSUAL):
        filters = Filters(**named)
        expected = [draft.id for draft in everything if matches(draft, filters)]
        for newest_first in (True, False):
            page = await decisions.list(filters, limit=MAX_LIMIT, newest_first=newest_first)
            ids = [item.entry.id for item in page.items]
            assert ids == (expected[::-1] if newest_first else expected), named
            assert page.cursor is None
        found_some += bool(expected)
    assert found_some > 0.8 * len(ONE_OR_TWO)


HOSTILE = ("nobody", "", "%", "' OR '1'='1", "\x00", "\ud800", "a" * 10_000, "; DROP TABLE facts")


@pytest.mark.usefixtures("everything")
async def test_a_value_nothing_has_finds_nothing(decisions):
    for name in sorted(VALUES.keys() - {"since", "until", "effect"}):
        for value in HOSTILE:
            assert (await decisions.list(Filters(**{name: value}))).items == (), (name, value)


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


ONE_FILTER = [{name: value} for name, value in VALUES.items()] + [{"effect": "indeterminate"}]


@pytest.mark.parametrize("named", [{}, *ONE_FILTER], ids=lambda named: next(iter(named), "none"))
async def test_each_filter_alone_walks_an_index(database, log, named):
    """No filter reads the whole table: asked of the planner, with its easy ways out taken away."""
    await log.append(await drafts.drafts(*drafts.many(50)))
    filters = Filters(**named)
    if named == {"effect": "deny"}:
        filters = Filters(**named, since=drafts.NOW)  # common: found on the way through time
    statement = narrowed(columns_told(), filters, log.keys).limit(50)
    plan = await explain(database, statement)

    assert "scan decision\n" not in plan.lower(), plan
    assert "seq scan on decision " not in plan.lower(), plan
    if "subject" not in named:  # a person's few decisions are sorted, no others
        assert "temp b-tree" not in plan.lower(), plan
        assert "sort" not in plan.lower(), plan


async def test_no_filters_together_read_a_whole_table(database, log):
    await log.append(await drafts.drafts(*drafts.many(50)))
    whole = re.compile(
        r"^\s*(?:->)?\s*(?:scan|seq scan on) (decision\w*|subject\w*)\b(?! using)", re.MULTILINE
    )
    for named in [dict(pair) for pair in itertools.combinations(VALUES.items(), 2)]:
        if named.keys() <= {"effect", "since", "until"}:
            continue  # walks time
        plan = await explain(database, narrowed(columns_told(), Filters(**named), log.keys))
        assert not whole.search(plan.lower()), (named, plan)


async def test_what_has_no_verdict_is_found_by_its_own_index(database, log):
    """Where few decisions have none, whatever else is asked for is looked up for those few."""
    await log.append(await drafts.drafts(*drafts.many(50)))
    for name, value in VALUES.items():
        if name not in {"effect", "subject"}:
            filters = Filters(effect="indeterminate", **{name: value})
            statement = narrowed(columns_told(), filters, log.keys, first="effect")
            plan = await explain(database, statement)
            assert "ix_decision_indeterminate" in plan, (name, plan)


WALKED = {
    **{name: f"ix_decision_{name}_t_us_seq" for name in OF_THE_RECORD},
    "data": "ix_decision_facts_data_t_us_seq",
    "jurisdiction": "ix_decision_detail_jurisdiction_t_us_seq",
    "rule": "decision_rule",
    "act": "decision_act",
}
"""What a search walks that begins with a filter: an index, or a table that is one."""


async def test_a_search_walks_the_index_of_the_filter_it_begins_with(database, log):
    await log.append(await drafts.drafts(*drafts.many(50)))
    for one, other in itertools.permutations(WALKED, 2):
        filters = Filters(**{one: VALUES[one], other: VALUES[other]})
        statement = narrowed(columns_told(), filters, log.keys, first=one)
        plan = await explain(database, statement.limit(50))
        assert WALKED[one] in plan, (one, other, plan)
        if other in OF_THE_RECORD:
            assert WALKED[other] not in plan, (one, other, plan)


@pytest.mark.usefixtures("everything")
async def test_wherever_a_search_begins_it_finds_the_same(decisions, monkeypatch):
    for names in itertools.combinations(WALKED, 3):
        filters = Filters(**{name: VALUES[name] for name in names})
        found = []
        for first in (*names, None):
            monkeypatch.setattr(stored_decisions, "narrowest", lambda _, first=first: first)
            found.append([item.entry.id for item in (await decisions.list(filters)).items])
        assert all(ids == found[0] for ids in found), names


async def test_a_search_begins_with_what_the_fewest_decisions_have(database, log):
    await log.append(await drafts.drafts(*drafts.many(50)))
    expected = {
        "caller": Filters(caller="nobody", data="profile", purpose="ads_personalised"),
        "act": Filters(act="us-none", data="profile"),
        "jurisdiction": Filters(jurisdiction="JP", recipient="microsoft", rule="law/us/baseline"),
        "effect": Filters(effect="indeterminate", data="profile", recipient="microsoft"),
    }
    engine = open_engine(database.location)
    async with engine.connect() as connection:
        for name, filters in expected.items():
            counts = (await connection.execute(probing(filters))).one()
            assert narrowest(counts) == name, counts
    await engine.dispose()


@pytest.mark.usefixtures("everything")
async def test_a_list_begins_there(decisions, monkeypatch):
    begun = []

    def spy(*given, first=None, **named):
        begun.append(first)
        return narrowed(*given, first=first, **named)

    monkeypatch.setattr(stored_decisions, "narrowed", spy)
    await decisions.list(Filters(caller="nobody", data="profile"))
    await decisions.list(Filters(data="profile", jurisdiction="JP"))
    await decisions.list(Filters(data="profile"))
    assert begun == ["caller", "jurisdiction", None]


def test_where_there_is_nothing_to_choose_nothing_is_counted():
    for filters in (
        Filters(),
        Filters(caller="ads"),
        Filters(effect="deny", data="profile", since=drafts.NOW),
        Filters(subject="ann", data="profile", caller="ads"),
    ):
        assert probing(filters) is None


async def test_what_many_decisions_have_is_no_reason_to_begin_there(database, log, monkeypatch):
    monkeypatch.setattr(counting, "ENOUGH", 5)
    await log.append(await drafts.drafts(*drafts.many(50)))
    common = Filters(recipient="microsoft", purpose="ads_personalised")
    engine = open_engine(database.location)
    async with engine.connect() as connection:
        counts = (await connection.execute(probing(common))).one()
    await engine.dispose()
    assert (*counts,) == (5, 5)
    assert narrowest(counts) is None


async def test_tiles_are_found_by_their_index(database, log):
    """However many there are, a proof reads those it needs."""
    await log.append(await drafts.drafts(*drafts.many(5)))
    plan = await explain(database, select_tiles([(0, 0), (0, 7), (1, 0), (2, 0)]))
    assert not re.search(r"(?:^|\n)\s*(?:scan|seq scan on) tile\b", plan.lower()), plan


async def explain(database, statement):
    whole = {"render_postcompile": True}
    if database.dialect == "sqlite":
        dialect = sqlite.dialect(paramstyle="named")
        compiled = statement.compile(dialect=dialect, compile_kwargs=whole)
        connection = sqlite3.connect(database.location.file)
        rows = connection.execute(f"EXPLAIN QUERY PLAN {compiled}", compiled.params).fetchall()
        connection.close()
        return "".join(f"{row[3]}\n" for row in rows)
    compiled = statement.compile(dialect=dialect_of_asyncpg(), compile_kwargs=whole)
    connection = await asyncpg.connect(database.url)
    for way in ("seqscan", "sort", "bitmapscan", "hashjoin"):
        await connection.execute(f"SET enable_{way} = off")
    values = [compiled.params[name] for name in compiled.positiontup]
    rows = await connection.fetch(f"EXPLAIN {compiled}", *values)
    await connection.close()
    return "".join(f"{row[0]}\n" for row in rows)


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
