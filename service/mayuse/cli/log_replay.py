"""`mayuse log replay`: recorded decisions made again, from what was stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from mayuse import recorded, strict_json
from mayuse.cli.narrowing import is_narrowed, narrowed_by_options, need_known
from mayuse.cli.serving import opened
from mayuse.replay import OUTCOMES, Replayed, Report
from mayuse.service import Records
from mayuse.store.search import Filters

FALSE = 1
MEANING = {
    "same": "came out the same, byte for byte",
    "differs": "came out otherwise",
    "erased": "erased: what they were made of is gone",
    "purged": "leaves purged: past their retention",
    "unanswered": "had no verdict, as the engine could not be asked",
    "not_replayed": "could not be made again",
}


@narrowed_by_options
def replay(
    filters: Filters,
    decision: Annotated[
        str | None, typer.Argument(help="A decision's id; without it, all that match.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make recorded decisions again, from the stored bundle and facts, and compare.

    With the keys that tag facts and verdict in a record: no proof elsewhere does that. Exit code 0
    when each that can be made again comes out byte for byte the same, else 1.
    """
    if decision == "":  # a variable of a shell that was not set
        raise typer.BadParameter("the id of the decision is empty")
    if decision is not None and is_narrowed(filters):
        raise typer.BadParameter("give an id, or filters")
    report = asyncio.run(_one(decision) if decision is not None else _all(filters))
    if as_json:
        typer.echo(strict_json.dumps(recorded.replay_report(report)))
    else:
        _print(report)
    raise typer.Exit(0 if report.holds else FALSE)


async def _one(decision: str) -> Report:
    report = Report()
    async with opened() as records:
        report.add([await records.replayer.one(await records.evidence.of(decision))])
        report.evaluated = records.replayer.evaluated
    return report


async def _all(filters: Filters) -> Report:
    report = Report()
    columns = (TextColumn("replayed"), MofNCompleteColumn(), TimeElapsedColumn())
    async with opened() as records:
        await need_known(records, filters)
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("replayed", total=None)

            def heard(number: int) -> None:
                progress.advance(task, number)

            if is_narrowed(filters):
                async for some in records.replayer.each(records.evidence.each(filters), report):
                    heard(len(some))
            else:
                report.outcomes["purged"] += await records.retention.purged()
                await replay_whole(records, report, heard)
    return report


async def replay_whole(
    records: Records, report: Report, heard: Callable[[int], None] = lambda _: None
) -> None:
    """Make all decisions again, and account for those of which nothing is left.

    Erasures may come and be purged meanwhile. Raises `LogUnavailable`, `BundleError`.
    """
    before = await records.happenings.erased()
    async for some in records.replayer.each(records.evidence.each(), report):
        heard(len(some))
    erased = {**before, **await records.happenings.erased()}
    report.accounted = sum(erased.values())


def _print(report: Report) -> None:
    console = Console(highlight=False)
    for one in report.differing:
        console.print(Text(_difference(one)), soft_wrap=True)
    for one in report.failed:
        console.print(Text(f"{one.decision_id}  {one.because}"), soft_wrap=True)
    for outcome in OUTCOMES:
        if number := report.outcomes[outcome]:
            console.print(Text(f"{number:>10}  {MEANING[outcome]}"), soft_wrap=True)
    if report.missing:
        said = f"{report.missing:>10}  of these no erasure accounts for: their facts were deleted"
        console.print(Text(said, style="red"), soft_wrap=True)
    for because, number in sorted(report.because.items()):
        console.print(Text(f"{'':>10}    {because}: {number}"), soft_wrap=True)
    console.print(Text(f"{report.evaluated:>10}  distinct facts were evaluated"), soft_wrap=True)


def _difference(one: Replayed) -> str:
    said = "; ".join(
        f"{item.member}: {item.recorded} -> {item.replayed}" for item in one.differences
    )
    return f"{one.decision_id}  {said}"
