"""Purpose by place on one day: what is permitted where a person has done nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from mayuse.answer import find
from mayuse.authoring import probes
from mayuse.authoring.case_run import evaluate
from mayuse.authoring.probes import ADULT, Probe, Setting
from mayuse.decide import Engine
from mayuse.vocabulary import Vocabulary

CELLS = {
    ("permit", ("law", "terms")): "yes",
    ("permit", ("law",)): "yes",
    ("deny", ("law",)): "no: law",
    ("deny", ("terms",)): "no: terms",
    ("deny", ("law", "terms")): "no: both",
}
READING = (
    "For an adult who has made no choice and whose browser sends no signal. `no: law`, "
    "`no: terms` and `no: both` say which layer denies. An answer is one under this policy "
    "bundle; it is not legal advice."
)
Row = tuple[str, ...]


async def matrix(engine: Engine, setting: Setting, on: date) -> dict[str, Row]:
    """Place -> one cell per purpose of the vocabulary, in its order, for an adult."""
    words = engine.vocabulary
    where = probes.places(words)
    facts = [
        Probe(setting, purpose, ADULT).facts(place, on, words)
        for place in where
        for purpose in words.purposes
    ]
    findings = [
        find(item, verdict)
        for item, verdict in zip(facts, await evaluate(facts, engine), strict=True)
    ]
    cells = [CELLS.get((item.effect, item.decided_by), "no verdict") for item in findings]
    width = len(words.purposes)
    return {place: tuple(cells[i * width : (i + 1) * width]) for i, place in enumerate(where)}


async def to_markdown(engine: Engine, on: date) -> str:
    """The page: one table per setting; places with the same answers share a row."""
    words = engine.vocabulary
    lines = [
        f"# Purpose by place on {on}",
        "",
        READING,
    ]
    for setting in probes.SETTINGS:
        if probes.known(setting, words):
            rows = await matrix(engine, setting, on)
            lines += ["", f"## {_title(setting, words)}", "", *_table(rows, words)]
    return "\n".join(lines) + "\n"


def _table(rows: Mapping[str, Row], words: Vocabulary) -> Iterator[str]:
    """Purposes down, groups of places across would be too wide: groups of places down."""
    alike: dict[Row, list[str]] = defaultdict(list)
    for place, row in rows.items():
        alike[row].append(words.jurisdictions[place])
    yield "| places | " + " | ".join(words.purposes.values()) + " |"
    yield "|---" * (len(words.purposes) + 1) + "|"
    for row, places in sorted(alike.items(), key=_most_places_first):
        yield f"| {', '.join(sorted(places))} | " + " | ".join(row) + " |"


def _most_places_first(item: tuple[Row, Sequence[str]]) -> tuple[int, str]:
    return -len(item[1]), min(item[1])


def _title(setting: Setting, words: Vocabulary) -> str:
    title = setting.in_words(words)
    return title[0].upper() + title[1:]
