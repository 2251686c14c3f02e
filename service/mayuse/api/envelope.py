"""What every exchange has, whatever happens within: a request id, HEAD, a log line, a last resort.

It wraps the whole application, its error middleware included, so that nothing leaves without it.
"""

from __future__ import annotations

import time

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mayuse import metrics
from mayuse.api import heads
from mayuse.api.heads import REQUEST_ID
from mayuse.api.problems import reply
from mayuse.api.tracing import Trace
from mayuse.problem import Problem

_LOST = 499
"""The status logged when the caller hung up before the answer."""

HELD = "held"
"""Where a request's state has what it took hold of; at the end of the exchange it is let go."""

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
        self.request_id = heads.request_id(scope)
        self.head = scope["method"] == "HEAD"
        # RFC 9110, 9.3.2: HEAD is GET without the content; routes declare GET only.
        method = "GET" if self.head else scope["method"]
        self.scope = {**scope, "method": method, "path": heads.path(scope)}
        self.status: int | None = None
        self._send = send

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        """Let the application answer; answer in its place when it raises; log the exchange."""
        started = time.perf_counter()
        method = "HEAD" if self.head else self.scope["method"]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=heads.in_log(self.request_id))
        with Trace(self.scope, method) as trace:
            try:
                if (wrong := heads.fault(self.scope)) is None:
                    await app(self.scope, receive, self.send)
                else:
                    await self._refuse(wrong, receive)
            except ClientDisconnect:
                self.status = self.status or _LOST
            except Exception:
                log.exception("request_failed")
                await self._last_resort(receive)
            finally:
                if (held := self.scope.get("state", {}).get(HELD)) is not None:
                    held.let_go()
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
            own = self.scope.get("state", {}).get("headers", {})
            encoded = [(name.lower().encode(), value.encode()) for name, value in own.items()]
            encoded.append((REQUEST_ID.lower().encode(), self.request_id))
            message = {**message, "headers": [*message.get("headers", ()), *encoded]}
        elif message["type"] == "http.response.body" and self.head:
            message = {**message, "body": b""}
        await self._send(message)

    async def _refuse(self, wrong: str, receive: Receive) -> None:
        """Answer what is no proper request, and read no further: what follows may be hostile."""
        said = Problem("invalid_request", wrong)
        await reply(said, {"Connection": "close"})(self.scope, receive, self.send)

    async def _last_resort(self, receive: Receive) -> None:
        if self.status is None:
            problem = Problem("internal_error", "the service failed; there is no answer")
            await reply(problem)(self.scope, receive, self.send)
