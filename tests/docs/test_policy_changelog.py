"""The policies' changelog names every act that begins while somebody reads it, on the right day."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mayuse import bundle

CHANGELOG = Path(__file__).resolve().parents[2] / "policies" / "CHANGELOG.md"
SINCE = "2025-11-03"
"""The day of the terms that the first bundle is about."""


ROW = re.compile(r"^\| (\d{4}-\d\d-\d\d) \| `(\S+)` \|", re.MULTILINE)


def test_every_act_from_then_on_is_listed_with_its_day() -> None:
    listed = ROW.findall(CHANGELOG.read_text())

    acts = bundle.packaged().facts["acts"]
    assert set(listed) >= {(row["from"], act) for act, row in acts.items() if row["from"] >= SINCE}
    assert listed == sorted(set(listed), key=lambda row: (row[0], listed.index(row)))


def test_a_day_that_is_listed_is_one_that_the_policies_name() -> None:
    """Some act begins on it, or one of its provisions, or a row of facts."""
    active = bundle.packaged()
    named = json.dumps(active.facts) + "".join(active.modules.values())

    for day, act in ROW.findall(CHANGELOG.read_text()):
        assert act in active.facts["acts"], act
        assert f'"{day}"' in named, day


def test_the_bundle_it_speaks_of_is_the_packaged_one() -> None:
    assert f" {bundle.packaged().version}" in CHANGELOG.read_text()
