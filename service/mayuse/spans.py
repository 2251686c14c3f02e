"""Spans of a trace: how long the parts of an answer took. Nothing when traces are off.

A span has a name that stands in this code and no value of a caller. An exception's message may
quote one, so spans tell that something failed, and the log tells where.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_NOTHING = nullcontext()
_tracer: Tracer | None = None


def span(name: str) -> AbstractContextManager[object]:
    """Meanwhile is a span of the trace under way."""
    if _tracer is None:
        return _NOTHING
    return _tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    )


def tracer() -> Tracer | None:
    """Where spans go, or None when traces are off."""
    return _tracer


@contextmanager
def traced_by(chosen: Tracer) -> Iterator[None]:
    """Meanwhile spans go to this tracer."""
    global _tracer  # noqa: PLW0603 - one for the process, like the log
    before, _tracer = _tracer, chosen
    try:
        yield
    finally:
        _tracer = before
