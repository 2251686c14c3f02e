"""The id of a person: an argument, or a line of stdin, which no list of processes shows."""

from __future__ import annotations

import sys

import typer

from mayuse.intake import is_subject
from mayuse.intake_faults import NO_SUBJECT_ID


def person_of(argument: str) -> str:
    """The id, or the first line of stdin for `-`. Raises `BadParameter` for what can be none."""
    person = argument
    if argument == "-":
        person = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not is_subject(person):
        raise typer.BadParameter(f"the id of the person {NO_SUBJECT_ID}")
    return person
