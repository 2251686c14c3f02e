"""The input document that rules read, as far as it is closed: its fields, and their values. Pure.

It is what `question.Facts.as_input` makes under the vocabulary of a policies folder.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from mayuse.incomplete import is_day
from mayuse.vocabulary import AGES, Vocabulary


class Days:
    """Every day that a question can be asked about, written YYYY-MM-DD."""

    def __contains__(self, value: object) -> bool:
        return is_day(value)


Form = Mapping[str, Any] | Container[Any] | None
"""The members of an object, the values of a field, or None for what is not told."""


def form_of(facts: Mapping[str, Any]) -> dict[str, Form]:
    """The input document under the vocabulary of these facts (`data.mayuse.facts`)."""
    words = Vocabulary.from_facts(facts)
    return {
        "controller": tuple(words.controllers),
        "recipient": tuple(words.recipients),
        "purpose": tuple(words.purposes),
        "data": tuple(words.data),
        "jurisdiction": tuple(words.jurisdictions),
        "on": Days(),
        "age": AGES,
        "choices": {name: choice.values for name, choice in words.choices.items()},
        "signals": {"gpc": (True, False)},
    }
