"""One application for each file of tests, on a fresh SQLite log."""

from __future__ import annotations

import pytest
import pytest_asyncio
from api_app import serving

from mayuse.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mayuse")
    return Settings(database_url=f"sqlite:///{folder}/mayuse.db", keys_dir=folder / "keys")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(settings):
    async with serving(settings) as opened:
        yield opened
