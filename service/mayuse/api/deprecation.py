"""What an operation tells of its own end, on every answer: RFC 9745, and RFC 8594 for its last day.

Inside `/v1` members are only added. An operation that must go is marked first, told of in the
changelog, and goes on the day it has named. None is marked today.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any, TypeVar

from fastapi import Request

_MARK = "__mayuse_deprecation__"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when an operation should not be used, what instead, and until when it answers."""

    since: date
    see: str
    """Where it is told what to use instead: a URL, or a path of this service."""

    sunset: date | None = None
    """The last day."""

    def headers(self) -> dict[str, str]:
        """What each answer carries."""
        told = {
            "Deprecation": f"@{int(_midnight(self.since).timestamp())}",
            "Link": f'<{self.see}>; rel="deprecation"',
        }
        if self.sunset is not None:
            last = _midnight(self.sunset).replace(hour=23, minute=59, second=59)
            told["Sunset"] = format_datetime(last, usegmt=True)
        return told

    def document(self) -> dict[str, Any]:
        """The headers as OpenAPI describes them."""
        return {
            name: {"required": True, "schema": {"type": "string", "const": value}}
            for name, value in self.headers().items()
            if name != "Link"  # an answer may have others
        }


def deprecated(
    since: date, *, see: str, sunset: date | None = None
) -> Callable[[Endpoint], Endpoint]:
    """Mark a route's function. Raises `ValueError` for an end before its announcement."""
    if sunset is not None and sunset < since:
        raise ValueError("an operation ends after it was deprecated, not before")

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, Deprecation(since, see, sunset))
        return endpoint

    return mark


def of(endpoint: object) -> Deprecation | None:
    """The mark of a route's function, if it has one."""
    return getattr(endpoint, _MARK, None)


async def tell(request: Request) -> None:
    """Put the headers on whatever the answer will be; before all else that a route asks."""
    found = of(request.scope["endpoint"])
    request.state.headers = {} if found is None else found.headers()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
