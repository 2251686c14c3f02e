"""Choices as they are given on the command line: `ID=VALUE`."""

from __future__ import annotations

from collections.abc import Iterable

import typer


def choices_of(pairs: Iterable[str], giver: str) -> dict[str, str]:
    """Values by id. Raises `BadParameter`, naming what gave it, for a pair that is none."""
    chosen: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise typer.BadParameter(f"{giver} takes ID=VALUE, e.g. ai_training=off")
        if chosen.setdefault(name, value) != value:
            raise typer.BadParameter(f"{giver} gives {name} two values")
    return chosen
