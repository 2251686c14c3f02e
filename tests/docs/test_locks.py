"""The locks: everything pinned, everything with hashes, no address anywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
DEV = [*RUNTIME, *PROJECT["project"]["optional-dependencies"]["dev"]]
BUILD = PROJECT["dependency-groups"]["build"]


def pins(lock: str) -> dict[str, tuple[str, int]]:
    """Name -> (version, number of hashes)."""
    found: dict[str, tuple[str, int]] = {}
    text = (ROOT / lock).read_text()
    for block in re.split(r"\n(?=\S)", text.strip()):
        named = re.match(r"([a-z0-9-]+)==([^\s;]+)", block)
        assert named, block
        found[named[1]] = (named[2], block.count("--hash=sha256:"))
    return found


LOCKS = {
    "requirements.lock": RUNTIME,
    "requirements-dev.lock": [*DEV, *BUILD],
    "requirements-build.lock": BUILD,
}


@pytest.mark.parametrize(("lock", "wanted"), LOCKS.items())
def test_a_lock_pins_all_that_is_wanted_with_hashes(lock: str, wanted: list[str]) -> None:
    pinned = pins(lock)

    for text in wanted:
        requirement = Requirement(text)
        name = requirement.name.lower().replace("_", "-")
        assert name in pinned, f"{name} is not in {lock}: make lock"
        assert requirement.specifier.contains(pinned[name][0]), f"{lock}: make lock"
    assert all(hashes for _, hashes in pinned.values())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert "://" not in text
    assert not re.search(r"^(-|#)", text, re.MULTILINE)


def test_the_locks_agree_with_each_other() -> None:
    everything = pins("requirements-dev.lock")

    for lock in ("requirements.lock", "requirements-build.lock"):
        for name, pin in pins(lock).items():
            assert everything[name] == pin
