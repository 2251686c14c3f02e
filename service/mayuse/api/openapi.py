"""`/openapi.json`: the description of this service, for the vocabulary of the active bundle."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from mayuse.api import cached, description, examples, problems, reading
from mayuse.api.access import public
from mayuse.api.serving import service
from mayuse.service import Service

router = APIRouter(tags=["openapi"])


@router.get(
    "/openapi.json",
    operation_id="readOpenapi",
    summary="This document",
    response_model=dict[str, object],
    response_description="An OpenAPI 3.1 document.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter"),
)
@public
async def read_openapi(request: Request) -> Response:
    """Ids appear as enumerations: a client generated from it knows what can be asked."""
    reading.query(request)
    return cached.reply(request, await document(request.app, service(request)))


def is_whole(app: FastAPI, digest: str) -> bool:
    """Whether the document of this bundle was made with the answers of its policy."""
    made, _ = getattr(app.state, "document", ("", {}))
    return bool(made == digest)


async def document(app: FastAPI, running: Service) -> dict[str, Any]:
    """The document, made once for a bundle; until its policy has answered, each time anew."""
    digest, known = getattr(app.state, "document", ("", {}))
    if digest == running.bundle.digest:
        return dict(known)
    answers = await examples.answers(running.engine, running.catalog, running.intake)
    # It takes a while; questions are answered meanwhile.
    made = await asyncio.to_thread(description.build, app.routes, running.intake, answers)
    if answers.keys() == examples.QUESTIONS.keys():
        app.state.document = (running.bundle.digest, made)
    return made
