"""What would have to be otherwise: minimal, and true when asked again."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from mayuse import bundle
from mayuse.answer import rule_on
from mayuse.counterfactual import would_permit
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.question import Question

A5 = Question(
    recipient="microsoft",
    purpose="ads_personalised",
    data=("profile",),
    on=date(2025, 11, 20),
    jurisdiction="US-CA",
    age=35,
    choices={"share_with_affiliates": "off"},
    gpc=True,
)


@pytest.fixture
async def engine() -> AsyncIterator[EmbeddedEngine]:
    opened = EmbeddedEngine(bundle.packaged())
    yield opened
    await opened.close()


async def effect(question: Question, engine: EmbeddedEngine) -> str:
    facts = question.facts(engine.vocabulary)
    return rule_on(facts, (await engine.evaluate(facts)).verdicts).effect


def changed(question: Question, changes: dict[str, str | bool]) -> Question:
    choices = {
        name.removeprefix("choices."): str(value)
        for name, value in changes.items()
        if name.startswith("choices.")
    }
    return replace(
        question,
        choices={**question.choices, **choices},
        gpc=bool(changes.get("signals.gpc", question.gpc)),
    )


async def test_a_signal_and_a_setting_must_both_change(engine: EmbeddedEngine) -> None:
    assert await would_permit(A5, engine) == [
        {"choices.share_with_affiliates": "on", "signals.gpc": False}
    ]


async def test_nothing_a_person_changes_permits_what_is_never_permitted(
    engine: EmbeddedEngine,
) -> None:
    question = replace(A5, recipient="public", purpose="impersonate", data=("likeness",))

    assert await would_permit(question, engine) == []


async def test_every_advice_holds_and_no_part_of_it_can_be_left_out(engine: EmbeddedEngine) -> None:
    words, rng, advised = engine.vocabulary, random.Random(7), 0  # noqa: S311 - a fixed seed
    for _ in range(400):
        question = Question(
            controller=rng.choice(list(words.controllers)),
            recipient=rng.choice(list(words.recipients)),
            purpose=rng.choice(["ads_personalised", "train_ai_content", "sell_data"]),
            data=(rng.choice(list(words.data)),),
            on=date(2026, 8, 1),
            jurisdiction=rng.choice(list(words.jurisdictions)),
            age=rng.choice([None, 15, 17, 40]),
            choices={
                name: rng.choice(choice.values)
                for name, choice in words.choices.items()
                if rng.random() < 0.4
            },
            gpc=rng.random() < 0.5,
        )
        if await effect(question, engine) == "permit":
            continue
        for changes in await would_permit(question, engine):
            advised += 1
            assert await effect(changed(question, changes), engine) == "permit"
            for name in changes:
                fewer = {key: value for key, value in changes.items() if key != name}
                assert await effect(changed(question, fewer), engine) == "deny"
    assert advised > 20
