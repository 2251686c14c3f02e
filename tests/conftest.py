"""What all tests share: closed sockets, and one hypothesis profile.

Unit tests open no socket at all; every other test may talk to this machine and nothing else.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
UNIT = ROOT / "tests" / "unit"
LOOPBACK = ["127.0.0.1", "::1"]

# A shared machine has no deadline to promise; in CI the examples are the same each time, so that a
# red run can be run again.
settings.register_profile("mayuse", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("mayuse")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(UNIT):
            item.add_marker(pytest.mark.disable_socket)
        else:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT
