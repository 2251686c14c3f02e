"""`mayuse demo`: the main job, for real. Asks what the article raises and logs every answer.

The rows are worked cases of the repository, packaged with the program: each answer is compared
with what its case expects, so the demo fails when an answer is not the right one.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

import mayuse
from mayuse import bootstrap, journal, settings
from mayuse.answer import Decision
from mayuse.authoring import case_run, cases
from mayuse.authoring.cases import Case, Expected
from mayuse.catalog import Catalog
from mayuse.cli.asking import CALLER
from mayuse.cli.show import COLOURS
from mayuse.errors import MayuseError
from mayuse.settings import Settings
from mayuse.store.session import Location
from mayuse.verdict import Said

app = typer.Typer()

CASES = "article.cases.yaml"
FALSE = 1
WIDEST = 120
"""Columns beyond which lines are too long to read."""

INDENT = (0, 0, 0, 2)


@dataclass(frozen=True, slots=True)
class Row:
    """One question of the article on one day, as answered and recorded."""

    case: Case
    expected: Expected
    decision: Decision
    differences: tuple[str, ...]


@app.command()
def demo() -> None:
    """Ask the questions of the article and log the answers.

    Exit code 0 when every answer is the one its worked case expects, else 1.
    """
    chosen = settings.load()
    journal.configure("error")
    rows, catalog = asyncio.run(_ask(chosen))
    console = Console(highlight=False)
    console.width = min(console.width, WIDEST)
    _print(console, rows, catalog)
    _what_next(console, chosen, rows)
    wrong = [row for row in rows if row.differences]
    for row in wrong:
        typer.echo(f"mayuse demo: {row.case.name}: {'; '.join(row.differences)}", err=True)
    raise typer.Exit(FALSE if wrong else 0)


async def _ask(chosen: Settings) -> tuple[list[Row], Catalog]:
    async with bootstrap.open_service(chosen) as service:
        loaded = cases.load([article_cases()], service.engine.vocabulary)
        asked = [(case, expected) for case in loaded for expected in case.answers]
        decisions = await service.may_each(
            [expected.question for _, expected in asked], caller=CALLER, now=datetime.now(UTC)
        )
        return [
            Row(
                case,
                expected,
                decision,
                tuple(case_run.differ(expected, decision.draft.ruling, service.catalog)),
            )
            for (case, expected), decision in zip(asked, decisions, strict=True)
        ], service.catalog


def article_cases() -> Path:
    """The worked cases of the article: in the package, or in the repository it runs from."""
    package = Path(mayuse.__file__).parent
    for path in (package / "package_data" / CASES, package.parents[1] / "tests/cases" / CASES):
        if path.is_file():
            return path
    raise MayuseError("this installation does not have the cases of the demo")


def _print(console: Console, rows: Sequence[Row], catalog: Catalog) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=True)
    table.add_column("row", no_wrap=True)
    table.add_column("answer", no_wrap=True)
    table.add_column("question, deciding rules with their provisions, log entry", overflow="fold")
    for row in rows:
        draft = row.decision.draft
        effect = draft.ruling.effect
        lines: list[Text | Padding] = [Text(catalog.in_words(draft.question), style="bold")]
        for said in sorted(draft.ruling.forcing):
            lines.append(Text(f"{said.rule}: {said.reason}"))
            lines.extend(
                Padding(Text(law, style="italic"), INDENT) for law in _provisions(said, catalog)
            )
        lines.append(Text(f"log entry {draft.id}", style="dim"))
        answer = Text(effect, style=f"bold {COLOURS[effect]}")
        table.add_row(row.case.name.split(" ", 1)[0], answer, Group(*lines))
    console.print(table)


def _provisions(said: Said, catalog: Catalog) -> list[str]:
    """Each provision a reason cites, with the title of its act; silence cites none."""
    cited = [catalog.citation(name) for name in said.cites]
    return [f"{(catalog.act(row['act']) or row)['title']}, {row['provision']}" for row in cited]


def _what_next(console: Console, chosen: Settings, rows: Sequence[Row]) -> None:
    draft = rows[-1].decision.draft
    location = Location.from_url(chosen.database_url)
    where = f"SQLite, {location.path}" if location.path else "PostgreSQL"
    program = sys.argv[0] if Path(sys.argv[0]).name == "mayuse" else "mayuse"
    right = sum(not row.differences for row in rows)
    policy = f"{draft.policy.version} ({draft.policy.digest})"
    for line in (
        f"{right} of {len(rows)} answers are as their worked cases expect, under policy {policy}.",
        f"Each is in the decision log ({where}). Read an entry: {program} log show {draft.id}",
        f"Start the service: {program} serve",
    ):
        console.print(Text(line), soft_wrap=True)
