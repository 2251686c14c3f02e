"""`mayuse log count`: recorded decisions, counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table

from mayuse import recorded, strict_json
from mayuse.cli.asking import CALLER
from mayuse.cli.narrowing import narrowed_by_options, need_known
from mayuse.cli.serving import opened
from mayuse.store.counts import DIMENSIONS, INTERVALS, Count, Dimension, Interval
from mayuse.store.search import Filters

MOST = 2


@narrowed_by_options
def count(
    filters: Filters,
    by: Annotated[
        list[str] | None,
        typer.Option(help=f"What to count by, up to twice: {', '.join(DIMENSIONS)}."),
    ] = None,
    interval: Annotated[str | None, typer.Option(help="Over time: day, month or year.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count recorded decisions, by up to two dimensions, over time.

    A decision counts once in each group it belongs to: one about two categories of data counts
    under both.
    """
    dimensions = [cast("Dimension", name) for name in by or []]
    if len(set(dimensions)) < len(dimensions) or len(dimensions) > MOST:
        raise typer.BadParameter("--by is given at most twice, with two dimensions")
    if unknown := [name for name in dimensions if name not in DIMENSIONS]:
        raise typer.BadParameter(f"--by {unknown[0]}: it is one of {', '.join(DIMENSIONS)}")
    if interval not in {None, *INTERVALS}:
        raise typer.BadParameter(f"--interval is one of {', '.join(INTERVALS)}")
    found = asyncio.run(_count(dimensions, interval, filters))
    if as_json:
        typer.echo(strict_json.dumps(recorded.counts(found, dimensions, interval)))
    else:
        _print(found, dimensions, interval)


async def _count(
    dimensions: Sequence[Dimension], interval: Interval | None, filters: Filters
) -> list[Count]:
    async with opened() as records:
        await need_known(records, filters)
        found = await records.counts.by(dimensions, interval, filters)
        shown = sum(item.decisions for item in found)
        await records.searches.record("count", filters, shown, caller=CALLER)
    return found


def _print(
    found: Sequence[Count], dimensions: Sequence[Dimension], interval: Interval | None
) -> None:
    table = Table(box=None)
    for name in (*([interval] if interval else []), *dimensions):
        table.add_column(name, overflow="fold")
    table.add_column("decisions", justify="right")
    for item in found:
        period = [] if item.period is None else [item.period]
        table.add_row(*period, *item.values, f"{item.decisions:,}")
    Console(highlight=False).print(table)
