"""A log on each database, readers of it, and what forgets persons."""

from __future__ import annotations

import pytest

from databases import database, empty, server, template
from mayuse.decision_log.opening import open_log
from mayuse.erasure import Erasures
from mayuse.store.decisions import open_decisions
from mayuse.store.session import open_engine

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


@pytest.fixture
async def reader(database, log):  # noqa: ARG001 - the log makes the tables
    engine = open_engine(database.location)
    yield engine
    await engine.dispose()


@pytest.fixture
async def erasures(database, log, reader):
    return Erasures(log, reader, database.location)
