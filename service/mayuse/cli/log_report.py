"""`mayuse log report`: a page to print, the same as JSON, and the files that prove it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mayuse import settings, strict_json
from mayuse.cli import folders
from mayuse.cli.asking import CALLER
from mayuse.cli.log_proofs import Keys, Witnesses
from mayuse.cli.log_replay import replay_whole
from mayuse.cli.log_verify import Checkpoints, from_outside, verified
from mayuse.cli.serving import opened
from mayuse.replay import Report
from mayuse.reports import page
from mayuse.reports.dossier import dossier
from mayuse.reports.integrity import integrity
from mayuse.service import Records
from mayuse.store.search import EVERYTHING
from mayuse.store.whole_log import Beside

FALSE = 1
Made = tuple[dict[str, Any], dict[str, bytes]]


def report(  # noqa: PLR0913, PLR0917 - one parameter per flag, given by name
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", file_okay=False, help="Folder to write to: a new one."),
    ],
    decision: Annotated[
        str | None, typer.Argument(help="The decision's id, for a dossier.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--kind", help="dossier of one decision, or integrity of the log.")
    ] = "integrity",
    replay: Annotated[
        bool, typer.Option("--replay", help="Integrity: make every decision again as well.")
    ] = False,
    checkpoints: Checkpoints = [],  # noqa: B006 - Typer copies it
    keys: Keys = [],  # noqa: B006 - Typer copies it
    witnesses: Witnesses = [],  # noqa: B006 - Typer copies it
) -> None:
    """Write a report: one HTML page to print, the same as JSON, and what proves it.

    Each page says how to check it without this program. Checkpoints and keys are for an integrity
    report, as `mayuse log verify` takes them. Exit code 1 when an integrity report
    finds that the log is not as it was written, or a dossier that its decision differs.
    """
    if kind not in {"dossier", "integrity"}:
        raise typer.BadParameter("--kind is dossier or integrity")
    if (kind == "dossier") != (decision is not None):
        raise typer.BadParameter("a dossier is of one decision, an integrity report of none")
    if decision is not None and (replay or checkpoints or keys or witnesses):
        raise typer.BadParameter("a dossier takes no --replay, --checkpoint, --key or --witness")
    # A key that was kept there must not become the one that the database has.
    folders.must_be_new(folder)
    if decision is not None:
        made, files = asyncio.run(_dossier(decision))
    else:
        outside = from_outside(checkpoints, keys, witnesses)
        made, files = asyncio.run(_integrity(outside, replay=replay))
    _write(folder, kind, made, files)
    typer.echo(f"{folder / kind}.html")
    holds = made["holds"] if kind == "integrity" else made["replay"]["outcome"] != "differs"
    raise typer.Exit(0 if holds else FALSE)


async def _dossier(decision: str) -> Made:
    async with opened() as records:
        made = await dossier(
            decision,
            decisions=records.decisions,
            evidence=records.evidence,
            teller=records.teller,
            replayer=records.replayer,
            published=records.published,
            now=datetime.now(UTC),
        )
        await records.searches.record("report", EVERYTHING, 1, caller=CALLER)
    return made


async def _integrity(outside: Beside, *, replay: bool) -> Made:
    now = datetime.now(UTC)
    found = await verified(settings.load(), outside)
    async with opened() as records:
        replayed = await _replayed(records) if replay else None
        await records.searches.record("report", EVERYTHING, found.rows, caller=CALLER)
        return await integrity(
            found,
            happenings=records.happenings,
            published=records.published,
            replayed=replayed,
            outside=outside,
            now=now,
        )


async def _replayed(records: Records) -> Report:
    found = Report()
    await replay_whole(records, found)
    return found


def _write(folder: Path, kind: str, made: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with folders.whole_or_nothing(folder):
        for name, raw in files.items():
            (folder / name).write_bytes(raw)
        (folder / f"{kind}.json").write_bytes(strict_json.dumps(made) + b"\n")
        (folder / f"{kind}.html").write_text(page.render(kind, made), encoding="utf-8")
