"""Answers that a caller may have already: a strong ETag, and 304 for who has them.

RFC 9110, sections 8.8.3 and 13.1.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from mayuse import strict_json
from mayuse.api import problems
from mayuse.api.problems import Refusal
from mayuse.problem import Problem

REVALIDATE = "no-cache"
"""May be kept, but is asked about each time: what is behind it can change at any moment."""

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The caller has it: `If-None-Match` names the current ETag."},
    412: problems.responses("precondition_failed")[412],
}


def reply(request: Request, document: object) -> Response:
    """Answer with a JSON document, or 304."""
    return reply_bytes(request, strict_json.dumps(document), "application/json")


def reply_bytes(
    request: Request,
    content: bytes,
    media_type: str,
    keeping: str = REVALIDATE,
    current: str | None = None,
) -> Response:
    """Answer with these bytes, or 304.

    `keeping` is their `Cache-Control`, `current` their ETag, where it tells of more than them.
    """
    current = current or etag(content)
    headers = {"ETag": current, "Cache-Control": keeping}
    expect(request, current)
    if has(request, current):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def etag(content: bytes) -> str:
    """The strong ETag of these bytes: their SHA-256."""
    return f'"{hashlib.sha256(content).hexdigest()}"'


def expect(request: Request, current: str) -> None:
    """Raise `Refusal` when `If-Match` names other versions only; a weak tag names none."""
    if "if-match" in request.headers and not {current, "*"} & _named(request, "if-match"):
        raise Refusal(Problem("precondition_failed", "this is not the current version"))


def has(request: Request, current: str) -> bool:
    """Whether `If-None-Match` names the current version, by the weak comparison."""
    return bool({current, f"W/{current}", "*"} & _named(request, "if-none-match"))


def is_conditional(request: Request) -> bool:
    """Whether the request has a precondition at all."""
    return bool({"if-match", "if-none-match"} & set(request.headers.keys()))


def unchanged(request: Request, current: str) -> None:
    """Raise `Refusal` before a write whose preconditions do not hold (RFC 9110, 13.1.1, 13.1.2)."""
    expect(request, current)
    if has(request, current):
        raise Refusal(Problem("precondition_failed", "this is the current version"))


def _named(request: Request, header: str) -> set[str]:
    """The entity tags in a header. A weak one is told by its `W/`."""
    tags = ",".join(request.headers.getlist(header)).split(",")
    return {tag.strip() for tag in tags}
