"""`/opa/bundles/mayuse.tar.gz`: OPA servers pull the active policy bundle from here."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from mayuse.api import cached, problems, reading
from mayuse.api.access import needs_any
from mayuse.api.serving import service

router = APIRouter(tags=["policies"])


@router.get(
    "/opa/bundles/mayuse.tar.gz",
    operation_id="readOpaBundle",
    summary="The active policy bundle",
    response_class=Response,
    response_description="An OPA bundle.",
    responses={
        200: {"content": {reading.ARCHIVE: {"schema": {"type": "string", "format": "binary"}}}},
        **cached.NOT_MODIFIED,
        **problems.responses("invalid_parameter"),
    },
)
@needs_any
async def read_opa_bundle(request: Request) -> Response:
    """The archive's bytes. An OPA server that has them is told so with 304."""
    reading.query(request)
    return cached.reply_bytes(request, service(request).bundle.raw, reading.ARCHIVE)
