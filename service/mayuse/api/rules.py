"""`/v1/rules`: what the active bundle rules, in words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from mayuse.api import cached, problems, reading
from mayuse.api.access import needs_any
from mayuse.api.schemas_policy import Rule, Rules
from mayuse.api.serving import service
from mayuse.errors import NotFound

# Told, not checked: any other address is simply not there.
Layer = Annotated[str, Path(json_schema_extra={"enum": ["law", "terms"]})]
Name = Annotated[str, Path(json_schema_extra={"pattern": "^[a-z0-9_]+$"})]

router = APIRouter(tags=["rules"])


@router.get(
    "/v1/rules",
    operation_id="listRules",
    summary="Every rule of the active bundle",
    response_model=Rules,
    response_description="The rules, sorted by id.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter"),
)
@needs_any
async def list_rules(request: Request) -> Response:
    """Each rule with its title, its owner, the day its text was last read and its reasons."""
    reading.query(request)
    running = service(request)
    policy = {"digest": running.bundle.digest, "version": running.bundle.version}
    return cached.reply(request, {"policy": policy, "rules": running.catalog.rules()})


@router.get(
    "/v1/rules/{layer}/{area}/{slug}",
    operation_id="readRule",
    summary="One rule",
    response_model=Rule,
    response_description="The rule.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter", "not_found"),
)
@needs_any
async def read_rule(request: Request, layer: Layer, area: Name, slug: Name) -> Response:
    """A rule's id is its address: `law/us/browser_signal` is `/v1/rules/law/us/browser_signal`."""
    reading.query(request)
    row = service(request).catalog.rule(f"{layer}/{area}/{slug}")
    if row is None:
        raise NotFound("the active bundle has no such rule")
    return cached.reply(request, row)
