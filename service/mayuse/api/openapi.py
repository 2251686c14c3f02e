"""`/openapi.json`: the description of this service, for the vocabulary of the active bundle."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from mayuse.api import cached, problems, reading

router = APIRouter(tags=["openapi"])


@router.get(
    "/openapi.json",
    operation_id="readOpenapi",
    summary="This document",
    response_model=dict[str, object],
    response_description="An OpenAPI 3.1 document.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter"),
)
async def read_openapi(request: Request) -> Response:
    """Ids appear as enumerations: a client generated from it knows what can be asked."""
    reading.query(request)
    # Making it takes a while, the first time; questions are answered meanwhile.
    return cached.reply(request, await asyncio.to_thread(request.app.openapi))
