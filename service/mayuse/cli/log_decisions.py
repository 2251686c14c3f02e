"""`mayuse log export-decisions | check-export`: recorded decisions as a table, with their proof."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from mayuse import export, export_check, proofs, strict_json
from mayuse.cli import folders
from mayuse.cli.asking import CALLER
from mayuse.cli.log_proofs import Keys, read_keys
from mayuse.cli.narrowing import narrowed_by_options, need_known
from mayuse.cli.serving import opened
from mayuse.decision_log.note import to_base64
from mayuse.errors import LogUnavailable
from mayuse.export_check import CHECKPOINT, KEYS, LEAVES, PROOF, NotAnExport
from mayuse.service import Records
from mayuse.store.decisions import StoredDecision
from mayuse.store.search import Filters

FALSE = 1
PATIENCE_SECONDS = 10.0
README = """\
Decisions of a mayuse log, and the proof that each is in it.

decisions.*          a decision a row
proof/checkpoint     the log's signed checkpoint (C2SP tlog-checkpoint)
proof/keys           the log's verifier keys (C2SP signed-note); ask for them elsewhere, too
proof/leaves.jsonl   the records that were hashed, base64, in the order of the rows
proof/tile/          hashes of the log's tree (C2SP tlog-tiles)

Proved is what the record says: id, time, caller, recipient, purpose, effect, reasons, faults,
policy and engine; the time is by the writer's clock. The facts it was decided on (places, ages,
choices, the effect for each category of data, whether a person was named) are not in the record,
only their tag is: a person can be forgotten. They are as the database had them; `mayuse log replay`
checks them there. Nor is it proved that no row was left out, or in which order they come. A Parquet
file also holds statistics, by which programs pass over parts of it; these are not checked: who must
rely on it reads all rows, or writes the file anew.

With mayuse, without a database and without trust in whoever runs the log:

    mayuse log check-export . --key <file of the log's verifier keys>

With any other program: SHA-256 over a zero byte and a record is its leaf hash, which stands in
the tile of level 0; from there the tiles lead to the root that the checkpoint signs (RFC 9162).
"""


@narrowed_by_options
def export_decisions(
    filters: Filters,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder to write to.")],
    kind: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(export.FORMATS)}.")
    ] = "ndjson",
) -> None:
    """Write all recorded decisions that match as a table, with the proof that they are in the log.

    What is written is checked before it is called done: `mayuse log check-export` does the same
    later, elsewhere, without the database.
    """
    if kind not in export.FORMATS:
        raise typer.BadParameter(f"--format is one of {', '.join(export.FORMATS)}")
    folders.must_be_new(folder)
    export.need(kind)
    with folders.whole_or_nothing(folder):
        asyncio.run(_export(filters, folder, kind))
    checked = export_check.check(folder)
    if not checked.holds:
        raise NotAnExport(f"what was written does not hold: {checked.faults[0]}")
    typer.echo(
        f"{checked.rows} decisions, proved by a checkpoint of {checked.size} leaves", err=True
    )


def check_export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An export.")],
    key: Keys = [],  # noqa: B006 - Typer's own default
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check an export by its own files: each row says what its leaf says, each leaf is in the log.

    Give the log's keys, had from elsewhere; else it is checked by those that lie beside it: that
    tells that it is whole, and not whose it is. Exit code 1 when anything does not hold.
    """
    checked = export_check.check(folder, read_keys(key) if key else ())
    if as_json:
        said = {
            "holds": checked.holds,
            "rows": checked.rows,
            "origin": checked.origin,
            "size": checked.size,
            "faults": checked.faults,
        }
        typer.echo(strict_json.dumps(said))
    else:
        for fault in checked.faults:
            typer.echo(fault)
        whose = "by the keys given" if key else "by the keys beside it, which anybody can make"
        typer.echo(f"{checked.rows} rows of {checked.origin}, checked {whose}")
        typer.echo("not proved: the facts beside them, nor that no row is missing; see README.txt")
    raise typer.Exit(0 if checked.holds else FALSE)


async def _export(filters: Filters, folder: Path, kind: str) -> None:
    now = datetime.now(UTC)
    proof = folder / PROOF
    table = folder / (f"decisions.{kind}" if kind != "parquet" else ".rows")
    indexes: list[int] = []
    async with opened() as records:
        await need_known(records, filters)
        proof.mkdir(parents=True, exist_ok=True)
        (folder / "README.txt").write_text(README, encoding="utf-8")
        counted = await records.counts.by(filters=export.bounded(filters, now))
        found = sum(item.decisions for item in counted)
        await records.searches.record("export", filters, found, caller=CALLER)
        with table.open("wb") as rows, (proof / LEAVES).open("wb") as leaves:
            rows.write(export.csv_head() if kind == "csv" else b"")
            async for some in export.each(records.decisions, filters, now=now):
                rows.write(export.encode(some, kind))
                indexes += await _write_leaves(records, some, leaves)
        async with records.published.whole() as whole:
            async for path, raw in whole.proving(indexes):
                (proof / path).parent.mkdir(parents=True, exist_ok=True)
                (proof / path).write_bytes(raw)
            (proof / CHECKPOINT).write_bytes(whole.note.to_text().encode())
        keys = [key for key in await records.published.keys() if key.role == "checkpoint"]
        (proof / KEYS).write_text(proofs.keys(keys), encoding="utf-8")
    if kind == "parquet":
        export.parquet(table, folder / "decisions.parquet")
        table.unlink()


async def _write_leaves(
    records: Records, some: Sequence[StoredDecision], leaves: BinaryIO
) -> list[int]:
    """The records and their places, once they have one."""
    places = await _sealed(records, [stored.entry.id for stored in some])
    for stored in some:
        line = {"index": places[stored.entry.id], "leaf": to_base64(stored.record)}
        leaves.write(strict_json.dumps(line) + b"\n")
    return list(places.values())


async def _sealed(records: Records, ids: Sequence[str]) -> dict[str, int]:
    for _ in range(int(PATIENCE_SECONDS * 10)):
        places = await records.decisions.places(ids)
        if len(places) == len(ids):
            return places
        await asyncio.sleep(0.1)
    said = "some decisions are not sealed yet, or were purged meanwhile; try again"
    raise LogUnavailable("log_unavailable", said, 10)
