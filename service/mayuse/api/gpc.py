"""`/.well-known/gpc.json`: that this service heeds Global Privacy Control signals.

https://www.w3.org/TR/gpc/ section 4: a statement of support, and when it was last changed.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from mayuse.api import cached, problems, reading
from mayuse.api.access import public
from mayuse.api.schemas_people import GpcSupport

router = APIRouter(tags=["choices"])

STATEMENT = {"gpc": True, "lastUpdate": "2026-11-24"}
"""The day is that of the last change of what the service does with a signal."""


@router.get(
    "/.well-known/gpc.json",
    operation_id="readGpcSupport",
    summary="Global Privacy Control is heeded",
    response_model=GpcSupport,
    response_description="The statement of support.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter"),
)
@public
async def read_gpc_support(request: Request) -> Response:
    """A signal in a question (`Sec-GPC: 1`, or `signals.gpc`) is put before the policy.

    What follows from it is for the law of the person's place and the controller's terms.
    """
    reading.query(request)
    return cached.reply(request, STATEMENT)
