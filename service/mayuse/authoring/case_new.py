"""A worked case from facts that were asked before, such as those of a recorded decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from mayuse.answer import Ruling, rule_on
from mayuse.authoring import case_write
from mayuse.authoring.case_run import evaluate
from mayuse.authoring.case_yaml import parse
from mayuse.decide import Engine
from mayuse.errors import AuthoringError
from mayuse.question import Facts, Question
from mayuse.vocabulary import ADULT, UNKNOWN, Vocabulary

HEAD = "cases:\n"
SOME_ADULT_AGE = 35
"""Facts know of an adult only that they are one."""


def question_of(facts: Sequence[Facts], vocabulary: Vocabulary) -> Question:
    """The question that facts came from, as far as the policy saw it: no identity, no defaults.

    `facts` has one entry per data category; they differ in nothing else.
    """
    first = facts[0]
    ages = {ADULT: SOME_ADULT_AGE, UNKNOWN: None}
    return Question(
        controller=first.controller,
        recipient=first.recipient,
        purpose=first.purpose,
        data=tuple(item.data for item in facts),
        jurisdiction=first.jurisdiction,
        age=ages[first.age] if first.age in ages else int(first.age),
        choices={
            name: value
            for name, value in first.choices
            if name in vocabulary.choices and value != vocabulary.choices[name].default
        },
        gpc=first.gpc,
        on=date.fromisoformat(first.on),
    )


async def case_of(
    facts: Sequence[Facts], name: str, about: str, engine: Engine
) -> tuple[str, Ruling]:
    """The text of a case file with one case, and the ruling it expects.

    The expected answer is what `engine` says now, which need not be what was decided then. Raises
    `AuthoringError` when it has no verdict on such facts.
    """
    question = question_of(facts, engine.vocabulary)
    asked = question.facts(engine.vocabulary)
    ruling = rule_on(asked, await evaluate(asked, engine))
    if ruling.effect == "indeterminate":
        raise AuthoringError(("these policies have no verdict on such facts",))
    return case_write.to_yaml([case_write.case(name, about, [(question, ruling)])]), ruling


def add(text: str, file: Path) -> None:
    """Add the cases of one text to a case file, which need not exist yet.

    Raises `AuthoringError` when the file would then not be one; it is left as it was.
    """
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    added = text.removeprefix(HEAD) if before.strip() else text
    whole = f"{before.rstrip()}\n\n{added}" if before.strip() else added
    parse(whole, str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(whole, encoding="utf-8")
