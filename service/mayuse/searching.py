"""Which recipients, purposes or categories of data a question would be permitted for.

Nobody decides anything here: all candidates are evaluated at once, and nothing is recorded of any
of them. That it was searched is recorded by whoever asked (`searches`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from mayuse.answer import find
from mayuse.choices import settle
from mayuse.decide import Choices, Engine, recorded_of
from mayuse.question import Question
from mayuse.verdict import Fault
from mayuse.vocabulary import Vocabulary

Searched = Literal["recipient", "purpose", "data"]

_CANDIDATES: Mapping[Searched, Callable[[Vocabulary], Iterable[str]]] = {
    "recipient": lambda vocabulary: vocabulary.recipients,
    "purpose": lambda vocabulary: vocabulary.purposes,
    "data": lambda vocabulary: vocabulary.data,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a search."""

    permitted: tuple[str, ...]
    """The ids that would be permitted, sorted."""

    faults: Mapping[str, Fault]
    """Those without a verdict, which is never a yes."""

    candidates: int


def candidates(searched: Searched, vocabulary: Vocabulary) -> list[str]:
    """All ids that are searched, sorted."""
    return sorted(_CANDIDATES[searched](vocabulary))


async def search(
    question: Question, searched: Searched, *, engine: Engine, choices: Choices
) -> Found:
    """Evaluate the question with each candidate in the place of what it says there.

    One read of the person's choices and one evaluation for all. Raises `LogUnavailable` when the
    choices cannot be read.
    """
    events = (await recorded_of([question], choices)).get(question.subject or "", ())
    known = settle(question, events, engine.vocabulary)
    names = candidates(searched, engine.vocabulary)
    facts = [_about(known, searched, name).facts(engine.vocabulary)[0] for name in names]
    evaluated = await engine.evaluate(facts)
    findings = dict(zip(names, map(find, facts, evaluated.verdicts), strict=True))
    return Found(
        permitted=tuple(name for name, found in findings.items() if found.effect == "permit"),
        faults={
            name: found.verdict
            for name, found in findings.items()
            if isinstance(found.verdict, Fault)
        },
        candidates=len(names),
    )


def _about(question: Question, searched: Searched, name: str) -> Question:
    match searched:
        case "recipient":
            return replace(question, recipient=name)
        case "purpose":
            return replace(question, purpose=name)
        case "data":
            return replace(question, data=(name,))
