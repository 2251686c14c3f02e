"""`mayuse policy calendar`, for people and for programs."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from mayuse.authoring import calendar
from mayuse.authoring.calendar import Day
from mayuse.bundle import Bundle
from mayuse.cli import policies as which
from mayuse.engines.embedded import EmbeddedEngine

PATIENT = 60.0
"""Seconds one slice may take: here nobody waits for a single answer."""


def show(
    begins: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; default today."),
    ] = None,
    ends: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="The last day; default a year later."),
    ] = None,
    policies: Annotated[
        Path | None,
        typer.Option(
            help="The policies folder; default: `policies` where that is here, else the bundle "
            "that decides.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what changes when: acts that begin or end, and the answers that turn on them.

    Asks about every place, for people who have made no choice, and says whose answers they are.
    """
    first = (begins or datetime.now(UTC)).date()
    last = ends.date() if ends else first + timedelta(days=365)
    if first > last:
        raise typer.BadParameter(f"--from {first} lies after --to {last}")
    asyncio.run(_show(policies or which.here(), first, last, as_json=as_json))


async def _show(policies: Path | None, first: date, last: date, *, as_json: bool) -> None:
    bundle, name = await which.bundle_of(policies)
    engine = EmbeddedEngine(bundle, timeout=PATIENT)
    typer.echo(f"Under {name}, from {first} to {last}:", err=as_json)
    try:
        days = await _changes(bundle, engine, first, last)
        if as_json:
            typer.echo(json.dumps(calendar.to_json(days), indent=1))
        else:
            typer.echo(calendar.to_text(days, bundle, engine) or "nothing changes")
    finally:
        await engine.close()


async def _changes(bundle: Bundle, engine: EmbeddedEngine, first: date, last: date) -> list[Day]:
    """The days on which something changes, with progress on stderr."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Asking every place")
        return await calendar.changes(
            bundle,
            engine,
            first,
            last,
            tell=lambda done, total: progress.update(task, completed=done, total=total),
        )
