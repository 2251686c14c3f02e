"""A worked case from facts that were asked before, such as those of a recorded decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from mayuse.answer import Ruling, rule_on
from mayuse.authoring import case_write
from mayuse.authoring.case_run import evaluate
from mayuse.authoring.case_yaml import Node, parse
from mayuse.decide import Engine
from mayuse.errors import AuthoringError
from mayuse.question import Facts, Question
from mayuse.vocabulary import ADULT, UNKNOWN, Vocabulary

HEAD = "cases:\n"
TAKEN = (
    "a case is named {name!r} already; give another --name, or write the new days into that case"
)
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
    question: Question, days: Sequence[date], name: str, about: str, engine: Engine
) -> tuple[str, list[Ruling]]:
    """The text of a case file with one case, and the rulings it expects, one for each of `days`.

    The expected answers are what `engine` says now, which need not be what was decided then.
    Raises `AuthoringError` for a day on which it has no verdict.
    """
    answered = []
    for day in sorted(set(days)):
        asked = replace(question, on=day)
        facts = asked.facts(engine.vocabulary)
        ruling = rule_on(facts, await evaluate(facts, engine))
        if ruling.effect == "indeterminate":
            raise AuthoringError((f"these policies have no verdict on such facts on {day}",))
        answered.append((asked, ruling))
    text = case_write.to_yaml([case_write.case(name, about, answered)])
    return text, [ruling for _, ruling in answered]


def check_name(name: str, files: Iterable[Path]) -> None:
    """See that no case of these files has this name; a file that is not there has none.

    Raises `AuthoringError` naming file and line of the one that has it, and for a file that is
    not YAML.
    """
    for file in files:
        if not file.exists():
            continue
        for named in _names(parse(file.read_text(encoding="utf-8"), str(file))):
            if named.value == name:
                raise AuthoringError((f"{file}:{named.line}: {TAKEN.format(name=name)}",))


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


def _names(root: Node) -> Iterator[Node]:
    cases = root.value.get("cases") if isinstance(root.value, Mapping) else None
    for case in cases.value if cases and isinstance(cases.value, list) else ():
        if isinstance(case.value, Mapping) and "name" in case.value:
            yield case.value["name"]
