"""`mayuse policy case new`: keep a question and its answer as a worked case."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from mayuse import bootstrap, settings
from mayuse.authoring import case_new
from mayuse.authoring.source import open_source
from mayuse.bundle import CASE_FILES, CASES
from mayuse.cli import question_file
from mayuse.cli.policies import HERE, Policies
from mayuse.errors import AuthoringError, NotFound
from mayuse.intake import Intake
from mayuse.question import Facts

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _case() -> None:
    """Keep a worked case."""


@app.command()
def new(  # noqa: PLR0913, PLR0917 - one parameter per flag, given by name
    decision: Annotated[
        str | None, typer.Option("--from", metavar="DECISION_ID", help="A recorded decision.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="A question as JSON; - reads stdin.", allow_dash=True, dir_okay=False),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The case's name.")] = None,
    about: Annotated[str, typer.Option(help="Why it is so, in a sentence.")] = "",
    on: Annotated[
        list[datetime] | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="A day to ask it on, in place of the question's own; give it once per day.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A case file to add it to; default: print it.")
    ] = None,
    policies: Policies = HERE,
) -> None:
    """Write a worked case from a recorded decision or a question, as the policies answer it now.

    No identity goes into it, and the exact age of an adult is not known to the log. Check that
    the answer is right before you keep it.
    """
    if (decision is None) == (file is None):
        raise typer.BadParameter("give one of --from and --file")
    if out is not None and _is_overlooked(out, policies):
        raise typer.BadParameter(
            f"--out {out}: of {out.parent}, only files named {CASE_FILES} are read; "
            f"name it {out.with_name(out.name.split('.')[0] + CASE_FILES[1:])}"
        )
    name = name or f"from {decision or file}"
    try:
        if out is not None:
            # Files that are read together must not name two cases alike: told before asking.
            case_new.check_name(name, [out, *sorted(out.parent.glob(CASE_FILES))])
        days = [day.date() for day in on or ()]
        text = asyncio.run(_text(decision, file, days, name, about, policies))
        if out is None:
            typer.echo(text, nl=False)
            return
        case_new.add(text, out)
    except AuthoringError as error:
        raise typer.BadParameter("; ".join(error.faults)) from error
    typer.echo(f"{out}: added {name!r}")


def _is_overlooked(file: Path, policies: Path) -> bool:
    """Whether a file lies where the cases of the folder are, under a name that nobody reads."""
    there = file.resolve().parent == (policies / CASES).resolve()
    return there and not file.match(CASE_FILES)


async def _text(  # noqa: PLR0913, PLR0917 - what a case is made of
    decision: str | None,
    file: Path | None,
    days: Sequence[date],
    name: str,
    about: str,
    policies: Path,
) -> str:
    recorded = None if decision is None else await _recorded(decision)
    async with open_source(policies) as source:
        words = source.engine.vocabulary
        facts = recorded.facts if recorded else _asked(file or Path("-"), Intake(words))
        question = case_new.question_of(facts, words)
        asked = sorted(set(days)) or [question.on]
        text, rulings = await case_new.case_of(question, asked, name, about, source.engine)
        for day, ruling in zip(asked, rulings, strict=True):
            typer.echo(f"{day}: {source.catalog.in_words(ruling)}", err=True)
            if recorded and day == question.on and recorded.effect != ruling.effect:
                typer.echo(
                    f"It was decided otherwise: {recorded.effect}, under policy {recorded.policy}.",
                    err=True,
                )
    return text


def _asked(file: Path, intake: Intake) -> Sequence[Facts]:
    question = question_file.question(question_file.content(file), file, intake)
    return question.facts(intake.vocabulary)


@dataclass(frozen=True)
class _Recorded:
    facts: Sequence[Facts]
    effect: str
    policy: str


async def _recorded(decision: str) -> _Recorded:
    async with bootstrap.open_service(settings.load()) as service:
        stored = await service.decisions.get(decision)
    if stored.detail is None:
        raise NotFound("the facts of this decision were erased")
    return _Recorded(
        facts=[finding.facts for finding in stored.detail.findings],
        effect=stored.entry.effect,
        policy=stored.entry.policy,
    )
