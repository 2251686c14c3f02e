"""`mayuse log report`: a page to print, the same as JSON, and the files that prove it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mayuse import settings, strict_json
from mayuse.bootstrap import Records
from mayuse.cli.asking import CALLER
from mayuse.cli.log_proofs import Keys, Witnesses, read_keys
from mayuse.cli.log_replay import replay_whole
from mayuse.cli.log_verify import Checkpoints, verified
from mayuse.cli.serving import opened
from mayuse.decision_log import findings
from mayuse.decision_log.note import VerifierKey
from mayuse.replay import Report
from mayuse.reports import page
from mayuse.reports.dossier import dossier
from mayuse.reports.integrity import integrity
from mayuse.store.search import EVERYTHING

FALSE = 1
KINDS = ("dossier", "integrity")
Made = tuple[dict[str, Any], dict[str, bytes]]


def report(  # noqa: PLR0913, PLR0917 - one parameter per flag, given by name
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", file_okay=False, help="Folder to write to, one a report."),
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
    if kind not in KINDS:
        raise typer.BadParameter("--kind is dossier or integrity")
    if (kind == "dossier") != (decision is not None):
        raise typer.BadParameter("a dossier is of one decision, an integrity report of none")
    if any((folder / f"{each}.html").exists() for each in KINDS):
        raise typer.BadParameter(f"{folder} holds a report already, and each needs its own folder")
    if decision is not None:
        made, files = asyncio.run(_dossier(decision))
    else:
        checked = verified(settings.load(), checkpoints, keys, witnesses)
        made, files = asyncio.run(_integrity(checked, read_keys(keys), replay=replay))
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


async def _integrity(
    checked: Awaitable[findings.Report], believed: list[VerifierKey], *, replay: bool
) -> Made:
    now = datetime.now(UTC)
    found = await checked
    async with opened() as records:
        replayed = await _replayed(records) if replay else None
        await records.searches.record("report", EVERYTHING, found.rows, caller=CALLER)
        return await integrity(
            found,
            happenings=records.happenings,
            published=records.published,
            replayed=replayed,
            believed=believed,
            now=now,
        )


async def _replayed(records: Records) -> Report:
    found = Report()
    await replay_whole(records, found)
    return found


def _write(folder: Path, kind: str, made: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    (folder / f"{kind}.json").write_bytes(strict_json.dumps(made) + b"\n")
    (folder / f"{kind}.html").write_text(page.render(kind, made), encoding="utf-8")
