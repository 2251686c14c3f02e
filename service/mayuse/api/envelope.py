"""What every exchange has, whatever happens within: a request id, HEAD, a log line, a last resort.

It wraps the whole application, its error middleware included, so that nothing leaves without it.
"""

from __future__ import annotations

import re
import time

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from mayuse import metrics
from mayuse.api.problems import reply
from mayuse.api.tracing import Trace
from mayuse.problem import Problem

REQUEST_ID = "X-Request-ID"

_ACCEPTED_ID = re.compile(r"[\x21-\x7e]{1,128}")
_LOST = 499
"""The status logged when the caller hung up before the answer."""

log = structlog.get_logger()


class Envelope:
    """ASGI wrapper around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap an HTTP exchange; pass lifespan events on."""
        if scope["type"] == "http":
            await _Exchange(scope, send).run(self.app, receive)
        else:
            await self.app(scope, receive, send)


class _Exchange:
    """One request and its response."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.request_id = _request_id(scope)
        self.head = scope["method"] == "HEAD"
        # RFC 9110, 9.3.2: HEAD is GET without the content; routes declare GET only.
        self.scope = {**scope, "method": "GET"} if self.head else scope
        self.status: int | None = None
        self._send = send

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        """Let the application answer; answer in its place when it raises; log the exchange."""
        started = time.perf_counter()
        method = "HEAD" if self.head else self.scope["method"]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        with Trace(self.scope, method) as trace:
            try:
                await app(self.scope, receive, self.send)
            except ClientDisconnect:
                self.status = self.status or _LOST
            except Exception:
                log.exception("request_failed")
                await self._last_resort(receive)
            seconds = time.perf_counter() - started
            # The template, not the path: a path can hold anything a caller likes.
            route = getattr(self.scope.get("route"), "path", None)
            log.info(
                "request",
                method=method,
                route=route,
                status=self.status,
                milliseconds=round(seconds * 1000, 2),
            )
            trace.ended(route, self.status)
        metrics.exchanged(method, route, self.status, seconds)

    async def send(self, message: Message) -> None:
        """Pass a message on, without content for HEAD.

        With the request id, and with the headers that `request.state.headers` holds: those that an
        answer must have whatever it comes to be.
        """
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {REQUEST_ID: self.request_id, **self.scope.get("state", {}).get("headers", {})}
            encoded = [(name.lower().encode(), value.encode()) for name, value in own.items()]
            message = {**message, "headers": [*message.get("headers", ()), *encoded]}
        elif message["type"] == "http.response.body" and self.head:
            message = {**message, "body": b""}
        await self._send(message)

    async def _last_resort(self, receive: Receive) -> None:
        if self.status is None:
            problem = Problem("internal_error", "the service failed; there is no answer")
            await reply(problem)(self.scope, receive, self.send)


def _request_id(scope: Scope) -> str:
    """The caller's `X-Request-ID`, verbatim, when it is one short word; else a new one."""
    given = [value for name, value in scope["headers"] if name == REQUEST_ID.lower().encode()]
    if len(given) == 1:
        text: str = given[0].decode("latin-1")
        if _ACCEPTED_ID.fullmatch(text):
            return text
    return str(uuid7())
