"""The real service in a process of its own, and both clients, asked the same way."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from unreliable import Way

from mayuse.client import AsyncClient, Client
from mayuse_server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("served")) as started:
        yield started


@pytest.fixture
def way(server):
    with Way(server.port) as opened:
        yield opened


class Waiting:
    """An `AsyncClient` that is waited for, so that one test asks both clients."""

    def __init__(self, *arguments, **options):
        self._runner = asyncio.Runner()
        self._client = self._runner.run(self._opened(arguments, options))

    async def _opened(self, arguments, options):
        return AsyncClient(*arguments, **options)

    def __getattr__(self, name):
        method = getattr(self._client, name)

        def waiting(*arguments, **options):
            return self._runner.run(self._taken(method(*arguments, **options)))

        return waiting

    async def _taken(self, promised):
        if inspect.isasyncgen(promised):
            return [item async for item in promised]
        return await promised

    def close(self):
        self._runner.run(self._client.close())
        self._runner.close()


@pytest.fixture(params=[Client, Waiting], ids=["sync", "async"])
def connect(request):
    """Open a client of this kind; closed at the end."""
    opened = []

    def connected(url, **options):
        opened.append(request.param(url, **options))
        return opened[-1]

    yield connected
    for client in opened:
        client.close()
