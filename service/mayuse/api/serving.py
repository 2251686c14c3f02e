"""What a route needs of the running service, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from mayuse import strict_json
from mayuse.active import Active, Held
from mayuse.api import access
from mayuse.api.envelope import HELD
from mayuse.rollout import Rollout
from mayuse.service import Service


def service(request: Request) -> Service:
    """The service this request is answered by, from first to last under one policy bundle."""
    held: Held | None = getattr(request.state, HELD, None)
    if held is None:
        held = active(request).hold()
        setattr(request.state, HELD, held)
    return held.service


def active(request: Request) -> Active:
    """What this process answers under, for requests that outlast a change of it."""
    return rollout(request).active


def rollout(request: Request) -> Rollout:
    """What changes the policy bundle."""
    found: Rollout = request.app.state.rollout
    return found


def caller(request: Request) -> str:
    """Who asks, as records name them. Only on routes that are not public."""
    return access.caller(request).name


def answered(document: object, **headers: str) -> Response:
    """A JSON document that nobody keeps."""
    return Response(
        strict_json.dumps(document),
        media_type="application/json",
        headers={"Cache-Control": "no-store", **headers},
    )


NEXT_PAGE = {
    "Link": {
        "description": 'The next page, `rel="next"`, where there is one (RFC 8288).',
        "schema": {"type": "string"},
    }
}
"""The header of `page`, as it is documented."""


def page(
    request: Request,
    path: str,
    asked: Mapping[str, str],
    document: dict[str, Any],
    cursor: str | None,
) -> Response:
    """A page of a list; where there is a next one, with its cursor and its `Link` (RFC 8288).

    `asked` are the query parameters this page was asked for with.
    """
    if cursor is None:
        return answered(document)
    following = urlencode({**asked, "cursor": cursor})
    address = f"{service(request).settings.own_address}{path}?{following}"
    return answered({**document, "next_cursor": cursor}, Link=f'<{address}>; rel="next"')
