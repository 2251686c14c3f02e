"""Many questions, a slice at a time: one evaluation and one commit each, every item its own answer.

Both doors for many questions, the command line's files and the API's batches, answer through here:
a faulty item gives a problem in its place and disturbs no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mayuse import problem, spans, strict_json
from mayuse.errors import InvalidJSON, InvalidQuestion, LogUnavailable
from mayuse.intake import Intake
from mayuse.problem import Problem
from mayuse.question import Question

SLICE = 500
"""Items answered at once, at most."""

MAX_LINE = 64 * 2**10
"""Bytes of one line, as of one request body."""

Body = dict[str, Any]
"""A decision's JSON, or a problem's in its place."""

Each = Callable[[Sequence[Question], datetime], Awaitable[Sequence[Body]]]
"""Answers questions with one evaluation and one commit, in order. Raises `LogUnavailable`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One question as a line of text."""

    number: int
    """Counted from 1."""

    text: bytes | None
    """None when it was too long to be kept."""

    place = "line"
    """What a problem calls the number."""


@dataclass(frozen=True, slots=True)
class Member:
    """One question as a member of a JSON array."""

    number: int
    """Counted from 0, as JSON pointers count."""

    document: object

    place = "item"


Item = Line | Member


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of a slice."""

    bodies: Sequence[Body]
    """One for each item, in order."""

    recorded: bool
    """Whether the decisions among them were recorded. If not, each body is a problem."""


@dataclass(slots=True)
class Summary:
    """What became of all items; it comes last, so that a cut-off answer shows."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, answers: Answers) -> None:
        """Count the items of a slice."""
        self.counts.update(_became(body) for body in answers.bodies)

    def to_document(self, *, complete: bool) -> Body:
        """The counts. `complete` tells whether every item that was sent is among them."""
        return {
            "items": self.counts.total(),
            **{name: self.counts[name] for name in BECAME},
            "complete": complete,
        }


BECAME = ("permit", "deny", "indeterminate", "refused", "unrecorded")
"""What an item can come to: an effect, a fault of its own, or a decision nobody could record."""


async def answer(items: Sequence[Item], intake: Intake, each: Each, now: datetime) -> Answers:
    """Answer a slice."""
    with spans.span("intake"):
        read = [_read(item, intake, now) for item in items]
    questions = [found for found in read if isinstance(found, Question)]
    try:
        answered = iter(await each(questions, now) if questions else ())
    except LogUnavailable as error:
        lost = problem.of(error)
        faults = [found if isinstance(found, Problem) else lost for found in read]
        bodies = [_document(fault, item) for fault, item in zip(faults, items, strict=True)]
        return Answers(bodies, recorded=False)
    return Answers(
        [
            _document(found, item) if isinstance(found, Problem) else next(answered)
            for found, item in zip(read, items, strict=True)
        ],
        recorded=True,
    )


def too_long() -> Problem:
    """What a line comes to that was too long to be kept."""
    return Problem("body_too_large", f"the line is longer than {MAX_LINE} bytes")


def _read(item: Item, intake: Intake, now: datetime) -> Question | Problem:
    try:
        if isinstance(item, Member):
            document = item.document
        elif item.text is None:
            return too_long()
        else:
            document = strict_json.loads(item.text)
        return intake.read(document, today=now.date())
    except (InvalidJSON, InvalidQuestion) as error:
        return problem.of(error)


def _document(fault: Problem, item: Item) -> Body:
    return {**fault.as_document(), item.place: item.number}


def _became(body: Body) -> str:
    if "effect" in body:
        return str(body["effect"])
    return "unrecorded" if body["code"] in problem.UNRECORDED else "refused"
