"""Searches: what filters mean, where a search begins, and by which index it goes."""

from __future__ import annotations

import itertools
import re
import sqlite3

import asyncpg
import pytest
from all_kinds import HOUR, record_all_kinds
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.asyncpg import dialect as dialect_of_asyncpg

import drafts
from mayuse.store import narrowest as counting
from mayuse.store import windows
from mayuse.store.cursor import Cursor
from mayuse.store.decisions import MAX_LIMIT, columns_told
from mayuse.store.evidence import EvidenceReader
from mayuse.store.log_reader import select_tiles
from mayuse.store.narrowest import narrowest, probing
from mayuse.store.paging import narrowed, walk
from mayuse.store.search import OF_THE_RECORD, Filters
from mayuse.store.session import open_engine


@pytest.fixture
async def everything(log):
    return await record_all_kinds(log)


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


ONE_FILTER = [{name: value} for name, value in VALUES.items()] + [{"effect": "indeterminate"}]


@pytest.mark.parametrize("named", [{}, *ONE_FILTER], ids=lambda named: next(iter(named), "none"))
async def test_each_filter_alone_walks_an_index(database, log, named):
    """No filter reads the whole table: asked of the planner, with its easy ways out taken away."""
    await log.append(await drafts.drafts(*drafts.many(50)))
    filters = Filters(**named)
    if named == {"effect": "deny"}:
        filters = Filters(**named, since=drafts.NOW)  # common: found on the way through time
    statement = walk(filters, log.keys).limit(50)
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
        plan = await explain(
            database, narrowed(columns_told(), Filters(**named), log.keys, limit=50)
        )
        assert not whole.search(plan.lower()), (named, plan)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_other_tables_are_looked_up_row_by_row(database, log):
    """Joined, they would be read whole for a page of fifty."""
    await log.append(await drafts.drafts(*drafts.many(50)))
    end = Cursor(0, 0)
    for one, other in itertools.permutations(
        ("data", "jurisdiction", "rule", "act", "caller", "purpose"), 2
    ):
        filters = Filters(**{one: VALUES[one], other: VALUES[other]})
        statement = narrowed(columns_told(), filters, log.keys, limit=50, first=one, up_to=end)
        plan = await explain(database, statement)
        assert "SubPlan" in plan, (one, other, plan)
        assert "Semi Join" not in plan, (one, other, plan)


async def test_what_has_no_verdict_is_found_by_its_own_index(database, log):
    """Where few decisions have none, whatever else is asked for is looked up for those few."""
    await log.append(await drafts.drafts(*drafts.many(50)))
    for name, value in VALUES.items():
        if name not in {"effect", "subject"}:
            filters = Filters(effect="indeterminate", **{name: value})
            statement = narrowed(columns_told(), filters, log.keys, limit=50, first="effect")
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
        statement = narrowed(columns_told(), filters, log.keys, limit=50, first=one)
        plan = await explain(database, statement)
        assert WALKED[one] in plan, (one, other, plan)
        if other in OF_THE_RECORD:
            assert WALKED[other] not in plan, (one, other, plan)


@pytest.mark.usefixtures("everything")
async def test_wherever_a_search_begins_it_finds_the_same(decisions, monkeypatch):
    for names in itertools.combinations(WALKED, 3):
        filters = Filters(**{name: VALUES[name] for name in names})
        found = []
        for first in names:
            monkeypatch.setattr(windows, "narrowest", lambda _, first=first: (first, True))
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
            assert narrowest(counts) == (name, True), counts
    await engine.dispose()


@pytest.mark.usefixtures("everything")
async def test_a_list_begins_there(decisions, monkeypatch):
    begun = []

    def spy(*given, first=None, **named):
        begun.append(first)
        return narrowed(*given, first=first, **named)

    monkeypatch.setattr(windows, "narrowed", spy)
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


@pytest.mark.usefixtures("everything")
async def test_of_what_many_decisions_have_it_begins_with_what_reaches_furthest_back(
    database, everything, monkeypatch
):
    monkeypatch.setattr(counting, "ENOUGH", 5)
    named = {"data": "profile", "recipient": "microsoft"}
    fifth = {
        name: [it.at for it in everything if matches(it, Filters(**{name: value}))][-5]
        for name, value in named.items()
    }
    engine = open_engine(database.location)
    async with engine.connect() as connection:
        counts = (await connection.execute(probing(Filters(**named)))).one()
    await engine.dispose()
    assert fifth["data"] != fifth["recipient"]
    assert narrowest(counts) == (min(fifth, key=fifth.get), False)


async def test_through_windows_all_is_found_that_matches(everything, decisions, monkeypatch):
    """However little one statement looks at; and in both orders."""
    monkeypatch.setattr(counting, "ENOUGH", 1)
    monkeypatch.setattr(windows, "WINDOWS", (1, 2))
    empty = 0
    for named in (*ONE_OR_TWO, *UNUSUAL, {"recipient": "microsoft", "purpose": "train_ai_content"}):
        expected = [draft.id for draft in everything if matches(draft, Filters(**named))]
        for newest_first in (True, False):
            pages = [it async for it in each_page(decisions, Filters(**named), newest_first)]
            ids = [item.entry.id for page in pages for item in page.items]
            assert ids == (expected[::-1] if newest_first else expected), named
            empty += sum(not page.items for page in pages[:-1])
    assert empty > 10


async def test_what_is_made_again_is_found_through_windows_too(
    database, everything, log, monkeypatch
):
    monkeypatch.setattr(counting, "ENOUGH", 1)
    monkeypatch.setattr(windows, "WINDOWS", (1, 2))
    reader = open_engine(database.location)
    for named in ONE_OR_TWO:
        filters = Filters(**named)
        expected = [draft.id for draft in everything if matches(draft, filters)]
        slices = [some async for some in EvidenceReader(reader, log.keys).each(filters, size=3)]
        assert [item.id for some in slices for item in some] == expected, named
        assert all(slices)
    await reader.dispose()


async def each_page(decisions, filters, newest_first):
    cursor = ""
    while cursor is not None:
        page = await decisions.list(
            filters, cursor=cursor or None, limit=3, newest_first=newest_first
        )
        yield page
        cursor = page.cursor


async def test_how_far_a_window_reaches_is_told_by_an_index(database, log):
    """Without reading one decision."""
    await log.append(await drafts.drafts(*drafts.many(50)))
    engine = open_engine(database.location)
    for name in (*WALKED, "effect"):
        filters = Filters(**{name: VALUES[name]} | {"effect": "deny"}, since=drafts.NOW)
        async with engine.connect() as connection:
            search = await windows.Search.begin(connection, filters, log.keys, newest_first=True)
        plan = await explain(database, search.reaching(None, 10_000))
        assert WALKED.get(name, "ix_decision_t_us_seq") in plan, (name, plan)
        assert "temp b-tree" not in plan.lower(), plan
    await engine.dispose()


async def test_tiles_are_found_by_their_index(database, log):
    """However many there are, a proof reads those it needs."""
    await log.append(await drafts.drafts(*drafts.many(5)))
    wanted = {"0": [0, 7], "1": [0], "2": [0]}
    plan = await explain(database, select_tiles(tuple(wanted)), wanted)
    assert not re.search(r"(?:^|\n)\s*(?:scan|seq scan on) tile\b", plan.lower()), plan


async def explain(database, statement, values=None):
    sqlite_s = database.dialect == "sqlite"
    dialect = sqlite.dialect(paramstyle="named") if sqlite_s else dialect_of_asyncpg()
    whole = statement.compile(dialect=dialect).construct_expanded_state(values)
    if sqlite_s:
        connection = sqlite3.connect(database.location.file)
        plan = f"EXPLAIN QUERY PLAN {whole.statement}"
        rows = connection.execute(plan, whole.parameters).fetchall()
        connection.close()
        return "".join(f"{row[3]}\n" for row in rows)
    connection = await asyncpg.connect(database.url)
    for way in ("seqscan", "sort", "bitmapscan", "hashjoin"):
        await connection.execute(f"SET enable_{way} = off")
    rows = await connection.fetch(f"EXPLAIN {whole.statement}", *whole.positional_parameters)
    await connection.close()
    return "".join(f"{row[0]}\n" for row in rows)
