"""A request's place in a trace: W3C Trace Context is taken up; with `mayuse[otel]` spans are sent.

FastAPI's own telemetry stays off: it writes addresses and queries into spans, and here these may
hold a person's id. A span of ours has a method, a route's template, a status and nothing else.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

import structlog
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from mayuse import metrics, spans
from mayuse.errors import SettingsError
from mayuse.settings import Settings

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""What FastAPI is told."""

SERVICE = "mayuse"

_W3C = TraceContextTextMapPropagator()
# It logs what it cannot read, and a caller can write anything into these headers.
logging.getLogger("opentelemetry.trace").setLevel(logging.ERROR)
_PARENT, _STATE = b"traceparent", b"tracestate"


class Trace:
    """The trace that a request belongs to, and its span there; neither, when there is none."""

    def __init__(self, scope: Scope, method: str) -> None:
        """Go on with the caller's trace; what cannot be read as one is passed over."""
        self._method = method if method in metrics.METHODS else "_OTHER"
        self._context = _announced(scope)
        self._span: trace.Span | None = None

    def __enter__(self) -> Self:
        """Make it the current one, and let the log's lines have its id."""
        tracer = spans.tracer()
        if tracer is not None:
            self._span = tracer.start_span(
                self._method,
                context=self._context or Context(),
                kind=SpanKind.SERVER,
                attributes={"http.request.method": self._method},
            )
            self._context = trace.set_span_in_context(self._span, self._context or Context())
        if self._context is not None:
            self._token = contexts.attach(self._context)
            found = trace.get_current_span(self._context).get_span_context()
            structlog.contextvars.bind_contextvars(trace_id=trace.format_trace_id(found.trace_id))
        return self

    def __exit__(self, *_exception: object) -> None:
        """Leave it."""
        if self._context is not None:
            contexts.detach(self._token)

    def ended(self, route: str | None, status: int | None) -> None:
        """The exchange is over."""
        if self._span is None:
            return
        if route is not None:
            self._span.update_name(f"{self._method} {route}")
            self._span.set_attribute("http.route", route)
        if status is not None:
            self._span.set_attribute("http.response.status_code", status)
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                self._span.set_status(StatusCode.ERROR)
        self._span.end()


@asynccontextmanager
async def sending(settings: Settings) -> AsyncIterator[None]:
    """Meanwhile spans are sent by OTLP, if that is wanted, to where the `OTEL_…` variables say.

    Raises `SettingsError` when what sends them is not installed.
    """
    if not settings.traces:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise SettingsError("MAYUSE_TRACES: needs `pip install 'mayuse[otel]'`") from None
    named = Resource({"service.name": SERVICE}).merge(OTELResourceDetector().detect())
    # Not the global provider: libraries that find one write what they like into spans.
    provider = TracerProvider(resource=named, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    version = importlib.metadata.version("mayuse")
    try:
        with spans.traced_by(provider.get_tracer(SERVICE, version)):
            yield
    finally:
        await asyncio.to_thread(provider.shutdown)


def _announced(scope: Scope) -> Context | None:
    """The caller's trace, as `traceparent` and `tracestate` tell it; None when they do not."""
    parents = [value for name, value in scope["headers"] if name == _PARENT]
    if len(parents) != 1:  # several are none, as the specification has it
        return None
    carrier = {
        "traceparent": [parents[0].decode("latin-1")],
        "tracestate": [v.decode("latin-1") for name, v in scope["headers"] if name == _STATE],
    }
    found = _W3C.extract(carrier, Context())
    return found if trace.get_current_span(found).get_span_context().is_valid else None
