"""A log on each database, and a reader of it."""

from __future__ import annotations

import pytest

from databases import database, empty, server, template
from mayuse.decision_log.opening import open_log
from mayuse.store.decisions import open_decisions

__all__ = ["database", "empty", "server", "template"]


@pytest.fixture
async def log(database):
    opened = await open_log(database.url, database.keys_dir)
    yield opened
    await opened.close()


@pytest.fixture
async def decisions(database, log):
    opened = open_decisions(database.url, log.keys)
    yield opened
    await opened.close()
