"""The auditors' page names every member of a record, and no other."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from mayuse.decision_log.entry import Entry

PAGE = Path(__file__).resolve().parents[2] / "docs" / "auditors.md"


def test_the_table_of_members_is_the_record() -> None:
    table = PAGE.read_text().split("| member | what |")[1].split("\n\n")[0]
    named = [
        name
        for row in table.splitlines()
        for name in re.findall(r"`(\w+)`", row.split("|")[1:2][0] if row else "")
    ]

    assert sorted(named) == sorted(member.name for member in fields(Entry))
