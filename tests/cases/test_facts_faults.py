"""Facts that lost a field, or hold something else in it, never give a permit, on either engine.

The intake lets no such facts through. Should it ever fail to, `not` over a missing field would make
denies vanish: so the policy itself must have no decision on facts that are not whole.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pytest

from mayuse.answer import Fault, find
from mayuse.authoring import case_run, explore
from mayuse.authoring.cases import Case
from mayuse.decide import Engine
from mayuse.question import Facts
from mayuse.vocabulary import Vocabulary

Path = tuple[str, ...]

OF_ANOTHER_KIND: tuple[Any, ...] = (None, 0, 1, 1.5, "", [], {}, "no such value", "\u0000")
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
    what: str

    def as_input(self) -> dict[str, Any]:
        return self.document


def bent(seed: Facts) -> Iterator[Bent]:
    whole = seed.as_input()
    for path in paths(whole):
        yield from (
            changed(seed, path, f"without {'.'.join(path)}", _remove),
            *(
                changed(seed, path, f"{'.'.join(path)} = {value!r}", _put(value))
                for value in wrong_values(path, _at(whole, path))
            ),
        )


def paths(document: dict[str, Any]) -> Iterator[Path]:
    for name, value in document.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, inner) for inner in value)


def wrong_values(path: Path, right: Any) -> Iterator[Any]:
    yield from OF_ANOTHER_KIND
    yield from ([right], {"value": right})
    if isinstance(right, bool):
        yield from SIGNALS
    elif isinstance(right, str):
        yield from (True, False, right + " ", " " + right, right + "\n", f"{right},{right}")
        yield from (
            wrong for wrong in (right.upper(), right.title(), right.lower()) if wrong != right
        )
    if path == ("on",):
        yield from DATES
    if path == ("age",):
        yield from AGES


def changed(seed: Facts, path: Path, what: str, change: Any) -> Bent:
    document = copy.deepcopy(seed.as_input())
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    change(holder, path[-1])
    known = {field.name: getattr(seed, field.name) for field in fields(seed)}
    return Bent(**known, document=document, what=what)


def _remove(holder: dict[str, Any], name: str) -> None:
    del holder[name]


def _put(value: Any) -> Any:
    def put(holder: dict[str, Any], name: str) -> None:
        holder[name] = value

    return put


def _at(document: dict[str, Any], path: Path) -> Any:
    value: Any = document
    for part in path:
        value = value[part]
    return value


@pytest.fixture(scope="session")
def seeds(every_case: tuple[Case, ...], vocabulary: Vocabulary) -> list[Facts]:
    """The facts of every case and day, each once."""
    return explore.facts_of(every_case, vocabulary)


async def test_no_fault_of_the_facts_gives_a_permit(
    seeds: Sequence[Facts], engine: Engine, record_property: Any
) -> None:
    tried = 0
    for seed in seeds:
        variants = list(bent(seed))
        verdicts = await case_run.evaluate(variants, engine)
        permitted = [
            item.what
            for item, verdict in zip(variants, verdicts, strict=True)
            if find(item, verdict).effect == "permit"
        ]
        assert not permitted, f"{seed.to_text()} permits {permitted}"
        tried += len(variants)
    record_property("variants", tried)
    assert tried >= 250 * len(seeds) > 0


async def test_what_is_bent_decides(seeds: Sequence[Facts], engine: Engine) -> None:
    """The same facts unbent have a verdict: the faults above come from the bending."""
    verdicts = await case_run.evaluate(seeds, engine)
    assert not [verdict for verdict in verdicts if isinstance(verdict, Fault)]


def test_every_member_is_bent(seeds: Sequence[Facts]) -> None:
    told = {item.what for item in bent(seeds[0])}
    members = {field.name for field in fields(Facts)} - {"gpc"} | {"signals", "signals.gpc"}
    members |= {f"choices.{name}" for name, _ in seeds[0].choices}
    assert {
        what.removeprefix("without ") for what in told if what.startswith("without ")
    } == members
