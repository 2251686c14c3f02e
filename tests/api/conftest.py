"""One application for each file of tests, on a fresh SQLite log."""

from __future__ import annotations

import json
import sqlite3

import pytest
import pytest_asyncio
from api_app import serving, settings_in

from mayuse.store.session import Location


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return settings_in(tmp_path_factory.mktemp("mayuse"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(settings):
    async with serving(settings) as opened:
        yield opened


@pytest.fixture
def leaves(settings):
    """Reads the log's own records of a kind, oldest first, past the service."""

    async def read(kind):
        path = Location.from_url(settings.database_url).file
        with sqlite3.connect(path) as database:
            rows = database.execute("SELECT record FROM decision WHERE kind <> 0 ORDER BY seq")
            documents = [json.loads(record) for (record,) in rows]
        return [document for document in documents if document["kind"] == kind]

    return read
