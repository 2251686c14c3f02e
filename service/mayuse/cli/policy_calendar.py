"""`mayuse policy calendar`, for people and for programs."""

from __future__ import annotations

import json
from datetime import date

import typer
from rich.console import Console
from rich.progress import Progress

from mayuse import bootstrap, settings
from mayuse.authoring import calendar
from mayuse.engines.embedded import EmbeddedEngine

PATIENT = 60.0
"""Seconds one slice may take: here nobody waits for a single answer."""


async def show(first: date, last: date, *, as_json: bool) -> None:
    """Print what changes from one day to another, both included, with progress on stderr."""
    bundle = bootstrap.configured_bundle(settings.load())
    engine = EmbeddedEngine(bundle, timeout=PATIENT)
    try:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Asking every place")
            days = await calendar.changes(
                bundle,
                engine,
                first,
                last,
                tell=lambda done, total: progress.update(task, completed=done, total=total),
            )
        if as_json:
            typer.echo(json.dumps(calendar.to_json(days), indent=1))
        else:
            typer.echo(calendar.to_text(days, bundle, engine) or "nothing changes")
    finally:
        await engine.close()
