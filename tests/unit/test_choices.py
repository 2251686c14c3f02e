"""Events of choices fold into what holds on a day: properties, and the rows a reader can check."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayuse import bundle
from mayuse.choices import (
    GPC,
    OPPOSED_TO_GPC,
    Event,
    conflicts,
    micros,
    settle,
    settled_as,
    sources,
    state,
)
from mayuse.question import Question
from mayuse.vocabulary import Choice, Vocabulary

PROTECTIVE = {
    "setting": ("off", "default", "on"),
    "request": ("requested", "none"),
    "consent": ("withdrawn", "refused", "none", "given"),
    "objection": ("raised", "none", "lifted"),
    "signal": ("true", "false"),
}
KINDS = {
    "ai_training": "setting",
    "opt_out_sale": "request",
    "consent_ads": "consent",
    "objection_direct_marketing": "objection",
}
DEFAULTS = {"setting": "default", "request": "none", "consent": "none", "objection": "none"}
VOCABULARY = Vocabulary(
    controllers={"linkedin": "LinkedIn"},
    recipients={"microsoft": "Microsoft"},
    purposes={"ads": "Ads"},
    data={"profile": "Profile"},
    jurisdictions={"US-CA": "California"},
    choices={name: Choice(kind, PROTECTIVE[kind], DEFAULTS[kind]) for name, kind in KINDS.items()},
)
DAY = date(2025, 11, 20)
NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def event(choice: str, value: str, effective: datetime, recorded: datetime | None = None) -> Event:
    told = effective if recorded is None else recorded
    name = f"{choice}-{value}-{micros(effective)}-{micros(told)}"
    return Event(name, choice, value, micros(effective), micros(told), "letter", None, "dpo")


@st.composite
def events(draw: st.DrawFn) -> Event:
    choice = draw(st.sampled_from([*KINDS, GPC]))
    value = draw(st.sampled_from(PROTECTIVE[KINDS.get(choice, "signal")]))
    effective, recorded = (
        NOON + timedelta(hours=draw(st.integers(-60, 60))) for _ in ("effective", "recorded")
    )
    return event(choice, value, effective, recorded)


HISTORIES = st.lists(events(), max_size=12)
DAYS = st.sampled_from([DAY + timedelta(days=n) for n in range(-3, 4)])
TIMES = st.none() | st.integers(-70, 70).map(lambda hours: NOON + timedelta(hours=hours))


def values(history, on=DAY, known_at=None):
    return {name: one.value for name, one in state(history, on, known_at, VOCABULARY).items()}


def rank(choice: str, value: str) -> int:
    return PROTECTIVE[KINDS.get(choice, "signal")].index(value)


def by_looking_at_each_moment(history, on, known_at):
    """The definition, word for word: every hour of the day, and what held then."""
    begin = datetime(on.year, on.month, on.day, tzinfo=UTC)
    found: dict[str, str] = {}
    known = [e for e in history if known_at is None or e.recorded <= micros(known_at)]
    for moment in (micros(begin + timedelta(hours=hour)) for hour in range(24)):
        for choice in {e.choice for e in known}:
            past = [e for e in known if e.choice == choice and e.effective <= moment]
            newest = max((e.effective for e in past), default=None)
            standing = [e for e in past if e.effective == newest]
            if newest is not None and newest < micros(begin):  # of another day: the last told
                standing = [max(standing, key=lambda e: (e.recorded, e.id))]
            for held in (e.value for e in standing):
                now = found.get(choice, held)
                found[choice] = min(now, held, key=lambda value, c=choice: rank(c, value))
    return found


@given(HISTORIES, DAYS, TIMES)
def test_the_fold_is_what_its_definition_says(history, on, known_at):
    assert values(history, on, known_at) == by_looking_at_each_moment(history, on, known_at)


@given(HISTORIES, st.randoms(), DAYS, TIMES)
def test_the_order_of_recording_is_irrelevant(history, random, on, known_at):
    shuffled = list(history)
    random.shuffle(shuffled)

    assert state(shuffled, on, known_at, VOCABULARY) == state(history, on, known_at, VOCABULARY)


@given(HISTORIES, events(), DAYS)
def test_a_more_protective_choice_of_the_day_never_gives_less(history, one, on):
    begin = datetime(on.year, on.month, on.day, tzinfo=UTC)
    today = one._replace(effective=micros(begin + timedelta(hours=7, minutes=1)))
    before, after = values(history, on), values([*history, today], on)

    assert after[one.choice] == min(
        (value for value in (before.get(one.choice), one.value) if value is not None),
        key=lambda value: rank(one.choice, value),
    )
    assert {**after, one.choice: None} == {**before, one.choice: None}


def test_of_two_that_began_at_one_moment_the_day_has_the_safer_and_later_days_the_last_told():
    refused = event("consent_ads", "refused", NOON, NOON)
    given_then = event("consent_ads", "given", NOON, NOON + timedelta(hours=1))
    for history in ([refused, given_then], [given_then, refused]):
        assert values(history) == {"consent_ads": "refused"}
        assert values(history, DAY + timedelta(days=1)) == {"consent_ads": "given"}
        assert values(history, DAY + timedelta(days=1), NOON) == {"consent_ads": "refused"}


@given(HISTORIES, events(), DAYS, TIMES)
def test_an_event_never_reaches_back(history, one, on, known_at):
    """Nothing changes on a day that ends before the event takes effect."""
    later = one._replace(effective=micros(datetime(on.year, on.month, on.day, tzinfo=UTC)))
    later = later._replace(effective=later.effective + 24 * 60 * 60 * 1_000_000)

    assert values([*history, later], on, known_at) == values(history, on, known_at)


@given(HISTORIES, DAYS, TIMES.filter(lambda time: time is not None))
def test_what_was_known_then_can_always_be_told_again(history, on, known_at):
    """Two clocks: the answer of then does not depend on what was recorded since."""
    of_then = [one for one in history if one.recorded <= micros(known_at)]

    assert values(history, on, known_at) == values(of_then, on)


@given(HISTORIES)
def test_replaying_a_history_gives_each_days_state_of_then(history):
    """Event after event, as they were recorded: what was told on the way is told again."""
    recorded = sorted(history, key=lambda one: one.recorded)
    for count, one in enumerate(recorded, 1):
        known_at = NOON + timedelta(microseconds=one.recorded - micros(NOON))
        prefix = recorded[:count]
        same_moment = [late for late in recorded[count:] if late.recorded == one.recorded]
        assert values(recorded, DAY, known_at) == values([*prefix, *same_moment], DAY)


@given(HISTORIES, DAYS, st.data())
def test_of_asserted_and_recorded_the_more_protective_stands(history, on, data):
    asserted = {
        name: data.draw(st.sampled_from(PROTECTIVE[kind]))
        for name, kind in KINDS.items()
        if data.draw(st.booleans())
    }
    asked = question(on=on, choices=asserted, gpc=data.draw(st.booleans()))
    settled = settle(asked, history, VOCABULARY)
    held = values(history, on)

    for name in KINDS:
        known = [value for value in (asserted.get(name), held.get(name)) if value is not None]
        wanted = min(known, key=lambda value, c=name: rank(c, value)) if known else None
        assert settled.choices.get(name) == wanted
    assert settled.gpc is (asked.gpc or held.get(GPC) == "true")
    assert sources(settled).keys() == {*settled.choices, *([GPC] if settled.gpc else [])}
    [facts] = settled.facts(VOCABULARY)
    assert settled_as(asked, facts, sources(settled)) == settled


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([], {}),
        ([("consent_ads", "given", "2025-11-19T10:00")], {"consent_ads": "given"}),
        ([("consent_ads", "given", "2025-11-20T23:59")], {"consent_ads": "given"}),
        ([("consent_ads", "given", "2025-11-21T00:00")], {}),
        (
            [
                ("consent_ads", "given", "2025-01-01T00:00"),
                ("consent_ads", "withdrawn", "2025-11-20T23:00"),
            ],
            {"consent_ads": "withdrawn"},
        ),
        (
            [
                ("consent_ads", "withdrawn", "2025-11-20T09:00"),
                ("consent_ads", "given", "2025-11-20T10:00"),
            ],
            {"consent_ads": "withdrawn"},
        ),
        (
            [
                ("consent_ads", "withdrawn", "2025-11-19T23:59"),
                ("consent_ads", "given", "2025-11-20T00:00"),
            ],
            {"consent_ads": "given"},
        ),
        (
            [
                ("ai_training", "off", "2025-11-01T00:00"),
                ("ai_training", "default", "2025-11-02T00:00"),
            ],
            {"ai_training": "default"},
        ),
        ([("a_choice_of_another_bundle", "off", "2025-11-01T00:00")], {}),
    ],
)
def test_a_day_has_the_most_protective_of_its_values(happened, expected):
    assert values([event(name, value, at(when)) for name, value, when in happened]) == expected


def test_a_value_the_vocabulary_no_longer_has_counts_as_the_most_protective():
    history = [event("ai_training", "paused", NOON)]
    settled = settle(question(choices={"ai_training": "on"}), history, VOCABULARY)

    assert settled.choices["ai_training"] == "off"


def test_where_nothing_is_recorded_the_asserted_value_stands():
    asked = question(choices={"consent_ads": "given"}, gpc=True)

    assert settle(asked, [], VOCABULARY) is asked
    assert sources(asked) == {"consent_ads": "asserted", GPC: "asserted"}


def test_what_does_not_agree_is_told():
    asked = question(choices={"ai_training": "on", "consent_ads": "given"})
    history = [event("ai_training", "off", NOON), event(GPC, "true", NOON)]

    assert conflicts(settle(asked, history, VOCABULARY)) == [
        {"choice": "ai_training", "asserted": "on", "recorded": "off"},
        {"signal": "gpc", "choice": "consent_ads", "value": "given", "source": "asserted"},
    ]
    assert conflicts(asked) == []


def question(**changes: object) -> Question:
    asked = {"recipient": "microsoft", "purpose": "ads", "data": ("profile",), "on": DAY}
    return Question(**{**asked, **changes})


def test_the_bundle_orders_its_values_so():
    packaged = Vocabulary.from_facts(bundle.packaged().facts)

    assert {choice.values for choice in packaged.choices.values()} == {
        PROTECTIVE[kind] for kind in ("setting", "request", "consent", "objection")
    }
    assert packaged.choices.keys() >= OPPOSED_TO_GPC.keys()
    for name, value in OPPOSED_TO_GPC.items():
        assert packaged.choices[name].values[-1] == value
