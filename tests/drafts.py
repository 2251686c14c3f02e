"""Decisions to record, made by the real recipe under a policy of a few lines.

What a decision is about does not matter to the log; that it is made by `decide.may_each` does.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

from mayuse.answer import Draft, EngineInfo, Policy, Receipt
from mayuse.choices import Event
from mayuse.decide import Evaluated, may_each
from mayuse.question import Facts, Question
from mayuse.verdict import Fault, Said, Verdict
from mayuse.vocabulary import Choice, Vocabulary

POLICY = Policy(digest=f"sha256:{'ab' * 32}", version="2026.11.1")
VOCABULARY = Vocabulary(
    controllers={"linkedin": "LinkedIn", "generic": "Any other company"},
    recipients={"microsoft": "Microsoft", "advertiser": "An advertiser"},
    purposes={"ads_personalised": "Ads", "train_ai_content": "AI"},
    data={"profile": "Profile", "offsite_activity": "Activity", "likeness": "Likeness"},
    jurisdictions={"US-CA": "California", "US-VA": "Virginia", "DE": "Germany", "FR": "France"},
    choices={
        "share_with_affiliates": Choice("setting", ("off", "default", "on"), "default"),
        "ai_training": Choice("setting", ("off", "default", "on"), "default"),
    },
)
NOW = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)


class FewLines:
    """A policy engine: a signal or a setting that is off denies, likeness has no verdict."""

    info = EngineInfo(name="embedded", version="test")
    vocabulary = VOCABULARY

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        return Evaluated(POLICY, tuple(map(self._verdict, facts)))

    def _verdict(self, facts: Facts) -> Verdict | Fault:
        if facts.data == "likeness":
            return Fault("undefined", "the policy does not say")
        law = Said("law/us/browser_signal", "signal_on", "us-ca-ccpa", ("ccpa-1798-135",))
        terms = Said("terms/linkedin/microsoft_ads", "sharing_is_off", "linkedin-pp", ("pp-3-4",))
        both = Said("law/us/baseline", "no_act_restricts", "us-ftc", ("ftc-5",))
        denies = [law] if facts.gpc else []
        denies += [terms] if ("share_with_affiliates", "off") in facts.choices else []
        permits = (both, Said("terms/linkedin/uses", "disclosed", "linkedin-pp", ("pp-2",)))
        speaking = tuple(sorted({said.rule for said in (*permits, *denies)}))
        return Verdict(permits, tuple(sorted(denies)), (), (), speaking)


class NothingChosen:
    """A ledger of choices in which nothing is recorded."""

    async def of(self, persons: Collection[str]) -> dict[str, list[Event]]:
        del persons
        return {}


class Keep:
    """A log that keeps drafts in a list: how tests get at drafts."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []

    async def append(self, drafts: Sequence[Draft]) -> list[Receipt]:
        self.drafts.extend(drafts)
        return [Receipt("00" * 32) for _ in drafts]


def question(**changes: object) -> Question:
    asked: dict[str, object] = {
        "recipient": "microsoft",
        "purpose": "ads_personalised",
        "data": ("profile",),
        "on": date(2025, 11, 20),
        "jurisdiction": "US-CA",
        "age": 35,
        "subject": "member-7",
    }
    return Question(**{**asked, **changes})  # type: ignore[arg-type]


async def drafts(
    *questions: Question, caller: str = "ads-pipeline", now: datetime = NOW
) -> list[Draft]:
    keep = Keep()
    await may_each(
        questions,
        engine=FewLines(),
        choices=NothingChosen(),
        log=keep,
        caller=caller,
        now=now,
    )
    return keep.drafts


def many(count: int, *, people: int = 1_000_000) -> list[Question]:
    """Questions as they come: mostly new people, few distinct facts, some of two categories."""
    places = itertools.cycle(VOCABULARY.jurisdictions)
    return [
        question(
            subject=None if number % 10 == 0 else f"member-{secrets.randbelow(people)}",
            jurisdiction=next(places),
            data=("profile", "offsite_activity") if number % 7 == 0 else ("profile",),
            choices={"share_with_affiliates": "off"} if number % 3 == 0 else {},
            gpc=number % 5 == 0,
            on=date(2025, 11, 1 + number % 28),
        )
        for number in range(count)
    ]
