"""The service's own log: one JSON object a line on standard error, ids only.

Nothing a caller sent is written, and no exception's message either: it may quote a value. What is
left of an exception is its type and where it was raised, which is what a repair starts from.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO, cast

import orjson
import structlog

MAX_TEXT = 256
"""A longer text in an event is cut: one event stays one readable line."""

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
Event = MutableMapping[str, Any]


def configure(level: str) -> None:
    """Send structlog's events and those of libraries to standard error, as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _place_of_exception,
        _cut,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_line)],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _StandardError())),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(cast("TextIO", _StandardError()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_line),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(_LEVELS[level], logging.WARNING), force=True)
    logging.getLogger("uvicorn").setLevel(_LEVELS[level])


class _StandardError:
    """Whatever standard error is when a line is written: tests and supervisors replace it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _line(event: Any, **_options: Any) -> str:  # noqa: ANN401 - structlog's interface
    return orjson.dumps(event, default=lambda value: type(value).__name__).decode()


def _cut(_logger: Any, _method: str, event: Event) -> Event:  # noqa: ANN401
    for name, value in event.items():
        if isinstance(value, str) and len(value) > MAX_TEXT:
            event[name] = value[:MAX_TEXT] + "…"
    return event


def _place_of_exception(_logger: Any, _method: str, event: Event) -> Event:  # noqa: ANN401
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    elif error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["error"] = _kind(error)
        event["raised_at"] = _frames(error.__traceback__)
        if cause := error.__cause__ or error.__context__:
            event["cause"] = _kind(cause)
    return event


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-12:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
