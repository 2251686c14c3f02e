"""The auditors' page names every member of every record and every column, and no other."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

from mayuse.decision_log.entry import Entry
from mayuse.decision_log.event import Happening
from mayuse.export import COLUMNS
from mayuse.searches import Act

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "auditors.md").read_text()


def rows_below(head: str) -> list[list[str]]:
    """For each row of a table, the words in code of each cell."""
    lines = PAGE.split(head)[1].split("\n\n")[0].splitlines()[2:]
    return [[" ".join(re.findall(r"`(\w+)`", cell)) for cell in line.split("|")] for line in lines]


def test_the_table_of_members_is_the_record() -> None:
    named = [name for row in rows_below("| member | what |") for name in row[1].split()]

    assert sorted(named) == sorted(member.name for member in fields(Entry))


def test_the_table_of_kinds_has_every_kind_with_its_members() -> None:
    told = {row[1]: row[3].split() for row in rows_below("| kind | what happened | members of its")}
    kinds = {kind.kind: [member.name for member in fields(kind)] for kind in get_args(Happening)}

    assert told == kinds


def test_each_act_of_a_search_is_told() -> None:
    said = PAGE.split("- `search`: `act` is")[1].split(". ")[0]

    assert sorted(re.findall(r"`(\w+)`", said)) == sorted(get_args(Act))


def test_the_table_of_columns_is_that_of_an_export() -> None:
    assert [row[1] for row in rows_below("| column | what | proved |")] == list(COLUMNS)
