"""`/v1/vocabulary`: every id a question may use."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from mayuse.api import cached, problems, reading
from mayuse.api.access import needs_any
from mayuse.api.schemas_policy import VocabularyDocument
from mayuse.api.serving import service

router = APIRouter(tags=["vocabulary"])


@router.get(
    "/v1/vocabulary",
    operation_id="readVocabulary",
    summary="Every id a question may use",
    response_model=VocabularyDocument,
    response_description="The vocabulary of the active policy bundle.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter"),
)
@needs_any
async def read_vocabulary(request: Request) -> Response:
    """Ids with labels in words and, where known, their ids in other vocabularies."""
    reading.query(request)
    return cached.reply(request, service(request).catalog.vocabulary())
