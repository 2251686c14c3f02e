"""Facts that lost a field, or hold something else in it, never give a permit, on either engine.

The intake lets no such facts through. Should it ever fail to, `not` over a missing field would make
denies vanish: so the policy itself must have no decision on facts that are not whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pytest

from mayuse.answer import find
from mayuse.authoring import case_run, explore
from mayuse.authoring.cases import Case
from mayuse.decide import Engine
from mayuse.question import Facts
from mayuse.verdict import Fault
from mayuse.vocabulary import Vocabulary

EVERY = {"embedded": 1, "opa": 24}
"""Of how many facts one is bent, by engine: a server takes far longer for the same verdicts."""

Path = tuple[str, ...]
Put = Callable[[dict[str, Any]], dict[str, Any]]

OF_ANOTHER_KIND: tuple[Any, ...] = (None, 0, 1.5, "", [], {}, "no such value")
DATES = (
    *("20251120", "2025/11/20", "2025-13-01", "2025-11-31", "2025-02-29", "2025-2-9", "25-11-20"),
    *("2025-11-20T00:00:00Z", " 2025-11-20", "2025-11-20 ", "20-11-2025", "9999-12-31", "1-1-1"),
    *(
        "2025-11",
        "2025-11-20-",
        "-2025-11-20",
        "2025-11-20-01",
        "\u0662\u0660\u0662\u0665-11-20",
        "2025\u201111\u201120",
    ),
)
AGES = (35, 12, "18", "35", "-1", "012", "1.0", "child", "minor")
SIGNALS = ("true", "false", "True", "1", "on", [True], {"gpc": True})


@dataclass(frozen=True, slots=True)
class Bent(Facts):
    """Facts whose input document is not what facts are."""

    document: dict[str, Any]
    path: Path

    __hash__ = Facts.__hash__

    def as_input(self) -> dict[str, Any]:
        return self.document


def bent(seed: Facts) -> Iterator[Bent]:
    """Each member removed, and with each value that is none of its own."""
    known = {field.name: getattr(seed, field.name) for field in fields(seed) if field.init}
    whole = seed.as_input()
    for path, holder, put in members(whole):
        yield Bent(**known, path=path, document=put(_without(holder, path[-1])))
        for wrong in wrong_values(path, holder[path[-1]]):
            yield Bent(**known, path=path, document=put({**holder, path[-1]: wrong}))


def members(whole: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any], Put]]:
    """(path, the object that holds it, how to put a changed holder back into the whole)."""
    for name, value in whole.items():
        yield (name,), whole, _itself
        if isinstance(value, dict):
            for inner in value:
                yield (name, inner), value, _putting(whole, name)


def wrong_values(path: Path, right: Any) -> Iterator[Any]:
    yield from (*OF_ANOTHER_KIND, [right])
    if isinstance(right, bool):
        yield from SIGNALS
    elif isinstance(right, str):
        yield from (True, right + " ")
        yield from {right.upper(), right.title(), right.lower()} - {right}
    else:
        yield from (True, {"value": right})
    if path == ("on",):
        yield from DATES
    if path == ("age",):
        yield from AGES


def _without(holder: dict[str, Any], name: str) -> dict[str, Any]:
    return {member: value for member, value in holder.items() if member != name}


def _itself(holder: dict[str, Any]) -> dict[str, Any]:
    return holder


def _putting(whole: dict[str, Any], name: str) -> Put:
    return lambda holder: {**whole, name: holder}


@pytest.fixture(scope="session")
def seeds(every_case: tuple[Case, ...], vocabulary: Vocabulary) -> list[Facts]:
    """The facts of every case and day, each once."""
    return explore.facts_of(every_case, vocabulary)


async def test_no_fault_of_the_facts_gives_a_permit(
    seeds: Sequence[Facts], engine: Engine, figure: Callable[[str], None]
) -> None:
    tried = 0
    seeds = seeds[:: EVERY[engine.info.name]]
    for seed in seeds:
        variants = list(bent(seed))
        verdicts = await case_run.evaluate(variants, engine)
        permitted = [
            item.document
            for item, verdict in zip(variants, verdicts, strict=True)
            if find(item, verdict).effect == "permit"
        ]
        assert not permitted, f"{seed.to_text()} permits {permitted}"
        tried += len(variants)
    figure(f"{engine.info.name}: {tried} variants of {len(seeds)} facts, no permit")
    assert tried >= 250 * len(seeds) > 0


async def test_what_is_bent_decides(seeds: Sequence[Facts], engine: Engine) -> None:
    """The same facts unbent have a verdict: the faults above come from the bending."""
    verdicts = await case_run.evaluate(seeds, engine)
    assert not [verdict for verdict in verdicts if isinstance(verdict, Fault)]


def test_every_member_is_removed_and_mistyped(seeds: Sequence[Facts]) -> None:
    found = Counter(item.path for item in bent(seeds[0]))
    expected = {(field.name,) for field in fields(Facts) if field.init} - {("gpc",)}
    expected |= {("signals",), ("signals", "gpc")}
    expected |= {("choices", name) for name, _ in seeds[0].choices}
    assert set(found) == expected
    assert min(found.values()) >= 10
