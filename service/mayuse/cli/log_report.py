"""`mayuse log report`: a page to print, the same as JSON, and the files that prove it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mayuse import settings, strict_json
from mayuse.bootstrap import Records
from mayuse.cli.asking import CALLER
from mayuse.cli.log_replay import replay_whole
from mayuse.cli.log_verify import stored_log
from mayuse.cli.serving import opened
from mayuse.replay import Report
from mayuse.reports import page
from mayuse.reports.dossier import dossier
from mayuse.reports.integrity import integrity
from mayuse.store.search import EVERYTHING

FALSE = 1
Made = tuple[dict[str, Any], dict[str, bytes]]


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to.")],
    decision: Annotated[
        str | None, typer.Argument(help="The decision's id, for a dossier.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--kind", help="dossier of one decision, or integrity of the log.")
    ] = "integrity",
    replay: Annotated[
        bool, typer.Option("--replay", help="Integrity: make every decision again as well.")
    ] = False,
) -> None:
    """Write a report: one HTML page to print, the same as JSON, and what proves it.

    Each page says how to check it without this program. Exit code 1 when an integrity report
    finds that the log is not as it was written, or a dossier that its decision differs.
    """
    if kind not in {"dossier", "integrity"}:
        raise typer.BadParameter("--kind is dossier or integrity")
    if (kind == "dossier") != (decision is not None):
        raise typer.BadParameter("a dossier is of one decision, an integrity report of none")
    made, files = asyncio.run(_dossier(decision) if decision else _integrity(replay=replay))
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


async def _integrity(*, replay: bool) -> Made:
    now = datetime.now(UTC)
    verified = await stored_log(settings.load())
    async with opened() as records:
        replayed = await _replayed(records) if replay else None
        await records.searches.record("report", EVERYTHING, verified.rows, caller=CALLER)
        return await integrity(
            verified,
            happenings=records.happenings,
            published=records.published,
            replayed=replayed,
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
