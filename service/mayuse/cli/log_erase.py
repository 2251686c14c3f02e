"""`mayuse log erase` and `mayuse log about`: a person's rights, at the command line."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from mayuse import recorded, strict_json, told_choices
from mayuse.cli.asking import CALLER
from mayuse.cli.choices import print_events
from mayuse.cli.persons import person_of
from mayuse.cli.serving import opened
from mayuse.cli.show import COLOURS
from mayuse.erasure import Erased
from mayuse.errors import NotFound
from mayuse.store.decisions import MAX_LIMIT
from mayuse.store.search import Filters

FALSE = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def erase(
    subject: Annotated[
        str | None, typer.Argument(help="The caller's id of the person; - reads it from stdin.")
    ] = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Forget whoever came back with a restored backup."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a person: destroy their key and all that ties decisions to it.

    The records stay and verify as before. Exit code 1 when nothing is held of the person.
    """
    if again == (subject is not None):
        raise typer.BadParameter("name a person, or give --again")
    person = None if subject is None else person_of(subject, recorded=True)
    found = asyncio.run(_erase(person))
    for erased in found:
        if as_json:
            typer.echo(strict_json.dumps(recorded.erased(erased)))
        else:
            _print_erased(erased)
    if again and not found and not as_json:
        typer.echo("nobody has come back")


def about(
    subject: Annotated[str, typer.Argument(help="The caller's id of the person; - reads it.")],
    as_json: AsJson = False,
) -> None:
    """Tell what was decided about a person, in words, and what they chose: an access request.

    With --json one decision or event of a choice a line. Exit code 1 when nothing is held.
    """
    told, chosen = asyncio.run(_about(person_of(subject, recorded=True)))
    if as_json:
        for row in [*told, *chosen]:
            typer.echo(strict_json.dumps(row))
    else:
        for row in told:
            _print(row)
        if chosen:
            print_events(chosen)
    raise typer.Exit(0)


async def _erase(person: str | None) -> list[Erased]:
    now = datetime.now(UTC)
    async with opened() as records:
        if person is None:
            return await records.erasures.erase_again(caller=CALLER, at=now)
        try:
            return [await records.erasures.erase(person, caller=CALLER, at=now)]
        except NotFound:
            await records.erasures.overwrite()  # one who was interrupted may have forgotten them
            raise


async def _about(person: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The decisions in words, and the events of choices; newest first. Raises `NotFound`."""
    told: list[dict[str, Any]] = []
    filters = Filters(subject=person)
    cursor = None
    async with opened() as records:
        while True:
            page = await records.decisions.list(filters, cursor=cursor, limit=MAX_LIMIT)
            told += await records.teller.tell(page.items)
            cursor = page.cursor
            if cursor is None:
                break
        await records.searches.record("access_request", filters, len(told), caller=CALLER)
        events = (await records.choices.of([person])).get(person, ())
    if not told and not events:
        raise NotFound("nothing is held of this person")
    return told, told_choices.events(reversed(events))


def _print_erased(erased: Erased) -> None:
    typer.echo(f"forgotten  {erased.decisions} decisions are nobody's now")
    typer.echo(f"choices    {erased.choices} events were deleted")
    typer.echo(f"key        {erased.key_id} was destroyed")
    typer.echo(f"leaf hash  {erased.receipt.leaf_hash}")
    if not erased.overwritten:
        typer.echo("residue    the database's own logs and copies hold it until they are recycled")


def _print(row: dict[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(Text(f"{row['at'][:19]}Z  {row['decision_id']}", style="dim"), soft_wrap=True)
    console.print(Text(row.get("question", "what was asked has been erased")), soft_wrap=True)
    answer = row.get("answer", row["effect"])
    console.print(Text(answer, style=f"bold {COLOURS[row['effect']]}"), soft_wrap=True)
    console.print()
