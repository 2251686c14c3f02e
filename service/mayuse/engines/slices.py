"""How an engine is asked for many verdicts, whichever engine it is. Does no input or output.

Facts go to the policy in slices, as an object keyed by index, so that an item without an answer
leaves a gap where a list would shift later answers onto other questions. One item that breaks the
policy breaks its whole slice: the slice is halved until the bad item stands alone.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mayuse.engines.verdicts import Reader
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict

MAX_SLICE = 500
"""Facts in one evaluation: bounds its memory and time."""

SHARE = 32
"""Fewer facts are not worth another processor."""

SECONDS_PER_ITEM = 0.005
"""What each further item of a slice adds to its deadline: many times what it takes."""

DECISION, BATCH = "mayuse/main/decision", "mayuse/main/batch"

Said = Mapping[str, Any]
"""What the policy said, by index as text. An absent index is an undefined decision."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Evaluating the slice failed because of something in it; `fault` if it cannot be halved."""

    fault: Fault


Slice = Sequence[Facts]
Outcome = Said | Broken | Fault


def by_slices(
    facts: Slice, reader: Reader
) -> Generator[Slice, Outcome, tuple[Verdict | Fault, ...]]:
    """Yield each slice to evaluate, be sent its outcome, return the verdicts in order."""
    verdicts: dict[int, Verdict | Fault] = {}
    todo = [
        (start, min(start + MAX_SLICE, len(facts))) for start in range(0, len(facts), MAX_SLICE)
    ]
    while todo:
        start, end = todo.pop()
        outcome = yield facts[start:end]
        if isinstance(outcome, Broken) and end - start > 1:
            middle = (start + end) // 2
            todo += [(start, middle), (middle, end)]
        else:
            verdicts.update(enumerate(_read(outcome, end - start, reader), start))
    return tuple(verdicts[index] for index in range(len(facts)))


def shares(facts: Slice, count: int) -> list[Slice]:
    """Equal shares of the facts for `count` processors, of at least `SHARE` each."""
    share = max(SHARE, -(-len(facts) // count))
    return [facts[start : start + share] for start in range(0, len(facts), share)]


def patience(timeout: float, asked: Slice) -> float:
    """Seconds that a slice may take, where one question may take `timeout`."""
    return timeout + SECONDS_PER_ITEM * (len(asked) - 1)


def entrypoint(asked: Slice) -> str:
    """The document to evaluate: a decision alone, or a batch."""
    return DECISION if len(asked) == 1 else BATCH


def document(asked: Slice) -> dict[str, Any]:
    """The input document for `entrypoint(asked)`."""
    if len(asked) == 1:
        return asked[0].as_input()
    return {"items": {str(index): item.as_input() for index, item in enumerate(asked)}}


def said(asked: Slice, result: object) -> Outcome:
    """What a defined `result` of `entrypoint(asked)` says; only its outer shape is checked here."""
    if len(asked) == 1:
        return {"0": result}
    if not isinstance(result, dict) or not result.keys() <= {*map(str, range(len(asked)))}:
        return Fault("malformed_verdict", "the policy answered other questions than were asked")
    return result


def _read(outcome: Outcome, count: int, reader: Reader) -> list[Verdict | Fault]:
    if isinstance(outcome, Broken):
        return [outcome.fault] * count
    if isinstance(outcome, Fault):
        return [outcome] * count
    return [
        reader.read(outcome[key])
        if (key := str(index)) in outcome
        else Fault("undefined", "the policy is undefined for these facts")
        for index in range(count)
    ]
