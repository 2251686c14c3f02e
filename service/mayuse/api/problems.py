"""Faults as HTTP: `application/problem+json` (RFC 9457) for every one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from mayuse import problem, strict_json
from mayuse.errors import InvalidQuestion, MayuseError
from mayuse.problem import INDETERMINATE, KINDS, Problem

MEDIA_TYPE = "application/problem+json"


log = structlog.get_logger()


class Refusal(MayuseError):
    """A request is refused with the problem given."""

    def __init__(self, refused: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(refused.detail)
        self.problem = refused
        self.headers = headers or {}


def reply(said: Problem, headers: Mapping[str, str] | None = None, **members: object) -> Response:
    """Answer with a problem; `members` are added to its document."""
    waiting = {} if said.retry_after is None else {"Retry-After": str(said.retry_after)}
    return Response(
        strict_json.dumps({**said.as_document(), **members}),
        status_code=said.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **waiting, **(headers or {})},
    )


def parameter_errors(errors: Sequence[Mapping[str, str]]) -> Refusal:
    """A refusal of query parameters or headers."""
    detail = "one parameter is faulty" if len(errors) == 1 else "some parameters are faulty"
    return Refusal(Problem("invalid_parameter", detail, tuple(errors)))


def of_choices(error: InvalidQuestion) -> Problem:
    """Say faults of choices that were to be recorded."""
    said = problem.of(error)
    return Problem("invalid_choices", said.detail, said.errors)


def install(app: FastAPI) -> None:
    """Answer every exception that is foreseen, and leave the others to the envelope."""
    allowed = _allowed_methods(app)

    async def ours(_request: Request, error: Exception) -> Response:
        if isinstance(error, Refusal):
            return reply(error.problem, error.headers)
        if not isinstance(error, MayuseError):  # pragma: no cover - it is installed for those
            raise error
        said = problem.of(error)
        if said.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("fault", error=type(error).__name__, reason=str(error))
        return reply(said)

    async def starlettes(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND:
            return reply(Problem("not_found", "there is nothing at this address"))
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            methods = ", ".join(allowed(request.url.path))
            said = Problem("method_not_allowed", f"the methods here are {methods}")
            return reply(said, {"Allow": methods})
        raise error

    async def unforeseen(_request: Request, error: Exception) -> Response:
        # Without this Starlette would answer it with a page of its own, before the envelope can.
        raise error

    app.add_exception_handler(Exception, unforeseen)
    app.add_exception_handler(MayuseError, ours)
    app.add_exception_handler(HTTPException, starlettes)


_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
}
_CHALLENGE = {
    "WWW-Authenticate": {
        "description": "How to show who asks (RFC 6750), and what was wrong with it.",
        "required": True,
        "schema": {"type": "string", "pattern": "^Bearer "},
    }
}
_HEADERS: Mapping[int, Mapping[str, Any]] = {
    HTTPStatus.UNAUTHORIZED: _CHALLENGE,
    HTTPStatus.FORBIDDEN: _CHALLENGE,
    HTTPStatus.TOO_MANY_REQUESTS: _RETRY_AFTER,
    HTTPStatus.SERVICE_UNAVAILABLE: _RETRY_AFTER,
}
"""The headers that always come with a status."""


def responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The documented responses of an operation that can end in these problems."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for code in (*codes, "internal_error"):
        kind = KINDS[code]
        row = by_status.setdefault(
            kind.status,
            {
                "description": HTTPStatus(kind.status).phrase,
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        row["content"][MEDIA_TYPE]["examples"][code] = {
            "summary": kind.title,
            "value": _example(code),
        }
        if (headers := _HEADERS.get(kind.status)) is not None:
            row["headers"] = dict(headers)
    return dict(sorted(by_status.items(), key=lambda row: str(row[0])))


UNREADABLE = ("log_unavailable",)
"""The code of a log that cannot be read."""


def _allowed_methods(app: FastAPI) -> Callable[[str], list[str]]:
    """Which methods an address has, over all its routes: Starlette tells the first route's only."""
    routes = [
        (compile_path(route.path)[0], route.methods)
        for route in iter_route_contexts(app.routes)
        if route.path and route.methods
    ]

    def allowed(path: str) -> list[str]:
        methods = {method for pattern, here in routes if pattern.match(path) for method in here}
        return sorted(methods | ({"HEAD"} if "GET" in methods else set()))

    return allowed


def _example(code: str) -> dict[str, Any]:
    """A problem of this code as it really looks."""
    errors = {
        "invalid_question": {
            "pointer": "/choices/ai_trainig",
            "detail": "is not a known member",
            "nearest": "ai_training",
        },
        "invalid_choices": {
            "pointer": "/choices/consent_ads",
            "detail": "is not a known value of this consent",
            "nearest": "given",
        },
        "invalid_parameter": {
            "parameter": "recipent",
            "detail": "is not a known parameter",
            "nearest": "recipient",
        },
    }
    known = (errors[code],) if code in errors else ()
    decision = "01981c1e-5d5c-7c1d-9d2a-5f5f0f0e4c11" if code in INDETERMINATE else None
    of_fields = code in {"invalid_question", "invalid_choices"}
    detail = "one field is faulty" if of_fields else KINDS[code].title.lower()
    return Problem(code, detail, known, decision_id=decision).as_document()
