"""The service in one function, with an engine and a log small enough to read here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from mayuse.answer import Decision, Draft, EngineInfo, Policy, Receipt
from mayuse.choices import GPC, SENT, Event, micros
from mayuse.decide import Evaluated, may, may_each
from mayuse.errors import LogUnavailable
from mayuse.question import Facts, Question
from mayuse.verdict import Fault, Said, Verdict
from mayuse.vocabulary import Vocabulary

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
POLICY = Policy("sha256:00", "1")


class FakeEngine:
    """Permits the profile, denies a likeness; counts how often it is asked."""

    info = EngineInfo("fake", "1")

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.asked: list[list[Facts]] = []

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        self.asked.append(list(facts))
        return Evaluated(POLICY, tuple(self._verdict(item) for item in facts))

    def _verdict(self, facts: Facts) -> Verdict | Fault:
        if facts.jurisdiction == "FR":
            return Fault("undefined", "main said nothing")
        said = tuple(
            Said(rule, "because", "act", ("p",)) for rule in ("law/us/a", "terms/linkedin/b")
        )
        speaking = tuple(item.rule for item in said)
        if facts.data == "profile":
            return Verdict(said, (), (), (), speaking)
        return Verdict((), said, (), (), speaking)


class FakeLog:
    """Keeps drafts in memory."""

    def __init__(self) -> None:
        self.commits: list[list[Draft]] = []

    async def append(self, drafts: Sequence[Draft]) -> list[Receipt]:
        self.commits.append(list(drafts))
        return [Receipt(leaf_hash=draft.id) for draft in drafts]


class Ledger:
    """Knows what it is given of persons; counts how often it is read."""

    def __init__(self, **known: list[Event]) -> None:
        self.known = known
        self.read: list[set[str]] = []

    async def of(self, persons: Collection[str]) -> dict[str, list[Event]]:
        self.read.append(set(persons))
        return {person: self.known[person] for person in persons if person in self.known}


class BrokenLog:
    async def append(self, drafts: Sequence[Draft]) -> list[Receipt]:
        del drafts
        raise LogUnavailable("storage_full", "the disk is full")


def question(*data: str, jurisdiction: str = "US-CA") -> Question:
    return Question("microsoft", "ads", data, date(2025, 11, 20), jurisdiction=jurisdiction)


async def test_a_decision_carries_question_ruling_policy_engine_and_receipt(
    vocabulary: Vocabulary,
) -> None:
    engine, log = FakeEngine(vocabulary), FakeLog()
    asked = question("profile")

    decision = await may(asked, engine=engine, choices=Ledger(), log=log, caller="tester", now=NOW)

    [[draft]] = log.commits
    assert decision == Decision(draft, Receipt(leaf_hash=draft.id))
    assert (draft.at, draft.caller, draft.question) == (NOW, "tester", asked)
    assert (draft.policy, draft.engine, draft.ruling.effect) == (POLICY, engine.info, "permit")
    assert UUID(draft.id).version == 7


async def test_the_engine_sees_the_facts_and_nothing_else(vocabulary: Vocabulary) -> None:
    engine = FakeEngine(vocabulary)
    asked = question("profile", "likeness")

    await may(asked, engine=engine, choices=Ledger(), log=FakeLog(), caller="tester", now=NOW)

    assert engine.asked == [list(asked.facts(vocabulary))]


async def test_several_questions_take_one_evaluation_and_one_commit(vocabulary: Vocabulary) -> None:
    engine, log = FakeEngine(vocabulary), FakeLog()
    asked = [
        question("profile"),
        question("profile", "likeness"),
        question("profile", jurisdiction="FR"),
        question("likeness"),
    ]

    decisions = await may_each(
        asked, engine=engine, choices=Ledger(), log=log, caller="tester", now=NOW
    )

    assert [decision.draft.question for decision in decisions] == asked
    assert [decision.draft.ruling.effect for decision in decisions] == [
        "permit",
        "deny",
        "indeterminate",
        "deny",
    ]
    assert len(engine.asked) == len(log.commits) == 1
    assert len({decision.draft.id for decision in decisions}) == len(asked)


async def test_an_indeterminate_decision_is_recorded_like_any_other(vocabulary: Vocabulary) -> None:
    log = FakeLog()

    decision = await may(
        question("profile", jurisdiction="FR"),
        engine=FakeEngine(vocabulary),
        choices=Ledger(),
        log=log,
        caller="tester",
        now=NOW,
    )

    assert decision.draft.ruling.effect == "indeterminate"
    assert log.commits == [[decision.draft]]


async def test_a_failing_log_yields_no_answer(vocabulary: Vocabulary) -> None:
    with pytest.raises(LogUnavailable) as caught:
        await may(
            question("profile"),
            engine=FakeEngine(vocabulary),
            choices=Ledger(),
            log=BrokenLog(),
            caller="tester",
            now=NOW,
        )

    assert caught.value.code == "storage_full"


async def test_a_log_that_forgets_a_receipt_yields_no_answer(vocabulary: Vocabulary) -> None:
    class ForgetfulLog(FakeLog):
        async def append(self, drafts: Sequence[Draft]) -> list[Receipt]:
            return (await super().append(drafts))[1:]

    with pytest.raises(ValueError, match="shorter"):
        await may_each(
            [question("profile"), question("likeness")],
            engine=FakeEngine(vocabulary),
            choices=Ledger(),
            log=ForgetfulLog(),
            caller="tester",
            now=NOW,
        )


def off(choice: str = "share", value: str = "off", at: datetime = NOW) -> Event:
    return Event("0198", choice, value, micros(at), micros(at), "letter", None, "dpo")


def about(person: str | None, **changes: Any) -> Question:
    return replace(question("profile"), subject=person, on=NOW.date(), **changes)


async def test_what_is_recorded_of_a_person_is_put_before_the_policy(
    vocabulary: Vocabulary,
) -> None:
    engine, ledger = FakeEngine(vocabulary), Ledger(maria=[off(), off(GPC, SENT)])
    asked = [about("maria", choices={"share": "default"}), about("jo")]

    decisions = await may_each(
        asked, engine=engine, choices=ledger, log=FakeLog(), caller="tester", now=NOW
    )

    [[maria, jo]] = engine.asked
    assert (dict(maria.choices)["share"], maria.gpc) == ("off", True)
    assert (dict(jo.choices)["share"], jo.gpc) == ("default", False)
    settled = decisions[0].draft.question
    assert settled.recorded == {"share", GPC}
    assert settled.overruled == {"share": "default"}
    assert decisions[1].draft.question == asked[1]


async def test_all_persons_are_read_at_once_and_nobody_without_need(
    vocabulary: Vocabulary,
) -> None:
    ledger = Ledger()
    for asked in (
        [about("maria"), about("jo"), about("maria"), about(None)],
        [about(None), question("likeness")],
    ):
        await may_each(
            asked,
            engine=FakeEngine(vocabulary),
            choices=ledger,
            log=FakeLog(),
            caller="tester",
            now=NOW,
        )

    assert ledger.read == [{"maria", "jo"}]


async def test_choices_that_cannot_be_read_yield_no_answer(vocabulary: Vocabulary) -> None:
    class Unreadable(Ledger):
        async def of(self, persons: Collection[str]) -> dict[str, list[Event]]:
            raise LogUnavailable("choices_unavailable", f"of {len(persons)}")

    engine, log = FakeEngine(vocabulary), FakeLog()
    with pytest.raises(LogUnavailable, match="of 1"):
        await may(
            about("maria"), engine=engine, choices=Unreadable(), log=log, caller="tester", now=NOW
        )
    assert (engine.asked, log.commits) == ([], [])
