"""The decision records: complete, in order, and true about the checks they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
PARTS = ["Context", "Decision", "Consequences", "Alternatives", "Check"]


def test_numbers_have_no_gap() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_five_parts_on_one_page(record: Path) -> None:
    text = record.read_text()

    assert text.startswith(f"# {record.name[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert len(text.splitlines()) <= 60
    decision = text.split("## Decision")[1].split("## ")[0]
    assert "**" in decision, "the line to quote is in bold"


def test_the_index_lists_each_record_by_its_title() -> None:
    index = " ".join((ROOT / "docs" / "index.md").read_text().split())

    for record in RECORDS:
        number, title = record.read_text().splitlines()[0].removeprefix("# ").split(" ", 1)
        assert f"[{number}](adr/{record.name}) {title}" in index
