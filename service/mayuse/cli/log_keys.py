"""`mayuse log rotate-key | retire-key | new-origin`: what an operator does by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from mayuse import journal, settings
from mayuse.decision_log import renaming, rewrapping, rotation
from mayuse.store.session import Location

FALSE = 1
SHOWN = 20


class Role(StrEnum):
    """What a key is for."""

    checkpoint = "checkpoint"
    receipt = "receipt"
    subject = "subject"


RoleOption = Annotated[
    Role, typer.Option(help="Signs checkpoints, signs promises, or wraps persons' keys.")
]


def rotate_key(role: RoleOption = Role.checkpoint) -> None:
    """Make a new key. Of one that signs, print the verifier key; of a subject key, its file.

    Hand a verifier key to whoever checks the log, then start every service anew: they sign
    checkpoints with the old key and the new one until `retire-key`.
    """
    journal.configure("error")
    if role is Role.subject:
        typer.echo(rewrapping.rotate(settings.load().keys_dir))
        return
    typer.echo(asyncio.run(rotation.rotate(_place(), role.value, at=datetime.now(UTC))))


def retire_key(role: RoleOption = Role.checkpoint) -> None:
    """End the older of two keys and delete its file. Of one that signs, print the verifier key.

    Whoever checks the log keeps that: what was signed before the rotation holds under no other. For
    subject keys: wrap the keys of all persons with the newest, and tell which file nothing needs
    any more, once nothing was left to do. Exit code 1 while an older file is needed.
    """
    journal.configure("error")
    if role is Role.subject:
        _retire_subject_key()
        return
    typer.echo(asyncio.run(rotation.retire(_place(), role.value, at=datetime.now(UTC))))


def new_origin(
    name: Annotated[str, typer.Argument(help="The log's new name, e.g. example.com/mayuse-2.")],
) -> None:
    """Go on under a new name, after a database was put back to an older state for good.

    Prints the first checkpoint under it. The last one under the old name is kept as an anchor.
    If it was interrupted, do it again with the same name. Where MAYUSE_LOG_ORIGIN is set, change it
    too. Verifier keys have the name in them: hand them out anew, to witnesses as well.
    """
    journal.configure("error")
    typer.echo(asyncio.run(renaming.rename(_place(), name, at=datetime.now(UTC))), nl=False)


def _retire_subject_key() -> None:
    chosen = settings.load()
    location = Location.from_url(chosen.database_url)
    became = asyncio.run(rewrapping.retire(location, chosen.keys_dir))
    typer.echo(f"{became.count} keys of persons were wrapped anew")
    if became.count:
        typer.echo("once every service on every other machine was started anew, do this again")
    else:
        for file in became.unneeded:
            typer.echo(f"nothing in this database needs {file}: delete it, and every copy of it")
    for file in became.needed:
        typer.echo(f"{file} is still needed", err=True)
    if became.damaged:
        some = ", ".join(map(str, sorted(became.damaged)[:SHOWN]))
        typer.echo(f"{len(became.damaged)} keys do not unwrap, in subject_key: {some}", err=True)
    if became.needed or became.damaged:
        raise typer.Exit(FALSE)


def _place() -> rotation.Place:
    chosen = settings.load()
    return rotation.Place(chosen.database_url, chosen.keys_dir, chosen.sealer_database_url)
