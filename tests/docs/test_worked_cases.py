"""The worked cases shown in the documents are answered as they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mayuse import bundle
from mayuse.authoring import case_run, cases
from mayuse.catalog import Catalog
from mayuse.engines.embedded import EmbeddedEngine

ROOT = Path(__file__).resolve().parents[2]
SHOWN = [
    pytest.param(text, id=f"{path.name}-{number}")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    for number, text in enumerate(
        re.findall(r"```yaml\n(cases:.*?)```", path.read_text(), re.DOTALL)
    )
]


@pytest.mark.parametrize("text", SHOWN)
async def test_a_case_that_is_shown_is_answered_so(text: str, tmp_path: Path) -> None:
    file = tmp_path / "shown.cases.yaml"
    file.write_text(text)
    policies = bundle.packaged()
    engine = EmbeddedEngine(policies)
    try:
        loaded = cases.load([file], engine.vocabulary)
        results = await case_run.run(loaded, engine, Catalog(policies))
    finally:
        await engine.close()

    assert results
    assert [difference for result in results for difference in result.differences] == []
