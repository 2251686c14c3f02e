"""`mayuse log purge`: drop what is past its retention."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from mayuse import strict_json
from mayuse.cli.asking import CALLER
from mayuse.cli.narrowing import DAYS
from mayuse.cli.serving import opened
from mayuse.retention import MONTHS, months_before


def purge(
    before: Annotated[
        datetime | None,
        typer.Option(
            formats=DAYS, help=f"Drop what is from before (UTC). Default: {MONTHS} whole months."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Drop old records. The tree stays whole, and every receipt holds as before.

    Their details go with them, and the keys of persons about whom nothing is left.
    """
    now = datetime.now(UTC)
    bound = months_before(now) if before is None else before.replace(tzinfo=UTC)
    if bound > now:
        raise typer.BadParameter("--before lies in the future")
    records, decisions = asyncio.run(_purge(bound, now))
    said = {"before": bound.isoformat(), "records": records, "decisions": decisions}
    if as_json:
        typer.echo(strict_json.dumps(said))
    else:
        typer.echo(f"{decisions} decisions from before {bound.date()} were dropped")


async def _purge(before: datetime, now: datetime) -> tuple[int, int]:
    dropped = decisions = 0
    columns = (TextColumn("{task.completed:,.0f} records dropped"), TimeElapsedColumn())
    async with opened() as records:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("dropped", total=None)
            async for step in records.retention.purge(before, caller=CALLER, at=now):
                dropped += step.records
                decisions += step.decisions
                progress.advance(task, step.records)
    return dropped, decisions
