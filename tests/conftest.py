"""What all tests share: closed sockets, and one hypothesis profile.

Unit tests open no socket at all; every other test may talk to this machine and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
UNIT = ROOT / "tests" / "unit"
FIGURE = "figure"
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


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a figure in words, to be read at the end of the run, whichever process measured it."""
    return lambda words: record_property(FIGURE, words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [
        *terminalreporter.stats.get("passed", ()),
        *terminalreporter.stats.get("failed", ()),
    ]
    told = [words for it in reports for name, words in it.user_properties if name == FIGURE]
    if told:
        terminalreporter.section("figures")
        for words in told:
            terminalreporter.write_line(words)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT
