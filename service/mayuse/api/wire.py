"""uvicorn's fast HTTP parser, with the two bounds it lacks.

As it comes, it keeps a request's headers whatever their length (tried: 120 MB of them are kept) and
waits for them for ever. One connection could take all memory, a thousand slow ones all sockets.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mayuse import settings as environment
from mayuse.api.problems import reply
from mayuse.problem import Problem

MAX_BESIDE_CONTENT = 64 * 2**10
"""Bytes of a request that are not its content: request line, headers, chunk sizes, trailers."""


@functools.cache
def _patience() -> float:
    return environment.load().body_timeout


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose request has too much beside its content, or no end of headers."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*arguments, **options)
        self._beside_content = 0
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
            self.send_400_response("The request's headers are too long.")

    def on_message_begin(self) -> None:
        """Begin to count anew, and to wait for the end of the headers."""
        self._beside_content = 0
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait no longer: from here on the application bounds the time."""
        self._wait_no_longer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Content is bounded by the application."""
        self._beside_content -= len(body)
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP by a problem, as every other fault."""
        answer = reply(Problem("invalid_request", msg), {"Connection": "close"})
        head = [b"HTTP/1.1 400 Bad Request", *(b": ".join(row) for row in answer.raw_headers)]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()

    def _wait(self) -> None:
        self._wait_no_longer()
        self._waiting = asyncio.get_running_loop().call_later(_patience(), self.transport.close)

    def _wait_no_longer(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
