"""`mayuse keys create | list | revoke`: who may ask over HTTP.

At the database itself: whoever can write to it decides who may ask.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse import recorded, settings, strict_json
from mayuse.access import SCOPES
from mayuse.api_keys import NAME, ApiKey, digest, new_secret
from mayuse.cli.narrowing import DAYS
from mayuse.store import api_keys, migrate
from mayuse.store.session import Location, open_engine

app = typer.Typer(
    help="Make, list and revoke API keys: who may ask over HTTP.", no_args_is_help=True
)

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What records will call the caller: key:NAME.")],
    scope: Annotated[
        list[str], typer.Option(help=f"What it may do; can be repeated: {', '.join(SCOPES)}.")
    ],
    expires: Annotated[
        datetime | None, typer.Option(formats=DAYS, help="When it ends (UTC). Default: never.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print its secret, this once: only a hash of it is kept.

    A running service lets it in at once. From the first key on, nobody gets in without one. A name
    is never given again, for records name it. Exit code 1 when there is a key of this name.
    """
    now = datetime.now(UTC)
    if not re.fullmatch(NAME, name):
        raise typer.BadParameter("a name is a-z, 0-9, '.', '_' and '-', at most 63 characters")
    if unknown := sorted(set(scope) - SCOPES.keys()):
        raise typer.BadParameter(f"{', '.join(unknown)}: the scopes are {', '.join(SCOPES)}")
    ends = expires.replace(tzinfo=UTC) if expires else None
    if ends is not None and ends <= now:
        raise typer.BadParameter("--expires lies in the past")
    secret = new_secret()
    key = ApiKey(name, digest(secret), tuple(sorted(set(scope))), now, ends)
    location = _location()
    asyncio.run(migrate.upgrade(location))
    asyncio.run(_with(location, lambda engine: api_keys.add(engine, key), may_write=True))
    if as_json:
        typer.echo(strict_json.dumps({**_document(key), "secret": secret}))
        return
    typer.echo(secret)
    typer.echo(f"{name} may use: {', '.join(key.scopes)}. It is not shown again.", err=True)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys, those that no longer count among them; with --json one a line."""
    keys = asyncio.run(keys_of(_location()))
    if as_json:
        for key in keys:
            typer.echo(strict_json.dumps(_document(key)))
    elif keys:
        _print(keys)
    else:
        typer.echo("there is no key")


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name.")], as_json: AsJson = False
) -> None:
    """Let a key count no more; a running service shuts it out within three seconds.

    When it was the last one, nobody gets in until another is made. Exit code 1 when there is none
    of this name.
    """
    now = datetime.now(UTC)
    key = asyncio.run(
        _with(_location(), lambda engine: api_keys.revoke(engine, name, now), may_write=True)
    )
    if as_json:
        typer.echo(strict_json.dumps(_document(key)))
    else:
        typer.echo(f"{key.name} is revoked since {_time(key.revoked)}")


async def keys_of(location: Location) -> list[ApiKey]:
    """Every key of a database. Raises `LogUnavailable`."""
    return await _with(location, api_keys.every, may_write=False)


async def _with(
    location: Location, do: Callable[[AsyncEngine], Awaitable[T]], *, may_write: bool
) -> T:
    engine = open_engine(location, may_write=may_write)
    try:
        return await do(engine)
    finally:
        await engine.dispose()


def _location() -> Location:
    return Location.from_url(settings.load().database_url)


def _document(key: ApiKey) -> dict[str, Any]:
    times = {name: getattr(key, name) for name in ("created", "expires", "revoked", "last_used")}
    return {
        "name": key.name,
        "scopes": list(key.scopes),
        "state": key.state(datetime.now(UTC)),
        **{name: recorded.time(at) for name, at in times.items() if at is not None},
    }


def _print(keys: list[ApiKey]) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("name", "state", "scopes", "created", "expires", "last used"):
        table.add_column(title)
    now = datetime.now(UTC)
    for key in keys:
        times = (key.created, key.expires, key.last_used)
        table.add_row(key.name, key.state(now), " ".join(key.scopes), *map(_time, times))
    Console(highlight=False).print(table)


def _time(at: datetime | None) -> str:
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M}Z"
