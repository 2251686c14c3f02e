"""Real questions and the policy's real answers, as examples in the OpenAPI document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mayuse.access import ANONYMOUS
from mayuse.answer import Decision, Draft, EngineInfo, Receipt, rule_on
from mayuse.catalog import Catalog
from mayuse.decide import Engine
from mayuse.intake import Intake
from mayuse.question import Question

QUESTIONS: dict[str, dict[str, Any]] = {
    "ads_on_another_service": {
        "summary": "May Microsoft use a Californian's profile for ads, sharing turned off?",
        "value": {
            "controller": "linkedin",
            "recipient": "microsoft",
            "purpose": "ads_personalised",
            "data": "profile",
            "data_subject": {"id": "member-7", "jurisdiction": "US-CA", "age": 34},
            "choices": {"share_with_affiliates": "off"},
            "signals": {"gpc": True},
            "on": "2025-11-20",
        },
    },
    "ai_training": {
        "summary": "May LinkedIn Ireland train AI on posts and profile of someone in France?",
        "value": {
            "recipient": "linkedin_ireland",
            "purpose": "train_ai_content",
            "data": ["public_posts", "profile"],
            "data_subject": {"jurisdiction": "FR", "age": 35},
            "on": "2025-11-20",
        },
    },
    "any_company": {
        "summary": "May any advertiser track a Virginian across sites?",
        "value": {
            "controller": "generic",
            "recipient": "advertiser",
            "purpose": "ads_personalised",
            "data": "offsite_activity",
            "data_subject": {"jurisdiction": "US-VA", "age": 35},
            "signals": {"gpc": True},
            "on": "2026-02-01",
        },
    },
    "as_little_as_possible": {
        "summary": "The place, the age and the day are not known: today, and no known minor",
        "value": {"recipient": "public", "purpose": "impersonate", "data": "likeness"},
    },
}

_ID = "019aa0f2-8000-7000-8000-000000000000"
_AT = datetime(2025, 11, 20, tzinfo=UTC)
_ENGINE = EngineInfo("embedded", "wasmtime")
_RECEIPT = Receipt("0" * 64)


async def answers(engine: Engine, catalog: Catalog, intake: Intake) -> dict[str, Any]:
    """The decisions on `QUESTIONS`. They are not recorded, so id and receipt are made up.

    A question without a verdict at this moment is left out.
    """
    shown: dict[str, Any] = {}
    for name, example in QUESTIONS.items():
        question = intake.read(example["value"], today=_AT.date())
        decision = await _decision(engine, question)
        if decision.draft.ruling.effect != "indeterminate":
            shown[name] = {"summary": example["summary"], "value": catalog.answer(decision)}
    return shown


async def _decision(engine: Engine, question: Question) -> Decision:
    facts = question.facts(engine.vocabulary)
    evaluated = await engine.evaluate(facts)
    ruling = rule_on(facts, evaluated.verdicts)
    draft = Draft(_ID, _AT, ANONYMOUS.name, question, ruling, evaluated.policy, _ENGINE)
    return Decision(draft, _RECEIPT)
