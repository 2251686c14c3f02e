"""The page of one rule: words, law, dates, Rego, cases, open points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mayuse.authoring.case_run import Result
from mayuse.authoring.folder import Folder
from mayuse.catalog import Catalog
from mayuse.vocabulary import Vocabulary

OPEN_END = "9999-12-31"
BEGINNING = "1900-01-01"
UNSETTLED = ("disputed", "needs_counsel")
SHOWN_OF_EACH = 4
"""Cases shown of each reason."""

MANY = 12
"""So many places are named; of more, the number stands above a list to unfold."""


@dataclass(frozen=True)
class Knowledge:
    """All that pages are made of."""

    folder: Folder
    catalog: Catalog
    words: Vocabulary
    results: Sequence[Result]
    said: Mapping[str, Mapping[tuple[str, str], frozenset[str]]]
    """Rule -> (effect, reason) -> the provisions it was seen to cite."""


def page(row: Mapping[str, Any], known: Knowledge) -> str:
    """The page of one rule, given its row of the bundle's catalogue."""
    rule = row["rule"]
    sections = (
        _words(row),
        _law(row, known),
        _dates(rule, known),
        _rego(row, known),
        _cases(row, known),
        _open_points(row, known),
    )
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _words(row: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {row['title']}"
    yield ""
    yield f"`{row['rule']}`"
    yield ""
    yield row["description"]
    yield ""
    yield f"Read by {row['owner']} on {row['last_read']}."
    if row["only"]:
        yield f"It can only {row['only']}."


def _law(row: Mapping[str, Any], known: Knowledge) -> Iterator[str]:
    yield "## What it says, and under which law"
    said = known.said.get(row["rule"], {})
    for reason, sentence in row["reasons"].items():
        effects = sorted(effect for effect, name in said if name == reason)
        yield ""
        yield f"**{' and '.join(effects) or 'not seen near any case'}**, `{reason}`: {sentence}."
        yield from _citations(
            {cited for effect in effects for cited in said[effect, reason]}, known.catalog
        )
    if row["obligations"]:
        yield ""
        yield "### Along with it"
        for name, sentence in row["obligations"].items():
            yield f"- `{name}`: {sentence}"


def _citations(provisions: Iterable[str], catalog: Catalog) -> Iterator[str]:
    lines = [_citation(catalog, provision) for provision in sorted(provisions)]
    yield ""
    if len(lines) > MANY:
        yield f"<details><summary>{len(lines)} provisions</summary>"
        yield ""
    yield from lines
    if len(lines) > MANY:
        yield ""
        yield "</details>"


def _citation(catalog: Catalog, provision: str) -> str:
    cited = catalog.citation(provision)
    act = catalog.act(cited["act"]) or {}
    doubt = "" if cited["confidence"] == "high" else f" (confidence {cited['confidence']})"
    text = f"[{cited['provision']}]({cited['url']})" if cited["url"] else cited["provision"]
    return f"- {act.get('title', cited['act'])}: {text}, {cited['title']}{doubt}"


def _dates(rule: str, known: Knowledge) -> Iterator[str]:
    yield "## Where and when it is in force"
    yield ""
    yield "| from | until | places |"
    yield "|---|---|---|"
    spans: dict[tuple[str, str], list[str]] = defaultdict(list)
    for span in known.folder.spans.get(rule, []):
        spans[span.first, span.last].append(known.words.jurisdictions[span.place])
    for (first, last), places in sorted(spans.items()):
        start = "the beginning" if first == BEGINNING else first
        end = "open" if last == OPEN_END else last
        yield f"| {start} | {end} | {_places(places, known)} |"


def _places(places: Sequence[str], known: Knowledge) -> str:
    if len(places) == len(known.words.jurisdictions):
        return "everywhere"
    if len(places) > MANY:
        names = ", ".join(sorted(places))
        return f"<details><summary>{len(places)} places</summary>{names}</details>"
    return ", ".join(sorted(places))


def _rego(row: Mapping[str, Any], known: Knowledge) -> Iterator[str]:
    text = (known.folder.policies / row["file"]).read_text(encoding="utf-8")
    yield "## Rego"
    yield ""
    yield "```rego"
    yield text.rstrip()
    yield "```"


def _cases(row: Mapping[str, Any], known: Knowledge) -> Iterator[str]:
    yield "## Worked cases"
    found = list(cases_of(row["rule"], known))
    if not found:
        yield ""
        yield "None rests on it yet."
    shown = _some_of_each_reason(found, row)
    for result in shown:
        yield ""
        yield f"**{result.case.name}** ({Path(result.case.file).name})"
        yield f"<br>{known.catalog.in_words(result.expected.question)}"
        yield f"<br>{known.catalog.in_words(result.ruling)}"
    if len(shown) < len(found):
        files = sorted({Path(result.case.file).name for result in found})
        yield ""
        yield f"{len(found) - len(shown)} more rest on it, in {', '.join(files)}."


def _some_of_each_reason(found: Sequence[Result], row: Mapping[str, Any]) -> list[Result]:
    """The first few cases that rest on each reason; a baseline rule carries hundreds."""
    shown: list[Result] = []
    for reason in row["reasons"]:
        resting = [result for result in found if reason in _said_in(result, row)]
        shown += [result for result in resting[:SHOWN_OF_EACH] if result not in shown]
    return shown


def cases_of(rule: str, known: Knowledge) -> Iterator[Result]:
    """The results whose answer rests on a rule."""
    for result in known.results:
        if any(said.rule == rule for said in result.ruling.forcing):
            yield result


def _open_points(row: Mapping[str, Any], known: Knowledge) -> Iterator[str]:
    yield "## Open points"
    yield ""
    said = known.said.get(row["rule"], {})
    points = [
        f"- `{reason}`: {sentence}. Denied until it is settled."
        for reason, sentence in row["reasons"].items()
        if reason in UNSETTLED
    ]
    given = {item for result in cases_of(row["rule"], known) for item in _said_in(result, row)}
    points += [
        f"- No worked case gives `{reason}`." for reason in row["reasons"] if reason not in given
    ]
    cited = {provision for cites in said.values() for provision in cites}
    points += [
        f"- Confidence {known.catalog.citation(provision)['confidence']}: "
        f"{_citation(known.catalog, provision).removeprefix('- ')}"
        for provision in sorted(cited)
        if known.catalog.citation(provision)["confidence"] == "low"
    ]
    yield from points or ["None."]


def _said_in(result: Result, row: Mapping[str, Any]) -> Iterator[str]:
    for said in result.ruling.forcing:
        if said.rule == row["rule"]:
            yield said.reason
