"""`mayuse log rotate-key | retire-key | new-origin`: what an operator does by hand, and rarely."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from mayuse import journal, settings
from mayuse.decision_log import rotation


class Role(StrEnum):
    """What a key signs."""

    checkpoint = "checkpoint"
    receipt = "receipt"


RoleOption = Annotated[Role, typer.Option(help="Which of the log's two kinds of keys.")]


def rotate_key(role: RoleOption = Role.checkpoint) -> None:
    """Make a new signing key, and print its verifier key.

    Hand it to whoever checks the log, then start every service anew: they sign checkpoints with
    the old key and the new one until `retire-key`.
    """
    journal.configure("error")
    typer.echo(asyncio.run(rotation.rotate(_place(), role.value, at=datetime.now(UTC))))


def retire_key(role: RoleOption = Role.checkpoint) -> None:
    """End the older of two signing keys, delete its file, and print its verifier key.

    What it has signed can still be checked with it.
    """
    journal.configure("error")
    typer.echo(asyncio.run(rotation.retire(_place(), role.value, at=datetime.now(UTC))))


def new_origin(
    name: Annotated[str, typer.Argument(help="The log's new name, e.g. example.com/mayuse-2.")],
) -> None:
    """Go on under a new name, after a database was put back to an older state for good.

    Prints the first checkpoint under it. The last one under the old name is kept as an anchor.
    """
    journal.configure("error")
    typer.echo(asyncio.run(rotation.rename(_place(), name, at=datetime.now(UTC))), nl=False)


def _place() -> rotation.Place:
    chosen = settings.load()
    return rotation.Place(chosen.database_url, chosen.keys_dir, chosen.sealer_database_url)
