"""`mayuse log verify`: everything the log holds, computed again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from mayuse import settings, strict_json
from mayuse.cli.log_proofs import Keys, Witnesses, read_keys, read_witnesses, text_of
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.findings import KINDS, Report
from mayuse.decision_log.keys import open_keys
from mayuse.decision_log.released import NAME
from mayuse.errors import ProofError, SettingsError
from mayuse.settings import Settings
from mayuse.store import migrate
from mayuse.store.session import Location
from mayuse.store.whole_log import Beside, verify_stored

FALSE = 1
SHOWN = 50
"""Findings printed; JSON has more of them."""


Checkpoints = Annotated[
    list[Path],
    typer.Option("--checkpoint", help="A checkpoint that was kept elsewhere; may be repeated."),
]


def verify(
    checkpoints: Checkpoints = [],  # noqa: B006 - Typer copies it
    keys: Keys = [],  # noqa: B006 - Typer copies it
    witnesses: Witnesses = [],  # noqa: B006 - Typer copies it
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compute every record, hash, tile and checkpoint again; nothing is changed or recorded.

    Without `--key` the keys in the database are believed: whoever could change them could change
    the rest. So give the key you were given, and a checkpoint you have kept. Exit code 0 when all
    is as it must be, 1 when something is not.
    """
    outside = from_outside(checkpoints, keys, witnesses)
    report = asyncio.run(verified(settings.load(), outside))
    if as_json:
        typer.echo(strict_json.dumps(report.to_document()))
    else:
        _print(report)
    raise typer.Exit(0 if report.ok else FALSE)


def from_outside(checkpoints: list[Path], keys: list[str], witnesses: list[str]) -> Beside:
    """What was given on the command line. Raises `typer.BadParameter` for what is none of it."""
    return Beside(
        checkpoints=[_outside(path) for path in checkpoints],
        keys=read_keys(keys) or None,
        witnesses=read_witnesses(witnesses),
    )


async def verified(chosen: Settings, outside: Beside) -> Report:
    """Verify the log of these settings, by its own keys, its last checkpoint and those given.

    Raises `LogUnavailable`, `SettingsError` when the database is not at this version's step.
    """
    location = Location.from_url(chosen.database_url)
    await migrate.need_newest(location)
    beside = _with_own_keys(
        chosen, replace(outside, checkpoints=[*outside.checkpoints, *_last(chosen)])
    )
    columns = (TextColumn("verified"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("verified", total=None)
        return await verify_stored(
            location,
            beside,
            progress=lambda seen: progress.update(task, completed=seen),
        )


def _outside(path: Path) -> tuple[int, str]:
    """A checkpoint from a file: its size, and the note. Raises `typer.BadParameter`."""
    try:
        text = text_of(path)
        return Checkpoint.from_note(text).size, text
    except ProofError as error:
        raise typer.BadParameter(f"{path} is no checkpoint: {error}") from error


def _last(chosen: Settings) -> list[tuple[int, str]]:
    """The last checkpoint that was let out, which the service keeps beside its keys."""
    path = chosen.keys_dir / NAME
    return [_outside(path)] if path.is_file() else []


def _with_own_keys(chosen: Settings, outside: Beside) -> Beside:
    """With the service's keys it is also checked who wrote rows and facts; an auditor has none."""
    try:
        keys = open_keys(chosen.keys_dir, may_create=False)
    except SettingsError as error:
        typer.echo(f"who wrote and signed, and what facts are, is not checked: {error}", err=True)
        return outside
    return replace(outside, row_mac=keys.row_mac, own=keys.signing, facts_id=keys.facts_id)


def _print(report: Report) -> None:
    console = Console(highlight=False)
    for one in report.findings[:SHOWN]:
        detail = f" ({one.detail})" if one.detail else ""
        console.print(Text(f"{one.where}: {KINDS[one.kind]}{detail}", style="red"), soft_wrap=True)
    entries = ", ".join(f"{count} {kind}" for kind, count in sorted(report.entries.items()))
    lines = [
        f"{report.size:>10}  leaves, root {report.root.hex()}",
        f"{report.rows:>10}  records hashed again: {entries or 'none'}",
        f"{report.hash_only:>10}  records purged, of which the hash remains",
        f"{report.unsealed:>10}  records wait to be sealed",
        f"{report.tiles:>10}  tiles computed again",
        f"{report.checkpoints:>10}  checkpoints, {report.cosignatures} cosignatures",
        f"{report.size - report.signed:>10}  leaves after the last signed checkpoint",
        f"{report.runs:>10}  runs of writers, {report.runs_ended} of them ended in good order",
    ]
    for line in lines:
        console.print(Text(line), soft_wrap=True)
    found = sum(report.found.values())
    verdict = Text("all is as it must be", style="bold green")
    if found:
        verdict = Text(f"{found} findings: the log is not as it was", style="bold red")
    console.print(verdict)
