"""The page for authors lists just the fields that rules read, each value as it is."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from mayuse.bundle import packaged
from mayuse.question import Question
from mayuse.vocabulary import AGES, Vocabulary

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy-authors.md"


def test_the_fields_of_a_rules_input_are_listed() -> None:
    words = Vocabulary.from_facts(packaged().facts)
    question = Question(
        recipient=next(iter(words.recipients)),
        purpose=next(iter(words.purposes)),
        data=(next(iter(words.data)),),
        on=date(2026, 1, 1),
    )
    [facts] = question.facts(words)
    read = facts.as_input()
    rows = [row for row in PAGE.read_text().splitlines() if row.startswith("| `input.")]
    listed = [
        name for row in rows for name in re.findall(r"`input\.([\w.<>]+)`", row.split("|")[1])
    ]

    nested = {"choices": "choices.<id>", "signals": "signals.gpc"}
    assert sorted(listed) == sorted(nested.get(name, name) for name in read)
    [ages] = [row for row in rows if "`input.age`" in row]
    for age in ("0", "17", "adult", "unknown"):
        assert age in AGES
        assert f'`"{age}"`' in ages
    [controllers] = [row for row in rows if "`input.controller`" in row]
    assert all(f'`"{controller}"`' in controllers for controller in words.controllers)
