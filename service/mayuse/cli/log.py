"""`mayuse log`: the decision log, to read."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from mayuse import recorded, strict_json
from mayuse.cli import (
    log_count,
    log_decisions,
    log_erase,
    log_export,
    log_keys,
    log_proofs,
    log_purge,
    log_replay,
    log_report,
    log_verify,
    log_witness,
)
from mayuse.cli.asking import CALLER
from mayuse.cli.narrowing import narrowed_by_options, need_known
from mayuse.cli.serving import opened
from mayuse.cli.show import COLOURS
from mayuse.store.decisions import MAX_LIMIT, StoredDecision
from mayuse.store.search import Filters

app = typer.Typer(help="Read the decision log.", no_args_is_help=True)

app.command()(log_count.count)
app.command()(log_replay.replay)
app.command()(log_verify.verify)
app.command()(log_proofs.proof)
app.command()(log_proofs.check)
app.command()(log_proofs.checkpoint)
app.command()(log_proofs.consistency)
app.command("check-consistency")(log_proofs.check_consistency)
app.command()(log_proofs.key)
app.command("rotate-key")(log_keys.rotate_key)
app.command("retire-key")(log_keys.retire_key)
app.command("new-origin")(log_keys.new_origin)
app.command()(log_export.export)
app.command()(log_export.tiles)
app.command()(log_witness.witness)
app.command()(log_erase.about)
app.command()(log_erase.erase)
app.command()(log_purge.purge)
app.command()(log_report.report)
app.command("export-decisions")(log_decisions.export_decisions)
app.command("check-export")(log_decisions.check_export)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
@narrowed_by_options
def list_decisions(
    filters: Filters,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List recorded decisions, newest first. Everything named must hold."""
    found = asyncio.run(_list(filters, limit))
    if as_json:
        for stored in found:
            typer.echo(strict_json.dumps(recorded.summary(stored)))
    else:
        _print_list(found)


@app.command()
def show(
    decision: Annotated[str, typer.Argument(help="The decision's id.")],
    record: Annotated[
        bool, typer.Option("--record", help="Print the bytes that were hashed, and nothing else.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one recorded decision. Exit code 1 when there is none of this id."""
    stored, body = asyncio.run(_get(decision))
    if record:
        sys.stdout.buffer.write(stored.record)
    elif as_json:
        typer.echo(strict_json.dumps(body))
    else:
        _print(body)


async def _list(filters: Filters, limit: int) -> list[StoredDecision]:
    found: list[StoredDecision] = []
    cursor = None
    async with opened() as records:
        await need_known(records, filters)
        while len(found) < limit:
            wanted = min(MAX_LIMIT, limit - len(found))
            page = await records.decisions.list(filters, cursor=cursor, limit=wanted)
            found.extend(page.items)
            cursor = page.cursor
            if cursor is None:
                break
        await records.searches.record("list", filters, len(found), caller=CALLER)
    return found


async def _get(decision: str) -> tuple[StoredDecision, dict[str, Any]]:
    async with opened() as records:
        stored = await records.decisions.get(decision)
        return stored, recorded.decision(stored, records.catalog, records.bundle.digest)


def _print_list(found: list[StoredDecision]) -> None:
    console = Console(highlight=False)
    for stored in found:
        entry = stored.entry
        line = Text.assemble(
            f"{_time(entry.at)}  {entry.id}  ",
            (f"{entry.effect:13}", COLOURS[entry.effect]),
            f"  {entry.recipient}  {entry.purpose}  {', '.join(entry.rule or entry.fault)}",
        )
        console.print(line, soft_wrap=True)  # a line each, whatever the terminal's width


def _print(body: Mapping[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(Text(body["effect"], style=f"bold {COLOURS[body['effect']]}"))
    lines = [
        f"decision   {body['decision_id']}",
        f"made       {body['at']}, asked by {body['caller']}",
        f"policy     {body['policy']['digest']}",
        f"engine     {body['engine']['name']} {body['engine']['version']}",
        f"leaf hash  {body['receipt']['leaf_hash']}",
        *(f"because    {_reason(reason)}" for reason in body["reasons"]),
        *(f"no verdict {fault}" for fault in body["faults"]),
        *_seen(body.get("detail")),
    ]
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _reason(reason: Mapping[str, Any]) -> str:
    words = f": {reason['says']}" if "says" in reason else ""
    return f"{reason['rule']}#{reason['reason']}{words}"


def _seen(detail: Mapping[str, Any] | None) -> Iterator[str]:
    """What the policy saw, and what became of each category."""
    if detail is None:
        yield "what was asked has been erased"
        return
    for item in detail["data"]:
        yield f"asked of   {item['data']}: {item.get('fault', item['effect'])}"
    for name, value in sorted(detail["facts"].items()):
        yield f"  {name}: {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={item}" for name, item in sorted(value.items()))
    return str(value)


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
