"""What the documents mention exists, and they mention nothing outside the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "docs" / "rules"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "policies" / "README.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if GENERATED not in path.parents),
]
MENTION = re.compile(
    r"`((?:service|tests|policies|docs|migrations|openapi|bench|\.ci)/[^`\s*<>{}…]*)"
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_document_mentions_exist(document: Path) -> None:
    text = document.read_text()

    mentioned = [ROOT / name.rstrip("/.,") for name in MENTION.findall(text)]
    linked = [document.parent / name for name in LINK.findall(text)]

    assert [str(path) for path in (*mentioned, *linked) if not path.exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_reads_in_plain_lines(document: Path) -> None:
    prose = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)

    long = [line for line in prose.splitlines() if len(line) > 120 and not line.startswith("|")]
    assert long == []
