"""`mayuse db`: the decision log's database."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from mayuse import settings, strict_json
from mayuse.store import migrate, roles
from mayuse.store.session import Location

app = typer.Typer(
    help="Bring the decision log's database up to date, or check it.", no_args_is_help=True
)

FALSE = 1


@app.command()
def upgrade() -> None:
    """Apply the migrations that are missing; `mayuse serve` does the same when it starts."""
    location = _location()
    asyncio.run(migrate.upgrade(location))
    typer.echo(f"the {location.dialect} database is at step {migrate.newest()}")


@app.command("roles")
def print_roles() -> None:
    """Print the SQL that lets the service only add to the log (PostgreSQL); change nothing."""
    typer.echo(roles.script(), nl=False)


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell whether the database is at the newest step, with exactly our tables and triggers.

    On SQLite also whether its file and indexes are whole: a search believes an index. Nothing is
    changed. Exit code 0 if all is well, 1 if not.
    """
    location = _location()
    state = asyncio.run(state_of(location))
    if state["current"] and location.dialect == "sqlite":
        damage = migrate.damage(location)
        state = {**state, "current": not damage, "differences": damage}
    if as_json:
        typer.echo(strict_json.dumps(state))
    else:
        typer.echo(sentence(location, state))
    raise typer.Exit(0 if state["current"] else FALSE)


async def state_of(location: Location) -> dict[str, object]:
    """How far the database is: its step, the newest one, and whether all is as it must be.

    Raises `LogUnavailable` when the database does not answer.
    """
    newest = migrate.newest()
    if location.dialect == "sqlite" and not location.file.is_file():
        return {"current": False, "step": None, "newest": newest, "differences": []}
    step = await migrate.current(location)
    differences = [str(item) for item in await migrate.differences(location)]
    return {
        "current": step == newest and not differences,
        "step": step,
        "newest": newest,
        "differences": differences if step == newest else [],
    }


def sentence(location: Location, state: dict[str, object]) -> str:
    """The state in words."""
    if state["current"]:
        return f"the {location.dialect} database is at the newest step, {state['step']}"
    if state["step"] is None:
        return "there is no decision log in the database yet: mayuse db upgrade"
    if state["step"] != state["newest"]:
        return f"the database is at step {state['step']}, not {state['newest']}: mayuse db upgrade"
    return f"the database differs from the tables of this version: {state['differences']}"


def _location() -> Location:
    return Location.from_url(settings.load().database_url)
