"""What a route needs of the running service, and who asks."""

from __future__ import annotations

from fastapi import Request, Response

from mayuse import strict_json
from mayuse.bootstrap import Service

ANONYMOUS = "anonymous"
"""The caller's name in records while callers are not authenticated."""


def service(request: Request) -> Service:
    """The service this application was started with."""
    found: Service = request.app.state.service
    return found


def caller(_request: Request) -> str:
    """Who asks. Asked before a body is read, so that strangers never reach the parser."""
    return ANONYMOUS


def answered(document: object, **headers: str) -> Response:
    """A JSON document that nobody keeps."""
    return Response(
        strict_json.dumps(document),
        media_type="application/json",
        headers={"Cache-Control": "no-store", **headers},
    )
