"""The id of a person: an argument, or a line of stdin, which no list of processes shows."""

from __future__ import annotations

import sys

import typer

from mayuse.intake import is_subject
from mayuse.intake_faults import NO_SUBJECT_ID

STEPS = frozenset({".", ".."})
"""Ids that older versions recorded decisions under."""


def person_of(argument: str, *, recorded: bool = False) -> str:
    """The id, or the first line of stdin for `-`. Raises `BadParameter` for what can be none.

    `recorded`: what is held of the person is sought; nothing is recorded under this id.
    """
    person = argument
    if argument == "-":
        person = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not is_subject(person) and not (recorded and person in STEPS):
        raise typer.BadParameter(f"the id of the person {NO_SUBJECT_ID}")
    return person
