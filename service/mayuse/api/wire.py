"""uvicorn's fast HTTP parser, with the bounds it lacks, and HTTP/1.0 as that must be.

As it comes, it keeps a request's headers whatever their length (tried: 120 MB of them are kept) and
waits for them for ever. One connection could take all memory, a thousand slow ones all sockets. It
takes trailers for headers when they arrive with them, and sends chunks to who cannot read them.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mayuse import settings as environment
from mayuse.api import heads
from mayuse.api.problems import reply
from mayuse.problem import Problem

MAX_BESIDE_CONTENT = 64 * 2**10
"""Bytes of a request that are not its content: request line, headers, chunk sizes, trailers."""

_TOO_LONG = "The request's headers are too long."


@functools.cache
def _patience() -> float:
    return environment.load().body_timeout


class _HeadTooLong(Exception):
    """The request line and the headers have more bytes than are taken."""


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose request has too much beside its content, or no end of headers."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*arguments, **options)
        self._beside_content = 0
        self._head = 0
        self._head_ended = False
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, then see whether it is still within bounds."""
        self._beside_content += len(data)
        super().data_received(data)
        if self._beside_content > MAX_BESIDE_CONTENT and not self.transport.is_closing():
            self.send_400_response(_TOO_LONG)

    def on_message_begin(self) -> None:
        """Begin to count anew, and to wait for the end of the headers."""
        self._beside_content = self._head = 0
        self._head_ended = False
        self._wait()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """It counts as the headers do."""
        self._head += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, but no trailer: RFC 9112, 7.1.2 lets none into the headers."""
        if not self._head_ended:
            self._head += len(name) + len(value)
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Wait no longer: from here on the application bounds the time."""
        self._head_ended = True
        if self._head > MAX_BESIDE_CONTENT:
            raise _HeadTooLong
        self._wait_no_longer()
        super().on_headers_complete()
        cycle = self.cycle
        if cycle is not None and cycle.scope is self.scope and self.scope["http_version"] == "1.0":
            cycle.send = _Unchunked(cycle)  # type: ignore[method-assign]

    def on_body(self, body: bytes) -> None:
        """Content is bounded by the application."""
        self._beside_content -= len(body)
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP by a problem, as every other fault."""
        said = Problem("invalid_request", _TOO_LONG if self._head > MAX_BESIDE_CONTENT else msg)
        headers = {"Connection": "close", heads.REQUEST_ID: heads.new_request_id().decode()}
        rows = [*self.server_state.default_headers, *(answer := reply(said, headers)).raw_headers]
        head = [b"HTTP/1.1 400 Bad Request", *map(b": ".join, rows)]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()

    def _wait(self) -> None:
        self._wait_no_longer()
        self._waiting = asyncio.get_running_loop().call_later(_patience(), self.transport.close)

    def _wait_no_longer(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class _Unchunked:
    """Sends to who speaks HTTP/1.0: an answer of unknown length ends with the connection.

    RFC 9112, 6.1: no transfer coding for those who did not say that they know it.
    """

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._send = cycle.send
        self._counted = True

    async def __call__(self, message: Any) -> None:  # noqa: ANN401 - uvicorn's own types of it
        cycle = self._cycle
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", ())}
            self._counted = b"content-length" in names
            if not self._counted:
                cycle.chunked_encoding = False
        elif not self._counted:
            cycle.expected_content_length += len(message.get("body", b""))
        await self._send(message)
