"""What would have to be otherwise for a denied use to be permitted: `would_permit`.

Only what somebody can change is tried: the person's choices and the browser's signal. Each answer
is minimal (no part of it can be left out) and was checked by asking the engine again. Nothing is
logged and nothing here is a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mayuse.answer import Ruling, rule_on
from mayuse.decide import Engine
from mayuse.question import Question
from mayuse.vocabulary import Vocabulary

MOST_CHANGES = 6
"""Longer lists of changes are no advice to anybody."""

_GPC = "signals.gpc"
_LEAVE = {"setting": "on", "request": "none", "consent": "given", "objection": "lifted"}
"""The value of each kind of choice that stands least in the way of a use."""

Changes = frozenset[str]


async def would_permit(question: Question, engine: Engine) -> list[dict[str, str | bool]]:
    """The minimal changes that make the answer a permit, shortest first; `[]` when none does.

    Breadth first: a list of changes is made longer only where its last change altered what the
    rules say, so that changes without any bearing are not combined with each other.
    """
    possible = _possible(question, engine.vocabulary)
    said = {frozenset[str](): _voice(await _ask([question], engine))[0]}
    found: list[Changes] = []
    frontier = [frozenset[str]()]
    for _ in range(min(MOST_CHANGES, len(possible))):
        candidates = sorted(
            {
                before | {name}
                for before in frontier
                for name in possible
                if name not in before and not any(done <= before | {name} for done in found)
            },
            key=sorted,
        )
        rulings = await _ask([_with(question, possible, names) for names in candidates], engine)
        frontier = []
        for names, ruling, voice in zip(candidates, rulings, _voice(rulings), strict=True):
            said[names] = voice
            if ruling.effect == "permit":
                found.append(names)
            elif all(voice != said.get(names - {name}) for name in names):
                frontier.append(names)
    return [{name: possible[name] for name in sorted(names)} for names in found]


def _possible(question: Question, vocabulary: Vocabulary) -> dict[str, str | bool]:
    """Each field that can be changed towards a permit, and the value it would have."""
    changes: dict[str, str | bool] = {_GPC: False} if question.gpc else {}
    for name, choice in vocabulary.choices.items():
        now = question.choices.get(name, choice.default)
        wanted = _LEAVE[choice.kind]
        raised = choice.kind != "objection" or now == "raised"
        if now != wanted and wanted in choice.values and raised:
            changes[f"choices.{name}"] = wanted
    return changes


def _with(question: Question, possible: Mapping[str, str | bool], names: Changes) -> Question:
    choices = dict(question.choices)
    choices.update(
        {
            name.removeprefix("choices."): str(possible[name])
            for name in names
            if name.startswith("choices.")
        }
    )
    return replace(question, choices=choices, gpc=question.gpc and _GPC not in names)


async def _ask(questions: Sequence[Question], engine: Engine) -> list[Ruling]:
    facts = [question.facts(engine.vocabulary) for question in questions]
    evaluated = await engine.evaluate([item for group in facts for item in group])
    verdicts = iter(evaluated.verdicts)
    return [rule_on(group, [next(verdicts) for _ in group]) for group in facts]


def _voice(rulings: Sequence[Ruling]) -> list[tuple[object, ...]]:
    """What the rules said, to tell whether a change had any bearing."""
    return [tuple(finding.verdict for finding in ruling.findings) for ruling in rulings]
