"""`mayuse policy docs`: one page per rule, and the matrix, from METADATA, facts, Rego and cases.

What a rule cites is not written in its METADATA: it is found by asking around the worked cases, so
a page shows the law a rule really rests on. Pages depend on the policies folder alone: the same
folder gives the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from mayuse.authoring import case_run, cases, explore, matrix, rule_page
from mayuse.authoring.case_ids import CaseIds
from mayuse.authoring.folder import Folder, Span
from mayuse.authoring.rule_page import BEGINNING, OPEN_END, Knowledge
from mayuse.authoring.source import open_source
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.verdict import Fault

PATIENT = 60.0
MATRIX = Path("matrix.md")
INDEX = Path("index.md")
WRITTEN = (
    "Written by `mayuse policy docs` from the policies. "
    f"[Purpose by place]({MATRIX}) shows them all at work."
)


async def pages(policies: Path, on: date | None) -> dict[Path, str]:
    """Every page, by its path below docs/rules.

    `on` is the matrix's day; by default the last for which every rule vouches, as all were read
    then or later. So a rule that is read again, or added, does not turn the page of all the others.
    Raises `BundleError`, `OpaFailed`, `AuthoringError`.
    """
    folder = Folder.read(policies)
    async with open_source(policies) as source:
        engine = EmbeddedEngine(source.bundle, timeout=PATIENT)
        try:
            ids = CaseIds.of(source.bundle.rules, source.bundle.facts)
            asked = cases.load(cases.find(policies), engine.vocabulary, ids)
            results = await case_run.run(asked, engine, source.catalog)
            near = explore.neighbours(explore.facts_of(asked, engine.vocabulary), engine.vocabulary)
            verdicts = await case_run.evaluate(near, engine)
            day = on or date.fromisoformat(min(row["last_read"] for row in source.bundle.rules))
            table = await matrix.to_markdown(engine, day)
        finally:
            await engine.close()
        known = Knowledge(folder, source.catalog, engine.vocabulary, results, _said(verdicts))
        rules = source.bundle.rules
        found = {Path(f"{row['rule']}.md"): rule_page.page(row, known) for row in rules}
        return {INDEX: _index(rules, known), MATRIX: table, **found}


def write(found: Mapping[Path, str], out: Path) -> list[Path]:
    """Write pages below `out` and remove the pages of rules that are gone; returns the changed."""
    changed = []
    for path, text in found.items():
        file = out / path
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed.append(file)
    for file in sorted(out.rglob("*.md")):
        if file.relative_to(out) not in found:
            file.unlink()
            changed.append(file)
    return changed


def _said(verdicts: Iterable[Any]) -> dict[str, dict[tuple[str, str], frozenset[str]]]:
    found: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    for verdict in verdicts:
        if not isinstance(verdict, Fault):
            for effect, items in (("permit", verdict.permits), ("deny", verdict.denies)):
                for item in items:
                    found[item.rule][effect, item.reason].update(item.cites)
    return {
        rule: {key: frozenset(cites) for key, cites in said.items()} for rule, said in found.items()
    }


def _index(rules: Sequence[Mapping[str, Any]], known: Knowledge) -> str:
    lines = [
        "# Rules",
        "",
        WRITTEN,
        "",
        "| rule | what it is about | in force | cases |",
        "|---|---|---|---|",
    ]
    for row in rules:
        shown = sum(1 for _ in rule_page.cases_of(row["rule"], known))
        spans = known.folder.spans.get(row["rule"], [])
        lines.append(
            f"| [{row['rule']}]({row['rule']}.md) | {row['title']} | {_since(spans)} | {shown} |"
        )
    return "\n".join(lines) + "\n"


def _since(spans: Sequence[Span]) -> str:
    if not spans:
        return "nowhere"
    first, last = min(span.first for span in spans), max(span.last for span in spans)
    start = "always" if first == BEGINNING else f"from {first}"
    return start if last == OPEN_END else f"{start} until {last}"
