"""Counts by one or two of what an auditor knows, held against the decisions themselves."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import event

import drafts
from mayuse.decision_log.opening import open_log
from mayuse.errors import InvalidQuestion, LogUnavailable
from mayuse.store import counts as store_counts
from mayuse.store.counts import DIMENSIONS, Counts
from mayuse.store.search import Filters
from mayuse.store.session import Location, open_engine


@pytest.fixture
async def counts(database, log):
    engine = open_engine(database.location)
    yield Counts(engine, log.keys)
    await engine.dispose()


@pytest.fixture
async def everything(log):
    """Some dozens over fourteen months, of all kinds."""
    made = []
    for number, asked in enumerate(drafts.many(60)):
        if number % 11 == 0:
            asked = replace(asked, data=("likeness",))  # noqa: PLW2901 - no verdict on these
        now = drafts.NOW - timedelta(days=7 * number)
        [draft] = await drafts.drafts(asked, caller=f"caller-{number % 3}", now=now)
        made.append(draft)
    await log.append(made)
    return made


def values(draft, dimension):
    """The groups a decision belongs to, said without a database."""
    asked, ruling = draft.question, draft.ruling
    forcing = [
        said
        for finding in ruling.findings
        if finding.effect == ruling.effect
        for said in finding.forcing
    ]
    return {
        "effect": {ruling.effect},
        "recipient": {asked.recipient},
        "purpose": {asked.purpose},
        "data": set(asked.data),
        "jurisdiction": {asked.jurisdiction},
        "rule": {said.rule for said in forcing},
        "act": {said.act for said in forcing},
        "caller": {draft.caller},
        "policy": {draft.policy.digest},
    }[dimension]


def expected(made, dimensions, length=None):
    found = Counter()
    for draft in made:
        period = None if length is None else draft.at.date().isoformat()[:length]
        for group in itertools.product(*(values(draft, name) for name in dimensions)):
            found[period, group] += 1
    return found


def told(found):
    return Counter({(item.period, item.values): item.decisions for item in found})


PAIRS = [(), *itertools.combinations(DIMENSIONS, 1), *itertools.combinations(DIMENSIONS, 2)]


async def test_every_two_dimensions_are_counted_right(everything, counts):
    for dimensions in PAIRS:
        found = await counts.by(dimensions)
        assert told(found) == expected(everything, dimensions), dimensions
        assert [item.values for item in found] == sorted(item.values for item in found)


@pytest.mark.parametrize(("interval", "length"), [("day", 10), ("month", 7), ("year", 4)])
async def test_they_are_counted_over_time(everything, counts, interval, length):
    for dimensions in ((), ("effect",), ("rule", "jurisdiction")):
        found = await counts.by(dimensions, interval)
        assert told(found) == expected(everything, dimensions, length)
        assert [item.period for item in found] == sorted(item.period for item in found)


async def test_filters_choose_decisions_and_not_their_groups(everything, counts):
    """A decision on two categories counts under both, also when one of them was searched for."""
    for name, value in {
        "data": "offsite_activity",
        "rule": "law/us/browser_signal",
        "act": "us-ca-ccpa",
        "jurisdiction": "DE",
        "effect": "deny",
    }.items():
        chosen = [draft for draft in everything if value in values(draft, name)]
        assert chosen
        for dimensions in (("data",), ("rule", "act"), ("effect", "jurisdiction")):
            found = await counts.by(dimensions, filters=Filters(**{name: value}))
            assert told(found) == expected(chosen, dimensions), (name, dimensions)


@pytest.mark.parametrize("effect", ["permit", "deny", "indeterminate"])
async def test_an_effect_and_another_filter_choose_decisions_too(everything, counts, effect):
    for name in ("data", "rule", "act", "jurisdiction"):
        for value in {value for draft in everything for value in values(draft, name)}:
            chosen = [
                draft
                for draft in everything
                if value in values(draft, name) and effect in values(draft, "effect")
            ]
            for dimensions in (("data",), ("rule",), ("act", "effect")):
                found = await counts.by(dimensions, filters=Filters(effect=effect, **{name: value}))
                assert told(found) == expected(chosen, dimensions), (name, value, dimensions)


async def test_nothing_is_counted_where_there_is_nothing(everything, counts):
    assert everything
    assert await counts.by(("effect",), filters=Filters(recipient="nobody")) == []
    assert await counts.by(("effect",), filters=Filters(caller="\x00")) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_takes_too_long_is_to_be_narrowed(database, log):
    engine = open_engine(database.location, read_seconds=0.5)
    counts = Counts(engine, log.keys)
    assert await counts.by(("effect",)) == []
    other = await asyncpg.connect(database.url)
    patient = open_engine(database.location, read_seconds=30)
    async with other.transaction():
        await other.execute("LOCK TABLE decision")
        with pytest.raises(InvalidQuestion, match="/since"):
            await counts.by(("effect",))
        with pytest.raises(LogUnavailable):  # the database is busy, and the question is all right
            await Counts(patient, log.keys).by(("effect",))
    await other.close()
    await engine.dispose()
    await patient.dispose()


async def test_a_table_nobody_can_read_is_refused(everything, counts, monkeypatch):
    monkeypatch.setattr(store_counts, "MOST", 5)
    assert len(await counts.by(("effect",))) <= 5
    with pytest.raises(InvalidQuestion, match="/interval"):
        await counts.by(("effect",), "day")
    assert everything


FILTERS = {
    "effect": "indeterminate",
    "recipient": "microsoft",
    "purpose": "ads_personalised",
    "data": "profile",
    "jurisdiction": "DE",
    "rule": "law/us/browser_signal",
    "act": "us-ca-ccpa",
    "caller": "one",
    "since": drafts.NOW - timedelta(days=40_000),
    "until": drafts.NOW + timedelta(days=1),
}


async def test_sqlite_looks_each_decision_up_by_its_number(tmp_path):
    """What is not begun with is found by number: else all that match are read again for each row.

    On a log of some thousand such a count did not end.
    """
    url = f"sqlite:///{tmp_path}/mayuse.db"
    log = await open_log(url, tmp_path / "keys")
    await log.append(await drafts.drafts(*drafts.many(5)))
    engine, asked = open_engine(Location.from_url(url)), []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def hear(_connection, _cursor, statement, parameters, *_more):
        asked.append((statement, parameters))

    some = [dict(pair) for size in (1, 2) for pair in itertools.combinations(FILTERS.items(), size)]
    some.append({name: FILTERS[name] for name in ("act", "caller", "data", "since")})
    several = [pair for size in (1, 2) for pair in itertools.combinations(DIMENSIONS, size)]
    for dimensions, named in itertools.product(several, some):
        asked.clear()
        await Counts(engine, log.keys).by(dimensions, filters=Filters(**named))
        [(statement, parameters)] = [found for found in asked if "SELECT" in found[0]]
        with sqlite3.connect(tmp_path / "mayuse.db") as connection:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        connection.close()
        loops = [said for _, parent, _, said in plan if not parent and said[:4] in {"SCAN", "SEAR"}]
        by_number = [said for said in loops[1:] if re.search(r"\b(seq|rowid)=\?", said)]
        assert by_number == loops[1:], (dimensions, named, plan)
    await engine.dispose()
    await log.close()
