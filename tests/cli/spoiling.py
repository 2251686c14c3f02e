"""Policies that were copied to be spoilt."""

from __future__ import annotations

from pathlib import Path


def cases_of(policies: Path) -> Path:
    return policies / "cases" / "article.cases.yaml"


def spoil(file: Path, old: str, new: str) -> int:
    """Change the first `old`; returns its line."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1
