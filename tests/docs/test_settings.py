"""Every setting is documented, with its default, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

from mayuse.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
ROWS = dict(
    re.findall(
        r"^\| `(MAYUSE_\w+)` \| (.+?) \|",
        (ROOT / "docs" / "operating.md").read_text(),
        re.MULTILINE,
    )
)


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(ROWS) == {PREFIX + name.upper() for name in Settings.model_fields}


def test_documented_defaults_are_the_real_ones() -> None:
    for name, field in Settings.model_fields.items():
        documented = ROWS[PREFIX + name.upper()].strip("`")
        if field.default is not None:
            told = str(field.default).lower().removesuffix(".0")
            assert documented.lower() == told, name
