"""The shape of a question, for type checkers. The service knows the words: `/v1/vocabulary`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Required, TypedDict


class DataSubject(TypedDict, total=False):
    """The person whose data it is. What is not known is left out."""

    id: str
    jurisdiction: str
    age: int


class Signals(TypedDict, total=False):
    """Signals sent by the person's browser."""

    gpc: bool


class Question(TypedDict, total=False):
    """Whether RECIPIENT may use this person's DATA for PURPOSE."""

    recipient: Required[str]
    purpose: Required[str]
    data: Required[str | Sequence[str]]
    controller: str
    data_subject: DataSubject
    choices: Mapping[str, str]
    signals: Signals
    on: str
    """The day of the use, `YYYY-MM-DD`; without it, today (UTC)."""
