"""The real application, answering in this process; nothing of it is replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from mayuse.api.app import create_app
from mayuse.settings import Settings

ADDRESS = "http://localhost"


def settings_in(folder: Path, **more: Any) -> Settings:
    """Settings of a service whose SQLite log lies in a folder."""
    return Settings(database_url=f"sqlite:///{folder}/mayuse.db", keys_dir=folder / "keys", **more)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with these settings."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            yield client
