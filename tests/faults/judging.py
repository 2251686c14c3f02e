"""What a bundle says to questions, by the embedded engine: what answers under load are held to."""

from __future__ import annotations

from datetime import date
from typing import Any

import sampler
from mayuse.answer import rule_on
from mayuse.bundle import Bundle
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.intake import Intake
from mayuse.verdict import Fault

TODAY = date(2026, 11, 24)
"""Not looked at: every question names its day."""


async def questions(bundle: Bundle, count: int) -> list[dict[str, object]]:
    """Random questions as JSON, over all ids of the bundle; the same ones each time."""
    engine = EmbeddedEngine(bundle, timeout=30.0)
    drawing = sampler.Sampler(engine.vocabulary, bundle.facts, seed=11)
    asked = [sampler.asked(drawing.draw()) for _ in range(count)]
    await engine.close()
    return asked


async def answers(bundle: Bundle, asked: list[dict[str, object]]) -> list[str]:
    """The effect and the reasons that force it, for each question."""
    engine = EmbeddedEngine(bundle, timeout=30.0)
    intake = Intake(engine.vocabulary)
    told = []
    for document in asked:
        question = intake.read(document, today=TODAY)
        facts = question.facts(engine.vocabulary)
        verdicts = (await engine.evaluate(facts)).verdicts
        assert not any(isinstance(item, Fault) for item in verdicts)
        ruling = rule_on(facts, verdicts)
        told.append(_shown(ruling.effect, [(said.rule, said.reason) for said in ruling.forcing]))
    await engine.close()
    return told


def heard(said: dict[str, Any]) -> str:
    """The same, of a decision as the service tells it."""
    forcing = [
        (item["rule"], item["reason"])
        for item in said.get("reasons", [])
        if item["effect"] == said["effect"]
    ]
    return _shown(said["effect"], forcing)


def _shown(effect: str, reasons: list[tuple[str, str]]) -> str:
    return f"{effect}: {sorted(set(reasons))}"
