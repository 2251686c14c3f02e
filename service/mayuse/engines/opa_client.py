"""`opa-python-client` with its two hooks replaced, so that nothing about an answer is trusted.

Pinned to 3.0.0, because both hooks are private. Its own retries repeat a failed evaluation, its
errors lose OPA's words, and an answer may be of any length; here a lost connection is tried once
more, errors keep their body, and reading stops at `MAX_ANSWER`. The caller sets the deadline.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from opa_client import AsyncOpaClient
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

MAX_ANSWER = 8 * 2**20
"""Bytes of one answer; 500 verdicts take a quarter of a megabyte."""

CONNECTIONS = 64

_W3C = TraceContextTextMapPropagator()


class OpaTooLong(Exception):
    """The answer is longer than `MAX_ANSWER`."""


class OpaRefused(Exception):
    """OPA answered with an error status."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.evaluation = _evaluation_error(body) if status == 500 else ""  # noqa: PLR2004
        """What went wrong in the policy, when that is why; else empty."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response read to its end, with the two methods the client calls on it."""

    status: int
    body: bytes

    def raise_for_status(self) -> None:
        """Raise `OpaRefused` unless the status is 200."""
        if self.status != 200:  # noqa: PLR2004
            raise OpaRefused(self.status, self.body)

    async def json(self) -> object:
        """The body as JSON. Raises `orjson.JSONDecodeError`."""
        return orjson.loads(self.body)


class BoundedOpaClient(AsyncOpaClient):  # type: ignore[misc]  # the client is not typed
    """An `AsyncOpaClient` for `query_rule` and `check_health` only."""

    def __init__(self, *, host: str, port: int, ssl: bool) -> None:
        super().__init__(host=host, port=port, ssl=ssl, retries=0)

    async def open(self) -> None:
        """Make the session unless there is one; call it inside the loop that will use it."""
        if self._session is None:
            await self._init_session()

    async def _init_session(self) -> None:
        self._connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            json_serialize=lambda document: orjson.dumps(document).decode(),
        )

    @asynccontextmanager
    async def _request(self, method: str, url: str, **body: Any) -> AsyncIterator[Answer]:  # noqa: ANN401
        try:
            answer = await self._fetch(method, url, **body)
        except aiohttp.ClientConnectionError:
            # OPA may close an idle connection just as it is used; evaluation changes nothing.
            answer = await self._fetch(method, url, **body)
        yield answer

    async def _fetch(self, method: str, url: str, **body: Any) -> Answer:  # noqa: ANN401
        trace: dict[str, str] = {}
        _W3C.inject(trace)  # OPA's own spans and logs go on with the trace
        async with self._session.request(
            method, url, allow_redirects=False, headers=trace, **body
        ) as response:
            read = bytearray()
            async for piece in response.content.iter_any():
                read += piece
                if len(read) > MAX_ANSWER:
                    raise OpaTooLong
            return Answer(response.status, bytes(read))


def _evaluation_error(body: bytes) -> str:
    try:
        document = orjson.loads(body)
        return ", ".join(str(error["code"]) for error in document["errors"])
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return ""
