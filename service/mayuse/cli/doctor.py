"""`mayuse doctor`: is all configured, reachable and whole? Changes nothing, logs nothing."""

from __future__ import annotations

import asyncio
import os
import platform
import stat
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from mayuse import deciding, opa_binary, settings, strict_json
from mayuse.cli import db
from mayuse.cli.keys import keys_of
from mayuse.door import OPEN, open_tokens
from mayuse.errors import MayuseError, OpaMissing
from mayuse.settings import PREFIX, Settings
from mayuse.store.session import Location

app = typer.Typer()

FALSE = 1
MARKS = {"ok": ("ok", "green"), "note": ("--", "yellow"), "fault": ("!!", "red")}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    state: str
    """`ok`, `note` (works, but worth knowing) or `fault`."""

    says: str


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check that all is configured, reachable and whole.

    Exit code 0 when questions can be answered, 1 when something stands in the way.
    """
    chosen = settings.load()
    findings = asyncio.run(_examine(chosen))
    if as_json:
        typer.echo(strict_json.dumps({name: asdict(found) for name, found in findings.items()}))
    else:
        _print(findings)
    if any(found.state == "fault" for found in findings.values()):
        raise typer.Exit(FALSE)


async def _examine(chosen: Settings) -> dict[str, Finding]:
    looks: dict[str, Callable[[Settings], Awaitable[Finding]]] = {
        "program": _program,
        "settings": _settings,
        "bundle": _bundle,
        "engine": _engine,
        "database": _database,
        "keys": _keys,
        "access": examine_access,
        "opa": _opa,
    }
    return {name: await _look(look, chosen) for name, look in looks.items()}


async def _look(look: Callable[[Settings], Awaitable[Finding]], chosen: Settings) -> Finding:
    try:
        return await look(chosen)
    except (MayuseError, OSError) as error:
        return Finding("fault", str(error))


async def _program(_chosen: Settings) -> Finding:
    return Finding("ok", f"mayuse {version('mayuse')} on Python {platform.python_version()}")


async def _settings(_chosen: Settings) -> Finding:
    # Names only: a database URL may hold a password.
    names = sorted(name for name in os.environ if name.upper().startswith(PREFIX))
    return Finding("ok", f"set: {', '.join(names)}" if names else "all defaults")


async def _bundle(chosen: Settings) -> Finding:
    configured = deciding.configured_bundle(chosen)
    bundle = await deciding.deciding_bundle(chosen)
    named = chosen.bundle or "the packaged one"
    passed_over = configured.digest != bundle.digest
    where = f"activated last, instead of {named}" if passed_over else named
    return Finding("ok", f"{bundle.version}, {len(bundle.rules)} rules, {bundle.digest} ({where})")


async def _engine(chosen: Settings) -> Finding:
    engine = deciding.open_engine(chosen, await deciding.deciding_bundle(chosen))
    try:
        fault = await engine.ready()
        if fault:
            return Finding("fault", f"{chosen.engine}: {fault.detail} ({fault.code})")
        return Finding("ok", f"{engine.info.name} {engine.info.version} answers")
    finally:
        await engine.close()


async def _database(chosen: Settings) -> Finding:
    location = Location.from_url(chosen.database_url)
    state = await db.state_of(location)
    if state["step"] is None:
        return Finding("note", f"{location.dialect}: no decision log yet; the first start makes it")
    return Finding("ok" if state["current"] else "fault", db.sentence(location, state))


async def examine_access(chosen: Settings) -> Finding:
    """Whether callers could be told apart: API keys that count, an issuer that answers."""
    location = Location.from_url(chosen.database_url)
    state = await db.state_of(location)
    keys = await keys_of(location) if state["current"] else []
    active = [key for key in keys if key.state(datetime.now(UTC)) == "active"]
    if not keys and chosen.oidc_issuer is None:
        return Finding("note", f"{OPEN}; `mayuse keys create` ends that")
    told = f"{len(active)} of {len(keys)} API keys count"
    if chosen.oidc_issuer is None:
        return Finding("ok" if active else "fault", told)
    async with open_tokens(chosen) as tokens:
        known = 0 if tokens is None else await tokens.known_keys()
    return Finding(
        "ok" if known else "fault", f"{told}; {chosen.oidc_issuer} gives {known} keys for tokens"
    )


async def _keys(chosen: Settings) -> Finding:
    folder = chosen.keys_dir
    if not folder.is_dir():
        return Finding("note", f"{folder}: not there yet; the first start makes it")
    loose = [
        str(path)
        for path in (folder, *sorted(folder.iterdir()))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if loose:
        return Finding("fault", f"others can read {', '.join(loose)}: chmod go-rwx")
    return Finding("ok", f"{folder}: readable by the owner alone")


async def _opa(_chosen: Settings) -> Finding:
    try:
        return Finding("ok", f"{opa_binary.find()}, {opa_binary.VERSION}")
    except OpaMissing as error:
        return Finding("note", f"{error} (only authors of policies need it)")


def _print(findings: dict[str, Finding]) -> None:
    console = Console(highlight=False)
    for name, found in findings.items():
        mark, colour = MARKS[found.state]
        console.print(Text.assemble((mark, colour), f" {name:9} {found.says}"))
