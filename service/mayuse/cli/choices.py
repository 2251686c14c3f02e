"""`mayuse choices set | show | history`: what a person chose, at the command line."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from mayuse import problem, strict_json, told_choices
from mayuse.choices import Event, state
from mayuse.choices_intake import ChoicesIntake
from mayuse.cli.asking import CALLER
from mayuse.cli.narrowing import DAYS
from mayuse.cli.pairs import choices_of
from mayuse.cli.persons import person_of
from mayuse.cli.serving import opened
from mayuse.errors import InvalidQuestion, LogUnavailable
from mayuse.vocabulary import Vocabulary

app = typer.Typer(help="Record and read what persons chose.", no_args_is_help=True)

FALSE, WRONG_USE = 1, 2
Subject = Annotated[
    str, typer.Argument(help="The caller's id of the person; - reads it from stdin.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API does.")]


@app.command("set")
def set_choices(  # noqa: PLR0913, PLR0917 - one parameter per flag, given by name
    subject: Subject,
    choice: Annotated[
        list[str] | None, typer.Argument(metavar="ID=VALUE...", help="What the person chose.")
    ] = None,
    gpc: Annotated[
        bool | None,
        typer.Option("--gpc/--no-gpc", help="The browser's signal was sent, or no longer stands."),
    ] = None,
    effective_at: Annotated[
        datetime | None, typer.Option(formats=DAYS, help="Since when it holds (UTC); default now.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the person made it, e.g. settings_page or letter.")
    ] = None,
    notice: Annotated[
        str | None, typer.Option(help="Which notice the person was shown, by id or address.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record what a person chose; to take back is to record again.

    Exit code 2 for a choice, a value or a time that cannot be: then nothing is recorded.
    """
    document: dict[str, Any] = {
        "choices": choices_of(choice or [], "choices set"),
        **({} if gpc is None else {"signals": {"gpc": gpc}}),
        **({} if effective_at is None else {"effective_at": f"{effective_at:%Y-%m-%dT%H:%M:%S}Z"}),
        **({} if source is None else {"source": source}),
        **({} if notice is None else {"notice": notice}),
    }
    try:
        events = asyncio.run(_set(person_of(subject), document))
    except (InvalidQuestion, LogUnavailable) as error:
        if not as_json:
            raise _in_words(error) from error
        said = problem.of(error)
        code = "invalid_choices" if isinstance(error, InvalidQuestion) else said.code
        typer.echo(strict_json.dumps(problem.Problem(code, said.detail, said.errors).as_document()))
        raise typer.Exit(WRONG_USE if isinstance(error, InvalidQuestion) else FALSE) from error
    if as_json:
        typer.echo(strict_json.dumps({"recorded": told_choices.events(events)}))
    else:
        print_events(told_choices.events(events))


@app.command()
def show(
    subject: Subject,
    on: Annotated[
        datetime | None, typer.Option(formats=DAYS[:1], help="The day (UTC); default today.")
    ] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(formats=DAYS, help="As far as it was recorded by then; default all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the choices that hold on a day. Exit code 1 when nothing is recorded of it."""
    day = on.date() if on else datetime.now(UTC).date()
    known = known_at.replace(tzinfo=UTC) if known_at else None
    held = asyncio.run(_state(person_of(subject), day, known))
    if as_json:
        typer.echo(strict_json.dumps(told_choices.state(held, day, known)))
    elif held:
        print_events(told_choices.events(held.values()))
    else:
        typer.echo("nothing is recorded of this person's choices on that day")
    raise typer.Exit(0 if held else FALSE)


@app.command()
def history(subject: Subject, as_json: AsJson = False) -> None:
    """List every event, newest first; with --json one a line. Exit code 1 when there is none."""
    events = told_choices.events(asyncio.run(_history(person_of(subject))))
    if as_json:
        for event in events:
            typer.echo(strict_json.dumps(event))
    elif events:
        print_events(events)
    else:
        typer.echo("nothing is recorded of this person's choices")
    raise typer.Exit(0 if events else FALSE)


async def _set(person: str, document: dict[str, Any]) -> list[Event]:
    async with opened() as records:
        intake = ChoicesIntake(Vocabulary.from_facts(records.bundle.facts))
        made = await records.choices.record(
            person, intake.read(document), actor=CALLER, clock=lambda: datetime.now(UTC)
        )
        return list(made.events)


async def _state(person: str, on: date, known_at: datetime | None) -> dict[str, Event]:
    async with opened() as records:
        events = (await records.choices.of([person])).get(person, ())
        return state(events, on, known_at, Vocabulary.from_facts(records.bundle.facts))


async def _history(person: str) -> list[Event]:
    async with opened() as records:
        return [*reversed((await records.choices.of([person])).get(person, ()))]


def _in_words(error: InvalidQuestion | LogUnavailable) -> Exception:
    """The same fault, naming arguments where a caller over HTTP hears of JSON pointers."""
    if isinstance(error, LogUnavailable):
        return error
    sentences = []
    for fault in error.errors:
        name = fault.pointer.removeprefix("/choices/").removeprefix("/").replace("_", "-")
        if fault.pointer.startswith("/choices/"):
            name = fault.pointer.removeprefix("/choices/")
        elif name:
            name = f"--{name.rpartition('/')[2]}"
        near = f"; did you mean {fault.nearest}?" if fault.nearest else ""
        sentences.append(f"{name} {fault.detail}{near}".strip())
    return typer.BadParameter("; ".join(sentences))


def print_events(events: list[dict[str, Any]]) -> None:
    """Print events as a table."""
    table = Table(box=None, pad_edge=False)
    for title in ("choice", "value", "holds since", "recorded", "source", "by"):
        table.add_column(title)
    for event in events:
        table.add_row(
            event.get("choice") or f"signal {event['signal']}",
            str(event["value"]).lower() if "signal" in event else event["value"],
            *(f"{event[name][:16].replace('T', ' ')}Z" for name in ("effective_at", "recorded_at")),
            event["source"],
            event["recorded_by"],
        )
    Console(highlight=False).print(table)
