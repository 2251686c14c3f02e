"""The policies' changelog names every act that begins while somebody reads it, on the right day."""

from __future__ import annotations

import re
from pathlib import Path

from mayuse import bundle

CHANGELOG = Path(__file__).resolve().parents[2] / "policies" / "CHANGELOG.md"
SINCE = "2025-11-03"
"""The day of the terms that the first bundle is about."""


def test_every_act_from_then_on_is_listed_with_its_day() -> None:
    listed = set(
        re.findall(r"^\| (\d{4}-\d\d-\d\d) \| `(\S+)` \|", CHANGELOG.read_text(), re.MULTILINE)
    )

    acts = bundle.packaged().facts["acts"]
    assert listed == {(row["from"], act) for act, row in acts.items() if row["from"] >= SINCE}


def test_the_bundle_it_speaks_of_is_the_packaged_one() -> None:
    assert f" {bundle.packaged().version}" in CHANGELOG.read_text()
