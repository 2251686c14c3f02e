"""The ledger of choices on both databases: what is recorded stays, once, and is read whole."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

import drafts
from drafts import NOW
from mayuse.choices import GPC, SENT, micros, state
from mayuse.choices_intake import Choosing
from mayuse.decide import may_each
from mayuse.erasure import Erasures
from mayuse.errors import InvalidQuestion, KeyReused, LogUnavailable, NotFound
from mayuse.ledger import Ledger
from mayuse.retention import Retention

PERSON = "maria.mustermann@example.org"
OFF = Choosing({"share_with_affiliates": "off"}, "settings_page", "notice-7")
ON = Choosing({"share_with_affiliates": "on"}, "settings_page")


@pytest.fixture
async def ledger(database, log, reader):
    opened = Ledger(database.location, log, reader)
    yield opened
    await opened.close()


async def choose(ledger, chosen=OFF, person=PERSON, now=NOW, **more):
    return await ledger.record(person, chosen, **{"actor": "web", "clock": lambda: now, **more})


async def events_of(ledger, person=PERSON):
    return list((await ledger.of([person])).get(person, ()))


async def test_what_is_recorded_is_read_back(ledger):
    made = await choose(ledger, replace(OFF, signal_sent=True))
    await choose(ledger, ON, person="member-8")

    found = await ledger.of([PERSON, "member-8", "nobody"])
    assert found.keys() == {PERSON, "member-8"}
    assert found[PERSON] == list(made.events) == list(made.all)
    by_choice = {event.choice: event for event in found[PERSON]}
    event = by_choice["share_with_affiliates"]
    assert (event.value, event.source, event.notice) == ("off", "settings_page", "notice-7")
    assert (event.actor, event.effective, event.recorded) == ("web", micros(NOW), micros(NOW))
    assert (by_choice[GPC].value, by_choice[GPC].source) == ("true", "browser_signal")


async def test_a_signal_holds_from_now_on_whenever_the_rest_was_chosen(ledger):
    then = NOW - timedelta(days=9)
    await choose(ledger, Choosing({GPC: SENT}, "letter", None, then, signal_sent=True))
    told = [(one.effective, one.source) for one in await events_of(ledger)]
    assert told == [(micros(then), "letter"), (micros(NOW), "browser_signal")]


async def test_history_comes_in_pages_newest_first(ledger):
    for hour in range(5):
        await choose(ledger, OFF if hour % 2 else ON, now=NOW + timedelta(hours=hour))
    await choose(ledger, person="member-8")

    told, cursor = [], None
    for _ in range(3):
        page = await ledger.history(PERSON, cursor=cursor, limit=2)
        told += page.events
        cursor = page.cursor
    assert cursor is None
    assert told == [*reversed(await events_of(ledger))]
    first = await ledger.history(PERSON, limit=2)
    with pytest.raises(InvalidQuestion):
        await ledger.history("member-8", cursor=first.cursor)


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        (timedelta(minutes=6), "lies ahead"),
        (timedelta(days=3650), "lies ahead"),
        (timedelta(days=-365 * 56), "lies before 2000-01-01"),
    ],
)
async def test_a_time_that_cannot_be_is_refused(ledger, moved, said):
    with pytest.raises(InvalidQuestion, match=said) as caught:
        await choose(ledger, replace(OFF, effective_at=NOW + moved))
    assert caught.value.errors[0].pointer == "/effective_at"
    assert await events_of(ledger) == []


async def test_an_earlier_time_holds_from_then_on_and_shows_when_it_became_known(ledger):
    then = NOW - timedelta(days=4)
    await choose(ledger, replace(OFF, effective_at=then))
    events = await events_of(ledger)

    def held(on, known_at=None):
        return [one.value for one in state(events, on, known_at, drafts.VOCABULARY).values()]

    assert held(then.date()) == held(NOW.date()) == ["off"]
    assert held(then.date() - timedelta(days=1)) == held(then.date(), then) == []


async def test_a_choice_is_known_from_when_nobody_else_can_record(ledger):
    """Whoever waits for the lock was not known while they waited."""
    times = [NOW]

    def held_up(_events):
        times.append(NOW + timedelta(seconds=5))

    made = await choose(ledger, clock=lambda: times[-1], check=held_up)
    [event] = made.events
    assert event.recorded == event.effective == micros(times[-1])


async def test_what_is_recorded_later_is_never_known_earlier(ledger):
    """Two hosts whose clocks differ: an opt-out binds from its own moment nevertheless."""
    ahead = NOW + timedelta(seconds=3)
    await choose(ledger, ON, now=ahead)
    await choose(ledger)
    assert [(event.effective, event.recorded) for event in await events_of(ledger)] == [
        (micros(ahead), micros(ahead)),
        (micros(NOW), micros(ahead)),
    ]


async def test_the_same_request_is_recorded_once(ledger, database):
    first = await choose(ledger, key="k-1", asked=b"off")
    again = await choose(ledger, key="k-1", asked=b"off", now=NOW + timedelta(hours=30))
    assert (list(again.events), list(again.all)) == (list(first.events), list(first.events))
    assert await database.count("choice_event") == 1
    for other in ({"asked": b"on"}, {"asked": b"off", "person": "member-8"}):
        with pytest.raises(KeyReused):
            await choose(ledger, key="k-1", **other)
    await choose(ledger, key="k-1", asked=b"off", actor="another caller")
    assert await database.count("choice_event") == 2
    assert await database.count("subject_key") == 1


async def test_many_with_one_key_at_once_record_once(database, log, reader):
    ledgers = [Ledger(database.location, log, reader) for _ in range(3)]
    made = await asyncio.gather(
        *(choose(ledgers[n % 3], key="k", asked=b"same") for n in range(12))
    )
    for ledger in ledgers:
        await ledger.close()

    assert len({tuple(one.events) for one in made}) == 1
    assert await database.count("choice_event") == 1


async def test_three_writers_at_once_lose_nothing_while_decisions_are_recorded(
    database, log, reader, figure
):
    ledgers = [Ledger(database.location, log, reader) for _ in range(3)]
    people = [f"member-{n}" for n in range(4)]

    async def write(ledger):
        for n in range(20):
            await choose(ledger, person=people[n % 4], now=NOW + timedelta(seconds=n))

    async def decide():
        for n in range(40):
            await log.append(await drafts.drafts(drafts.question(subject=people[n % 4])))

    await asyncio.gather(decide(), *map(write, ledgers))
    found = await ledgers[0].of(people)
    figure(f"{database.dialect}: 3 ledgers, 60 requests beside 40 decisions: lost = 0")
    assert {person: len(events) for person, events in found.items()} == dict.fromkeys(people, 15)
    assert await database.count("subject_key") == 4
    for ledger in ledgers:
        await ledger.close()


async def test_a_check_sees_all_and_nobody_comes_between(database, log, reader):
    """Six writers each record on the condition that nothing is there: one of them does."""
    ledgers = [Ledger(database.location, log, reader) for _ in range(3)]

    def nothing_there(events):
        if events:
            raise LookupError("somebody was first")

    done = await asyncio.gather(
        *(choose(ledgers[n % 3], check=nothing_there) for n in range(6)), return_exceptions=True
    )
    for ledger in ledgers:
        await ledger.close()
    assert [type(one).__name__ for one in done].count("Made") == 1
    assert await database.count("choice_event") == 1


async def test_a_refused_request_leaves_no_person_behind(ledger, database):
    def no(_events):
        raise LookupError("no")

    with pytest.raises(LookupError):
        await choose(ledger, check=no)
    assert await database.count("subject_key") == 0


async def test_events_are_never_changed(ledger, database):
    await choose(ledger)
    with pytest.raises(Exception, match="only grows"):
        await database.rows("UPDATE choice_event SET value = 'on'")
    [row] = await database.rows("SELECT value FROM choice_event")
    assert row["value"] == "off"


async def test_no_row_tells_who_it_is(ledger, database):
    await choose(ledger, key=PERSON, asked=PERSON.encode())
    rows = [*await database.rows("SELECT * FROM choice_event")]
    rows += await database.rows("SELECT * FROM subject_key")
    assert not [row for row in rows if re.search("maria|example", str(row))]


async def decided(log, ledger, *questions):
    return await may_each(
        questions, engine=drafts.FewLines(), choices=ledger, log=log, caller="c", now=NOW
    )


async def test_a_decision_keeps_where_each_choice_came_from(log, ledger, decisions):
    await choose(ledger)
    asked = drafts.question(
        subject=PERSON, on=NOW.date(), choices={"ai_training": "on"}, known_at=NOW
    )
    [made] = await decided(log, ledger, asked)

    assert made.draft.ruling.effect == "deny"
    stored = (await decisions.get(made.draft.id)).detail
    assert stored.sources == {"ai_training": "asserted", "share_with_affiliates": "recorded"}
    assert stored.known_at == NOW
    before = replace(asked, known_at=NOW - timedelta(seconds=1))
    [earlier] = await decided(log, ledger, before)
    assert earlier.draft.ruling.effect == "permit"


async def test_a_decision_is_not_older_than_what_it_knew(log, ledger):
    """A choice that was recorded while it was asked counts, and counts again by `known_at`."""
    later = NOW + timedelta(seconds=3)
    await choose(ledger, now=later)
    asked = drafts.question(subject=PERSON, on=NOW.date())
    before = replace(asked, known_at=NOW)
    [made, then] = await decided(log, ledger, asked, before)
    assert (made.draft.ruling.effect, made.draft.at) == ("deny", later)
    assert (then.draft.ruling.effect, then.draft.at) == ("permit", NOW)
    [again] = await decided(log, ledger, replace(asked, known_at=made.draft.at))
    assert again.draft.ruling.effect == "deny"


async def test_deciding_writes_nothing_to_the_ledger(log, ledger, database):
    asked = drafts.question(subject=PERSON, choices={"ai_training": "off"}, gpc=True)
    await decided(log, ledger, asked)
    assert await database.count("choice_event") == 0


async def test_one_statement_serves_a_slice(log, ledger, monkeypatch):
    read = []
    source = type(ledger._reader._source)  # noqa: SLF001 - to count
    original = source.read

    async def counted(self, lookups):
        read.append(len(lookups))
        return await original(self, lookups)

    monkeypatch.setattr(source, "read", counted)
    people = [f"member-{n}" for n in range(300)]
    await choose(ledger, person=people[7])
    made = await decided(log, ledger, *(drafts.question(subject=one) for one in people * 2))
    assert read == [300]
    assert not [one for one in made if one.draft.ruling.effect != "permit"]  # 2025, and so before
    await decided(log, ledger, drafts.question(subject=None))
    assert read == [300]


async def test_whoever_asks_during_a_read_is_served_by_the_next(ledger):
    await choose(ledger)
    asked = [PERSON if n % 2 else f"member-{n}" for n in range(50)]
    found = await asyncio.gather(*(ledger.of([person]) for person in asked))
    assert [len(one) for one in found] == [n % 2 for n in range(50)]


async def test_an_erased_person_has_no_choices(log, ledger, database, reader):
    await choose(ledger, replace(OFF, signal_sent=True))
    await choose(ledger, person="member-8")
    await decided(log, ledger, drafts.question(subject=PERSON))
    erasures = Erasures(log, reader, database.location)
    erased = await erasures.erase(PERSON, caller="dpo", at=NOW)

    assert (erased.decisions, erased.choices) == (1, 2)
    assert await events_of(ledger) == []
    assert len(await events_of(ledger, "member-8")) == 1
    only_choices = await erasures.erase("member-8", caller="dpo", at=NOW)
    assert (only_choices.decisions, only_choices.choices) == (0, 1)
    assert await database.count("subject_key") == await database.count("choice_event") == 0


async def test_choices_and_erasures_at_once_leave_nothing_half_done(log, ledger, database, reader):
    erasures = Erasures(log, reader, database.location)

    async def write():
        for n in range(25):
            await choose(ledger, now=NOW + timedelta(seconds=n))

    async def forget_often():
        done = 0
        for _ in range(12):
            try:
                done += (await erasures.erase(PERSON, caller="dpo", at=NOW)).choices
            except NotFound:  # nothing is held at this moment
                await asyncio.sleep(0.01)
        return done

    _, erased = await asyncio.gather(write(), forget_often())
    left = await database.count("choice_event")
    assert erased + left == 25
    assert await database.count("subject_key") == (1 if left else 0)


async def test_a_purge_keeps_the_key_of_whoever_has_choices(log, ledger, database, reader):
    await choose(ledger)
    old = NOW - timedelta(days=800)
    asked = [drafts.question(subject=one) for one in (PERSON, "member-8")]
    await log.append(await drafts.drafts(*asked, now=old))
    for _ in range(200):
        if not await database.count("pending"):
            break
        await asyncio.sleep(0.05)
    retention = Retention(log, reader, database.location)
    steps = [step async for step in retention.purge(NOW - timedelta(days=700), caller="c", at=NOW)]

    assert sum(step.decisions for step in steps) == 2
    assert await database.count("subject_key") == 1
    assert len(await events_of(ledger)) == 1


async def test_choices_that_cannot_be_read_are_never_taken_for_none(log, ledger, database):
    await choose(ledger)
    await database.rows("ALTER TABLE choice_event RENAME TO gone")
    with pytest.raises(LogUnavailable) as caught:
        await decided(log, ledger, drafts.question(subject=PERSON))
    assert caught.value.code == "choices_unavailable"
    with pytest.raises(LogUnavailable) as refused:
        await choose(ledger)
    assert refused.value.code == "choices_unavailable"
    assert await database.count() == 0

    [unnamed] = await decided(log, ledger, drafts.question(subject=None))
    assert unnamed.draft.ruling.effect == "permit"
    await database.rows("ALTER TABLE gone RENAME TO choice_event")
    assert len(await events_of(ledger)) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # a file
async def test_a_file_put_in_the_place_of_another_is_seen(ledger, database, log, reader):
    await choose(ledger)
    assert len(await events_of(ledger)) == 1
    path = database.location.file
    for name in ("", "-wal"):
        file = path.with_name(path.name + name)
        (path.parent / f"copy{name}").write_bytes(file.read_bytes())
    await choose(ledger)
    assert len(await events_of(ledger)) == 2
    for name in ("", "-wal"):
        (path.parent / f"copy{name}").replace(path.with_name(path.name + name))
    path.with_name(path.name + "-shm").unlink()
    assert len(await events_of(ledger)) == 1
    await choose(ledger)
    assert len(await events_of(ledger)) == 2
    assert log is not None
    assert reader is not None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # a server
async def test_a_connection_the_server_closed_is_opened_again(ledger, database):
    await choose(ledger)
    await events_of(ledger)
    await database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'mayuse choices' AND datname = current_database()"
    )
    assert len(await events_of(ledger)) == 1
    await choose(ledger)
    assert len(await events_of(ledger)) == 2


async def test_a_lock_that_is_held_too_long_is_told(ledger, database, log):
    """Somebody else writes and does not come to an end."""
    await choose(ledger)
    if database.dialect == "sqlite":
        from mayuse.store.session import open_sqlite  # noqa: PLC0415

        holder = open_sqlite(database.location.file)
        holder.execute("BEGIN IMMEDIATE")
        release = holder.close
    else:
        import asyncpg  # noqa: PLC0415

        holder = await asyncpg.connect(database.url)
        await holder.execute("BEGIN")
        await holder.execute("LOCK TABLE choice_event")
        release = holder.close
    try:
        with pytest.raises(LogUnavailable) as caught:
            await choose(ledger)
        assert caught.value.code == "choices_unavailable"
    finally:
        done = release()
        if done is not None:
            await done
    await choose(ledger)
    assert len(await events_of(ledger)) == 2
    assert log is not None
